"""Bringing an answer to the client, or failing to in the way that a fault wants."""

from __future__ import annotations

import asyncio
import gzip
import http
import socket
import struct
import sys
import zlib

from aiohttp import web

from .answers import Answer, detail
from .faults import Fault

_GZIP_HEADER_BYTES = 10
_LINGER = "hh" if sys.platform == "win32" else "ii"


class GoneError(Exception):
    """Raised when the connection was taken care of and nothing more is to be sent on it."""


def head_of(answer: Answer, *, chunked: bool = False) -> bytes:
    """Return status line and headers, up to and with the empty line."""
    try:
        reason = http.HTTPStatus(answer.status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {answer.status} {reason}"]
    if answer.content_type is not None:
        lines.append(f"Content-Type: {answer.content_type}")
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    if chunked:
        lines.append("Transfer-Encoding: chunked")
    elif answer.status != 204:
        lines.append(f"Content-Length: {len(answer.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def halves(head: bytes, body: bytes, keep: int) -> tuple[bytes, bytes]:
    """Return an answer in two: up to `keep` bytes into its body, or half of the head if there is no body."""
    whole = head + body
    at = len(head) + max(0, min(keep, len(body) - 1)) if body else len(head) // 2
    return whole[:at], whole[at:]


def compressed(answer: Answer, fault: Fault) -> Answer:
    """Return `answer` in gzip: padded with spaces to a bomb, or spoiled, as the fault wants."""
    if fault.keep:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        block = b" " * 2**20
        pieces = [packer.compress(block) for _ in range(fault.keep // len(block))]
        pieces += [packer.compress(b" " * (fault.keep % len(block)) + answer.body), packer.flush()]
        body = b"".join(pieces)
    else:
        body = gzip.compress(answer.body)
    if fault.flag:
        # Ones all over are a block type that deflate does not have, so no decoder can overlook it.
        body = body[:_GZIP_HEADER_BYTES] + b"\xff" * (len(body) - _GZIP_HEADER_BYTES)
    headers = {**answer.headers, "Content-Encoding": "gzip"}
    return Answer(answer.status, body, answer.content_type, headers)


def garbled(answer: Answer) -> Answer:
    """Return `answer` with a body of the same length or longer that is no JSON."""
    return Answer(answer.status, b'{"garbled": \xff\xfe' + answer.body, answer.content_type, answer.headers)


def refusal_of_size(max_bytes: int) -> Answer:
    """Return the answer to a body that is too large."""
    return detail(413, f"Request body exceeds {max_bytes} bytes.", {"Connection": "close"}).answer


class Delivery:
    """Sends answers. Silences end when the simulator closes, whatever they were meant to last.

    Args:
        closing: set when the simulator closes.
    """

    def __init__(self, closing: asyncio.Event) -> None:
        self._closing = closing

    async def silence(self, seconds: float | None) -> None:
        """Wait `seconds` of the loop's clock, or with None until the simulator closes.

        Raises:
            GoneError: the simulator closes.
        """
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return
        raise GoneError

    async def pause(self, fault: Fault | None) -> Fault | None:
        """Keep silent if that is all the fault wants, and return the fault that remains."""
        if fault is None or fault.kind != "stall" or fault.flag:
            return fault
        await self.silence(fault.seconds)
        return None

    async def send(self, request: web.BaseRequest, answer: Answer, fault: Fault | None) -> web.Response:
        """Return the response for aiohttp to send, unless the fault has a way of its own.

        Raises:
            GoneError: the connection was taken care of.
        """
        if fault is not None:
            if fault.kind == "gzip":
                answer = compressed(answer, fault)
            elif fault.kind == "garble":
                answer = garbled(answer)
            elif fault.kind != "answer":
                await self._play(request, answer, fault)
        response = web.Response(status=answer.status, body=answer.body, headers=answer.headers)
        if answer.content_type is not None:
            response.headers["Content-Type"] = answer.content_type
        return response

    async def _play(self, request: web.BaseRequest, answer: Answer, fault: Fault) -> None:
        transport = request.transport
        if transport is None:
            raise GoneError
        reset = fault.kind == "reset"
        if fault.kind == "raw":
            transport.write(fault.data)
        elif fault.kind == "drip":
            await self._drip(transport, head_of(answer) + answer.body, fault)
        elif fault.kind == "cut":
            reset = fault.flag
            await self._cut(transport, answer, fault)
        elif fault.kind == "stall":
            first, second = halves(head_of(answer), answer.body, len(answer.body) // 2)
            transport.write(first)
            await self.silence(fault.seconds)
            transport.write(second)
        hang_up(transport, reset=reset)
        raise GoneError

    async def _cut(self, transport: asyncio.Transport, answer: Answer, fault: Fault) -> None:
        chunked = bool(fault.data)
        head = head_of(answer, chunked=chunked)
        size = f"{len(answer.body):x}\r\n".encode() if chunked else b""
        first, _ = halves(head + size, answer.body, fault.keep)
        transport.write(first)
        # Without a turn of the loop in between, a reset could overtake what was written.
        await asyncio.sleep(0)

    async def _drip(self, transport: asyncio.Transport, data: bytes, fault: Fault) -> None:
        for start in range(0, len(data), fault.keep):
            if transport.is_closing():
                break
            transport.write(data[start : start + fault.keep])
            await self.silence(fault.seconds)


def hang_up(transport: asyncio.Transport, *, reset: bool) -> None:
    """End a connection, with an RST or, once everything was written, with a FIN."""
    if not reset:
        transport.close()
        return
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None:
        # Closing with no time to linger is what makes the kernel send an RST.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))
    transport.abort()
