"""What the cells of a table mean: texts of a spreadsheet, or values of a program."""

import functools
import math
import os
import re
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

from ... import _redact, _validate
from ..._validate import RESOLUTIONS
from ..._words import folded
from ...errors import InvalidInputError
from ...resources._bodies import upload_body

#: What a row can say. Every other column is the caller's own, and none of them is guessed to be one of these.
FIELDS: Final = (
    "url",
    "path",
    "title",
    "resolutions",
    "content_protection_type",
    "folder",
    "generate_subtitle",
)
#: What can be said once for all rows.
COMMON: Final = FIELDS[3:]

#: What names a row, so that it stays the same when it changes.
KEY: Final = "key"
_BY_NAME: Final = {folded(name): name for name in (*FIELDS, KEY)}
_FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_BETWEEN: Final = re.compile("[,;|]")


@functools.lru_cache(maxsize=1024)
def field_of(column: str) -> str | None:
    """Return the field that a column is for, or None for one of the caller's own.

    Case does not matter, and a space, a dash and an underscore are the same.
    """
    return _BY_NAME.get(folded(column))


def filled(value: Any) -> Any:
    """Return what a cell says, without the white space around it, or None for an empty one.

    Tables of numbers show a missing value as a float that is no number.
    """
    if isinstance(value, str):
        return value.strip() or None
    return None if isinstance(value, float) and math.isnan(value) else value


def meant(name: str, value: Any) -> Any:
    """Return what the text of a cell means to a field. What is neither such a text nor right is left to the checks.

    Raises:
        InvalidInputError: it is a text that means neither yes nor no, where that is asked.
    """
    if name == "path" and isinstance(value, os.PathLike):
        return os.fspath(cast("os.PathLike[str]", value))
    if name == "resolutions" and isinstance(value, str):
        return [part for part in map(str.strip, _BETWEEN.split(value)) if part]
    if name == KEY and isinstance(value, int):
        return str(value)
    if name == "generate_subtitle":
        if isinstance(value, str):
            if value.casefold() not in _FLAGS:
                problem = f"must be true, false, yes, no, 1 or 0, not {_validate.show(value)}"
                raise InvalidInputError(name, problem)
            return _FLAGS[value.casefold()]
        if isinstance(value, (int, float)) and value in (0, 1):
            return bool(value)
    return value


def checked_defaults(defaults: Any) -> dict[str, Any]:
    """Return what holds for every row that does not say otherwise.

    Raises:
        InvalidInputError: something is wrong with it; `argument` names the place.
    """
    if defaults is None:
        return {}
    if not isinstance(defaults, Mapping):
        raise InvalidInputError("defaults", f"must be a dict, not {_validate.show(defaults)}")
    with _validate.inside("defaults"):
        own: dict[str, Any] = {}
        given = by_field(cast("Mapping[object, Any]", defaults), own)
        for name in (*own, *given):
            if name not in COMMON:
                raise InvalidInputError(name, f"cannot be the same for all rows; what can is {', '.join(COMMON)}")
        # Resolutions and a title must be there for the rest to be checked.
        body = upload_body(
            given.get("resolutions", RESOLUTIONS),
            "any",
            given.get("content_protection_type"),
            given.get("folder"),
            given.get("generate_subtitle"),
        )
    return {name: body[name] for name in given}


def by_field(members: Mapping[object, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return what the filled cells of a row mean, by the names of fields, and put the caller's own columns into `own`.

    Raises:
        InvalidInputError: a column is there twice, or has no name, or a text means nothing.
    """
    found: dict[str, Any] = {}
    columns: dict[str, str] = {}
    for column, value in members.items():
        if not isinstance(column, str):
            raise InvalidInputError("column", f"must have a text for its name, not {_validate.show(column)}")
        name = field_of(column)
        if name is None:
            own[column] = value
            continue
        if name == KEY:
            own[column] = value
        first = columns.setdefault(name, column)
        if first is not column:
            shown = f"{_validate.show(first)} and {_validate.show(column)}"
            raise InvalidInputError(name, f"is there twice, as {shown}")
        said = filled(value)
        if said is not None:
            found[name] = meant(name, said)
    return found


def name_in_url(url: str) -> str:
    """Return the name of the file that a URL leads to, or an empty text. A signature in its place is no name."""
    path, _, _ = urlsplit(_redact.url(url)).path.partition(_redact.HIDDEN)
    return unquote(path.rstrip("/").rpartition("/")[2]).strip()
