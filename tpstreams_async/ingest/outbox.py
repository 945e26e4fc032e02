"""Results on their way to who reads them."""

import asyncio
from collections import deque
from typing import Final

from .results import IngestResult

#: Results that wait to be read; then the run waits too.
_MOST_RESULTS: Final = 256


class Outbox:
    """Results on their way to who reads them."""

    def __init__(self) -> None:
        self._results: deque[IngestResult] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._most: float = _MOST_RESULTS
        self._open = True
        self._ended = False

    async def put(self, result: IngestResult) -> None:
        """Hand a result over, when there is room for it. Once nobody reads, it is let go."""
        while self._open and len(self._results) >= self._most:
            self._room.clear()
            await self._room.wait()
        if self._open:
            self._results.append(result)
            self._news.set()

    async def get(self) -> IngestResult | None:
        """Wait for the next result; None if there is none any more."""
        while not self._results:
            if self._ended:
                return None
            self._news.clear()
            await self._news.wait()
        self._room.set()
        return self._results.popleft()

    def widen(self) -> None:
        """Take all results at once: there will not be many more, and who hands them over is to come to its end."""
        self._most = float("inf")
        self._room.set()

    def end(self) -> None:
        """Tell that no result will follow."""
        self._ended = True
        self._news.set()

    def close(self) -> None:
        """Tell that nobody reads any more."""
        self._open = False
        self._results.clear()
        self._room.set()
