"""All assets and folders, kept so that finding one or listing a page costs little however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .lifecycle import Asset
from .rows import Rows
from .titles import Titles


class Store:
    """The assets and folders of the organization.

    `folder_moves` counts how often the way to a folder became another.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, Asset] = {}
        self._all = Rows()
        self._nested = Rows()
        self._folders = Rows()
        self._live_streams = Rows()
        self._inside: dict[str | None, Rows] = {None: Rows()}
        self._titles = Titles()
        self._hidden: list[Asset] = []
        self._created = 0
        self.folder_moves: int = 0

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
        return asset if asset is not None and asset.is_folder else None

    def add(self, asset: Asset, now: float) -> None:
        """Add a new asset or folder; its parent must be there."""
        self._by_id[asset.id] = asset
        for rows in self._lists_of(asset):
            rows.add(asset)
        self._titles.add(asset)
        if asset.is_folder:
            self._inside[asset.id] = Rows()
        if asset.visible_at > now:
            self._hidden.append(asset)

    def move(self, asset: Asset, parent_id: str | None) -> None:
        """Put `asset` into another folder, or into the root with None."""
        for rows in self._lists_of(asset):
            rows.remove(asset)
        asset.parent_id = parent_id
        for rows in self._lists_of(asset):
            rows.add(asset)
        if asset.is_folder:
            self.folder_moves += 1

    def delete(self, asset: Asset) -> None:
        """Remove `asset`, and with a folder everything inside it."""
        for child in list(self._inside.get(asset.id, Rows()).items):
            self.delete(child)
        self._inside.pop(asset.id, None)
        for rows in self._lists_of(asset):
            rows.remove(asset)
        self._titles.remove(asset)
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

    def parent(self, asset: Asset) -> Asset | None:
        """Return the folder that `asset` lies in, or None for the root."""
        return None if asset.parent_id is None else self._by_id[asset.parent_id]

    def rows(self) -> Sequence[Asset]:
        """Return every asset and folder, oldest first; like every list here it is not to be changed."""
        return self._all.items

    def rows_inside(self, parent_id: str | None) -> Sequence[Asset]:
        """Return what lies directly in a folder (None: in the root), oldest first."""
        rows = self._inside.get(parent_id)
        return rows.items if rows is not None else ()

    def rows_nested(self) -> Sequence[Asset]:
        """Return what lies in any folder, oldest first."""
        return self._nested.items

    def folders(self) -> Sequence[Asset]:
        """Return the folders, oldest first."""
        return self._folders.items

    def live_streams(self) -> Sequence[Asset]:
        """Return the live streams, oldest first."""
        return self._live_streams.items

    def titled(self, text: str) -> Sequence[Asset]:
        """Return what has `text` in its title, whatever the case of either, oldest first."""
        return self._titles.find(text)

    def visible(self, rows: Sequence[Asset], now: float) -> Sequence[Asset]:
        """Return those of `rows` that can be seen by now."""
        if self._hidden:
            self._hidden = [asset for asset in self._hidden if asset.visible_at > now]
        return [asset for asset in rows if asset.visible_at <= now] if self._hidden else rows

    def _lists_of(self, asset: Asset) -> Iterator[Rows]:
        yield self._all
        yield self._inside[asset.parent_id]
        if asset.parent_id is not None:
            yield self._nested
        if asset.is_folder:
            yield self._folders
        if asset.live is not None:
            yield self._live_streams
