"""Arguments of requests that are models, or dicts in place of models."""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import attrs

from .._validate import show
from ..errors import InvalidInputError

T = TypeVar("T")


def as_model(name: str, given: Any, cls: type[T]) -> T:
    """Return a model of a request, made from a dict where one was given.

    Raises:
        InvalidInputError: it is neither; or a key is missing, or one too many.
    """
    if isinstance(given, cls):
        return given
    if not isinstance(given, Mapping):
        raise InvalidInputError(name, f"must be {cls.__name__}(...) or a dict, not {type(given).__name__}")
    members = cast("Mapping[str, Any]", given)
    fields = {field.name: field for field in attrs.fields(cast("Any", cls))}
    unknown = [key for key in members if key not in fields]
    if unknown:
        raise InvalidInputError(name, f"has {show(unknown[0])}, which is none of {', '.join(fields)}")
    for field in fields.values():
        if field.default is attrs.NOTHING and field.name not in members:
            raise InvalidInputError(name, f"lacks {field.name!r}")
    return cls(**members)
