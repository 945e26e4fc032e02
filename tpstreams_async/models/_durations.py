"""Lengths of media, in the forms in which the server shows them."""

import re
from typing import Any, Final

from .._numbers import is_number

#: With days before it, as Django writes what is longer than one.
_CLOCK: Final = re.compile(r"(?:([0-9]{1,5}) )?([0-9]{1,5}):([0-5]?[0-9]):([0-5]?[0-9](?:\.[0-9]{1,9})?)")
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")


def seconds_of(shown: Any) -> float | None:
    """Return a length in seconds: ``120``, ``"120"`` and ``"00:02:00.000000"`` are 120. Anything else is None."""
    if isinstance(shown, str):
        if _NUMBER.fullmatch(shown):
            return float(shown)
        if found := _CLOCK.fullmatch(shown):
            days, hours, minutes, seconds = found.groups(default="0")
            return int(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        return None
    return float(shown) if is_number(shown) and shown >= 0 else None
