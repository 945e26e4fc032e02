"""What counts as a number."""

import math
from typing import Any


def is_number(value: Any) -> bool:
    """Tell whether a value is an integer or float that stands for a finite quantity. True and False are none."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond the range of floats
        return False


def decimal(value: float) -> str:
    """Return a number as text without an exponent, to four places."""
    return f"{value:.4f}".rstrip("0").rstrip(".")
