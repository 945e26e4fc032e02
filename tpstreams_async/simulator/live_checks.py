"""Checks of what is asked about live streams."""

from __future__ import annotations

from datetime import datetime

import attrs

from .checks import Fields
from .live import LATENCIES, NewLiveStream

START_FORMAT = "%Y-%m-%d %H:%M:%S"

_FIRST_EPOCH_SECOND = 10**8
"""Smaller numbers are seconds of a broadcast: none lasts three years."""


@attrs.frozen
class Span:
    """The part of a broadcast that its recording is to keep, in seconds since its start or since the epoch."""

    start: int
    end: int

    @property
    def absolute(self) -> bool:
        """Whether the seconds are those since the epoch."""
        return self.start >= _FIRST_EPOCH_SECOND


def is_start(text: str) -> bool:
    """Tell whether `text` is a date and time in the one form that is accepted."""
    try:
        return datetime.strptime(text, START_FORMAT).strftime(START_FORMAT) == text
    except ValueError:
        return False


def new_live_stream(fields: Fields) -> NewLiveStream:
    """Return the checked fields of a request to create a live stream; `fields.finish()` tells whether they hold."""
    start = fields.text("start")
    if start is not None and not is_start(start):
        fields.wrong("start", "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DD hh:mm:ss.")
    return NewLiveStream(
        title=fields.text("title", required=True) or "",
        start=start,
        enable_drm_for_recording=fields.boolean("enable_drm_for_recording"),
        latency=fields.choice("latency", LATENCIES) or LATENCIES[1],
    )


def span(fields: Fields) -> Span | None:
    """Return which part of a recording is to be kept; None: all of it, or the fields are wrong."""
    start, end = fields.whole("start_time"), fields.whole("end_time")
    if start is None or end is None:
        for name, other, value in (("start_time", end, start), ("end_time", start, end)):
            if value is None and other is not None:
                fields.wrong(name, "start_time and end_time must be provided together.")
        return None
    if end <= start:
        fields.wrong("end_time", "End time must be greater than start time.")
    if (start >= _FIRST_EPOCH_SECOND) != (end >= _FIRST_EPOCH_SECOND):
        fields.wrong("non_field_errors", "start_time and end_time must both be relative or both be timestamps.")
    return Span(start, end)
