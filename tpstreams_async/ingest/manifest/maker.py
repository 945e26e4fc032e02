"""From what was given to rows: each is checked as the calls check that will send it."""

import dataclasses
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import attrs

from ... import _validate
from ...errors import InvalidInputError
from ...models import Extra
from ...resources._bodies import create_body, upload_body
from .cells import COMMON, FIELDS, KEY, by_field, field_of, filled, name_in_url
from .remarks import Remarks
from .row import FIRST, OWN, BadRow, Keys, Row

#: How URLs begin, also once they were made paths of.
_WEB: Final = re.compile("https?:/", re.IGNORECASE)
_PLACE: Final = {name: place for place, name in enumerate(_validate.RESOLUTIONS)}


class RowMaker:
    """Makes the rows of one source, in their order.

    Args:
        defaults: what holds where a cell is empty, checked.
        folder: the absolute path of where paths begin.
        word: what the source is made of: ``"line"`` or ``"row"``.
    """

    def __init__(self, defaults: Mapping[str, Any], *, folder: str, word: str) -> None:
        self._defaults = defaults
        self._folder = folder
        self._word = word
        self._keys = Keys()
        self._remarks = Remarks(word)

    def row(self, line: int, given: Any) -> Row | BadRow:
        """Return the row that a mapping or a model stands for."""
        members = _members(given)
        if members is None:
            return self.bad(line, given, f"is no mapping and no model with url or path, but {_validate.show(given)}")
        own: dict[str, Any] = {}
        try:
            cells = by_field(members, own)
            self._remarks.columns(own, members)
            body = self._body({**self._defaults, **cells})
            key, content = self._key(cells.get(KEY), body, line)
        except InvalidInputError as error:
            problem = str(error).removeprefix(f"{error.argument}: ")
            return self.bad(line, members, problem, column=error.argument)
        path = body["path"]
        return Row(
            key=key,
            content=content,
            line=line,
            word=self._word,
            file=None if path is None else os.path.normpath(os.path.join(self._folder, path)),
            extra=Extra(own),
            **body,
        )

    def bad(self, line: int, given: Any, problem: str, *, column: str | None = None) -> BadRow:
        """Return a row that cannot be one."""
        place = f"{self._word} {line}"
        error = InvalidInputError(f"{place}, {column}" if column else place, problem)
        return BadRow(key=self._keys.of("bad", _told(given)), line=line, error=error, given=given)

    def end(self) -> None:
        """Take note that these were all rows."""
        self._remarks.end()

    def _key(self, given: Any, body: Mapping[str, Any], line: int) -> tuple[str, str | None]:
        if given is None:
            key = self._keys.of("row", _content(body))
            if not key.endswith(FIRST):
                self._remarks.equal(line)
            return key, None
        key = self._keys.of(KEY, [_validate.line(KEY, given)])
        if not key.endswith(FIRST):
            raise InvalidInputError(KEY, f"{_validate.show(given)} is that of an earlier row, too")
        return f"{OWN}{key}", self._keys.common("row", _content(body))

    def _body(self, cells: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of a row, checked."""
        url, path = cells.get("url"), cells.get("path")
        if (url is None) == (path is None):
            both = "is given together with path; a row has one of them"
            raise InvalidInputError("url", both if url is not None else "is missing, and there is no path either")
        if "resolutions" not in cells:
            raise InvalidInputError("resolutions", "is missing, and there is no default")
        rest = [cells.get(name) for name in COMMON[1:]]
        if url is not None:
            url = _validate.web_url("url", url)
            title = cells["title"] if "title" in cells else _title("URL", name_in_url(url))
            sent = create_body([url], cells["resolutions"], title, *rest)
        else:
            path = _no_url(_validate.line("path", path))
            title = cells["title"] if "title" in cells else _title("path", os.path.basename(path))
            sent = upload_body(cells["resolutions"], title, *rest)
        fields = {name: sent.get(name) for name in FIELDS}
        return fields | {"url": url, "path": path, "resolutions": tuple(sent["resolutions"])}


def _no_url(path: str) -> str:
    """Return a path. A URL is none: its signature would be shown as the name of a file is."""
    if _WEB.match(path):
        raise InvalidInputError("path", "is a URL, and those belong into the column url")
    return path


def _title(place: str, name: str) -> str:
    """Return what a row without a title is called: a video can be found again only by its title."""
    if not name:
        raise InvalidInputError("title", f"is missing, and the {place} ends with no name to take in its place")
    return name


def _content(body: Mapping[str, Any]) -> Iterable[str | None]:
    """Return all that makes a row what it is, in one spelling."""
    for name in FIELDS:
        value = body[name]
        if name == "resolutions":
            yield ",".join(sorted(value, key=_PLACE.__getitem__))
        else:
            yield None if value is None else str(value)


def _members(given: object) -> Mapping[object, Any] | None:
    """Return what a mapping or a model says, by name, or None for anything else."""
    if isinstance(given, Mapping):
        return cast("Mapping[object, Any]", given)
    if isinstance(given, type):
        return None
    kind = type(given)
    if attrs.has(kind):
        names = [field.name for field in attrs.fields(kind)]
    elif dataclasses.is_dataclass(given):
        names = [field.name for field in dataclasses.fields(given)]
    elif hasattr(given, "url") or hasattr(given, "path"):
        own = [name for name in getattr(given, "__dict__", ()) if not name.startswith("_")]
        names = list(dict.fromkeys([*own, *(name for name in FIELDS if hasattr(given, name))]))
    else:
        return None
    return {name: getattr(given, name) for name in names}


def _told(given: Any) -> Iterable[str | None]:
    """Return what makes a bad row what it is. It is the same in another run, which an address in memory is not."""
    if not isinstance(given, Mapping):
        return [_plain(given)]
    members = cast("Mapping[object, Any]", given)
    said = {column: filled(value) for column, value in members.items() if isinstance(column, str)}
    known = sorted((field_of(column) or "", _plain(value)) for column, value in said.items() if value is not None)
    return [part for name, text in known if name for part in (name, text)]


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return repr([_plain(item) for item in cast("list[object]", value)])
    try:
        return f"{type(value).__name__} {value if isinstance(value, (str, int, float)) else ''}"
    except ValueError:
        return f"int {value:x}"  # one with more digits than Python writes out
