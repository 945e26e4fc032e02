"""A raw server that plays a script: for what no proper server would do."""

import asyncio
import json as json_module
import socket
import ssl as ssl_module
import struct
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

from attrs import define, field

ASSET = {"id": "asset1", "title": "One", "type": "video"}


@define
class Received:
    """A request as it came in. Header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


@define
class Exchange:
    """One request, and the means to answer it."""

    request: Received
    writer: asyncio.StreamWriter
    server: "ScriptedServer" = field(repr=False)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def close(self) -> None:
        """End the connection with a FIN."""
        self.writer.close()

    async def reset(self) -> None:
        """End the connection with an RST."""
        # Without a turn of the loop in between, the reset could overtake what was written.
        await asyncio.sleep(0)
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Step = Callable[[Exchange], Awaitable[None]]


def head(status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """Return a status line and headers, with the empty line after them."""
    lines = [f"HTTP/1.1 {status} Something", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def raw_answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """Return a whole answer as bytes."""
    given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    return head(status, given) + body


def answer(data: Any = ASSET, status: int = 200, headers: Mapping[str, str] | None = None) -> Step:
    """Answer with JSON, or with bytes as they are, and keep the connection."""
    body = data if isinstance(data, bytes) else json_module.dumps(data).encode()

    async def step(exchange: Exchange) -> None:
        await exchange.send(raw_answer(body, status, headers))

    return step


def raw(*pieces: bytes, pause: float = 0.0, end: str = "close") -> Step:
    """Send these bytes with pauses between them, then "close", "reset" or "hang"."""

    async def step(exchange: Exchange) -> None:
        for number, piece in enumerate(pieces):
            if number and pause:
                await asyncio.sleep(pause)
            await exchange.send(piece)
        if end == "hang":
            await exchange.server.closing.wait()
        elif end == "reset":
            await exchange.reset()
        else:
            await exchange.close()

    return step


def hang() -> Step:
    """Never answer."""
    return raw(end="hang")


def hang_up(*, reset: bool = False) -> Step:
    """End the connection without an answer."""
    return raw(end="reset" if reset else "close")


def after(seconds: float, step: Step) -> Step:
    """Do something later."""

    async def late(exchange: Exchange) -> None:
        await asyncio.sleep(seconds)
        await step(exchange)

    return late


class ScriptedServer:
    """Plays one step for each request, then the last one for ever.

    Attributes:
        requests: what came in.
        connections: how many connections were accepted.
        open_connections: how many of them are open now.
        refuse_at_accept: connections still to be ended before anything is read from them.
        refusal: how they are ended: "reset" or "close".
    """

    organization_id = "org001"
    token = "scripted-token-0123456789"

    def __init__(
        self, *steps: Step, ssl: ssl_module.SSLContext | None = None, sock: socket.socket | None = None
    ) -> None:
        self.steps = list(steps) or [answer()]
        self.requests: list[Received] = []
        self.connections = 0
        self.open_connections = 0
        self.refuse_at_accept = 0
        self.refusal = "reset"
        self.closing = asyncio.Event()
        self._ssl = ssl
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._socket = sock
        self.port: int = sock.getsockname()[1] if sock is not None else 0

    @property
    def url(self) -> str:
        return f"{'https' if self._ssl else 'http'}://127.0.0.1:{self.port}"

    @property
    def targets(self) -> list[str]:
        return [f"{request.method} {request.target}" for request in self.requests]

    async def __aenter__(self) -> Self:
        place: dict[str, Any] = {"host": "127.0.0.1", "port": self.port}
        if self._socket is not None:
            place = {"sock": self._socket}
        self._server = await asyncio.start_server(self._accepted, **place, ssl=self._ssl)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        number = self.connections
        try:
            if self.refuse_at_accept:
                self.refuse_at_accept -= 1
                if self.refusal == "close":
                    writer.write_eof()
                    # A close that leaves something unread would be a reset.
                    await reader.read()
                    return
                await Exchange(Received("", "", {}, b"", number), writer, self).reset()
            while not writer.is_closing():
                request = await _read_request(reader, number)
                self.requests.append(request)
                step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
                await step(Exchange(request, writer, self))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open_connections -= 1
            writer.transport.abort()


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Received:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
    elif "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    return Received(method, target, headers, body, connection)


class TinyProxy:
    """An HTTP proxy: forwards absolute-form requests, and tunnels CONNECT, to wherever they lead on this machine.

    Attributes:
        heads: the head of everything that it was asked for.
        verdict: what it says to CONNECT.
    """

    def __init__(self, verdict: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n") -> None:
        self.heads: list[str] = []
        self.seen = b""
        self.verdict = verdict
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1")
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = None
        try:
            head_bytes = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head_bytes.decode("latin-1"))
            method, target, _ = self.heads[-1].split(" ", 2)
            place = target if method == "CONNECT" else target.split("/")[2]
            if method == "CONNECT":
                writer.write(self.verdict)
                if b" 200 " not in self.verdict:
                    return
            host, _, port = place.rpartition(":")
            up_reader, upstream = await asyncio.open_connection(host, int(port))
            if method != "CONNECT":
                upstream.write(head_bytes)
            await asyncio.gather(self._pump(reader, upstream), self._pump(up_reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            if upstream is not None:
                upstream.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            self.seen += data
            writer.write(data)
        writer.close()
