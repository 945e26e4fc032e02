"""Where the bytes of an upload come from: all that can be wrong with a file is found before anything is created."""

import asyncio
import functools
import io
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, Final, Protocol, cast

from .._validate import show, whole_number
from ..errors import InvalidInputError
from ..resources import UploadInput

#: Small enough not to hold up the event loop, large enough for the way from one thread to another not to matter.
PIECE_BYTES: Final = 2**21
#: The most that storage takes in one form.
MOST_BYTES: Final = 5 * 2**30
_DEFAULT_NAME: Final = "upload"


class SourceChangedError(Exception):
    """A source turned out not to be what it was."""


class Source(Protocol):
    """Something that can be read.

    Attributes:
        filename: its name, without a path.
        size: bytes.
        repeatable: whether it can be read again from its beginning.
    """

    filename: str
    size: int
    repeatable: bool

    def pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        """Begin to read it: exactly `size` bytes.

        Raises:
            SourceChangedError: it has less or more.
        """
        ...

    async def unchanged(self) -> bool:
        """Tell whether it is what it was when it was opened."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


async def open_source(file: UploadInput, size: int | None) -> Source:
    """Open what a caller wants to upload.

    Raises:
        InvalidInputError: it cannot be uploaded.
    """
    if isinstance(file, (str, os.PathLike)) or hasattr(file, "read"):
        if size is not None:
            raise InvalidInputError("size", "is for pieces that come one after the other; a file has its own")
        return await _open_file(cast("str | os.PathLike[str] | BinaryIO", file))
    if isinstance(file, (bytes, bytearray, memoryview)):
        return _Bytes(_DEFAULT_NAME, bytes(file))
    if not hasattr(file, "__aiter__"):
        wanted = "a path, bytes, a file opened in binary mode, or an async iterator of bytes with size="
        raise InvalidInputError("file", f"must be {wanted}, not {show(file)}")
    if size is None:
        raise InvalidInputError("size", "is missing: storage wants to know how many bytes will come")
    given: Any = file
    return _Pieces(given, checked_size("size", whole_number("size", size, 1)))


def checked_size(name: str, size: int) -> int:
    """Return a size that can be uploaded."""
    if size == 0:
        raise InvalidInputError(name, "is empty")
    if size > MOST_BYTES:
        problem = f"has {size:,} bytes, and one upload can bring {MOST_BYTES:,} at the most"
        raise InvalidInputError(name, f"{problem}. Let the server download it with client.assets.create")
    return size


class _Bytes:
    """Bytes that are in memory."""

    repeatable: bool = True

    def __init__(self, filename: str, content: bytes) -> None:
        self.filename: str = filename
        self.size: int = checked_size("file", len(content))
        self._content = memoryview(content)

    async def pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        for start in range(0, self.size, PIECE_BYTES):
            yield self._content[start : start + PIECE_BYTES]

    async def unchanged(self) -> bool:
        return True

    def close(self) -> None:
        pass


class _Pieces:
    """Bytes that somebody else hands over, one piece after the other."""

    filename: str = _DEFAULT_NAME

    def __init__(self, given: AsyncIterable[bytes], size: int) -> None:
        self.size: int = size
        #: An iterator is its own iterator, and comes to its end once.
        self.repeatable: bool = not isinstance(given, AsyncIterator)
        self._given = given

    async def pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        came = 0
        async for piece in self._given:
            if not isinstance(piece, (bytes, bytearray, memoryview)):
                raise InvalidInputError("file", f"must give pieces of bytes, not {show(piece)}")
            view = memoryview(piece).cast("B")
            came += len(view)
            if came > self.size:
                raise SourceChangedError(f"it gave more than the {self.size:,} bytes that size= said")
            for start in range(0, len(view), PIECE_BYTES):
                yield view[start : start + PIECE_BYTES]
        if came < self.size:
            raise SourceChangedError(f"it gave {came:,} bytes in place of the {self.size:,} that size= said")

    async def unchanged(self) -> bool:
        return True

    def close(self) -> None:
        pass


class _File:
    """A file of the system, read in a thread of its own: one that hangs must not hold up others.

    The thread is also the one to close it, so that no read meets a file that is closed.
    """

    repeatable: bool = True

    def __init__(self, filename: str, raw: io.FileIO, path: str | None) -> None:
        self.filename: str = filename
        self._raw = raw
        self._path = path
        self._start: int = 0 if path is not None else raw.tell()
        self._stamp: tuple[int, ...] = _stamp(os.fstat(raw.fileno()))
        self.size: int = max(0, self._stamp[0] - self._start)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tpstreams-upload")

    async def pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        loop = asyncio.get_running_loop()
        at, left = self._start, self.size
        ahead: asyncio.Future[bytes] = loop.run_in_executor(self._thread, self._read, at, min(left, PIECE_BYTES))
        try:
            while left:
                piece = await ahead
                if not piece:
                    raise SourceChangedError(f"it has become shorter: {left:,} of {self.size:,} bytes are missing")
                at += len(piece)
                left -= len(piece)
                # The next piece is read while this one is sent.
                ahead = loop.run_in_executor(self._thread, self._read, at, min(left, PIECE_BYTES))
                yield piece
        finally:
            ahead.cancel()

    def _read(self, at: int, most: int) -> bytes:
        if not most:
            return b""
        self._raw.seek(at)
        return self._raw.read(most)

    async def unchanged(self) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._is_unchanged)

    def _is_unchanged(self) -> bool:
        try:
            there = [os.fstat(self._raw.fileno())] if self._path is None else [os.stat(self._path)]
            return all(_stamp(found) == self._stamp for found in [*there, os.fstat(self._raw.fileno())])
        except OSError:
            return False

    def close(self) -> None:
        self._thread.submit(self._raw.close)
        self._thread.shutdown(wait=False)


def _stamp(found: os.stat_result) -> tuple[int, ...]:
    """Return what tells one content of one file from another."""
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev


async def _open_file(file: str | os.PathLike[str] | BinaryIO) -> Source:
    if isinstance(file, io.BytesIO):
        return _Bytes(_DEFAULT_NAME, file.read())
    thread = ThreadPoolExecutor(1, thread_name_prefix="tpstreams-upload")
    opening = asyncio.get_running_loop().run_in_executor(thread, functools.partial(_open, file))
    thread.shutdown(wait=False)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_late)
        raise


def _close_late(opened: "asyncio.Future[_File]") -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


def _open(file: str | os.PathLike[str] | BinaryIO) -> _File:
    """Open a file, and see that it is one that comes to an end."""
    path = os.fspath(file) if isinstance(file, (str, os.PathLike)) else None
    try:
        raw = _opened(file) if path is None else io.FileIO(_descriptor(path), closefd=True)
    except InvalidInputError:
        raise
    except Exception as error:  # noqa: BLE001 - anything can be handed over as a file
        why = (error.strerror if isinstance(error, OSError) else None) or show(error)
        what = f"cannot read {show(path)}" if path is not None else "cannot be read"
        raise InvalidInputError("file", f"{what}: {why}") from None
    try:
        if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
            shown = show(path) if path is not None else "it"
            raise InvalidInputError("file", f"{shown} is not a regular file, so nobody knows how long it is")
        given = path if path is not None else getattr(file, "name", None)
        name = os.path.basename(given) if isinstance(given, str) else ""
        made = _File(name or _DEFAULT_NAME, raw, path)
    except BaseException:
        raw.close()
        raise
    try:
        checked_size("file", made.size)
    except InvalidInputError:
        made.close()
        raise
    return made


def _descriptor(path: str) -> int:
    # A named pipe that nobody writes to is opened at once, and refused, in place of waiting for ever.
    return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))


def _opened(file: Any) -> io.FileIO:
    if isinstance(file, io.TextIOBase):
        raise InvalidInputError("file", "must be opened in binary mode, as with open(path, 'rb')")
    try:
        number, at = file.fileno(), file.tell()
    except Exception:  # noqa: BLE001 - anything can be handed over as a file
        problem = "is no file of the system. Give its path, its content as bytes, or an async iterator with size="
        raise InvalidInputError("file", problem) from None
    raw = io.FileIO(os.dup(number), closefd=True)
    raw.seek(at)
    return raw
