"""Tables as text: CSV in the dialects of spreadsheets, and JSON Lines."""

import csv
import itertools
import json
from collections.abc import Iterator
from typing import Any, Final

from ..._validate import show
from ..._words import folded
from ...codec import loads
from ...errors import DecodeError, InvalidInputError
from .cells import field_of
from .lines import at
from .maker import RowMaker
from .remarks import field_like
from .row import BadRow, Row

_DELIMITERS: Final = ",;\t"
#: What a line without a cell can have in it.
_NOTHING: Final = f"{_DELIMITERS} \r\n"
_COLUMNS_SHOWN: Final = 12


def csv_rows(lines: Iterator[str], name: str, maker: RowMaker, delimiters: str = _DELIMITERS) -> Iterator[Row | BadRow]:
    """Make rows of the lines of a CSV file. Lines with nothing in their cells are skipped.

    Args:
        lines: of the file.
        name: of the file, for messages.
        maker: of the rows.
        delimiters: what can stand between cells. The header decides which of them it is.

    Raises:
        InvalidInputError: its header tells nothing, or its quotes do not fit together.
    """
    filled = ((number, line) for number, line in enumerate(lines) if line.strip(_NOTHING))
    before, first = next(filled, (0, ""))
    records = _records(itertools.chain([first], lines), name, before, _delimiter(first, delimiters))
    header: list[str] | None = None
    for line, cells in records:
        if header is None:
            header = [cell.strip() for cell in cells]
            _check_header(header, name, line)
            continue
        while len(cells) > len(header) and not cells[-1].strip():
            cells.pop()
        if len(cells) > len(header):
            yield maker.bad(line, cells, f"has {len(cells)} cells, and the header has {len(header)} columns")
        else:
            yield maker.row(line, {column: cell for column, cell in zip(header, cells, strict=False) if column})
    if header is None:
        raise InvalidInputError("source", f"{name} is empty: it has no header")


def _records(lines: Iterator[str], name: str, before: int, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Read the cells of each line that has any, and where it begins: a cell can go over several lines."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        begin = before + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            problem = f"the row that begins here is no CSV ({error}); is there a quote too many or too few?"
            raise at(name, begin, problem) from None
        if cells is None:
            return
        if any(map(str.strip, cells)):
            yield begin, cells


def json_rows(lines: Iterator[str], _: str, maker: RowMaker) -> Iterator[Row | BadRow]:
    """Make rows of the lines of a file that has a JSON object in each. Blank lines are skipped."""
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text:
            continue
        try:
            json.loads(text, object_pairs_hook=_refuse_doubles)
            given = loads(text.encode())
        except json.JSONDecodeError as error:
            yield maker.bad(number, text, f"is no JSON ({error.msg} at character {error.pos + 1})")
        except (DecodeError, RecursionError):
            yield maker.bad(number, text, "is no JSON that can be read: too deep, or with what no text or number is")
        except ValueError as error:
            yield maker.bad(number, text, str(error))
        else:
            yield maker.row(number, given)


def _refuse_doubles(members: list[tuple[str, Any]]) -> None:
    """Refuse an object that has a key twice: nothing tells which of the two is meant."""
    if len({key for key, _ in members}) != len(members):
        keys = [key for key, _ in members]
        raise ValueError(f"has the key {show(next(key for key in keys if keys.count(key) > 1))} twice")


def _delimiter(first: str, delimiters: str) -> str:
    """Return what stands between the cells of the header, by its first line: what shows the most columns of ours."""

    def columns(delimiter: str) -> tuple[int, int]:
        (cells,) = csv.reader([first], delimiter=delimiter, skipinitialspace=True)
        return sum(field_of(cell) is not None for cell in cells), len(cells)

    try:
        return max(delimiters, key=columns)
    except csv.Error:
        return delimiters[0]  # reading it will tell what is wrong, and where


def _check_header(columns: list[str], name: str, line: int) -> None:
    fields = {field_of(column) for column in columns}
    if not fields & {"url", "path"}:
        shown = ", ".join(map(show, columns[:_COLUMNS_SHOWN])) + ("…" if len(columns) > _COLUMNS_SHOWN else "")
        hint = "; save the file as UTF-8" if any("\0" in column for column in columns) else ""
        for column in columns[:_COLUMNS_SHOWN]:
            if field_like(column) in ("url", "path"):
                hint = f"; is {show(column)} meant to be {field_like(column)}?"
        raise at(name, line, f"the header must have a column url or path, but has {shown}{hint}")
    seen: dict[str, str] = {}
    for column in filter(None, columns):
        first = seen.setdefault(folded(column), column)
        if first is not column:
            raise at(name, line, f"the header has a column twice, as {show(first)} and {show(column)}")
