"""What the tests of uploads share."""

import asyncio
import gc
import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from tpstreams_async.simulator import Simulator
from tpstreams_async.simulator.routes import STORAGE

CLIP: dict[str, Any] = {"title": "Clip", "resolutions": ["240p"]}
#: Large enough to be read and sent in several pieces, and not to fit into what the system keeps of it on the way.
LARGE = bytes(range(256)) * 4096 * 12
#: Real seconds in which threads and descriptors that are let go of are gone.
_PATIENCE = 10.0


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def arrived(sim: Simulator, asset_id: str, content: bytes, times: int = 1) -> bool:
    """Tell whether exactly this arrived, so many times."""
    found = sim.uploads[asset_id]
    return (found.size_bytes, found.sha256, found.times_received) == (len(content), digest(content), times)


def sent(sim: Simulator) -> int:
    """Return how many forms came to storage."""
    return sim.journal.count("POST", STORAGE)


def left_behind(sim: Simulator) -> str:
    """Return the id of the only asset, which has no file."""
    (asset_id,) = sim.assets
    return asset_id


async def pieces(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    """Give a content piece by piece, once."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


class Again:
    """Gives a content piece by piece, as often as it is asked.

    Attributes:
        begun: how often it was asked.
        open: how many of those have not come to their end.
    """

    def __init__(self, content: bytes, size: int = 100_000) -> None:
        self._content = content
        self._size = size
        self.begun = 0
        self.open = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.begun += 1
        self.open += 1
        try:
            async for piece in pieces(self._content, self._size):
                yield piece
        finally:
            self.open -= 1


async def until(condition: Callable[[], object]) -> None:
    """Let everything run that is ready, until a condition holds."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never holds"
        await asyncio.sleep(0)


#: What can be uploaded, made from the path of a file. Those that are async need its size.
FORMS: dict[str, Callable[[Path], Any]] = {
    "a path": lambda path: path,
    "an opened file": lambda path: path.open("rb"),
    "bytes": lambda path: path.read_bytes(),
    "an async iterator": lambda path: pieces(path.read_bytes()),
    "an async iterable": lambda path: Again(path.read_bytes()),
}


def held(path: Path | None = None, patience: float = _PATIENCE) -> list[str]:
    """Return the threads of uploads, and the descriptors of a file, that do not go away."""
    end = time.monotonic() + patience
    while (found := _held(path)) and time.monotonic() < end:
        gc.collect()
        time.sleep(0.001)
    return found


def _held(path: Path | None) -> list[str]:
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("tpstreams-upload")]
    numbers = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    for number in numbers:
        with suppress(OSError):
            if path is not None and os.readlink(f"/proc/self/fd/{number}").startswith(str(path)):
                names.append(str(path))
    return names


def announced(link: Any, **more: Any) -> dict[str, Any]:
    """Return what a server says that announces an upload to this place."""
    payload = {"upload_link": link, "key": "private/a", "policy": "e30=", **more}
    return {"asset": {"id": "asset1", "title": "Clip"}, "client_payload": payload}


@asynccontextmanager
async def raw_storage(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Serve connections as no proper server would, after the head of each request was read. The URL is returned."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.get_running_loop().create_task(handle(reader, writer)))

    server = await asyncio.start_server(accepted, "127.0.0.1")
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/bucket"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
