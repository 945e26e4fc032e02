"""Really downloading the file that a new video is to be made of."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import aiohttp

from .media import is_mp4, is_video
from .mp4 import Mp4Probe

_CHUNK_BYTES = 256 * 1024
_HEAD_BYTES = 200
_BYTES_PER_SECOND = 125_000
_TIMEOUT = aiohttp.ClientTimeout(total=600, sock_connect=10, sock_read=20)


class Fetched(NamedTuple):
    """What was learnt from a file; `duration` is in whole seconds."""

    size_bytes: int
    duration: int


class FetchError(Exception):
    """Raised when there is no usable video behind an address."""


def guess_duration(size_bytes: int) -> int:
    """Return a plausible duration in seconds for a video of this size whose own word is unknown."""
    return max(1, size_bytes // _BYTES_PER_SECOND)


def guess_size(duration: int) -> int:
    """Return a plausible size in bytes for a video of so many seconds."""
    return duration * _BYTES_PER_SECOND


class Inspector:
    """Looks at the bytes of a file as they pass by; nothing but its first bytes is kept."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._head = b""
        self._size = 0
        self._probe = Mp4Probe()

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next bytes.

        Raises:
            FetchError: the file is larger than it may be.
        """
        self._size += len(data)
        if self._size > self._max_bytes:
            raise FetchError(f"the file is larger than {self._max_bytes} bytes")
        if len(self._head) < _HEAD_BYTES:
            self._head += data[: _HEAD_BYTES - len(self._head)]
        self._probe.feed(data)

    def result(self) -> Fetched:
        """Return what the whole file turned out to be.

        Raises:
            FetchError: it is no video.
        """
        if not is_video(self._head):
            raise FetchError("the file is not a video")
        duration = None
        if is_mp4(self._head):
            if not self._probe.movie:
                raise FetchError("the MP4 file holds no movie")
            duration = self._probe.duration
        if duration is None:
            return Fetched(self._size, guess_duration(self._size))
        return Fetched(self._size, int(duration + 0.5))


class Fetcher:
    """Downloads files, a bounded number of them at once.

    Args:
        max_bytes: the largest file.
        at_once: how many downloads run at the same time.
    """

    def __init__(self, max_bytes: int, at_once: int = 16) -> None:
        self._max_bytes = max_bytes
        self._slots = asyncio.Semaphore(at_once)
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, url: str) -> Fetched:
        """Download the file at `url` and return what it is.

        Raises:
            FetchError: it could not be had, or is no video.
        """
        async with self._slots:
            try:
                return await self._download(url)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                # TimeoutError is an OSError; ValueError is what a broken address or redirect leads to.
                raise FetchError(f"{type(error).__name__}: {error}") from error

    async def _download(self, url: str) -> Fetched:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        inspector = Inspector(self._max_bytes)
        async with self._session.get(url, headers={"Accept-Encoding": "identity"}) as response:
            if response.status != 200:
                raise FetchError(f"the answer was {response.status}")
            async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                inspector.feed(chunk)
        return inspector.result()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
