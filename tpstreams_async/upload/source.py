"""Where the bytes of an upload come from, whatever a caller hands over."""

import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from typing import Any, Final, Protocol, cast

from .._validate import show
from ..errors import InvalidInputError

#: Small enough not to hold up the event loop, large enough for the way from one thread to another not to matter.
PIECE_BYTES: Final = 2**21
#: The most that storage takes in one form.
MOST_BYTES: Final = 5 * 2**30
DEFAULT_NAME: Final = "upload"
DEFAULT_TYPE: Final = "application/octet-stream"


class SourceError(Exception):
    """A source turned out not to be what it was said to be. The text is about the file, as in ``"it is shorter"``."""


class Source(Protocol):
    """Something that can be read.

    Attributes:
        filename: its name, without a path.
        content_type: media type.
        size: bytes.
        repeatable: whether it can be read again from its beginning.
    """

    filename: str
    content_type: str
    size: int
    repeatable: bool

    def pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        """Begin to read it: exactly `size` bytes.

        Raises:
            SourceError: it has less or more, or cannot be read on.
        """
        ...

    async def unchanged(self) -> bool:
        """Tell whether it is what it was when it was opened."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def checked_size(name: str, size: int) -> int:
    """Return a size that can be uploaded."""
    if size == 0:
        raise InvalidInputError(name, "is empty")
    if size > MOST_BYTES:
        problem = f"has {size:,} bytes, and one upload can bring {MOST_BYTES:,} at the most"
        raise InvalidInputError(name, f"{problem}. Let the server download it with client.assets.create")
    return size


def cut(content: bytes | bytearray | memoryview) -> Iterator[bytes | memoryview]:
    """Cut what is in memory into pieces that stay as they are.

    What can be written to may be filled anew while the loop still holds what was not sent of it.
    """
    view = memoryview(content)
    # What is scattered in memory, or has no bytes at all, cannot be seen as one row of them.
    view = view.cast("B") if view.c_contiguous and view.nbytes else memoryview(view.tobytes())
    for start in range(0, len(view), PIECE_BYTES):
        piece = view[start : start + PIECE_BYTES]
        yield piece if isinstance(view.obj, bytes) else bytes(piece)


class InMemory:
    """Bytes that are in memory."""

    filename: str = DEFAULT_NAME
    content_type: str = DEFAULT_TYPE
    repeatable: bool = True

    def __init__(self, content: memoryview) -> None:
        self.size: int = checked_size("file", content.nbytes)
        self._content = content

    async def pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        """See `Source`."""
        for piece in cut(self._content):
            yield piece

    async def unchanged(self) -> bool:
        """See `Source`."""
        return True

    def close(self) -> None:
        """See `Source`."""
        # Memory that is looked at cannot grow, and whoever keeps the error of an upload keeps this.
        self._content = memoryview(b"")


class HandedOver:
    """Bytes that somebody else hands over, one piece after the other."""

    filename: str = DEFAULT_NAME
    content_type: str = DEFAULT_TYPE

    def __init__(self, given: AsyncIterable[bytes], size: int) -> None:
        self.size: int = checked_size("size", size)
        #: An iterator is its own iterator, and comes to its end once.
        self.repeatable: bool = not isinstance(given, AsyncIterator)
        self._given = given

    async def pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        """See `Source`."""
        came = 0
        given = aiter(self._given)
        try:
            async for piece in given:
                if not isinstance(piece, (bytes, bytearray, memoryview)):
                    raise SourceError(f"it gave {show(piece)} in place of bytes")
                came += memoryview(piece).nbytes
                if came > self.size:
                    raise SourceError(f"it gave more than the {self.size:,} bytes that size= said")
                for part in cut(piece):
                    yield part
        finally:
            # What was begun here is ended here. An iterator that was given belongs to who gave it.
            if self.repeatable and isinstance(given, AsyncGenerator):
                await cast("AsyncGenerator[bytes, None]", given).aclose()
        if came < self.size:
            raise SourceError(f"it gave {came:,} bytes in place of the {self.size:,} that size= said")

    async def unchanged(self) -> bool:
        """See `Source`."""
        return True

    def close(self) -> None:
        """See `Source`."""


def why(error: Exception) -> str:
    """Return what went wrong, less the path that is named already."""
    return (error.strerror if isinstance(error, OSError) else None) or show(error)


def base_name(path: Any) -> str:
    """Return the name of a file, without its path; a file can have none."""
    return (os.path.basename(path) if isinstance(path, str) else "") or DEFAULT_NAME
