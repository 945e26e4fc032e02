"""Somebody who waits for a job, and what they are told."""

import asyncio
import operator
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from attrs import field, frozen

T_co = TypeVar("T_co", covariant=True)


@frozen(kw_only=True)
class Update(Generic[T_co]):
    """A change of a job.

    Attributes:
        status: the server's word; for kinds of which it says none, "Pending" and then "Completed".
        progress: percent as the server tells it, or None; it may stay at 0 to the end.
        elapsed: seconds since the client began to look.
        snapshot: the whole of what was seen.
        terminal: whether this is the last update.
        outcome: "succeeded", "failed" or "cancelled" in the last update, else None.
    """

    status: str | None
    progress: float | None
    elapsed: float
    snapshot: T_co
    terminal: bool
    outcome: str | None = None
    #: Loop time of the beginning; another one for those who came back after others had begun anew.
    _began: float = field(default=0.0, alias="began", repr=False, eq=False)


#: The way to the moment from which an update counts, which is no part of what users see.
began_of: Callable[[Update[Any]], float] = operator.attrgetter("_began")


@frozen(kw_only=True)
class End:
    """How watching a job ended for everyone.

    Attributes:
        update: the terminal update, where there is one.
        error: makes the error for one waiter, given its handle; None if the job succeeded.
        final: whether it says something of the job itself that will stay true.
    """

    snapshot: Any
    update: Update[Any] | None = None
    error: Callable[[Any], BaseException] | None = None
    final: bool = True


class Seer(Protocol):
    """What a waiter's handle takes note of."""

    end: End | None

    def saw(self, snapshot: Any, run: int | str | None) -> None:
        """Take note of a look."""
        ...

    def leave(self, waiter: "Waiter") -> None:
        """Stop waiting."""
        ...


class Waiter:
    """Somebody who waits for a job: for its end, and for its updates if there is a place to put them."""

    __slots__ = (
        "deadline",
        "expired",
        "final",
        "future",
        "handle",
        "job",
        "loop",
        "news",
        "timeout",
        "timer",
        "updates",
        "watch",
    )

    def __init__(
        self,
        handle: Seer,
        job: Any,
        timeout: float,
        *,
        updates: deque[Update[Any]] | None = None,
        final: float | None = None,
    ) -> None:
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.handle: Seer = handle
        self.job: Any = job
        self.timeout: float = timeout
        self.deadline: float = self.loop.time() + timeout
        self.expired: bool = False
        #: Loop time at which the last look must be over, from the deadline on; whoever comes back has it from before.
        self.final: float | None = final
        self.timer: asyncio.TimerHandle | None = None
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.updates: deque[Update[Any]] | None = updates
        self.news: asyncio.Event | None = None if updates is None else asyncio.Event()
        self.watch: Any = None  # the watch that it is part of, once it is

    def notify(self, update: Update[Any]) -> None:
        """Hand over an update to a waiter that wants them."""
        if self.updates is not None:
            self.updates.append(update)
            self._rouse()

    def end(self, end: End) -> None:
        """End the wait as the job ended, or as watching it did."""
        if end.update is not None and self.updates is not None and not (self.updates and self.updates[-1].terminal):
            self.updates.append(end.update)
        if end.error is not None:
            self.fail(end.error(self.job))
        elif not self.future.done():
            self.future.set_result(end.snapshot)
        self._rouse()

    def fail(self, error: BaseException) -> None:
        """End the wait with an error."""
        if isinstance(error, StopIteration):  # a future takes none
            cause, error = error, RuntimeError("the predicate raised StopIteration")
            error.__cause__ = cause
        if not self.future.done():
            self.future.set_exception(error)
        self._rouse()

    def unset(self) -> None:
        """Stop the timer."""
        if self.timer is not None:
            self.timer.cancel()

    def release(self) -> None:
        """Stop the timer, and let go of the future: an error that nobody took shall not be reported as forgotten."""
        self.unset()
        if not self.future.cancel() and not self.future.cancelled():
            self.future.exception()
        self._rouse()

    def _rouse(self) -> None:
        if self.news is not None:
            self.news.set()
