"""A walk through a list that misses nothing, although rows come and go meanwhile.

The server pages by offset, so a row that is deleted moves all rows behind it one place forward, and the next page
begins one row too late. Here each page begins before the last one ended. A page that shows no row that is known yet has
left a gap, and the walk goes back until one does. Whatever order the rows have, each that is there all the time and
keeps its place among the others is then met: from the first row to the last known one there is no gap, by induction.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final, cast

from .codec import Page
from .errors import DecodeError

#: Asks for the page that begins at an offset.
Fetch = Callable[[int], Awaitable[Page[Any]]]

#: Rows to ask for. A server that gives fewer is taken as it is.
ROWS: Final = 100
#: Of a page, this part is asked for twice: so many deletions between two pages need no going back.
_OVERLAP: Final = 0.1
#: Pages in a row that may show nothing new: others may be adding faster than this reads.
_MOST_STALE_PAGES: Final = 50
#: Pages of one walk.
_MOST_PAGES: Final = 100_000


async def walk(fetch: Fetch) -> AsyncGenerator[dict[str, Any], None]:
    """Go through all rows of a list, each once, as decoded JSON.

    Raises:
        DecodeError: the list has no order that one can follow.
    """
    known: set[str] = set()
    offset = step = pages = stale = 0
    doubted = False
    while True:
        page = await fetch(offset)
        rows = [(_id(number, row), cast("dict[str, Any]", row)) for number, row in enumerate(page.results)]
        connected = offset == 0 or any(row_id in known for row_id, _ in rows)
        fresh = {row_id: row for row_id, row in rows if row_id not in known} if connected else {}
        known.update(fresh)
        for row in fresh.values():
            yield row
        if connected and _is_last(page, offset, nothing_new=not fresh or len(rows) < 2):
            if doubted and not fresh:
                raise DecodeError("the list counts more rows than it shows", path="$.count")
            return
        doubted = connected and page.next is None and page.count is not None
        pages += 1
        stale = 0 if fresh else stale + 1
        if pages > _MOST_PAGES or stale > _MOST_STALE_PAGES:
            raise DecodeError("the list changes too fast, or does not page by offset: no end in sight", path="$.next")
        if connected:
            step = len(rows) - max(1, int(len(rows) * _OVERLAP))
            if step < 1:
                raise DecodeError("pages of fewer than two rows cannot be told to be without a gap", path="$.results")
            offset += step
        else:
            offset = max(0, offset - step)


def _is_last(page: Page[Any], offset: int, *, nothing_new: bool) -> bool:
    """Tell whether a list ends here. That there is no link is not enough: the count, or another look, must agree."""
    if page.next is not None:
        return False
    return nothing_new if page.count is None else offset + len(page.results) >= page.count


def _id(number: int, row: Any) -> str:
    """Return what tells a row from all others; a folder has a uuid for it."""
    if isinstance(row, dict):
        members = cast("dict[str, Any]", row)
        for key in ("id", "uuid"):
            if isinstance(members.get(key), (str, int)):
                return f"{members[key]}"
    raise DecodeError("a row has no id", path=f"$.results[{number}].id")
