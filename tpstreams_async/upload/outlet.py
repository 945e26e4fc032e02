"""How an upload goes: what the caller is told, and whether it stands still."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, contextmanager
from types import TracebackType
from typing import Final

from ..resources import Progress
from .source import Source

#: How often, within the time that an upload may stand still, it is looked at.
_LOOKS: Final = 8


class Teller:
    """Tells the caller how far an upload is, over all of its attempts. What it tells never goes back."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._progress = progress
        self._told = 0

    async def tell(self, sent: int) -> None:
        """Say that so many bytes were handed over, if that is more than ever before."""
        if self._progress is not None and sent > self._told:
            self._told = sent
            told = self._progress(sent, self._total)
            if inspect.isawaitable(told):
                await told


class Outlet:
    """One attempt to send a file.

    Attributes:
        begun: it is its turn.
        read: something of the file was, or may have been, read.
        sent: bytes of the file that were handed over.
        waits_for: whose turn it is: "the file", "progress", or "storage".
        raised: what the file, or the caller's own function, raised. aiohttp makes something else of it.
    """

    def __init__(self, source: Source, teller: Teller) -> None:
        self._source = source
        self._teller = teller
        self.begun: bool = False
        self.read: bool = False
        self.sent: int = 0
        self.waits_for: str = "storage"
        self.raised: BaseException | None = None
        self.waiting: Callable[[], int] = _nothing

    @property
    def delivered(self) -> int:
        """How many bytes have come to the other side, as far as the system tells."""
        return self.sent - self.waiting()

    def begin(self) -> None:
        """Note that its turn has come."""
        self.begun = True

    async def pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        """Begin to read the file."""
        self.read = True
        async with aclosing(self._source.pieces()) as pieces:
            while True:
                with self._waiting_for("the file"):
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield piece

    async def passed(self, sent: int) -> None:
        """Note that so many bytes of the file were handed over in this attempt."""
        self.sent = sent
        with self._waiting_for("progress"):
            await self._teller.tell(sent)

    @contextmanager
    def _waiting_for(self, whom: str) -> Generator[None, None, None]:
        """Run what is not ours, and keep what it raises."""
        self.waits_for = whom
        try:
            yield
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            ended_from_outside = isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling()
            if not ended_from_outside:
                self.raised = error
            raise
        self.waits_for = "storage"


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
        self._seen = self._outlet.delivered
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
        now, delivered = self._loop.time(), self._outlet.delivered
        # Who stands in line for a connection does not stand still.
        if delivered != self._seen or not self._outlet.begun:
            self._seen, self._moved = delivered, now
        if now - self._moved >= self._seconds:
            self._limit.reschedule(now)
            return
        self._rearm()


def _nothing() -> int:
    return 0
