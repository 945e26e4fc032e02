"""Lists: page by page, row by row, or as a whole."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Generic, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

from . import _redact
from ._frames import sealed_plain
from ._route import Route
from ._transport import Transport
from ._validate import whole_number
from ._wire import build
from .codec import Page, loads, structure_page
from .errors import DecodeError

T = TypeVar("T")

#: Empty pages in a row that are followed.
MOST_EMPTY_PAGES: Final = 10
#: Pages of one list, and how many times as many rows as the server counts (with some to spare for short lists).
MOST_PAGES: Final = 100_000
MOST_ROWS_PER_COUNTED: Final = 2
SPARE_ROWS: Final = 1000


def page_query(page_size: Any, offset: Any) -> dict[str, Any]:
    """Return the parameters of a list that pages by offset. Each argument is checked; None stays None."""
    return {
        "limit": None if page_size is None else whole_number("page_size", page_size, 1),
        "offset": None if offset is None else whole_number("offset", offset, 0),
    }


class Pager(Generic[T]):
    """The rows of a list. Nothing is requested until rows are asked for, and every use starts anew.

    ::

        async for asset in client.assets.list():  # all rows; the next page is fetched when it is needed
            ...
        assets = await client.assets.list().collect(limit=10)

    The server pages by offset. Rows that others add or delete during a walk shift the rest, so a walk may then show a
    row twice or miss one.
    """

    def __init__(
        self,
        transport: Transport,
        route: Route,
        model: type[T],
        query: dict[str, Any],
        *ids: str,
        origin: str,
    ) -> None:
        self._transport = transport
        self._route = route
        self._model = model
        self._query = {name: value for name, value in query.items() if value is not None}
        self._ids = ids
        self._origin = origin

    def __aiter__(self) -> AsyncIterator[T]:
        """Go through all rows of all pages."""
        return self._rows()

    async def _rows(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for row in page.results:
                yield row

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Go through all pages.

        Yields:
            Pages with ``results`` (a tuple of models), ``count`` (rows of the whole list) and ``next``.

        Raises:
            DecodeError: the link to the next page leads elsewhere or in a circle.
        """
        step = _Step(self._query)
        seen = {step}
        empty = rows = 0
        while True:
            page = await self._page(step)
            yield page
            if page.next is None:
                return
            empty = 0 if page.results else empty + 1
            rows += len(page.results)
            if empty > MOST_EMPTY_PAGES:
                raise self._lost("empty pages lead from one to the next, without an end in sight")
            too_many = page.count is not None and rows > SPARE_ROWS + MOST_ROWS_PER_COUNTED * page.count
            if too_many or len(seen) >= MOST_PAGES:
                raise self._lost(f"pages lead from one to the next, without an end in sight after {rows:,} rows")
            step = self._follow(page.next)
            if step in seen:
                raise self._lost("the links to the next page lead in a circle")
            seen.add(step)

    def _lost(self, problem: str) -> DecodeError:
        advice = "Take the rows that you need with .collect(limit=...), or check base_url"
        return DecodeError(f"{self._route.name}: {problem}. {advice}", path="$.next")

    async def first(self) -> T | None:
        """Return the first row, or None if there is none. One request."""
        page = await self._page(_Step(self._query))
        return page.results[0] if page.results else None

    async def count(self) -> int:
        """Return how many rows there are, as the server counts them; a list without a count is gone through."""
        page = await self._page(_Step(self._query))
        if page.count is not None:
            return page.count
        if page.next is None:
            return len(page.results)
        return len(await self.collect())

    async def collect(self, *, limit: int | None = None) -> list[T]:
        """Return the rows as a list.

        Args:
            limit: rows at the most, 0 or more; None for all. No page beyond it is requested.
        """
        if limit is not None:
            whole_number("limit", limit, 0)
        rows: list[T] = []
        if limit == 0:
            return rows
        async for page in self.pages():
            rows += page.results
            if limit is not None and len(rows) >= limit:
                return rows[:limit]
        return rows

    async def _page(self, step: "_Step") -> Page[T]:
        decode: Callable[[bytes], Page[T]] = lambda body: structure_page(self._model, loads(body))  # noqa: E731
        return await self._transport.send(build(self._route, decode, *self._ids, query=step.query))

    @sealed_plain
    def _follow(self, link: str) -> "_Step":
        """Take the query out of a link to the next page; where it leads is known, and must not be changed by a body."""
        try:
            parts = urlsplit(link)
        except ValueError:
            raise self._lost("the link to the next page is no URL") from None
        if parts.netloc and f"{parts.scheme}://{parts.netloc}" != self._origin:
            raise self._lost(f"the link to the next page leads to {_redact.url(link)}, not to {self._origin}")
        return _Step(parse_qs(parts.query, keep_blank_values=True))


class _Step:
    """The query of a page. It does not show: nobody knows what a server puts into its links."""

    def __init__(self, query: dict[str, Any]) -> None:
        self.query = query
        self._key = frozenset((name, *_several(value)) for name, value in query.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Step) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def _several(value: Any) -> tuple[str, ...]:
    """Return the values of a parameter, which can be repeated, as they stand in a link."""
    return tuple(map(str, cast("list[object]", value) if isinstance(value, (list, tuple)) else (value,)))
