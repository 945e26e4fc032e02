"""Rows as JSON, kept for the assets that the passing of time cannot change any more."""

from __future__ import annotations

import orjson

from .lifecycle import Asset
from .render import Renderer
from .settings import Settings
from .store import Store
from .tracks import Row


class Encoder:
    """Encodes rows, or finds them encoded.

    Nobody has to tell it of a change: with each row it notes what the row was made of, and compares.
    """

    def __init__(self, settings: Settings, store: Store, renderer: Renderer) -> None:
        self._settings = settings
        self._store = store
        self._renderer = renderer

    def list_row(self, asset: Asset, now: float) -> orjson.Fragment | Row:
        """Return an asset or folder as a list shows it."""
        if not self._at_rest(asset, now):
            return self._renderer.list_row(asset, now)
        # Nothing ever gets another title, so only a move of the asset itself changes what is shown of its folder.
        basis = (asset.parent_id, _revision(asset), 0)
        kept = asset.kept_row
        if kept is None or kept[:3] != basis:
            kept = asset.kept_row = (*basis, _encode(self._renderer.list_row(asset, now)))
        return orjson.Fragment(kept[3])

    def detail(self, asset: Asset, now: float) -> bytes:
        """Return an asset or folder as its own page shows it."""
        video = asset.video
        if not self._at_rest(asset, now) or (video is not None and video.protection == "aes"):
            return orjson.dumps(self._renderer.detail_row(asset, now))
        basis = (asset.parent_id, _revision(asset), self._store.folder_moves)
        kept = asset.kept_detail
        if kept is None or kept[:3] != basis:
            row = self._renderer.detail_row(asset, now)
            del row["download_url"]
            kept = asset.kept_detail = (*basis, _encode(row)[:-1])
        # It is signed for a time that begins now, so it is never the same again.
        return kept[3] + b',"download_url":' + orjson.dumps(self._renderer.download_url(asset, now)) + b"}"

    def _at_rest(self, asset: Asset, now: float) -> bool:
        if asset.live is not None:
            return False
        return asset.video is None or asset.video.at_rest(now, self._settings)


def _encode(row: Row) -> bytes:
    # What orjson returns lies in a larger piece of memory than it fills, and that shows when thousands are kept.
    return bytes(memoryview(orjson.dumps(row)))


def _revision(asset: Asset) -> int:
    return 0 if asset.video is None else asset.video.revision
