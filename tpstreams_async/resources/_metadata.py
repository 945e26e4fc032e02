"""The data of their own that callers attach to a job."""

import math
from collections.abc import Mapping
from typing import Any, Final, cast

from .. import codec
from ..errors import InvalidInputError

#: The vendor says "10 KB"; this is the larger reading of it, for the JSON as it is sent: compact, in UTF-8.
METADATA_MAX_BYTES: Final = 10_240
_DEEPEST: Final = 32
_NAME: Final = "client_metadata"


def client_metadata(value: Any) -> dict[str, Any]:
    """Return a JSON object that is small enough. When it is refused, no value of it is shown."""
    if not isinstance(value, Mapping):
        raise InvalidInputError(_NAME, f"must be a JSON object, as a dict, not {type(value).__name__}")
    made: dict[str, Any] = _plain(value, _DEEPEST)
    try:
        size = len(codec.dumps(made))
    except TypeError as error:
        raise InvalidInputError(_NAME, f"cannot be written as JSON: {error}") from None
    if size > METADATA_MAX_BYTES:
        problem = f"must take at most {METADATA_MAX_BYTES:,} bytes as compact JSON, but takes {size:,}"
        raise InvalidInputError(_NAME, problem)
    return made


def _plain(value: Any, depth: int) -> Any:
    """Return a copy that is made of what JSON has: the encoder would make null, or text, of some other things."""
    if value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if not depth:
        raise InvalidInputError(_NAME, f"must have at most {_DEEPEST} levels")
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        if not all(isinstance(key, str) for key in members):
            raise InvalidInputError(_NAME, "must have text for each key")
        return {key: _plain(member, depth - 1) for key, member in members.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth - 1) for item in cast("list[Any]", value)]
    what = "a number that is not finite" if isinstance(value, float) else type(value).__name__
    raise InvalidInputError(_NAME, f"must be made of JSON data, and has {what}")
