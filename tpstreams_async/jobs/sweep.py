"""One walk through pages of a list in search of jobs that are due."""

import math
from typing import Final

from .._sketches import Sketches
from .._walk import ROWS
from .listing import Listing, price
from .watch import Watch

#: Pages on their way at once: while all of the rest pays, and while only the last page did.
_WIDE: Final = 8
_NARROW: Final = 2


class Sweep:
    """A walk, page by page from the first, that ends as soon as it does not pay any more.

    Rows shift while pages are read, so a job may be missed although it is there; what is left in `missing` is to be
    looked at singly.

    Attributes:
        missing: the jobs that were due and were not met yet; whoever leaves is taken out.
        began: loop time.
        found: how many were met.
        reading: pages on their way.
        pages: pages that came.
    """

    def __init__(self, *, listing: Listing, missing: set[Watch], began: float) -> None:
        self.listing: Listing = listing
        self.missing: set[Watch] = missing
        self.began: float = began
        self.found: int = 0
        self.reading: int = 0
        self.pages: int = 0
        self._offset = 0
        self._rows = ROWS
        self._first_row: str | None = None
        self._left = math.inf
        self._paying = True
        self._stopped = False

    @property
    def over(self) -> bool:
        """Whether nothing more is to be expected of it."""
        return not self.reading and self.next_offset() is None

    def next_offset(self) -> int | None:
        """Return where the next page begins that is to be asked for, or None if there is none, or not yet."""
        if self._stopped or not self.missing:
            return None
        if not self.pages:
            return None if self.reading else 0
        left = self._left - self._offset / self._rows
        if left <= 0:
            return None
        cost = price(self._rows)
        in_bulk = math.isfinite(left) and len(self.missing) > cost * math.ceil(left)
        if self.reading >= (_WIDE if in_bulk else _NARROW) or not (in_bulk or self._paying):
            return None
        return self._offset

    def asked(self) -> None:
        """Note that the next page was asked for."""
        self.reading += 1
        self._offset += self._rows

    def took(self, page: Sketches, found: int) -> None:
        """Note what a page brought: how many of those that were due."""
        first_row = page.results[0].id if page.results and page.results[0] is not None else None
        if not self.pages:
            # The server decides how many rows a page has, and may be known to have fewer than it was asked for.
            self._rows = self._offset = len(page.results) or ROWS
            self._first_row = first_row
            self._left = math.inf if page.count is None else page.count / self._rows
            self.listing.rows, self.listing.count = self._rows, page.count
        elif first_row is not None and first_row == self._first_row:
            self._stopped = True  # it does not page by offset
        if page.next is None or not page.results:
            self._left = min(self._left, self._offset / self._rows)
        self.pages += 1
        self.reading -= 1
        self.found += found
        self._paying = found >= price(self._rows)

    def gave_up(self) -> None:
        """Note that a page could not be read."""
        self.reading -= 1
        self._stopped = True

    def conclude(self, now: float) -> None:
        """Let the list remember how it went, if there was anyone to find."""
        due = self.found + len(self.missing)
        if due:
            self.listing.swept(pages=self.pages, due=due, found=self.found, now=now)
