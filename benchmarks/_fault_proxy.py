"""A proxy that harms a share of the requests which pass through it, as networks, gateways and busy servers do.

It speaks as much HTTP/1.1 as that takes: kept-alive connections, and bodies with a Content-Length.
"""

import asyncio
import contextlib
import enum
import http
import json
import random
import selectors
import socket
import struct
import sys
from collections import Counter
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

HOST: Final = "127.0.0.1"
#: Below those that systems give to outgoing connections. While the door is shut, a connection from this machine could
#: otherwise be given the very port that it is made to, and so talk to itself.
_PORTS: Final = range(20_000, 30_000)
_BACKLOG: Final = 1024
_MOST_OF_A_HEAD: Final = 2**16
_UNREAD_SECONDS: Final = 0.2
_SERVER_ERRORS: Final = (500, 502, 503, 504)
_LINGER: Final = "hh" if sys.platform == "win32" else "ii"


class Harm(enum.StrEnum):
    """What is done to a request."""

    DOOR = "door shut"
    RESET_BEFORE = "reset before the work"
    RESET_AFTER = "reset after the work"
    TRUNCATE = "answer cut in its body"
    STALL_BEFORE = "silence, then the work"
    STALL_AFTER = "the work, then silence"
    BUSY = "429"
    ERROR_BEFORE = "5xx before the work"
    ERROR_AFTER = "5xx after the work"
    CAUGHT = "closed as it came in"


class Chances(NamedTuple):
    """How much is harmed, and how.

    Attributes:
        share: of the requests are harmed.
        weights: how often each harm is chosen, beside the others.
        silence: seconds that a silence lasts, from and to.
        shut: seconds for which the door is shut, from and to.
        hang_up: share of the idle connections that are closed with it. More of them are used again in that very moment
            than one would think, because client and proxy take turns in one loop.
        patience: what a 429 asks for with Retry-After, each as likely as its number of entries.
    """

    share: float
    weights: Mapping[Harm, float]
    silence: tuple[float, float]
    shut: tuple[float, float]
    hang_up: float
    patience: tuple[int, ...]


