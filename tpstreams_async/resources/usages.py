"""Usage: ``client.usages``."""

from datetime import date
from typing import Any, Final

from .. import _routes, _validate
from .._transport import Transport
from ..errors import InvalidInputError
from ..models import Usage
from ..pagination import Pager

TIME_FRAMES: Final = ("daily", "monthly")
ORDERINGS: Final = ("date", "-date")


class Usages:
    """What the organization used: bandwidth, storage, live streams and generated subtitles."""

    def __init__(self, transport: Transport, *, origin: str) -> None:
        self._transport = transport
        self._origin = origin

    def list(
        self,
        *,
        month: int | None = None,
        year: int | None = None,
        day: int | None = None,
        time_frame: str | None = None,
        start: date | str | None = None,
        end: date | str | None = None,
        ordering: str | None = None,
    ) -> Pager[Usage]:
        """Go through what the organization used, by the day or by the month.

        Args:
            month: 1 to 12: only what was used in it.
            year: four digits: only what was used in it.
            day: of the month, 1 to 31: only what was used on it.
            time_frame: ``"daily"`` or ``"monthly"``: what a row stands for; the server's choice if not given.
            start: the first day, as a `date` or text such as ``"2026-03-05"``.
            end: the last day, in the same form; not before start.
            ordering: ``"date"`` for the oldest first, ``"-date"`` for the latest; the server's choice if not given.

        Returns:
            A `Pager`: ``async for``, ``.pages()``, ``.collect(limit=…)``, ``.first()``, ``.count()``.

        Raises:
            InvalidInputError: an argument is wrong, or there is no such day.

        API: ``GET assets_usage/``
        """
        first = None if start is None else _validate.day("start", start)
        last = None if end is None else _validate.day("end", end)
        if first is not None and last is not None and last < first:
            raise InvalidInputError("end", f"must not be before start, but is {last}")
        query: dict[str, Any] = {
            "month": None if month is None else _validate.whole_number("month", month, 1, 12),
            "year": None if year is None else _validate.whole_number("year", year, 1000, 9999),
            "day": None if day is None else _validate.whole_number("day", day, 1, 31),
            "time_frame": None if time_frame is None else _validate.choice("time_frame", time_frame, TIME_FRAMES),
            "start": first and first.isoformat(),
            "end": last and last.isoformat(),
            "ordering": None if ordering is None else _validate.choice("ordering", ordering, ORDERINGS),
        }
        _require_day(year, month, day)
        return Pager(self._transport, _routes.LIST_USAGES, Usage, query, origin=self._origin)


def _require_day(year: int | None, month: int | None, day: int | None) -> None:
    """Check that there is such a day; a year that is not given may be a leap year."""
    if month is None or day is None:
        return
    try:
        date(year or 2000, month, day)
    except ValueError:
        raise InvalidInputError("day", f"{day} is no day of that month") from None
