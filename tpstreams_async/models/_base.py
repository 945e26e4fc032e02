"""What all snapshots share."""

from collections.abc import Iterator, Mapping
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

    A pickle lands in caches, queues and on disks, so it holds no secrets: `LiveStream.stream_key` comes back as
    ``"***"``, and URLs come back without the query that signs them. A copy within the process is the model itself.
    """

    __slots__ = ()

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


def _values(model: Any) -> list[tuple["attrs.Attribute[Any]", Any]]:
    fields: tuple[attrs.Attribute[Any], ...] = model.__attrs_attrs__
    return [(field, getattr(model, field.name)) for field in fields]


def _restored(cls: type[Snapshot], values: dict[str, Any]) -> Snapshot:
    return cls(**values)
