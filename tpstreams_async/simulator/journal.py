"""What came in: the simulator's record of every request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from .routes import Place, canonical, locate, matches

if TYPE_CHECKING:
    from .faults import Fault


def _hide_token(headers: Mapping[str, str]) -> str:
    shown = {k: "<hidden>" if k.lower() == "authorization" else v for k, v in headers.items()}
    return repr(shown)


@attrs.define(eq=False)
class Recorded:
    """One request.

    `number` counts from 1; `query` is the raw query string; `at` is the clock's time of arrival in simulated
    seconds; `status` is that of the answer, or None while there is none, when none was sent and when the
    simulator itself failed; `fault` is the scripted fault that was played, if any. `received_bytes` is how much of
    the body was read. A body with a file for the storage is not kept: `form` has the fields in front of the file.
    """

    number: int
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = attrs.field(repr=_hide_token)
    body: bytes
    at: float
    status: int | None = None
    fault: Fault | None = None
    received_bytes: int = 0
    form: Mapping[str, str] | None = attrs.field(default=None, repr=False)

    @property
    def place(self) -> Place:
        """Where the path leads."""
        return locate(self.path)


class Journal:
    """Every request that came in, oldest first. May be read from any thread.

    Args:
        size: how many requests are kept; the older half of them is dropped when there are more.
    """

    def __init__(self, size: int = 100_000) -> None:
        self._size = size
        self._records: list[Recorded] = []
        self._total = 0

    @property
    def total(self) -> int:
        """How many requests came in, dropped and cleared ones included."""
        return self._total

    def record(self, method: str, path: str, query: str, headers: Mapping[str, str], at: float) -> Recorded:
        """Write down a request that has just come in; the rest of it is filled in by the caller."""
        self._total += 1
        new = Recorded(self._total, method, path, query, headers, b"", at)
        self._records.append(new)
        if len(self._records) > self._size:
            del self._records[: len(self._records) // 2]
        return new

    def requests(self, method: str = "*", route: str = "*") -> list[Recorded]:
        """Return the requests with this method and route, oldest first.

        Args:
            method: an HTTP method, or `*` for any.
            route: `assets/<id>/` (any asset), the path after the organization, or `*` for any.
        """
        route = canonical(route)
        return [r for r in self._records.copy() if method in ("*", r.method) and matches(route, r.place)]

    def count(self, method: str = "*", route: str = "*") -> int:
        """Return how many requests there are with this method and route."""
        return len(self.requests(method, route))

    def clear(self) -> None:
        """Forget the requests so far; their numbers are not given again."""
        self._records.clear()

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Recorded]:
        return iter(self._records.copy())

    def __getitem__(self, index: int) -> Recorded:
        return self._records[index]
