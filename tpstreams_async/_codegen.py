"""Writes, once for each model, the function that makes it from a decoded JSON object.

cattrs alone takes about four times as long for an asset, because it calls a hook for every field and goes through a
frozen class's ``__init__``. A written function reads each key in line, and fills an instance that is not frozen yet.
"""

import types
from collections.abc import Callable, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from ._scalars import SCALARS, to_text
from .models._base import NO_EXTRA, Extra

type_of_none = type(None)


class Writer:
    """Makes structure functions, and remembers them, so that nested models share theirs.

    Attributes:
        made: those that were made so far, by the class of their models.
    """

    def __init__(self) -> None:
        self.made: dict[type, Callable[[Any], Any]] = {}

    def function_for(self, cls: type) -> Callable[[Any], Any]:
        """Return the function that makes a `cls` from a dict, or raises `ValueError`, `TypeError` or `KeyError`."""
        if cls not in self.made:
            self.made[cls] = self._write(cls)
        return self.made[cls]

    def _write(self, cls: type) -> Callable[[Any], Any]:
        hints = get_type_hints(cls)
        fields = [field for field in attrs.fields(cls) if field.name != "extra"]
        names: dict[str, Any] = {
            "cls": cls,
            "new": object.__new__,
            "Unfrozen": _unfrozen(cls),
            "Extra": Extra,
            "NO_EXTRA": NO_EXTRA,
            "absent": dict.fromkeys(field.name for field in fields),
            "listed": _listed,
            "mapped": _mapped,
            "texts": _texts,
        }
        lines = ["def structure(data):"]
        if (text_field := text_field_of(cls)) is not None:
            lines.append(f" if type(data) is str: data = {{{text_field!r}: data}}")
        lines.append(" if type(data) is not dict: raise TypeError('expected an object')")
        lines.append(" row = absent | data")
        for number, field in enumerate(fields):
            lines += self._field(f"v{number}", field, hints[field.name], names)
        # Not before all values are there: a report with local variables would trip over a model without its fields.
        lines.append(" made = new(Unfrozen)")
        lines += [f" made.{field.name} = v{number}" for number, field in enumerate(fields)]
        lines.append(
            f" made.extra = NO_EXTRA if len(row) == {len(fields)}"
            " else Extra({key: data[key] for key in data if key not in absent})"
        )
        lines += [" made.__class__ = cls", " return made"]
        exec(compile("\n".join(lines), f"<structure {cls.__name__}>", "exec"), names)  # noqa: S102 - only our own text
        function: Callable[[Any], Any] = names["structure"]
        return function

    def _field(self, v: str, field: "attrs.Attribute[Any]", hint: Any, names: dict[str, Any]) -> list[str]:
        """Write the lines that turn the JSON value of a field into a local variable named `v`."""
        default = f"default_{v}"
        if field.default is attrs.NOTHING:
            on_null = f"raise KeyError({field.name!r})"
        elif isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
            factory: Any = field.default.factory  # type: ignore[union-attr]
            names[default] = get_origin(factory) or factory  # a bare class is made in a fifth of the time
            on_null = f"{v} = {default}()"
        else:
            names[default] = field.default
            on_null = f"{v} = {default}"
        read = f" {v} = row[{field.name!r}]"
        ready, converted = self._convert(v, _without_none(hint), names)
        if converted is None:
            return [read] if field.default is None else [read, f" if {v} is None: {on_null}"]
        test = "".join(f"type({v}) is not {kind} and " for kind in ready)
        lines = [read, f" if {test}{v} is not None: {v} = {converted}"]
        return lines if field.default is None else [*lines, f" elif {v} is None: {on_null}"]

    def _convert(self, v: str, hint: Any, names: dict[str, Any]) -> tuple[tuple[str, ...], str | None]:
        """Return the names of the classes that need no conversion, and the expression that converts all others."""
        function = f"to_{v}"
        if hint is Any:
            return (), None
        if hint in SCALARS:
            ready, names[function] = SCALARS[hint]
            return tuple(kind.__name__ for kind in ready), f"{function}({v})"
        if attrs.has(hint):
            names[function] = self.function_for(hint)
            return (), f"{function}({v})"
        kind, arguments = get_origin(hint), get_args(hint)
        if kind is tuple and arguments == (str, ...):
            return (), f"texts({v})"
        if kind is tuple and arguments[1:] == (...,):
            names[function] = self._element(arguments[0])
            return (), f"listed({v}, {function})"
        if kind is not None and issubclass(kind, Mapping) and arguments[0] is str:
            names[function] = self._element(arguments[1])
            return (), f"mapped({v}, {function})"
        raise TypeError(f"no rule for a field of type {hint}")

    def _element(self, hint: Any) -> Callable[[Any], Any]:
        return SCALARS[hint][1] if hint in SCALARS else self.function_for(hint)


def text_field_of(cls: type) -> str | None:
    """Return the field that a text stands for, where a model's object may come as a text."""
    return getattr(cls, "_text_field", None)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        rest = [argument for argument in get_args(hint) if argument is not type_of_none]
        if len(rest) == 1:
            return rest[0]
    return hint


def _unfrozen(cls: type) -> type:
    """Return a class with the same slots, whose attributes can be set: that is faster than a call for each.

    An instance of it becomes one of the frozen class by the assignment of its ``__class__``.
    """
    plain = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(cls.__name__, (cls,), plain)


def _texts(value: Any) -> tuple[str, ...]:
    if value.__class__ is not list:
        raise TypeError("expected a list")
    try:
        "".join(value)  # the fastest way to see that all of them are texts
    except TypeError:
        return tuple([to_text(item) for item in value])
    return tuple(value)


def _listed(value: Any, convert: Callable[[Any], Any]) -> tuple[Any, ...]:
    if value.__class__ is not list:
        raise TypeError("expected a list")
    return tuple([convert(item) for item in value]) if value else ()


def _mapped(value: Any, convert: Callable[[Any], Any]) -> dict[str, Any]:
    if value.__class__ is not dict:
        raise TypeError("expected an object")
    return {key: convert(item) for key, item in value.items()}
