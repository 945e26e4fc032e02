"""A server in a process of its own that answers every request with the same asset, as cheaply as Python can.

It understands no more of HTTP/1.1 than where a request without a body ends, and keeps connections open. It prints its
port, and ends when its standard input does.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from _bodies import asset_body

HOST = "127.0.0.1"
END_OF_REQUEST = b"\r\n\r\n"


class Stub(asyncio.Protocol):
    """Answers as soon as the end of a request's head is there."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._pending = (self._pending + data).split(END_OF_REQUEST)
        if heads:
            self._transport.write(self._answer * len(heads))


@contextmanager
def running(core: int | None, script: str = __file__) -> Iterator[int]:
    """Run a server in another process, on the given core if there is one, and yield its port."""
    command = [sys.executable, script, "" if core is None else str(core)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            if not line:
                raise RuntimeError(f"{script} did not start")
            yield int(line)
        finally:
            process.stdin.close()
            process.wait()


def pin(core: int | None) -> None:
    """Keep this process on one core, where the system can do that."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def two_cores() -> tuple[int | None, int | None]:
    """Return a core for the client and another for the server; None where there is no choice."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


async def serve() -> None:
    body = asset_body()
    head = (
        "HTTP/1.1 200 OK\r\n"
        "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Vary: Accept\r\n"
        "X-Frame-Options: DENY\r\n"
        "\r\n"
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Stub(head.encode() + body), HOST, 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    server.close()


if __name__ == "__main__":
    pin(int(sys.argv[1]) if sys.argv[1:] and sys.argv[1] else None)
    asyncio.run(serve())
