"""The lines of a file, one after the other, whatever its size and whatever is in it."""

from collections.abc import Iterator
from io import RawIOBase
from typing import Final

from ...errors import InvalidInputError

#: More than any row needs, and little enough to hold in memory: a file need not have lines at all.
LONGEST_LINE_BYTES: Final = 2**20

_BLOCK_BYTES: Final = 2**16
_BOM: Final = b"\xef\xbb\xbf"


def at(name: str, line: int, problem: str) -> InvalidInputError:
    """Return the error that ends the reading of a file."""
    return InvalidInputError("source", f"{name}, line {line}: {problem}")


def text_lines(file: RawIOBase, name: str) -> Iterator[str]:
    """Read the lines of a UTF-8 file, with what ends them: a line feed, a carriage return, or both.

    Raises:
        InvalidInputError: it cannot be read, is not UTF-8, or a line has no end.
    """
    for number, line in enumerate(_lines(file, name), start=1):
        if len(line) > LONGEST_LINE_BYTES:
            raise at(name, number, f"is longer than {LONGEST_LINE_BYTES:,} bytes")
        try:
            yield (line.removeprefix(_BOM) if number == 1 else line).decode()
        except UnicodeDecodeError as error:
            problem = f"is not UTF-8 (byte {error.start + 1} of the line); save the file as UTF-8"
            raise at(name, number, problem) from None


def _lines(file: RawIOBase, name: str) -> Iterator[bytes]:
    rest = b""
    while block := _read(file, name):
        lines = (rest + block).splitlines(keepends=True)
        # It may go on in the next block, if only with the line feed after a carriage return.
        rest = lines.pop()
        yield from lines
        if len(rest) > LONGEST_LINE_BYTES:
            break
    yield from rest.splitlines(keepends=True)


def _read(file: RawIOBase, name: str) -> bytes:
    try:
        return file.read(_BLOCK_BYTES) or b""
    except OSError as error:
        raise InvalidInputError("source", f"{name} cannot be read: {error.strerror or error}") from None
