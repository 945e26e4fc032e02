"""A server that does the work of a POST, and then loses the answer in one of several ways.

It speaks as much HTTP/1.1 as that takes. The work is that the POST is counted: when the whole of it has been read, and
before anything goes wrong.
"""

import asyncio
import http
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, NamedTuple, Self

HOST = "127.0.0.1"


class Post(NamedTuple):
    """A POST that was read whole. Header names are in lower case."""

    target: str
    headers: dict[str, str]
    body: bytes


class Connection(NamedTuple):
    """Where a request came from, and where its answer would go."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


Way = Callable[[Connection, Any], Awaitable[None]]
"""Something to do with the connection and the answer, once the work is done."""


def packed(status: int, content: Any) -> bytes:
    """Return a whole answer with a JSON body."""
    body = json.dumps(content).encode()
    head = (
        f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "\r\n"
    )
    return head.encode() + body


async def deliver(connection: Connection, content: Any) -> None:
    connection.writer.write(packed(201, content))
    await connection.writer.drain()


async def close(connection: Connection, content: Any) -> None:
    connection.writer.close()


async def reset(connection: Connection, content: Any) -> None:
    sock: socket.socket = connection.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.writer.transport.abort()


async def cut(connection: Connection, content: Any) -> None:
    answer = packed(201, content)
    body_at = answer.index(b"\r\n\r\n") + 4
    connection.writer.write(answer[: (body_at + len(answer)) // 2])
    await connection.writer.drain()
    connection.writer.close()


async def silence(connection: Connection, content: Any) -> None:
    # Whoever loses patience closes the connection, and that ends the reading.
    await connection.reader.read()


def status(code: int) -> Way:
    async def answer(connection: Connection, content: Any) -> None:
        connection.writer.write(packed(code, {"detail": http.HTTPStatus(code).phrase}))
        await connection.writer.drain()

    return answer


DELIVERED = "nothing is lost"
WAYS: dict[str, Way] = {
    DELIVERED: deliver,
    "closed without an answer": close,
    "reset without an answer": reset,
    "cut inside the body": cut,
    "500 after the work": status(500),
    "503 after the work": status(503),
    "504 from a gateway": status(504),
    "silence until the timeout": silence,
}


class LosingServer:
    """Does the work of every POST, and then goes one way.

    Attributes:
        origin: its scheme, address and port.
        posts: what was read whole.
    """

    def __init__(self, way: Way, content: Any) -> None:
        self._way = way
        self._content = content
        self.origin = ""
        self.posts: list[Post] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.origin = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                self.posts.append(await read_post(reader))
                await self._way(Connection(reader, writer), self._content)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def read_post(reader: asyncio.StreamReader) -> Post:
    """Read a whole POST, or raise `IncompleteReadError` if the connection ends before it does."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = request_line.split(" ")
    if method != "POST":
        raise ValueError(f"only a POST is understood, not {method}")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Post(target, headers, await reader.readexactly(int(headers["content-length"])))
