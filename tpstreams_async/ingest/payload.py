"""A row as the ledger keeps it, and back."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from .. import _validate
from ..errors import InvalidInputError, LedgerError
from ..models import Extra, NewVideo
from .ledger import LedgerRow, PlannedRow, State
from .manifest import FIELDS, KEY, BadRow, Row, field_of, filled
from .results import IngestResult

_SENT: Final = [name for name in FIELDS if name not in ("url", "path")]


def planned(row: Row) -> PlannedRow:
    """Return a row as it is written into a ledger."""
    payload: dict[str, Any] = {name: getattr(row, name) for name in _SENT}
    payload |= {"url": row.url, "file": row.file, "extra": {name: _plain(value) for name, value in row.extra.items()}}
    source = row.url if row.url is not None else row.file
    return PlannedRow(
        key=row.key,
        content=row.content,
        line=row.line,
        title=row.title,
        folder=row.folder,
        source=f"{source}",
        payload=json.dumps(payload),
    )


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, or as text if it has no such thing."""
    if type(value) is str:
        return value  # as all cells of a file are, of which a row can have very many
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        with contextlib.suppress(Exception):
            return str(value)
        return _validate.show(value)
    return value


class Parcel:
    """What the ledger keeps of a row, unpacked.

    Args:
        row: of a ledger.
        path: the ledger's file.

    Raises:
        LedgerError: it is not what was written.
    """

    def __init__(self, row: LedgerRow, path: Path) -> None:
        try:
            content: Any = json.loads(row.payload)
            self.fields: dict[str, Any] = {name: content[name] for name in _SENT}
            self.url: str | None = content["url"]
            self.file: str | None = content["file"]
            self.extra: dict[str, Any] = dict(content["extra"])
        except (ValueError, KeyError, TypeError, RecursionError):
            # Its content is no part of the message: it may hold signed URLs.
            raise LedgerError(f"the payload of row {row.number} is damaged", path=str(path)) from None

    @property
    def folder(self) -> str | None:
        """Uuid of the folder that the video is to lie in."""
        return cast("str | None", self.fields["folder"])

    def video(self) -> NewVideo:
        """Return the video to be created from a URL."""
        return NewVideo(inputs=[f"{self.url}"], **self.fields)


def result_of(row: LedgerRow, path: Path, *, earlier: bool = False) -> IngestResult:
    """Return what became of a row of a ledger."""
    return IngestResult(
        line=row.line,
        title=row.title,
        key=row.key,
        state=row.state,
        asset_id=row.asset_id,
        error=row.error,
        candidates=row.candidates,
        extra=Extra(Parcel(row, path).extra),
        earlier=earlier,
    )


def bad_result(row: BadRow) -> IngestResult:
    """Return what became of a row that cannot be brought in, with what of it can be told all the same."""
    title: str | None = None
    own: dict[str, Any] = {}
    given: object = row.given
    members = cast("Mapping[object, Any]", given if isinstance(given, Mapping) else {})
    for column, value in members.items():
        name = field_of(column) if isinstance(column, str) else ""
        if name in (None, KEY):
            own[f"{column}"] = _plain(value)
        elif name == "title":
            with contextlib.suppress(InvalidInputError):
                title = _validate.line("title", filled(value))
    return IngestResult(
        line=row.line, title=title, key=row.key, state=State.FAILED, error=str(row.error), extra=Extra(own)
    )


def dry_result(row: Row, problem: str | None) -> IngestResult:
    """Return what becomes of a row that is not to be sent, and what is wrong with its file."""
    state = State.PLANNED if problem is None else State.FAILED
    return IngestResult(line=row.line, title=row.title, key=row.key, state=state, error=problem, extra=row.extra)
