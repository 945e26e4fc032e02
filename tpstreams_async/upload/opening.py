"""Opening what a caller wants to upload: all that can be wrong with it is found before anything is created."""

import asyncio
import io
import os
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, NamedTuple

from .._validate import show, whole_number
from ..errors import InvalidInputError
from ..resources import UploadInput
from .file import File
from .source import HandedOver, InMemory, Source, base_name, checked_size, why


class _Opened(NamedTuple):
    """A file of the system.

    Attributes:
        number: the descriptor, which is ours.
        start: where its bytes begin.
        path: where it is, if that was given.
        filename: its name, without a path.
    """

    number: int
    start: int
    path: str | None
    filename: str


async def open_source(file: UploadInput, size: int | None) -> Source:
    """Open what a caller wants to upload.

    Raises:
        InvalidInputError: it cannot be uploaded.
    """
    given: Any = file
    if hasattr(file, "__aiter__"):
        if size is None:
            raise InvalidInputError("size", "is missing: storage wants to know how many bytes will come")
        return HandedOver(given, whole_number("size", size, 1))
    if size is not None:
        raise InvalidInputError("size", "is for pieces that come one after the other; anything else has its own")
    if isinstance(file, (bytes, bytearray, memoryview, io.BytesIO)):
        return InMemory(_in_memory(file))
    if isinstance(file, (str, os.PathLike)) or hasattr(file, "read"):
        return await _open_file(given)
    wanted = "a path, bytes, a file opened in binary mode, or an async iterator of bytes with size="
    raise InvalidInputError("file", f"must be {wanted}, not {show(file)}")


async def require_readable(path: os.PathLike[str]) -> None:
    """Look at a file as an upload of it would, and let go of it.

    Raises:
        InvalidInputError: it cannot be uploaded.
    """
    (await _open_file(path)).close()


def _in_memory(file: bytes | bytearray | memoryview | io.BytesIO) -> memoryview:
    """Return the bytes, or what is left to read of them, where they are: to copy many would hold up the event loop."""
    try:
        if isinstance(file, io.BytesIO):
            # It goes on with a copy of its own when it is written to. As one that is opened, it stays where it stands.
            return memoryview(file.getvalue())[file.tell() :]
        return memoryview(file)
    except ValueError as error:
        raise InvalidInputError("file", f"cannot be read: {show(error)}") from None


async def _open_file(file: str | os.PathLike[str] | BinaryIO) -> Source:
    # A thread of its own: one file that hangs must not hold up others.
    thread = ThreadPoolExecutor(1, thread_name_prefix="tpstreams-upload")
    made: list[File] = []
    try:
        await asyncio.get_running_loop().run_in_executor(thread, lambda: made.append(_open(file, thread)))
        return made[0]
    except BaseException:
        # In the thread, after all else: the loop may be closed before a disk that hangs says anything.
        thread.submit(_let_go, made, thread)
        raise


def _let_go(made: list[File], thread: ThreadPoolExecutor) -> None:
    for file in made:
        file.close()
    thread.shutdown(wait=False)


def _open(file: str | os.PathLike[str] | BinaryIO, thread: ThreadPoolExecutor) -> File:
    """Open a file, and see that it is one that comes to an end."""
    number: int | None = None
    try:
        opened = _opened_path(file) if isinstance(file, (str, os.PathLike)) else _opened_again(file)
        number = opened.number
        made = File(number, opened.start, path=opened.path, filename=opened.filename, thread=thread)
        checked_size("file", made.size)
    except BaseException as error:
        if number is not None:
            os.close(number)
        if isinstance(error, InvalidInputError) or not isinstance(error, Exception):
            raise
        # Anything can be handed over as a file.
        raise InvalidInputError("file", f"cannot be read: {why(error)}") from None
    return made


def _opened_path(file: str | os.PathLike[str]) -> _Opened:
    path = os.fsdecode(file)
    try:
        # What is no file is not opened at all: that alone could make a device do something.
        _require_regular(os.stat(path), show(path))
        # Should a pipe have taken its place meanwhile, it is opened at once, in place of waiting for who writes to it.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        text = " (text is a path; content is given as bytes)" if isinstance(file, str) else ""
        raise InvalidInputError("file", f"cannot read {show(path)}: {why(error)}{text}") from None
    try:
        _require_regular(os.fstat(number), show(path))
    except BaseException:
        os.close(number)
        raise
    return _Opened(number, 0, path, base_name(path))


def _opened_again(file: Any) -> _Opened:
    """Return a descriptor of our own, so that the caller may close his."""
    if isinstance(file, io.TextIOBase):
        raise InvalidInputError("file", "must be opened in binary mode, as with open(path, 'rb')")
    # Behind other objects with a descriptor there can be other bytes than those they give, as with a gzip.GzipFile.
    if not isinstance(getattr(file, "raw", file), (io.FileIO, tempfile.SpooledTemporaryFile)):
        problem = "is no file of the system. Give its path, its content as bytes, or an async iterator with size="
        raise InvalidInputError("file", problem)
    number = file.fileno()
    _require_regular(os.fstat(number), "it")
    if not isinstance(file.read(0), bytes):
        raise InvalidInputError("file", "must be opened in binary mode, as with open(path, 'rb')")
    start, filename = file.tell(), base_name(getattr(file, "name", None))
    # At last: the caller may close his meanwhile, and what fails after it would leave ours open.
    return _Opened(os.dup(number), start, None, filename)


def _require_regular(found: os.stat_result, shown: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise InvalidInputError("file", f"{shown} is not a regular file, so nobody knows how long it is")
