"""What the API does with usage."""

from __future__ import annotations

import re
from datetime import MAXYEAR, date

import attrs

from .answers import Answer
from .call import Call
from .checks import Fields
from .usage import Usage, monthly

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@attrs.frozen
class _Wanted:
    year: int | None
    month: int | None
    day: int | None
    start: date | None
    end: date | None

    def has(self, day: date) -> bool:
        if (self.start is not None and day < self.start) or (self.end is not None and day > self.end):
            return False
        parts = ((self.year, day.year), (self.month, day.month), (self.day, day.day))
        return all(wanted is None or wanted == part for wanted, part in parts)


def list_usage(call: Call) -> Answer:
    """List the usage of days or months, the earliest first if the request does not say."""
    fields = Fields(dict(call.query))
    wanted = _Wanted(
        _number(fields, "year", MAXYEAR),
        _number(fields, "month", 12),
        _number(fields, "day", 31),
        _date(fields, "start"),
        _date(fields, "end"),
    )
    if wanted.start is not None and wanted.end is not None and wanted.end < wanted.start:
        fields.wrong("end", "The end must not be before the start.")
    time_frame = fields.choice("time_frame", ("daily", "monthly"))
    ordering = fields.choice("ordering", ("date", "-date"))
    fields.finish()
    rows = [usage for day, usage in sorted(call.service.usage.items()) if wanted.has(day)]
    if time_frame == "monthly":
        rows = monthly(rows)
    return call.page(rows[::-1] if ordering == "-date" else rows, Usage.row)


def _number(fields: Fields, name: str, most: int) -> int | None:
    text = fields.text(name)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= most:
        return int(text)
    fields.wrong(name, f"Enter a number from 1 to {most}.")
    return None


def _date(fields: Fields, name: str) -> date | None:
    text = fields.text(name)
    if text is None:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    fields.wrong(name, "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.")
    return None
