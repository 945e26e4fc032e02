"""How an upload goes: what the caller is told, and whether it stands still."""

import asyncio
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Final

from ..resources import Progress

#: How often, within the time that an upload may stand still, it is looked at.
_LOOKS: Final = 8


class Outlet:
    """Tells the caller how far an upload is, over all of its attempts. What it tells never goes back."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._progress = progress
        self._told = -1
        self.sent: int = 0
        self.waiting: Callable[[], int] = _nothing

    @property
    def gone(self) -> int:
        """How many bytes of the current attempt have left the process."""
        return self.sent - self.waiting()

    def begin(self) -> None:
        """Begin an attempt: the file is sent from its beginning."""
        self.sent = 0
        self.waiting = _nothing

    async def passed(self, sent: int) -> None:
        """Note that so many bytes of the file were handed over in this attempt."""
        self.sent = sent
        if self._progress is not None and sent > self._told:
            self._told = sent
            told = self._progress(sent, self._total)
            if inspect.isawaitable(told):
                await told


class Watchdog:
    """Ends what stands still: within it, `TimeoutError` is raised when nothing has left for so many seconds.

    A limit for the whole would be no use: it would have to be long enough for the largest file on the slowest line.
    """

    def __init__(self, outlet: Outlet, seconds: float) -> None:
        self._outlet = outlet
        self._seconds = seconds
        self._limit = asyncio.timeout(None)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()
        self._seen = self._outlet.gone
        self._moved = self._loop.time()
        self._rearm()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._limit.__aexit__(kind, error, trace)

    def _rearm(self) -> None:
        self._timer = self._loop.call_later(self._seconds / _LOOKS, self._look)

    def _look(self) -> None:
        now, gone = self._loop.time(), self._outlet.gone
        if gone != self._seen:
            self._seen, self._moved = gone, now
        if now - self._moved >= self._seconds:
            self._limit.reschedule(now)
            return
        self._rearm()


def _nothing() -> int:
    return 0
