"""Pages by limit and offset or by number, with links to the pages around."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from multidict import MultiMapping

from .answers import detail
from .settings import Settings

T = TypeVar("T")


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else 0


def page(
    rows: Sequence[T],
    show: Callable[[T], Any],
    address: str,
    query: MultiMapping[str],
    settings: Settings,
) -> dict[str, Any]:
    """Return the page of `rows` that `query` asks for.

    Args:
        rows: oldest first; the page shows the newest first.
        show: makes the JSON value of a row.
        address: the absolute URL of the list, without a query.
        query: the request's; `limit` and `offset` that are no numbers count as not given.
        settings: the default and the largest number of rows on a page.
    """
    limit = min(_whole(query.get("limit")) or settings.page_size, settings.max_page_size)
    offset = _whole(query.get("offset"))
    count = len(rows)
    stop = max(0, count - offset)
    shown = rows[max(0, stop - limit) : stop]

    def link(to: int) -> str:
        wanted = [(k, v) for k, v in query.items() if k not in ("limit", "offset")]
        wanted += [("limit", str(limit)), *([("offset", str(to))] if to > 0 else [])]
        return f"{address}?{urlencode(sorted(wanted))}"

    return {
        "count": count,
        "next": link(offset + limit) if offset + limit < count else None,
        "previous": link(offset - limit) if offset > 0 else None,
        "results": [show(row) for row in reversed(shown)],
    }


def numbered_page(
    rows: Sequence[T],
    show: Callable[[T], Any],
    address: str,
    query: MultiMapping[str],
    settings: Settings,
) -> dict[str, Any]:
    """Return the page of `rows` whose number is the `page` of the query, counted from 1.

    Args:
        rows: in the order in which they are to be shown.
        show: makes the JSON value of a row.
        address: the absolute URL of the list, without a query.
        query: the request's; it has no say in how many rows are on a page.
        settings: the number of rows on a page.

    Raises:
        RefusalError: 404, there is no such page.
    """
    size, count = settings.page_size, len(rows)
    last = max(1, -(-count // size))
    text = query.get("page", "1")
    number = last if text == "last" else _whole(text)
    if not 1 <= number <= last:
        raise detail(404, "Invalid page.")

    def link(to: int) -> str:
        wanted = [(k, v) for k, v in query.items() if k != "page"] + ([("page", str(to))] if to > 1 else [])
        return f"{address}?{urlencode(sorted(wanted))}" if wanted else address

    return {
        "count": count,
        "next": link(number + 1) if number < last else None,
        "previous": link(number - 1) if number > 1 else None,
        "results": [show(row) for row in rows[(number - 1) * size : number * size]],
    }
