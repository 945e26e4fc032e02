"""A file of the system, while it is uploaded."""

import asyncio
import mimetypes
import os
import sys
from collections.abc import AsyncGenerator
from concurrent.futures import Future, ThreadPoolExecutor

from .source import DEFAULT_TYPE, PIECE_BYTES, SourceError, why


class File:
    """A file of the system, read in a thread of its own.

    It is made in that thread, as all that is done with a file can take its time.
    """

    repeatable: bool = True

    def __init__(self, number: int, start: int, *, path: str | None, filename: str, thread: ThreadPoolExecutor) -> None:
        self.filename: str = filename
        self.content_type: str = mimetypes.guess_type(filename)[0] or DEFAULT_TYPE
        self._number = number
        self._path = path
        self._start = start
        self._stamp: tuple[int, ...] = _stamp(os.fstat(number))
        self.size: int = max(0, self._stamp[0] - start)
        self._thread = thread

    async def pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        """See `Source`."""
        at, left = self._start, self.size
        ahead = self._read(at, left)
        try:
            while left:
                try:
                    piece = await asyncio.wrap_future(ahead)
                except OSError as error:
                    raise SourceError(f"it cannot be read on: {why(error)}") from None
                if not piece:
                    raise SourceError(f"it has become shorter: {left:,} of {self.size:,} bytes are missing")
                at += len(piece)
                left -= len(piece)
                if left:
                    # The next piece is read while this one is sent.
                    ahead = self._read(at, left)
                yield piece
        finally:
            ahead.cancel()

    def _read(self, at: int, left: int) -> Future[bytes]:
        return self._thread.submit(_read_at, self._number, min(left, PIECE_BYTES), at)

    async def unchanged(self) -> bool:
        """See `Source`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._is_unchanged)

    def _is_unchanged(self) -> bool:
        try:
            there = [os.fstat(self._number)] if self._path is None else [os.fstat(self._number), os.stat(self._path)]
        except OSError:
            return False
        return all(_stamp(found) == self._stamp for found in there)

    def close(self) -> None:
        """See `Source`."""
        # At last, in the thread: no read that still goes on may meet another file that got this one's number.
        self._thread.submit(os.close, self._number)
        self._thread.shutdown(wait=False)


def _stamp(found: os.stat_result) -> tuple[int, ...]:
    """Return what tells one content of one file from another."""
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev


def _read_at(number: int, most: int, at: int) -> bytes:
    if sys.platform == "win32":
        os.lseek(number, at, os.SEEK_SET)
        return os.read(number, most)
    # A file that was given opened shares its place with the caller's, and with that of another upload of it.
    return os.pread(number, most, at)
