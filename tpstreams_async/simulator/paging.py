"""Pages by limit and offset, with links to the pages around."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from .settings import Settings

T = TypeVar("T")


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else 0


def page(
    rows: Sequence[T],
    show: Callable[[T], Any],
    address: str,
    query: Mapping[str, str],
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
        others = {k: v for k, v in query.items() if k not in ("limit", "offset")}
        wanted = {**others, "limit": str(limit), **({"offset": str(to)} if to > 0 else {})}
        return f"{address}?{urlencode(sorted(wanted.items()))}"

    return {
        "count": count,
        "next": link(offset + limit) if offset + limit < count else None,
        "previous": link(offset - limit) if offset > 0 else None,
        "results": [show(row) for row in reversed(shown)],
    }
