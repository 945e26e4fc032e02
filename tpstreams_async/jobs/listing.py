"""Whether reading pages of a list is cheaper than asking for single assets: decided by what was measured."""

import math
from collections.abc import Mapping
from typing import Final

from attrs import define

from .._walk import ROWS

#: So many jobs must be due before a list is tried of which nothing is known.
WORTH_A_TRY: Final = 8
#: A list that did not pay is left alone for 1, 2, 4 … intervals, up to this many.
_LONGEST_REST: Final = 64
#: After so many intervals without a sweep, what the last one took is not believed any more.
_BELIEVED: Final = 8
#: Rows that take as much of the processor as everything else that a request costs.
_ROWS_PER_REQUEST: Final = 40


def price(rows: int) -> float:
    """Return what a page of so many rows costs, in requests for single assets; it is above 1."""
    return 1.0 + rows / _ROWS_PER_REQUEST


@define(kw_only=True, eq=False)
class Listing:
    """What is known of a list: that of all assets, or of a folder.

    Attributes:
        folder: uuid of the folder, "" for what lies in none, or None for all assets.
        interval: seconds, the shortest between two looks at a job.
        rows: rows on a full page.
        count: rows on all pages, as far as the server tells.
        pages: pages that the last sweep read.
        missed: the part of the due jobs that it did not meet.
        tried: loop time of its end.
        losses: sweeps in a row that cost more than they saved.
        unusable: whether the last one did although all of the list should have paid.
    """

    folder: str | None
    interval: float
    rows: int = ROWS
    count: int | None = None
    pages: int = 1
    missed: float = 0.0
    tried: float = -math.inf
    losses: int = 0
    unusable: bool = False

    @property
    def whole(self) -> float:
        """What reading all of it costs, in requests for single assets."""
        return math.inf if self.count is None else math.ceil(self.count / self.rows) * price(self.rows)

    def estimate(self, due: int, now: float) -> float:
        """Return what finding so many due jobs in this list is likely to cost, in requests for single assets."""
        if due < WORTH_A_TRY:
            return math.inf
        since = (now - self.tried) / self.interval
        if self.losses and since < min(_LONGEST_REST, 2 ** (self.losses - 1)):
            return math.inf if self.unusable else self.whole
        if self.losses or since > _BELIEVED:
            return price(self.rows)  # a first page will tell
        return min(self.whole, self.pages * price(self.rows) + self.missed * due)

    def swept(self, *, pages: int, due: int, found: int, now: float) -> None:
        """Note how a sweep went."""
        self.pages, self.missed, self.tried = max(1, pages), (due - found) / due, now
        if found and found >= pages * price(self.rows):
            self.losses, self.unusable = 0, False
        else:
            self.losses += 1
            self.unusable = self.count is None or due > self.whole


def choose(due: Mapping[str | None, int], listings: Mapping[str | None, Listing], now: float) -> list[str | None]:
    """Return the folders whose lists are to be read; None is the list of all assets, and then no other is.

    Args:
        due: how many jobs are due in which folder; None stands for those whose folder is not known.
        listings: what is known of the list of each of these folders, and of all assets.
        now: loop time.
    """
    total = sum(due.values())
    narrow = {
        folder: cost
        for folder, count in due.items()
        if folder is not None and (cost := listings[folder].estimate(count, now)) < count
    }
    singly = sum(count for folder, count in due.items() if folder not in narrow)
    whole = listings[None].estimate(total, now)
    if whole < total and whole < sum(narrow.values()) + singly:
        return [None]
    return list(narrow)
