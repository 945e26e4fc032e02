"""What the parts of a run wait for: its end, room at the server, better times, and who reads the results."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from .._clock import Clock
from .._frames import bare
from ..errors import APIError, LedgerError, RequestTimeoutError, TPStreamsError
from .finishing import broken_off
from .results import IngestResult

T = TypeVar("T")

#: Results that wait to be read; then the run waits too.
_MOST_RESULTS: Final = 256
#: Failures in a row, each after a longer pause, that a run takes: about five minutes.
_MOST_FAILURES: Final = 10
#: Seconds, the longest pause of our own, and the longest that a server can ask for.
_LONGEST_PAUSE: Final = 60.0
_LONGEST_ASKED: Final = 300.0


class StoppedError(Exception):
    """The run comes to its end before its work is done."""


class Stop:
    """Tells all parts of a run to come to their end.

    Args:
        then: is called when the run is to end.

    Attributes:
        error: why, if that is an error.
    """

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then
        self._asked = asyncio.Event()
        self.error: BaseException | None = None

    @property
    def asked(self) -> bool:
        """Whether the run is to end."""
        return self._asked.is_set()

    def ask(self, error: BaseException | None = None) -> None:
        """Let the run end. The first error is the one that counts.

        What the server says to a run that is to end anyway does not; that the ledger cannot be written does.
        """
        late = self.asked and isinstance(error, TPStreamsError) and not isinstance(error, LedgerError)
        if error is not None and self.error is None and not late:
            self.error = bare(error)
        self._asked.set()
        self._then()

    async def wait(self) -> None:
        """Wait until the run is to end."""
        await self._asked.wait()

    async def race(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something that can be broken off at any moment.

        Raises:
            StoppedError: it was, because the run is to end.
        """
        task, asked = asyncio.ensure_future(work), asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.ask()
            raise
        finally:
            await broken_off([task, asked])
            if not task.cancelled():
                task.exception()  # it is known, also if this was cancelled in the meantime
        if task.cancelled() or (self.asked and task.exception() is None):
            raise StoppedError
        return task.result()


class Slots:
    """So many videos at the server at once.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._freed = asyncio.Event()

    async def take(self, count: int) -> None:
        """Wait until so many more may be there, and take their places. All at once: a batch of one costs as much."""
        while self._free < count:
            self._freed.clear()
            await self._freed.wait()
        self._free -= count

    def give(self, count: int) -> None:
        """Give places back."""
        self._free += count
        self._freed.set()


class Backoff:
    """Holds a run back after failures that may pass, and knows when to give up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._pauses = 0
        self._since = self._until = -1.0

    def now(self) -> float:
        """Return the time, to be told later when something was begun."""
        return self._clock.monotonic()

    async def hold(self) -> None:
        """Wait for better times."""
        held = -1.0
        # A loop can be a tick early, so what was waited for counts, and not the time.
        while held < self._until and (left := self._until - self.now()) > 0:
            held = self._until
            await self._clock.sleep(left)

    def succeeded(self) -> None:
        """Take note that it works."""
        self._failures = self._pauses = 0

    def failed(self, error: TPStreamsError, began: float) -> None:
        """Take note of a failure.

        Args:
            error: it.
            began: when that was begun. What was so before an earlier failure says nothing new.

        Raises:
            TPStreamsError: the error, if it has been too many of them.
        """
        # What this client did not send says nothing about the server. But it would not be sent at once, either.
        held_back = isinstance(error, RequestTimeoutError) and error.held_back
        asked = min(_LONGEST_ASKED, (error.retry_after or 0.0) if isinstance(error, APIError) else 0.0)
        now = self.now()
        if began > self._since:
            self._since = now
            self._pauses += 1
            self._failures += not held_back
            if self._failures > _MOST_FAILURES:
                raise error
        bound = min(_LONGEST_PAUSE, 2.0 ** min(self._pauses - 1, _MOST_FAILURES))
        self._until = max(self._until, now + max(asked, self._clock.uniform(bound / 2, bound)))


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
