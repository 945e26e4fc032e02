"""How long a server asks to be left alone: the ``Retry-After`` header."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

_SECONDS: Final = re.compile(r"[0-9]{1,18}(\.[0-9]{1,9})?")


def retry_after(headers: Mapping[str, str], wall_time: float) -> float | None:
    """Return the seconds that the header asks for, 0 or more; None if there is none that makes sense.

    A date counts from the answer's own ``Date`` where it has one, because the two clocks may be hours apart.

    Args:
        headers: of the answer, by name in any case.
        wall_time: seconds since the epoch, now.
    """
    value = headers.get("Retry-After", "").strip(" \t")
    if _SECONDS.fullmatch(value):
        return float(value)
    until = _http_date(value)
    if until is None:
        return None
    now = _http_date(headers.get("Date", ""))
    return max(0.0, until - (wall_time if now is None else now))


def _http_date(value: str) -> float | None:
    if not value.isascii():
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    try:
        # HTTP's dates are in GMT, also in the old forms that do not say so.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, OSError):
        return None
