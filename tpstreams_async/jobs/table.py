"""The watches there are."""

from attrs import evolve

from .keys import Key
from .watch import Watch


class Table:
    """Watches by their key, and by the asset that they are about.

    Attributes:
        by_asset: those of each asset.
        listable: how many of them a list can show.
    """

    def __init__(self) -> None:
        self._by_key: dict[Key, Watch] = {}
        self.by_asset: dict[str, tuple[Watch, ...]] = {}
        self.listable: int = 0

    def __len__(self) -> int:
        return len(self._by_key)

    def all(self) -> list[Watch]:
        """Return all watches."""
        return list(self._by_key.values())

    def get(self, key: Key) -> Watch | None:
        """Return the watch with this key, if there is one."""
        return self._by_key.get(key)

    def of(self, asset_id: str) -> tuple[Watch, ...]:
        """Return the watches of an asset."""
        return self.by_asset.get(asset_id, ())

    def add(self, watch: Watch) -> None:
        """Add a watch."""
        self._by_key[watch.key] = watch
        self.by_asset[watch.key.id] = (*self.of(watch.key.id), watch)
        self.listable += watch.kind.glance is not None

    def pin(self, watch: Watch, run: int | str) -> Watch:
        """Note which run a watch is of, so that others who name none do not join it: they may mean a newer one.

        Returns:
            The watch, or the one that there is of this run already.
        """
        pinned = evolve(watch.key, run=run)
        other = self._by_key.get(pinned)
        if other is not None:
            return other
        watch.run = run
        if self._by_key.get(watch.key) is watch:
            del self._by_key[watch.key]
            self._by_key[pinned] = watch
            watch.key = pinned
        return watch

    def remove(self, watch: Watch) -> None:
        """Take a watch out, once."""
        if self._by_key.get(watch.key) is watch:
            del self._by_key[watch.key]
        there = self.of(watch.key.id)
        if len(there) > 1:
            self.by_asset[watch.key.id] = tuple(other for other in there if other is not watch)
        elif watch in there:
            del self.by_asset[watch.key.id]
        self.listable -= watch.kind.glance is not None
