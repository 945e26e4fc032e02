"""A server in a process of its own that has many assets, whose states change at set moments.

It answers ``GET assets/<id>/`` and the pages of ``GET assets/`` as cheaply as Python can: all rows lie in one piece of
memory, one as long as the other, and a status is written where it belongs. All assets lie in the root folder; the first
row is that of the newest. It is told what to be over its standard input, and ends when that does.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, Final

from _bodies import asset
from _stub_server import END_OF_REQUEST, HOST, pin

#: Seconds from the beginning, and the status from then on.
States = Sequence[tuple[float, str]]

QUEUED: Final = "Queued"
TRANSCODING: Final = "Transcoding"
COMPLETED: Final = "Completed"
ERROR: Final = "Error"
#: The most rows of a page.
PAGE: Final = 100

_HEAD: Final = (
    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "Content-Type: application/json\r\n"
    "Vary: Accept\r\n"
    "X-Frame-Options: DENY\r\n"
    "Content-Length: "
)
_REQUEST: Final = re.compile(rb"GET (/api/v1/[^/]+/assets/)(?:([^/?]+)/|\?(\S*))? ")
_LIMIT: Final = re.compile(rb"\blimit=(\d+)")
_OFFSET: Final = re.compile(rb"\boffset=(\d+)")
_PARENT: Final = b"&parent="


def id_of(number: int) -> str:
    """Return the id of an asset by its place in the list."""
    return f"aZ3k{number:07}"


def _status(status: str) -> bytes:
    """Return a status in JSON, followed by spaces, so that all are equally long."""
    return f'"{status}"'.ljust(len(TRANSCODING) + 2).encode()


class Assets:
    """The rows, and what becomes of them.

    Attributes:
        counts: requests that came in: "get" and "page".
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._rows = bytearray()
        self._listed = 0
        self._changes: list[tuple[float, int, bytes]] = []
        template = json.dumps(asset(id_of(0)), separators=(",", ":")).encode()
        before, status, after = template.partition(_status(COMPLETED).strip())
        self._template = before + _status(COMPLETED) + after + b","
        self._size = len(self._template)
        self._status_at = len(before)
        assert status

    def begin(self, listed: int, states: Mapping[str, States]) -> float:
        """Begin anew, with so many assets, of which all are done but those with states. Return the moment."""
        if listed != self._listed:
            name = id_of(0).encode()
            self._rows = bytearray().join(
                self._template.replace(name, id_of(number).encode()) for number in range(listed)
            )
            self._listed = listed
        for number in range(listed):
            self._write(number, _status(COMPLETED))
        self.counts.clear()
        began = time.monotonic()
        changes = [
            (began + seconds, int(number), _status(status))
            for number, each in states.items()
            for seconds, status in each
        ]
        self._changes = sorted(changes, reverse=True)
        return began

    def answer(self, head: bytes) -> bytes:
        """Return the answer to a request."""
        now = time.monotonic()
        while self._changes and self._changes[-1][0] <= now:
            _, number, status = self._changes.pop()
            self._write(number, status)
        request = _REQUEST.match(head)
        if request is None:
            return _answer("404 Not Found", b'{"detail":"Not found."}')
        path, asset_id, query = request.groups()
        if asset_id is not None:
            return self._get(asset_id)
        return self._page(path, query or b"")

    def _write(self, number: int, status: bytes) -> None:
        at = number * self._size + self._status_at
        self._rows[at : at + len(status)] = status

    def _get(self, asset_id: bytes) -> bytes:
        self.counts["get"] += 1
        number = int(asset_id[-7:]) if asset_id[-7:].isdigit() else self._listed
        if number >= self._listed:
            return _answer("404 Not Found", b'{"detail":"Not found."}')
        at = number * self._size
        return _answer("200 OK", self._rows[at : at + self._size - 1])

    def _page(self, path: bytes, query: bytes) -> bytes:
        self.counts["page"] += 1
        listed = 0 if _PARENT in b"&" + query else self._listed
        limit, offset = _LIMIT.search(query), _OFFSET.search(query)
        first = int(offset[1]) if offset else 0
        last = min(listed, first + min(PAGE, int(limit[1]) if limit else PAGE))
        link = b'"http://%b%b?limit=%d&offset=%d"' % (HOST.encode(), path, PAGE, last) if last < listed else b"null"
        start = b'{"count":%d,"next":%b,"previous":null,"results":[' % (listed, link)
        rows = self._rows[first * self._size : max(first * self._size, last * self._size - 1)]
        return _answer("200 OK", b"".join((start, rows, b"]}")))


def _answer(status: str, body: bytes | bytearray) -> bytes:
    return b"HTTP/1.1 %b\r\n%b%d\r\n\r\n%b" % (status.encode(), _HEAD.encode(), len(body), body)


class Protocol(asyncio.Protocol):
    """Answers as soon as the end of a request's head is there."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._pending = (self._pending + data).split(END_OF_REQUEST)
        for head in heads:
            self._transport.write(self._assets.answer(head))


class World:
    """The way to the server from another process.

    Attributes:
        port: where it listens.
    """

    def __init__(self, to: IO[bytes], back: IO[bytes]) -> None:
        self._to = to
        self._back = back
        self.port: int = self._read()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def begin(self, listed: int, states: Mapping[int, States]) -> float:
        """Have so many assets in the list, and those with states go through them. Return the moment it began.

        The moment is one of `time.monotonic`, which all processes share.
        """
        moment: float = self._ask({"listed": listed, "states": states})
        return moment

    def counts(self) -> Counter[str]:
        """Return how many requests came in since the beginning: "get" and "page"."""
        return Counter(self._ask(None))

    def _ask(self, question: Any) -> Any:
        self._to.write(json.dumps(question).encode() + b"\n")
        self._to.flush()
        return self._read()

    def _read(self) -> Any:
        line = self._back.readline()
        if not line:
            raise RuntimeError("the server is gone")
        return json.loads(line)


@contextmanager
def world(core: int | None, script: str = __file__) -> Iterator[World]:
    """Run the server in another process, on the given core if there is one."""
    command = [sys.executable, script, "" if core is None else str(core)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield World(process.stdin, process.stdout)
        finally:
            process.stdin.close()
            process.wait()


async def obey(assets: Assets, port: int) -> None:
    """Tell a port, and do what is asked over standard input until it ends."""
    loop = asyncio.get_running_loop()
    print(port, flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        print(json.dumps(assets.counts if asked is None else assets.begin(**asked)), flush=True)


async def listen(assets: Assets) -> asyncio.Server:
    """Begin to listen on a free port."""
    return await asyncio.get_running_loop().create_server(lambda: Protocol(assets), HOST, 0, backlog=1024)


async def serve() -> None:
    assets = Assets()
    async with await listen(assets) as server:
        await obey(assets, server.sockets[0].getsockname()[1])


if __name__ == "__main__":
    pin(int(sys.argv[1]) if sys.argv[1:] and sys.argv[1] else None)
    asyncio.run(serve())
