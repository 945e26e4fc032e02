"""A list of assets in the order of their creation."""

from __future__ import annotations

from bisect import bisect_left, insort

import attrs

from .lifecycle import Asset


def _number(asset: Asset) -> int:
    return asset.number


@attrs.define
class Rows:
    """Assets in the order of their creation."""

    items: list[Asset] = attrs.field(factory=list[Asset])

    def add(self, asset: Asset) -> None:
        """Put `asset` in its place: the end, nearly always."""
        if not self.items or asset.number > self.items[-1].number:
            self.items.append(asset)
        else:
            insort(self.items, asset, key=_number)

    def remove(self, asset: Asset) -> None:
        """Take `asset` out."""
        del self.items[bisect_left(self.items, asset.number, key=_number)]
