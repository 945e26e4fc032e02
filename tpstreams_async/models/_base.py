"""What all snapshots share."""

import functools
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import attrs

from .. import _redact


class Extra(Mapping[str, Any]):
    """What an answer had beyond the fields that are modelled: read-only, by key.

    Its repr shows the keys alone, because nobody knows whether an unknown value is a secret. A pickle of it leaves out
    what is known to be one.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Any] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Extra({', '.join(sorted(self._items))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Extra, (_redact.data(self._items),)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self


#: Shared by every snapshot without unknown keys, which saves memory when there are many.
NO_EXTRA = Extra()


class Snapshot:
    """What every model can do: show itself, be copied and be pickled, and keep its secrets while doing so.

    Models are equal if they are of one class and all their fields are equal. Each is made with ``eq=False``: comparing
    is written here once, because what attrs writes for each of them takes a part of the time of the import.

    A pickle lands in caches, queues and on disks, so it holds no secrets: `LiveStream.stream_key` comes back as
    ``"***"``, and URLs come back without the query that signs them. A copy within the process is the model itself.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        kind: Any = self.__class__
        values = _compared(kind)
        return bool(values(self) == values(other))

    def __hash__(self) -> int:
        kind: Any = self.__class__
        return hash((kind, _hashed(kind)(self)))

    def __repr__(self) -> str:
        """Show the model without what is None or empty, and without secrets."""
        shown = [
            f"{field.name}={field.repr(value) if callable(field.repr) else repr(value)}"
            for field, value in _values(self)
            if value is not None and value not in ((), {}, NO_EXTRA)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        values = {
            field.name: field.repr.hidden(value) if isinstance(field.repr, _redact.Shown) else value
            for field, value in _values(self)
        }
        return _restored, (type(self), values)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self


@functools.cache
def _compared(cls: type) -> Callable[[Any], Any]:
    """Return the function that gets what two models of a class are compared by."""
    return operator.attrgetter(*[field.name for field in attrs.fields(cls) if field.eq])


@functools.cache
def _hashed(cls: type) -> Callable[[Any], Any]:
    """Return the function that gets what the hash of a model is made of."""
    return operator.attrgetter(*[field.name for field in attrs.fields(cls) if field.eq and field.hash is not False])


def _values(model: Any) -> list[tuple["attrs.Attribute[Any]", Any]]:
    fields: tuple[attrs.Attribute[Any], ...] = model.__attrs_attrs__
    return [(field, getattr(model, field.name)) for field in fields]


def _restored(cls: type[Snapshot], values: dict[str, Any]) -> Snapshot:
    return cls(**values)
