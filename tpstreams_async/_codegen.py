"""Writes, once for each model, the function that makes it from a decoded JSON object.

cattrs alone takes about four times as long for an asset, because it calls a hook for every field and goes through a
frozen class's ``__init__``. A written function reads each key in line and fills the slots directly.
"""

import types
from collections.abc import Callable, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from ._scalars import SCALARS
from .models._base import NO_EXTRA, Extra

type_of_none = type(None)


class Writer:
    """Makes structure functions, and remembers them, so that nested models share theirs."""

    def __init__(self) -> None:
        self._made: dict[type, Callable[[Any], Any]] = {}

    def function_for(self, cls: type) -> Callable[[Any], Any]:
        """Return the function that makes a `cls` from a dict, or raises `ValueError`, `TypeError` or `KeyError`."""
        if cls not in self._made:
            self._made[cls] = self._write(cls)
        return self._made[cls]

    def _write(self, cls: type) -> Callable[[Any], Any]:
        names: dict[str, Any] = {
            "cls": cls,
            "new": object.__new__,
            "Extra": Extra,
            "NO_EXTRA": NO_EXTRA,
            "listed": _listed,
            "mapped": _mapped,
        }
        hints = get_type_hints(cls)
        fields = [field for field in attrs.fields(cls) if field.name != "extra"]
        names["known"] = frozenset(field.name for field in fields)
        lines = ["def structure(data):"]
        if (text_field := text_field_of(cls)) is not None:
            lines.append(f" if data.__class__ is str: data = {{{text_field!r}: data}}")
        lines.append(" if data.__class__ is not dict: raise TypeError('expected an object')")
        lines.append(" get = data.get")
        filled: list[str] = []
        for number, field in enumerate(fields):
            names[f"set{number}"] = getattr(cls, field.name).__set__
            lines += [f" v = get({field.name!r})", *self._field(number, field, hints[field.name], names)]
            lines.append(f" v{number} = v")
            filled.append(f" set{number}(made, v{number})")
        names["set_extra"] = cls.extra.__set__  # type: ignore[attr-defined]
        # Not before all values are there: a report with local variables would trip over a model without its fields.
        lines += [" made = new(cls)", *filled]
        lines.append(
            " set_extra(made, NO_EXTRA if known.issuperset(data)"
            " else Extra({key: data[key] for key in data if key not in known}))"
        )
        lines.append(" return made")
        exec(compile("\n".join(lines), f"<structure {cls.__name__}>", "exec"), names)  # noqa: S102 - only our own text
        function: Callable[[Any], Any] = names["structure"]
        return function

    def _field(self, number: int, field: "attrs.Attribute[Any]", hint: Any, names: dict[str, Any]) -> list[str]:
        """Write the lines that turn ``v`` from the JSON value into the field's value."""
        default, call = f"default{number}", ""
        if field.default is attrs.NOTHING:
            on_null = f"raise KeyError({field.name!r})"
        elif isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
            names[default], call = field.default.factory, "()"  # type: ignore[union-attr]
            on_null = f"v = {default}{call}"
        else:
            names[default] = field.default
            on_null = f"v = {default}"
        convert = self._convert(number, _without_none(hint), names)
        if convert is None:
            return [f" if v is None: {on_null}"]
        test, expression = convert
        return [f" if v is None: {on_null}", f" elif {test}: v = {expression}"]

    def _convert(self, number: int, hint: Any, names: dict[str, Any]) -> tuple[str, str] | None:
        """Return when a value must be converted, and the expression that does it; None if it never must."""
        function = f"to{number}"
        if hint is Any:
            return None
        if hint in SCALARS:
            ready, names[function] = SCALARS[hint]
            names[f"ready{number}"] = ready
            return f"v.__class__ is not ready{number}", f"{function}(v)"
        if attrs.has(hint):
            names[function] = self.function_for(hint)
            return "True", f"{function}(v)"
        kind, arguments = get_origin(hint), get_args(hint)
        if kind is tuple and arguments[1:] == (...,):
            names[function] = self._element(arguments[0])
            return "True", f"listed(v, {function})"
        if kind is not None and issubclass(kind, Mapping) and arguments[0] is str:
            names[function] = self._element(arguments[1])
            return "True", f"mapped(v, {function})"
        raise TypeError(f"no rule for a field of type {hint}")

    def _element(self, hint: Any) -> Callable[[Any], Any]:
        return SCALARS[hint][1] if hint in SCALARS else self.function_for(hint)


def text_field_of(cls: type) -> str | None:
    """Return the field that a text stands for, where a model's object may come as a text."""
    return getattr(cls, "text_field", None)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        rest = [argument for argument in get_args(hint) if argument is not type_of_none]
        if len(rest) == 1:
            return rest[0]
    return hint


def _listed(value: Any, convert: Callable[[Any], Any]) -> tuple[Any, ...]:
    if value.__class__ is not list:
        raise TypeError("expected a list")
    return tuple([convert(item) for item in value]) if value else ()


def _mapped(value: Any, convert: Callable[[Any], Any]) -> dict[str, Any]:
    if value.__class__ is not dict:
        raise TypeError("expected an object")
    return {key: convert(item) for key, item in value.items()}
