"""Finding assets by a part of their title without looking at all of them."""

from __future__ import annotations

from collections.abc import Sequence

from .lifecycle import Asset

_PIECE = 3


def _pieces(text: str) -> set[str]:
    return {text[at : at + _PIECE] for at in range(len(text) - _PIECE + 1)}


class Titles:
    """Assets by the pieces of three letters in their titles, in lower case.

    What was deleted stays behind in the lists of pieces until it is the larger part of everything here.
    """

    def __init__(self) -> None:
        self._titles: dict[Asset, str] = {}
        self._by_piece: dict[str, list[Asset]] = {}
        self._removed = 0
        self._latest: tuple[str, Sequence[Asset]] | None = None

    def add(self, asset: Asset) -> None:
        """Take in an asset newer than all others."""
        title = self._titles[asset] = asset.title.lower()
        self._index(asset, title)
        self._latest = None

    def remove(self, asset: Asset) -> None:
        """Forget an asset."""
        del self._titles[asset]
        self._removed += 1
        self._latest = None
        if self._removed > len(self._titles):
            self._by_piece.clear()
            self._removed = 0
            for kept, title in self._titles.items():
                self._index(kept, title)

    def find(self, text: str) -> Sequence[Asset]:
        """Return the assets that have `text` in their titles, oldest first; not to be changed."""
        text = text.lower()
        if self._latest is None or self._latest[0] != text:
            # The pages of one search follow each other.
            self._latest = text, self._find(text)
        return self._latest[1]

    def _index(self, asset: Asset, title: str) -> None:
        for piece in _pieces(title):
            self._by_piece.setdefault(piece, []).append(asset)

    def _find(self, text: str) -> Sequence[Asset]:
        titles = self._titles
        pieces = _pieces(text)
        if not pieces:
            return [asset for asset, title in titles.items() if text in title]
        candidates = min((self._by_piece.get(piece, []) for piece in pieces), key=len)
        return [asset for asset in candidates if text in titles.get(asset, "")]
