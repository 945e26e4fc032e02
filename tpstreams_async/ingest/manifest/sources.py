"""Reading the rows of a manifest, wherever it is: a file of any size, or what a program hands over."""

import asyncio
import io
import itertools
import os
import stat
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, Literal, TypeAlias, cast

from ..._validate import show
from ...errors import InvalidInputError
from .cells import checked_defaults
from .lines import text_lines
from .maker import RowMaker
from .row import BadRow, Row
from .tables import csv_rows, json_rows

Format: TypeAlias = Literal["csv", "tsv", "jsonl"]
RowSource: TypeAlias = str | os.PathLike[str] | Iterable[Any] | AsyncIterable[Any]
Rows: TypeAlias = AsyncGenerator[Row | BadRow, None]

#: Few enough not to hold up the event loop, many enough for the way from one thread to another not to matter.
ROWS_AT_ONCE: Final = 32

_Reader: TypeAlias = Callable[[Iterator[str], str, RowMaker], Iterator[Row | BadRow]]
_READERS: Final[dict[str, _Reader]] = {
    "csv": csv_rows,
    "tsv": partial(csv_rows, delimiters="\t"),
    "jsonl": json_rows,
}
_ENDINGS: Final = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def read_rows(source: RowSource, *, format: Format | None = None, defaults: Mapping[str, Any] | None = None) -> Rows:
    """Read the rows of a manifest, one after the other.

    A file is read in a thread of its own, and only a small part of it is in memory at any time. It is UTF-8, with or
    without a byte order mark:

    - CSV has a header, and a comma, a semicolon or a tab between its cells, as the header shows. Lines without a
      filled cell are skipped, cells that are missing at the end of a line are empty, and a column without a name is
      left out. A quote is doubled inside quotes, a backslash means itself, and a space
      at the beginning of a cell is dropped.
    - JSON Lines has an object in each line.

    Columns are those of `Row`: ``url`` or ``path``, ``title``, ``resolutions``, ``content_protection_type``,
    ``folder`` and ``generate_subtitle``. Their case does not matter, and a space, a dash and an underscore are the
    same. No other name means one of them; other columns are kept in `Row.extra`. White space around a value is
    cut, and an empty one is not given. Resolutions are a list, or text with ``,``, ``;`` or ``|`` between them.

    Args:
        source: the path of a file; or an iterable or async iterable of mappings, or of models with these attributes. A
            plain iterable is gone through in the event loop, so it should not have to wait for anything.
        format: ``"csv"``, ``"tsv"`` or ``"jsonl"``; by the ending of the file (.csv, .tsv, .jsonl, .ndjson) if not
            given.
        defaults: resolutions, content_protection_type, folder and generate_subtitle of every row that has none.

    Returns:
        An async iterator of a `Row` for each row, or a `BadRow` that says what is wrong with it. A relative path is
        one from the folder of the file, or from the working directory where there is none.

    Raises:
        InvalidInputError: an argument is wrong. While reading: the file cannot be read, or is not what it should be;
            the message names the line.
    """
    checked = checked_defaults(defaults)
    if format is not None and format not in _READERS:
        raise InvalidInputError("format", f"must be one of {', '.join(_READERS)}, not {show(format)}")
    if isinstance(source, (str, os.PathLike)):
        path = os.fsdecode(source)
        return _from_file(path, _READERS[format or _format_of(path)], checked)
    if format is not None:
        raise InvalidInputError("format", "is for files")
    if isinstance(source, AsyncIterable):
        return _from_async_iterable(source, checked)
    given: Any = source
    if isinstance(given, (bytes, Mapping)) or not isinstance(given, Iterable):
        raise InvalidInputError("source", f"must be a path, or an iterable of rows, not {show(given)}")
    if isinstance(given, io.IOBase):
        raise InvalidInputError("source", "is an open file; give its path, or rows such as those of a csv.DictReader")
    return _from_iterable(cast("Iterable[object]", given), checked)


def _format_of(path: str) -> str:
    ending = os.path.splitext(path)[1].lower()
    if ending not in _ENDINGS:
        problem = f"is missing: {show(os.path.basename(path))} does not end with {', '.join(_ENDINGS)}"
        raise InvalidInputError("format", problem)
    return _ENDINGS[ending]


async def _from_file(path: str, reader: _Reader, defaults: Mapping[str, Any]) -> Rows:
    # A thread of its own: a disk that hangs must not hold up others.
    thread = ThreadPoolExecutor(1, thread_name_prefix="tpstreams-ingest")
    loop = asyncio.get_running_loop()
    chunks = _chunks(path, reader, defaults)
    try:
        while chunk := await loop.run_in_executor(thread, next, chunks, None):
            for row in chunk:
                yield row
    finally:
        # After whatever the thread is at: a generator cannot be closed while it runs.
        thread.submit(chunks.close)
        thread.shutdown(wait=False)


def _chunks(path: str, reader: _Reader, defaults: Mapping[str, Any]) -> Generator[list[Row | BadRow], None, None]:
    name = os.path.basename(path)
    with _opened(path) as file:
        maker = RowMaker(defaults, folder=os.path.dirname(os.path.abspath(path)), word="line")
        rows = reader(text_lines(file, name), name, maker)
        while chunk := list(itertools.islice(rows, ROWS_AT_ONCE)):
            yield chunk
        maker.end()


def _opened(path: str) -> io.FileIO:
    try:
        # What is no file is not opened: a pipe would wait for who writes to it, and could not be read a second time.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InvalidInputError("source", f"{show(path)} is not a regular file")
        return open(path, "rb", buffering=0)
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        problem = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InvalidInputError("source", f"cannot read {show(path)}: {problem}") from None


async def _from_iterable(given: Iterable[object], defaults: Mapping[str, Any]) -> Rows:
    maker = await _maker_here(defaults)
    for number, item in enumerate(given, start=1):
        if number % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
        yield maker.row(number, item)
    maker.end()


async def _from_async_iterable(given: AsyncIterable[object], defaults: Mapping[str, Any]) -> Rows:
    maker = await _maker_here(defaults)
    items = aiter(given)
    number = 0
    try:
        async for item in items:
            number += 1
            if number % ROWS_AT_ONCE == 0:
                await asyncio.sleep(0)
            yield maker.row(number, item)
        maker.end()
    finally:
        # What was begun here is ended here. An iterator that was given belongs to who gave it.
        if not isinstance(given, AsyncIterator) and isinstance(items, AsyncGenerator):
            await cast("AsyncGenerator[object, None]", items).aclose()


async def _maker_here(defaults: Mapping[str, Any]) -> RowMaker:
    folder = await asyncio.to_thread(os.getcwd)
    return RowMaker(defaults, folder=folder, word="row")
