"""Whether reading pages of a list is cheaper than asking for single assets: decided by what was measured."""

import math
from collections.abc import Mapping
from typing import Final

from attrs import define

from .._walk import ROWS

#: So many jobs must be due before a list is tried of which nothing is known.
WORTH_A_TRY: Final = 8
#: A list that did not pay is left alone for 1, 2, 4 … cycles, up to this many.
_LONGEST_REST: Final = 64
#: After so many cycles in which a list was thought too dear, it is tried again.
_LONGEST_UNUSED: Final = 8
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
        rows: rows on a full page.
        pages: pages that the last sweep read.
        missed: the part of the due jobs that it did not meet.
        losses: sweeps in a row that cost more than they saved.
        rest: cycles for which the list is still left alone.
        unused: cycles in a row in which it was thought too dear.
    """

    folder: str | None
    rows: int = ROWS
    pages: int = 1
    missed: float = 0.0
    losses: int = 0
    rest: int = 0
    unused: int = 0

    def estimate(self, due: int) -> float:
        """Return what finding so many due jobs in this list is likely to cost, in requests for single assets."""
        if self.rest or due < WORTH_A_TRY:
            return math.inf
        return self.pages * price(self.rows) + self.missed * due

    def swept(self, *, pages: int, due: int, found: int) -> None:
        """Note how a sweep went."""
        self.pages, self.missed, self.unused = max(1, pages), (due - found) / due, 0
        if found >= pages * price(self.rows):
            self.losses = 0
        else:
            self.losses += 1
            self.rest = min(_LONGEST_REST, 2 ** (self.losses - 1))
            self._forget()

    def passed_over(self) -> None:
        """Note that it was not used in a cycle."""
        if self.rest:
            self.rest -= 1
        else:
            self.unused += 1
            if self.unused >= _LONGEST_UNUSED:
                self._forget()

    def _forget(self) -> None:
        """Forget what it takes: the list may be another by now, and a first page will tell."""
        self.pages, self.missed, self.unused = 1, 0.0, 0


def choose(due: Mapping[str | None, int], listings: Mapping[str | None, Listing]) -> list[str | None]:
    """Return the folders whose lists are to be read; None is the list of all assets, and then no other is.

    Args:
        due: how many jobs are due in which folder; None stands for those whose folder is not known.
        listings: what is known of the list of each of these folders, and of all assets.
    """
    total = sum(due.values())
    narrow = {
        folder: cost
        for folder, count in due.items()
        if folder is not None and (cost := listings[folder].estimate(count)) < count
    }
    singly = sum(count for folder, count in due.items() if folder not in narrow)
    whole = listings[None].estimate(total)
    if whole < total and whole < sum(narrow.values()) + singly:
        return [None]
    return list(narrow)
