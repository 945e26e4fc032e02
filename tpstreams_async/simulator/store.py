"""All assets and folders, kept so that finding one or listing a page costs little however many there are."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence

import attrs

from .lifecycle import Asset


def _number(asset: Asset) -> int:
    return asset.number


@attrs.define
class Rows:
    """Assets in the order of their creation."""

    items: list[Asset] = attrs.field(factory=list[Asset])

    def add(self, asset: Asset) -> None:
        """Put `asset` in its place."""
        insort(self.items, asset, key=_number)

    def remove(self, asset: Asset) -> None:
        """Take `asset` out."""
        del self.items[bisect_left(self.items, asset.number, key=_number)]


class Store:
    """The assets and folders of the organization."""

    def __init__(self) -> None:
        self._by_id: dict[str, Asset] = {}
        self._all = Rows()
        self._inside: dict[str | None, Rows] = {None: Rows()}
        self._created = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Asset]:
        return iter(list(self._by_id.values()))

    def next_number(self) -> int:
        """Return the number of the next asset: they order the rows."""
        self._created += 1
        return self._created

    def get(self, asset_id: str) -> Asset | None:
        """Return the asset or folder with this id, or None."""
        return self._by_id.get(asset_id)

    def folder(self, uuid: str) -> Asset | None:
        """Return the folder with this id, or None."""
        asset = self._by_id.get(uuid)
        return asset if asset is not None and asset.video is None else None

    def add(self, asset: Asset) -> None:
        """Add a new asset or folder; its parent must be there."""
        self._by_id[asset.id] = asset
        self._all.add(asset)
        self._inside[asset.parent_id].add(asset)
        if asset.video is None:
            self._inside[asset.id] = Rows()

    def move(self, asset: Asset, parent_id: str | None) -> None:
        """Put `asset` into another folder, or into the root with None."""
        self._inside[asset.parent_id].remove(asset)
        asset.parent_id = parent_id
        self._inside[parent_id].add(asset)

    def delete(self, asset: Asset) -> None:
        """Remove `asset`, and with a folder everything inside it."""
        for child in list(self._inside.get(asset.id, Rows()).items):
            self.delete(child)
        self._inside.pop(asset.id, None)
        self._inside[asset.parent_id].remove(asset)
        self._all.remove(asset)
        del self._by_id[asset.id]

    def path(self, asset: Asset) -> list[Asset]:
        """Return the folders that `asset` lies in, outermost first."""
        folders: list[Asset] = []
        parent_id = asset.parent_id
        while parent_id is not None:
            folder = self._by_id[parent_id]
            folders.insert(0, folder)
            parent_id = folder.parent_id
        return folders

    def rows(self) -> Sequence[Asset]:
        """Return every asset and folder, oldest first; not to be changed."""
        return self._all.items

    def rows_inside(self, parent_id: str | None) -> Sequence[Asset]:
        """Return what lies directly in a folder (None: in the root), oldest first; not to be changed."""
        rows = self._inside.get(parent_id)
        return rows.items if rows is not None else ()
