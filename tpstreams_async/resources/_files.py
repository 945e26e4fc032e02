"""Small files that callers hand over: read once, off the event loop, before anything is sent."""

import io
import os
import re
import stat
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any, BinaryIO, Final

import anyio
import anyio.to_thread

from .._validate import show
from ..errors import InvalidInputError

#: A path, the content itself, or a file opened for reading in binary mode (read from where it stands).
FileInput = str | os.PathLike[str] | bytes | BinaryIO

#: What can be uploaded, of any size: as `FileInput`, or pieces of bytes that come one after the other.
UploadInput = str | os.PathLike[str] | bytes | BinaryIO | AsyncIterable[bytes]

#: Called with the bytes of the file that were handed over so far, and with all there are.
Progress = Callable[[int, int], Awaitable[None] | None]

#: What could end the header that a file's name stands in.
_UNSAFE_IN_NAMES: Final = re.compile(r"""["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]""")

_DEFAULT_NAME: Final = "upload"
#: For an object of which nobody knows whether it comes to an end.
READ_SECONDS: Final = 60


def plain_name(filename: str) -> str:
    """Return a file's name without what could end the header that it stands in."""
    return _UNSAFE_IN_NAMES.sub("_", filename)


async def read_file(name: str, file: FileInput, *, max_bytes: int) -> tuple[str, bytes]:
    """Return the name and the content of a file.

    Args:
        name: of the caller's argument.
        file: what the caller gave.
        max_bytes: content of this size or more is refused, without being read to its end.

    Raises:
        InvalidInputError: it cannot be read, is empty, or is too large.
    """
    if isinstance(file, bytes):
        filename, content = _DEFAULT_NAME, file
    else:
        try:
            with anyio.fail_after(READ_SECONDS if _may_never_end(name, file) else None):
                filename, content = await anyio.to_thread.run_sync(_read, name, file, max_bytes, abandon_on_cancel=True)
        except TimeoutError:
            raise InvalidInputError(name, f"could not be read within {READ_SECONDS} s") from None
    if not content:
        raise InvalidInputError(name, "is empty")
    if len(content) >= max_bytes:
        raise InvalidInputError(name, f"must be smaller than {max_bytes:,} bytes")
    return filename, content


def _may_never_end(name: str, file: Any) -> bool:
    """Tell whether reading may never come to its end. What the system knows to be no file is refused.

    A thread that waits for a pipe would keep the interpreter from leaving.
    """
    if isinstance(file, (str, os.PathLike, io.BytesIO)):
        return False
    try:
        regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except Exception:  # noqa: BLE001 - not a file of the system: anything can happen when it is read
        return True
    if not regular:
        raise InvalidInputError(name, "is no regular file, so it may never end; read it and give its content as bytes")
    return False


def _read(name: str, file: str | os.PathLike[str] | BinaryIO, max_bytes: int) -> tuple[str, bytes]:
    if isinstance(file, (str, os.PathLike)):
        return _read_path(name, file, max_bytes)
    try:
        content = _read_all(file, max_bytes)
    except Exception as error:  # noqa: BLE001 - anything can be handed over as a file
        raise InvalidInputError(name, f"cannot be read: {show(error)}") from None
    if content is None:
        raise InvalidInputError(name, "must be opened in binary mode, as with open(path, 'rb')")
    given = getattr(file, "name", None)
    return (os.path.basename(given) if isinstance(given, str) and given else _DEFAULT_NAME), content


def _read_all(file: BinaryIO, max_bytes: int) -> bytes | None:
    """Read until the end, as a raw stream gives less than it was asked for. Return None if it gives no bytes."""
    content = bytearray()
    while len(content) < max_bytes:
        piece: object = file.read(max_bytes - len(content))
        if not isinstance(piece, bytes):
            return None
        if not piece:
            break
        content += piece
    return bytes(content)


def _read_path(name: str, path: str | os.PathLike[str], max_bytes: int) -> tuple[str, bytes]:
    try:
        # Opening a named pipe or a device could wait for ever, so it is not opened at all.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InvalidInputError(name, f"{show(os.fspath(path))} is not a regular file")
        with open(path, "rb") as opened:
            return os.path.basename(os.fspath(path)), opened.read(max_bytes)
    except InvalidInputError:
        raise
    except Exception as error:  # noqa: BLE001 - a path of one's own making can raise anything
        raise InvalidInputError(
            name, f"cannot read {show(os.fspath(path))}: {_why(error)} (text is a path; content is given as bytes)"
        ) from None


def _why(error: Exception) -> str:
    """Return what went wrong, less the path that is named already."""
    return (error.strerror if isinstance(error, OSError) else None) or show(error)
