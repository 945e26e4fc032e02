"""Watermarks, as the API takes them."""

from collections.abc import Mapping
from typing import Any, Final, cast

import attrs

from .. import _validate
from .._numbers import decimal
from ..errors import InvalidInputError
from ..models import DynamicWatermark, StaticWatermark
from . import _given

_TYPES: Final[Mapping[str, type[StaticWatermark] | type[DynamicWatermark]]] = {
    "static": StaticWatermark,
    "dynamic": DynamicWatermark,
}


def annotation_rows(given: Any) -> list[dict[str, Any]]:
    """Return watermarks as the API takes them. Each is checked; what is None in them is left out."""
    rows = _given.rows("annotations", given, "watermarks")
    return [_row(f"annotations[{number}]", item) for number, item in enumerate(rows)]


def _row(name: str, given: Any) -> dict[str, Any]:
    watermark = _watermark(name, given)
    kind = next(word for word, cls in _TYPES.items() if isinstance(watermark, cls))
    values = {field.name: getattr(watermark, field.name) for field in attrs.fields(type(watermark))}
    if isinstance(watermark.opacity, (int, float)):
        values["opacity"] = decimal(watermark.opacity)
    return {"type": kind, **{key: value for key, value in values.items() if value is not None}}


def _watermark(name: str, given: Any) -> StaticWatermark | DynamicWatermark:
    if isinstance(given, (StaticWatermark, DynamicWatermark)):
        return given
    if not isinstance(given, Mapping):
        raise InvalidInputError(
            name, f"must be StaticWatermark(...), DynamicWatermark(...) or a dict, not {_validate.show(given)}"
        )
    members = dict(cast("Mapping[object, Any]", given))
    kind = _validate.choice(f"{name}.type", members.pop("type", None), tuple(_TYPES))
    return _given.model(_TYPES[kind], name, members, needs=("text",))
