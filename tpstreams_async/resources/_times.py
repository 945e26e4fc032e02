"""Points in time that lists are filtered by."""

from datetime import date, datetime
from typing import Any

from .._validate import show
from ..errors import InvalidInputError


def moment(name: str, value: Any) -> date:
    """Return a day, or a time with its zone: without one, nobody knows which the server would take."""
    if isinstance(value, str):
        value = _read(name, value)
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            problem = f"must have a time zone, such as datetime(..., tzinfo=UTC), unlike {show(value)}"
            raise InvalidInputError(name, problem)
        return value
    if not isinstance(value, date):
        raise InvalidInputError(name, f"must be a datetime, a date, or ISO 8601 text, not {show(value)}")
    return value


def period(begin_name: str, begin: Any, end_name: str, end: Any) -> dict[str, str | None]:
    """Return the parameters for what lies between two points in time, each of which may be None."""
    first = None if begin is None else moment(begin_name, begin)
    last = None if end is None else moment(end_name, end)
    if first is not None and last is not None and _is_before(last, first):
        raise InvalidInputError(end_name, f"must not be before {begin_name}")
    return {
        begin_name: None if first is None else first.isoformat(),
        end_name: None if last is None else last.isoformat(),
    }


def _is_before(one: date, other: date) -> bool:
    # A day and a time cannot be compared: nobody knows in which zone the server takes the day.
    return isinstance(one, datetime) == isinstance(other, datetime) and one < other


def _read(name: str, text: str) -> date:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    problem = f"must be ISO 8601 text, such as 2026-02-01 or 2026-02-01T09:00:00Z, not {show(text)}"
    raise InvalidInputError(name, problem)
