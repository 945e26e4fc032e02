"""Room at the server."""

import asyncio


class Slots:
    """So many videos at the server at once. Who comes first takes first, however many places that needs.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._freed = asyncio.Event()
        # Else those who take one place each would never leave as many as a batch needs.
        self._turn = asyncio.Lock()

    async def take(self, count: int) -> None:
        """Wait until so many more may be there, and take their places. All at once: a batch of one costs as much."""
        async with self._turn:
            while self._free < count:
                self._freed.clear()
                await self._freed.wait()
            self._free -= count

    def give(self, count: int) -> None:
        """Give places back."""
        self._free += count
        self._freed.set()
