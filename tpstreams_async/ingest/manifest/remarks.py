"""What of a manifest is likely not meant as it stands, though nothing in it is wrong."""

import difflib
import logging
from collections.abc import Iterable
from typing import Final

from ..._validate import show
from ..._words import folded
from .cells import FIELDS, KEY, field_of

logger: Final = logging.getLogger("tpstreams_async")

#: Lines of equal rows that are named.
_SHOWN: Final = 10
#: Columns of the caller's own that are looked at: rows may have any number.
_MOST: Final = 100
#: Characters of a longer name, which is like none of ours, and takes long to compare.
_LONGEST: Final = 100
#: How like two words are that may be the same one, misspelt; of 1.
_LIKE: Final = 0.75
_NAMES: Final = {folded(name): name for name in (*FIELDS, KEY)}


def field_like(column: str) -> str | None:
    """Return the field whose name a column's is almost, or None."""
    if len(column) > _LONGEST:
        return None
    found = difflib.get_close_matches(folded(column), _NAMES, n=1, cutoff=_LIKE)
    return _NAMES[found[0]] if found else None


class Remarks:
    """Says in the log what of one manifest is likely not meant.

    Args:
        word: what the source is made of: ``"line"`` or ``"row"``.
    """

    def __init__(self, word: str) -> None:
        self._word = word
        self._seen: set[str] = set()
        self._told: set[str] = set()
        self._equal = 0
        self._lines: list[int] = []

    def columns(self, own: Iterable[str], given: Iterable[object]) -> None:
        """Look at the columns of a row.

        Args:
            own: those that are the caller's.
            given: all of them.
        """
        fresh = [column for column in own if column not in self._seen] if len(self._seen) < _MOST else []
        if not fresh:
            return
        fields = {field_of(column) for column in given if isinstance(column, str)}
        for column in fresh[:_MOST]:
            self._seen.add(column)
            like = field_like(column)
            # Where the field is there as well, this is another matter.
            if like is not None and like not in fields | self._told:
                self._told.add(like)
                problem = "column %s is taken for one of your own, which only comes back in the results; is it %s?"
                logger.warning(problem, show(column), show(like))

    def equal(self, line: int) -> None:
        """Count a row that says the same as an earlier one."""
        self._equal += 1
        if len(self._lines) < _SHOWN:
            self._lines.append(line)

    def end(self) -> None:
        """Say what is known only at the end."""
        if self._equal:
            named = ", ".join(map(str, self._lines)) + (", …" if self._equal > len(self._lines) else "")
            problem = "so many rows say the same as an earlier one, and count as others all the same: %d (%s %s)"
            logger.warning(problem, self._equal, self._word, named)