class Message(NamedTuple):
    """A request or an answer, as it came in."""

    head: bytes
    body: bytes


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class FaultProxy:
    """Passes requests on to a server on this machine, and harms some of them.

    Which of them and how is a matter of seeded chance, in the order in which they come in. When the door is shut nobody
    listens, so that connections are refused, and some that are kept alive and idle are closed; the request that had it
    shut is passed on, and those suffer that come next.

    Attributes:
        passed: requests that came in, by method.
        harmed: how many of them were harmed, by method and harm; for a door that was shut, the times that it was.
    """

    def __init__(self, target_port: int, chances: Chances, seed: int) -> None:
        self.passed: Counter[str] = Counter()
        self.harmed: Counter[tuple[str, Harm]] = Counter()
        self._target_port = target_port
        self._chances = chances
        self._random = random.Random(seed)
        self._port = 0
        self._server: asyncio.Server | None = None
        self._idle: set[asyncio.StreamWriter] = set()
        self._upstream: list[Connection] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    async def quiet(self) -> None:
        """Wait until no request is under way, those among them that nobody waits for any more."""
        # What somebody sent and gave up just now may not have been read yet.
        await asyncio.sleep(_UNREAD_SECONDS)
        await self._quiet.wait()

    async def __aenter__(self) -> Self:
        for port in random.sample(_PORTS, 50):
            with contextlib.suppress(OSError):
                await self._listen(port)
                return self
        raise RuntimeError("no free port")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        for _, writer in self._upstream:
            writer.close()

    async def _listen(self, port: int) -> None:
        self._server = await asyncio.start_server(
            lambda reader, writer: self._start(self._serve(reader, writer)), HOST, port, backlog=_BACKLOG
        )
        self._port = port

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            going_on = True
            while going_on:
                request = await _message(reader)
                self._idle.discard(writer)
                self._busy += 1
                self._quiet.clear()
                try:
                    going_on = await self._exchange(request, writer)
                    self._idle.add(writer)
                finally:
                    self._busy -= 1
                    if not self._busy:
                        self._quiet.set()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._idle.discard(writer)
            writer.close()

    async def _exchange(self, request: Message, writer: asyncio.StreamWriter) -> bool:
        """Answer a request, or do not. Return whether the connection goes on."""
        method = request.head.partition(b" ")[0].decode("latin-1")
        self.passed[method] += 1
        harm = Harm.CAUGHT if writer.is_closing() else self._chosen()
        if harm is not None:
            self.harmed[method, harm] += 1
        if harm in (Harm.BUSY, Harm.ERROR_BEFORE):
            writer.write(self._refusal(harm))
            return True
        if harm in (Harm.CAUGHT, Harm.RESET_BEFORE):
            _reset(writer)
            return False
        if harm is Harm.STALL_BEFORE:
            await asyncio.sleep(self._between(self._chances.silence))
        answer = await self._answer(request)
        if harm is None or harm is Harm.DOOR:
            writer.write(answer.head + answer.body)
            if harm is Harm.DOOR:
                self._start(self._shut())
            return True
        if harm is Harm.ERROR_AFTER:
            writer.write(self._refusal(harm))
            return True
        if harm is Harm.RESET_AFTER:
            _reset(writer)
        elif harm is Harm.TRUNCATE:
            writer.write(answer.head + answer.body[: self._random.randrange(1, len(answer.body))])
        elif harm is Harm.STALL_AFTER:
            await asyncio.sleep(self._between(self._chances.silence))
        return False

    def _chosen(self) -> Harm | None:
        if self._random.random() >= self._chances.share:
            return None
        weights = self._chances.weights
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _between(self, bounds: tuple[float, float]) -> float:
        return self._random.uniform(*bounds)

    def _refusal(self, harm: Harm) -> bytes:
        status = 429 if harm is Harm.BUSY else self._random.choice(_SERVER_ERRORS)
        body = json.dumps({"detail": "This comes from a proxy that does harm."}).encode()
        lines = [
            f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        if harm is Harm.BUSY:
            lines.append(f"Retry-After: {self._random.choice(self._chances.patience)}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    async def _answer(self, request: Message) -> Message:
        """Have the server do the work, over a connection that is free."""
        while self._upstream:
            reader, writer = self._upstream.pop()
            if not reader.at_eof():
                break
            writer.close()
        else:
            reader, writer = await asyncio.open_connection(HOST, self._target_port, limit=_MOST_OF_A_HEAD)
        writer.write(request.head + request.body)
        answer = await _message(reader)
        self._upstream.append((reader, writer))
        return answer

    async def _shut(self) -> None:
        """Listen to nobody for a moment, and hang up on some who are idle."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for writer in self._unused():
            if self._random.random() < self._chances.hang_up:
                writer.close()
        await asyncio.sleep(self._between(self._chances.shut))
        await self._listen(self._port)

    def _unused(self) -> set[asyncio.StreamWriter]:
        """Return the idle connections less those on which a request lies that was not read yet."""
        with selectors.DefaultSelector() as selector:
            for writer in self._idle:
                if not writer.is_closing():
                    selector.register(writer.get_extra_info("socket"), selectors.EVENT_READ, writer)
            open_ones = {key.data for key in selector.get_map().values()}
            return open_ones - {key.data for key, _ in selector.select(0)}


async def _message(reader: asyncio.StreamReader) -> Message:
    head = await reader.readuntil(b"\r\n\r\n")
    size = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    return Message(head, await reader.readexactly(size) if size else b"")


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with an RST, whatever was to be sent on it."""
    sock: socket.socket = writer.get_extra_info("socket")
    if sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))
    writer.transport.abort()
