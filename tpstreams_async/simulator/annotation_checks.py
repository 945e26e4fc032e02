"""Checks of the watermarks that an access token puts on a video."""

from __future__ import annotations

import re
from typing import Any

from .checks import Fields

_KINDS = ("static", "dynamic")
_USUAL = {"interval": 1000, "skip": 0, "x": 16, "y": 16}
_OF_DYNAMIC = ("interval", "skip")
_COLOR = re.compile("#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")


def annotations_of(fields: Fields) -> list[dict[str, Any]]:
    """Return the checked watermarks; `fields.finish()` tells whether they hold."""
    return [_annotation(item) for item in fields.objects("annotations")]


def _annotation(item: Fields) -> dict[str, Any]:
    item.required("type")
    kind, text = item.choice("type", _KINDS), item.text("text", required=True)
    color, opacity, size = item.text("color"), item.number("opacity"), item.number("size")
    if color is not None and not _COLOR.fullmatch(color):
        item.wrong("color", "Enter a valid color, such as #FF0000.")
    if opacity is not None and opacity > 1:
        item.wrong("opacity", "Ensure this value is less than or equal to 1.")
    if size is not None and (size < 1 or size % 1):
        item.wrong("size", "A valid integer is required.")
    shown: dict[str, Any] = {
        "text": text,
        "type": kind,
        "color": color or "#FF0000",
        "opacity": f"{1 if opacity is None else opacity:.2f}",
        "size": 15 if size is None else size,
    }
    for name, usual in _USUAL.items():
        value = item.whole(name)
        if kind == "dynamic" or name not in _OF_DYNAMIC:
            shown[name] = usual if value is None else value
    return shown
