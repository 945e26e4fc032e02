"""How single JSON values become the values of a model.

The API words the same thing in several ways: numbers come as text, whole numbers as ``6.0``. What cannot be
misunderstood is accepted; everything else is a `ValueError`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from ._numbers import is_number

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
#: Up to here, every integer is a float.
_EXACT: Final = 2.0**53
_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def to_text(value: Any) -> str:
    """Accept text, and numbers in place of text."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"expected text, got {_kind(value)}")


def to_whole(value: Any) -> int:
    """Accept an integer, as a number or as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # The JSON library makes floats of integers beyond 64 bits, whose last digits are then wrong.
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise ValueError(f"expected a whole number, got {_kind(value)}")


def to_number(value: Any) -> float:
    """Accept a finite number, as a number or as text. An integer stays one."""
    if is_number(value):
        return cast("float", value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value)
    raise ValueError(f"expected a number, got {_kind(value)}")


def to_flag(value: Any) -> bool:
    """Accept true and false."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"expected true or false, got {_kind(value)}")


def to_datetime(value: Any) -> datetime:
    """Accept ISO 8601 text with a time zone."""
    if not isinstance(value, str):
        raise ValueError(f"expected a time as text, got {_kind(value)}")
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:  # whose text has the value in it
        raise ValueError("expected a time in ISO 8601") from None
    if parsed.tzinfo is None:
        raise ValueError("expected a time with a time zone")
    return parsed


#: By the type that a field is annotated with: the classes of JSON values (which are finite) that need no conversion,
#: and the conversion of all others.
SCALARS: Final[Mapping[type, tuple[tuple[type, ...], Callable[[Any], Any]]]] = {
    str: ((str,), to_text),
    int: ((int,), to_whole),
    float: ((float, int), to_number),
    bool: ((bool,), to_flag),
    datetime: ((), to_datetime),
}


def _kind(value: Any) -> str:
    """Name the JSON type of a value: the value itself may be a secret."""
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "other text",
        bool: "true or false",
        type(None): "null",
    }
    return next((name for kind, name in names.items() if value.__class__ is kind), "a number")
