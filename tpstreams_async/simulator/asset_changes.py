"""What is told of an asset, and when it may have changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import attrs

from .lifecycle import Asset, Deletion
from .render import Renderer
from .settings import Settings
from .store import Store
from .tracks import Row


class AssetState(NamedTuple):
    """What can change about an asset; `deletions` are those that have not ended."""

    video: str | None
    live: str | None
    server: bool
    deletions: tuple[Deletion, ...]


@attrs.frozen
class AssetSubject:
    """A video or live stream whose changes are told."""

    asset: Asset
    settings: Settings
    store: Store
    renderer: Renderer

    @property
    def id(self) -> str:
        """The id of the asset."""
        return self.asset.id

    def state(self, now: float) -> AssetState | None:
        """Return the statuses, whether a live stream has its server, and what is being deleted."""
        asset, settings = self.asset, self.settings
        if self.store.get(asset.id) is not asset:
            return None
        video, live = asset.video, asset.live
        if video is not None:
            video.settle(now)
        return AssetState(
            None if video is None else video.status(now, settings),
            None if live is None else live.status(),
            live is not None and live.has_server(now, settings),
            () if video is None else video.deletions,
        )

    def moments(self) -> Iterator[float]:
        """Return the moments at which one status follows another by itself."""
        live, video = self.asset.live, self.asset.video
        if live is not None and live.server_asked_at is not None:
            yield live.server_asked_at + self.settings.server_seconds
        if video is None:
            return
        total, completed_at = video.processing_seconds, video.completed_at()
        yield from (video.began + total * 0.1, video.began + total * 0.2, completed_at - total / 2, completed_at)
        if video.edit is not None:
            yield from (video.edit.began + video.edit.seconds * 0.25, video.edit.began + video.edit.seconds)
        yield from (deletion.at for deletion in video.deletions)

    def rows(self, before: object, now: float) -> Sequence[Row]:
        """Return a row for each deletion of resolutions that has ended, and one if a status is another."""
        rows: list[Row] = []
        after = self.state(now)
        earlier = before if isinstance(before, AssetState) else None
        if earlier is not None:
            ended = [deletion for deletion in earlier.deletions if deletion.at <= now]
            rows += [self.renderer.deletion_row(self.asset, deletion) for deletion in ended]
        if earlier is None or after is None or earlier[:3] != after[:3]:
            rows.append(self.renderer.delivery_row(self.asset, now))
        return rows
