"""Models that callers pass in, or dicts in their place."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

import attrs

from .. import _validate
from ..errors import InvalidInputError

T = TypeVar("T")


def rows(name: str, given: Any, what: str) -> list[Any]:
    """Return what a caller gave as a list. A text, or a single model or dict, is none."""
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise InvalidInputError(name, f"must be a list of {what}, not {_validate.show(given)}")
    return list(cast("Iterable[object]", given))


def model(cls: type[T], name: str, given: Any, *, needs: tuple[str, ...]) -> T:
    """Return a model that a caller gave, or the one that a dict stands for.

    Args:
        cls: of the model, whose own checks name its fields.
        name: of the argument.
        given: what the caller gave.
        needs: the keys that a dict must have.

    Raises:
        InvalidInputError: it is neither, or a field is wrong; the message names the place.
    """
    if isinstance(given, cls):
        return given
    if not isinstance(given, Mapping):
        raise InvalidInputError(name, f"must be {cls.__name__}(...) or a dict, not {_validate.show(given)}")
    members = cast("Mapping[object, Any]", given)
    known = [field.name for field in attrs.fields(cast("Any", cls))]
    for key in members:
        if key not in known:
            raise InvalidInputError(name, f"can have the keys {', '.join(known)}, but not {_validate.show(key)}")
    for key in needs:
        if members.get(key) is None:
            raise InvalidInputError(f"{name}.{key}", "is missing")
    with _validate.inside(name):
        return cls(**cast("dict[str, Any]", members))
