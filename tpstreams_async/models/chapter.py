"""Chapters of a video: those that the server shows, and those to be made."""

import re
from typing import Any, Final

from attrs import field, frozen

from .. import _validate
from .._numbers import is_number
from ..errors import InvalidInputError
from ._base import NO_EXTRA, Extra, Snapshot

_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-5][0-9]):([0-5][0-9])")
#: As the server may show it: with days before it, or with a fraction behind it, as it does with other durations.
_SHOWN: Final = re.compile(r"(?:([0-9]{1,4}) )?([0-9]{1,4}):([0-9]{2}):([0-9]{2}(?:\.[0-9]{1,9})?)")
#: 99:59:59
_LAST: Final = 359_999


@frozen(kw_only=True, repr=False, eq=False)
class Chapter(Snapshot):
    """A chapter of a video.

    Attributes:
        id: its number, for ``client.chapters.delete``.
        start_time: as the server shows it, such as "00:02:40"; see `seconds`.
    """

    id: int
    title: str | None = None
    start_time: str | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)

    @property
    def seconds(self) -> float | None:
        """The start in seconds from the beginning of the video; None if it is not shown in hours:minutes:seconds."""
        found = _SHOWN.fullmatch(self.start_time or "")
        if found is None:
            return None
        days, hours, minutes, seconds = found.groups("0")
        whole = (int(days) * 24 + int(hours)) * 3600 + int(minutes) * 60
        return whole + (float(seconds) if "." in seconds else int(seconds))


@frozen(kw_only=True, repr=False, eq=False)
class NewChapter(Snapshot):
    """A chapter to be made.

    Attributes:
        title: one line of text.
        start_time: where it starts: whole seconds from the beginning of the video, 0 to 359,999, or text such as
            "00:02:40" or "0:02:40" (hours, minutes, seconds).

    Raises:
        InvalidInputError: a value is wrong.
    """

    title: str
    start_time: float | str

    def __attrs_post_init__(self) -> None:
        _validate.line("title", self.title)
        _seconds(self.start_time)

    @property
    def seconds(self) -> int:
        """The start in seconds from the beginning of the video."""
        return _seconds(self.start_time)


def _seconds(value: Any) -> int:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        hours, minutes, seconds = map(int, found.groups())
        return hours * 3600 + minutes * 60 + seconds
    if not isinstance(value, str) and is_number(value) and 0 <= value <= _LAST and value == int(value):
        return int(value)
    raise InvalidInputError(
        "start_time",
        f"must be whole seconds from 0 to {_LAST:,}, or text such as '00:02:40', not {_validate.show(value)}",
    )
