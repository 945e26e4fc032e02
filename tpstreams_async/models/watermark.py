"""Watermarks to be shown over a video."""

import re
from typing import Any, Final

from attrs import frozen

from .. import _validate
from .._numbers import is_number
from ..errors import InvalidInputError
from ._base import Snapshot

_COLOR: Final = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_DECIMAL: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_MOST: Final = 1_000_000_000


@frozen(kw_only=True, repr=False, eq=False)
class StaticWatermark(Snapshot):
    """Text that stands still over a video. What is None is the server's choice.

    Attributes:
        text: one line.
        x: from the left, 0 or more; the API names no unit.
        y: from the top, 0 or more; the API names no unit.
        opacity: from 0 to 1, as a number or as text such as "0.5".
        color: such as "#F00" or "#FF0000".
        size: of the text, more than 0, as a number or as text; the API names no unit.

    Raises:
        InvalidInputError: a value is wrong.
    """

    text: str
    x: float | None = None
    y: float | None = None
    opacity: float | str | None = None
    color: str | None = None
    size: float | str | None = None

    def __attrs_post_init__(self) -> None:
        _check_look(self.text, self.opacity, self.color, self.size)
        for name, value in (("x", self.x), ("y", self.y)):
            if value is not None and not (is_number(value) and 0 <= value <= _MOST):
                raise InvalidInputError(name, f"must be a number of at least 0, not {_validate.show(value)}")


@frozen(kw_only=True, repr=False, eq=False)
class DynamicWatermark(Snapshot):
    """Text that moves over a video. What is None is the server's choice.

    Attributes:
        text: one line.
        opacity: from 0 to 1, as a number or as text such as "0.5".
        color: such as "#F00" or "#FF0000".
        size: of the text, more than 0, as a number or as text; the API names no unit.
        interval: whole milliseconds, 0 or more.
        skip: whole milliseconds, 0 or more.

    Raises:
        InvalidInputError: a value is wrong.
    """

    text: str
    opacity: float | str | None = None
    color: str | None = None
    size: float | str | None = None
    interval: int | None = None
    skip: int | None = None

    def __attrs_post_init__(self) -> None:
        _check_look(self.text, self.opacity, self.color, self.size)
        for name, value in (("interval", self.interval), ("skip", self.skip)):
            if value is not None:
                _validate.whole_number(name, value, 0, _MOST)


def _check_look(text: Any, opacity: Any, color: Any, size: Any) -> None:
    _validate.line("text", text)
    if opacity is not None and not 0 <= _number(opacity) <= 1:
        raise InvalidInputError(
            "opacity", f"must be from 0 to 1, as a number or as text such as '0.5', not {_validate.show(opacity)}"
        )
    if color is not None and not (isinstance(color, str) and _COLOR.fullmatch(color)):
        raise InvalidInputError("color", f"must be such as '#F00' or '#FF0000', not {_validate.show(color)}")
    if size is not None and not 0 < _number(size) <= _MOST:
        raise InvalidInputError("size", f"must be more than 0, as a number or as text, not {_validate.show(size)}")


def _number(value: Any) -> float:
    """Return what a number, or a text with one, stands for; -1 for anything else."""
    if isinstance(value, str):
        return float(value) if _DECIMAL.fullmatch(value) else -1
    return value if is_number(value) else -1
