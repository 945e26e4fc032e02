"""A server in a process of its own that creates the videos of a request at once, as cheaply as Python can.

It answers ``POST assets/videos/bulk-create/``, ``GET assets/<id>/`` and the pages of ``GET assets/``. A video is done
`PROCESSING` seconds after it was created. All lie in the root folder, and the list begins with the newest.
"""

import asyncio
import json
import re
import sys
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import orjson
from _bodies import asset
from _stub_server import END_OF_REQUEST, HOST, pin
from _world_server import COMPLETED, PAGE, TRANSCODING, id_of

#: Seconds from the creation of a video to its end.
PROCESSING: Final = 2.0

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ONE: Final = re.compile(rb"GET /api/v1/[^/]+/assets/([^/?]+)/")
_LIST: Final = re.compile(rb"GET (/api/v1/[^/]+/assets/)(?:\?(\S*))? ")
_LIMIT: Final = re.compile(rb"\blimit=(\d+)")
_OFFSET: Final = re.compile(rb"\boffset=(\d+)")
_NEW: Final = b'"Not Started"'
_TITLE: Final = b'"A walk along the river"'


def _pieces() -> Sequence[bytes]:
    """Return an asset in JSON without its title, status and id: what is before, between and after them."""
    row: dict[str, Any] = asset("0") | {"title": "@", "id": "@"}
    del row["video"]["tracks"]
    row["video"] |= {"status": "@", "thumbnails": None}
    return json.dumps(row, separators=(",", ":")).encode().split(b'"@"')


class Videos:
    """The videos that were created, and what requests are answered with.

    Attributes:
        counts: "post", "get" and "page", the requests that came in; "created", the videos.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._created = array("d")
        self._pieces = _pieces()

    def answer(self, head: bytes, body: bytes) -> bytes:
        """Return the answer to a request."""
        if head.startswith(b"POST "):
            return self._create(body)
        if one := _ONE.match(head):
            self.counts["get"] += 1
            return _answer(b"200 OK", self._row(int(one[1][-7:])))
        listed = _LIST.match(head)
        return _answer(b"404 Not Found", b"{}") if listed is None else self._page(listed[1], listed[2] or b"")

    def _create(self, body: bytes) -> bytes:
        items = orjson.loads(body)
        first = len(self._created)
        self._created.extend([time.monotonic()] * len(items))
        self.counts.update(post=1, created=len(items))
        rows = [self._made(orjson.dumps(item["title"]), _NEW, first + place) for place, item in enumerate(items)]
        return _answer(b"201 Created", b"[" + b",".join(rows) + b"]")

    def _page(self, path: bytes, query: bytes) -> bytes:
        self.counts["page"] += 1
        count = len(self._created)
        limit, offset = _LIMIT.search(query), _OFFSET.search(query)
        first = int(offset[1]) if offset else 0
        last = min(count, first + min(PAGE, int(limit[1]) if limit else PAGE))
        link = b'"http://%b%b?limit=%d&offset=%d"' % (HOST.encode(), path, PAGE, last) if last < count else b"null"
        rows = b",".join(self._row(count - 1 - place) for place in range(first, last))
        return _answer(b"200 OK", b'{"count":%d,"next":%b,"previous":null,"results":[%b]}' % (count, link, rows))

    def _row(self, number: int) -> bytes:
        done = time.monotonic() - self._created[number] >= PROCESSING
        return self._made(_TITLE, f'"{COMPLETED if done else TRANSCODING}"'.encode(), number)

    def _made(self, title: bytes, status: bytes, number: int) -> bytes:
        one, two, three, four = self._pieces
        return b"".join((one, title, two, status, three, b'"%b"' % id_of(number).encode(), four))


def _answer(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


class Protocol(asyncio.Protocol):
    """Answers as soon as a request is there, with its body."""

    def __init__(self, videos: Videos) -> None:
        self._videos = videos
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while END_OF_REQUEST in self._pending:
            head, _, rest = self._pending.partition(END_OF_REQUEST)
            length = _LENGTH.search(head)
            size = int(length[1]) if length else 0
            if len(rest) < size:
                return
            self._pending = rest[size:]
            self._transport.write(self._videos.answer(head, rest[:size]))


async def serve() -> None:
    videos = Videos()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Protocol(videos), HOST, 0, backlog=1024)
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        # Whoever started it asks for nothing but the counts.
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(videos.counts), flush=True)


if __name__ == "__main__":
    pin(int(sys.argv[1]) if sys.argv[1:] and sys.argv[1] else None)
    asyncio.run(serve())
