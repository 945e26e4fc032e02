"""What requests are made of, as callers give it."""

from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

T = TypeVar("T")


def listed(given: Iterable[T]) -> tuple[T, ...]:
    """Return the items of a list, so that a model of it is a value.

    What is no list is left as it is: it is refused by name when the request is put together.
    """
    if isinstance(given, (str, bytes, bytearray, Mapping)) or not isinstance(given, Iterable):
        return cast("tuple[T, ...]", given)
    return tuple(given)
