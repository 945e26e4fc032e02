"""A form with a file that is read while it is sent, so that files of any size take little memory."""

import asyncio
import secrets
import sys
from contextlib import aclosing
from typing import Any, Final, Protocol

from aiohttp import Payload
from aiohttp.abc import AbstractStreamWriter

from ._wire import StreamedFile

_LINE_END: Final = b"\r\n"
#: The first part of a file that is handed over at once, in bytes, and the seconds after which the next one is larger or
#: smaller: on a slow line, what was sent is told every second or so; on a fast one, small parts would take time.
_LEAST: Final = 2**16
_MOST: Final = 2**21
_QUICK: Final = 0.05
_SLOW: Final = 1.0


class _Transport(Protocol):
    def get_write_buffer_size(self) -> int: ...

    def get_extra_info(self, name: str) -> Any: ...

    def abort(self) -> None: ...


class StreamedForm(Payload):
    """A multipart form: the plain fields in their order, and the file as the last part, of a length that is known.

    It is written by hand, as aiohttp's own form reads files through the loop's default executor, in small pieces.
    """

    _autoclose = True

    def __init__(self, fields: tuple[tuple[str, str], ...], file: StreamedFile) -> None:
        file.outlet.begin()
        self._mark = secrets.token_hex(16).encode()
        self._file = file
        parts = [self._part(name) + _LINE_END + value.encode() + _LINE_END for name, value in fields]
        opening = self._part(file.name, filename=file.filename, content_type=file.content_type) + _LINE_END
        self._head = b"".join(parts) + opening
        self._tail = _LINE_END + b"--" + self._mark + b"--" + _LINE_END
        super().__init__(file, content_type=f"multipart/form-data; boundary={self._mark.decode()}")
        self._size = len(self._head) + file.size + len(self._tail)

    def _part(self, name: str, *, filename: str | None = None, content_type: str | None = None) -> bytes:
        text = f'Content-Disposition: form-data; name="{name}"'
        if filename is not None:
            text += f'; filename="{filename}"'
        if content_type is not None:
            text += f"\r\nContent-Type: {content_type}"
        return b"--" + self._mark + _LINE_END + text.encode() + _LINE_END

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Refuse: there is no text of it."""
        raise TypeError("a form that is read while it is sent is no text")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write all of it."""
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Write all of it: what the file turns out to have too much or too little of is the file's own error."""
        transport: _Transport | None = getattr(writer, "transport", None)
        try:
            await self._write(writer)
        except BaseException:
            # What was handed over is good for nothing, and would wait for ever where the other side reads no more.
            if transport is not None:
                transport.abort()
            raise

    async def _write(self, writer: AbstractStreamWriter) -> None:
        outlet = self._file.outlet
        outlet.waiting = lambda: _unsent(writer)
        await writer.write(self._head)
        loop = asyncio.get_running_loop()
        sent, most = 0, _LEAST
        async with aclosing(outlet.pieces()) as pieces:
            async for piece in pieces:
                view = memoryview(piece)
                at = 0
                while at < len(view):
                    began = loop.time()
                    part = view[at : at + most]
                    await writer.write(part)
                    at += len(part)
                    sent += len(part)
                    await outlet.passed(sent)
                    took = loop.time() - began
                    if took < _QUICK:
                        most = min(most * 2, _MOST)
                    elif took > _SLOW:
                        most = max(most // 2, _LEAST)
        await writer.write(self._tail)


def _unsent(writer: Any) -> int:
    """Return the bytes that were handed over and have not arrived, as far as can be known."""
    transport: _Transport | None = getattr(writer, "transport", None)
    if transport is None:
        return 0
    return transport.get_write_buffer_size() + _unconfirmed(transport.get_extra_info("socket"))


def _unconfirmed(sock: Any) -> int:
    """Return the bytes that the system still holds.

    It can hold megabytes, and takes no more before a good part of them is gone: on a slow line that takes minutes.
    """
    if sys.platform != "linux" or sock is None:
        return 0
    import fcntl  # noqa: PLC0415 - most programs upload nothing
    import termios  # noqa: PLC0415

    try:
        return int.from_bytes(fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except (OSError, ValueError):
        return 0
