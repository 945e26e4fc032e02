"""What all snapshots share."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs


class Extra(Mapping[str, Any]):
    """What an answer had beyond the fields that are modelled: read-only, by key.

    Its repr shows the keys alone, because nobody knows whether an unknown value is a secret.
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


#: Shared by every snapshot without unknown keys, which saves memory when there are many.
NO_EXTRA = Extra()


def short_repr(self: Any) -> str:
    """Show a model without what is None or empty, and without secrets."""
    shown: list[str] = []
    fields: tuple[attrs.Attribute[Any], ...] = self.__attrs_attrs__
    for field in fields:
        value: Any = getattr(self, field.name)
        if value is None or value in ((), {}, NO_EXTRA):
            continue
        shown.append(f"{field.name}={field.repr(value) if callable(field.repr) else repr(value)}")
    return f"{type(self).__name__}({', '.join(shown)})"
