"""One job that is being watched, and those who wait for it."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Generic, Protocol, TypeVar

from attrs import define, field, frozen

from .._validate import show
from ..errors import (
    JobError,
    JobFailedError,
    JobPollError,
    JobSupersededError,
    JobTimeoutError,
    JobVanishedError,
    NotFoundError,
)
from .kinds import Key, Kind

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

    def saw(self, snapshot: Any, run: int | None) -> None:
        """Take note of a look."""
        ...

    def leave(self, waiter: "Waiter") -> None:
        """Stop waiting."""
        ...


class Waiter:
    """Somebody who waits for a job: for its end, and for its updates if there is a place to put them."""

    __slots__ = ("deadline", "expired", "future", "handle", "job", "news", "timeout", "timer", "updates", "watch")

    def __init__(self, handle: Seer, job: Any, timeout: float, *, updates: deque[Update[Any]] | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.handle: Seer = handle
        self.job: Any = job
        self.timeout: float = timeout
        self.deadline: float = loop.time() + timeout
        self.expired: bool = False
        self.timer: asyncio.TimerHandle | None = None
        self.future: asyncio.Future[Any] = loop.create_future()
        self.updates: deque[Update[Any]] | None = updates
        self.news: asyncio.Event | None = None if updates is None else asyncio.Event()
        self.watch: Watch | None = None

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

    def release(self) -> None:
        """Stop the timer, and let go of the future: an error that nobody took shall not be reported as forgotten."""
        if self.timer is not None:
            self.timer.cancel()
        if not self.future.cancel() and not self.future.cancelled():
            self.future.exception()
        self._rouse()

    def _rouse(self) -> None:
        if self.news is not None:
            self.news.set()


_NOT_FOUND: Final = "was not found (404): the id is wrong, or it was deleted, or it is not visible yet"


@define(kw_only=True, eq=False)
class Watch:
    """A job under watch.

    Attributes:
        run: which run is waited for; learned from the first look where the key does not say.
        began: loop time of the beginning.
        due: loop time of the next look; None while one is under way.
        unchanged: looks in a row that showed nothing new.
        failures: looks in a row that failed.
        seen: whether any look found it.
    """

    key: Key
    kind: Kind[Any]
    began: float
    run: int | None = None
    due: float | None = None
    look: "asyncio.Task[None] | None" = None
    waiters: set[Waiter] = field(factory=set[Waiter])
    unchanged: int = 0
    failures: int = 0
    seen: bool = False
    snapshot: Any = None
    shown: tuple[str | None, float | None] | None = None
    last_update: Update[Any] | None = None
    last_error: BaseException | None = None
    ended: bool = False

    @property
    def ref(self) -> str | None:
        """The text from which the wait can be resumed."""
        if not self.kind.resumable:
            return None
        return Key(kind=self.key.kind, id=self.key.id, run=self.run).ref

    @property
    def name(self) -> str:
        """The job, for messages."""
        return f"{self.key.kind} job of {self.key.id}" + (f" (run {self.run})" if self.run is not None else "")

    @property
    def last_seen(self) -> str:
        """What was last seen, for messages."""
        return f"last seen {show(self.shown[0])}" if self.shown is not None else "never seen"

    @property
    def way_on(self) -> str:
        """How to wait on, for messages."""
        if self.ref is None:
            return "To wait on, await the same job again, or make it anew with client.jobs.until(...)"
        return f"It may go on at the server; wait on with client.jobs.resume({self.ref!r})"

    def failed(self, status: str | None, reason: str | None) -> End:
        """Make the end of a job that failed."""
        why = reason or f"the server says {show(status)}. See .snapshot, mend the cause, and ask for it anew"
        return self._end(JobFailedError, f"the {self.name} failed: {why}")

    def superseded(self, reason: str | None) -> End:
        """Make the end of a job whose place another took."""
        return self._end(
            JobSupersededError,
            f"the {self.name} was replaced ({reason}), so its own outcome can't be seen. Wait for the newer one",
        )

    def vanished(self, cause: BaseException) -> End:
        """Make the end of a job whose object is gone."""
        story = "was deleted while it was waited for" if self.seen else _NOT_FOUND
        text = f"{self.key.id}, for which the {self.name} was awaited, {story}. There is nothing left to wait for"
        return self._end(JobVanishedError, text, cause)

    def unreachable(self, cause: BaseException) -> End:
        """Make the end of a wait during which looking failed for good."""
        why = f"{type(cause).__name__}: {cause}".rstrip(". ")
        text = f"could not look at the {self.name} any more ({self.last_seen}): {why}. {self.way_on}"
        return self._end(JobPollError, text, cause, final=False)

    def timed_out(self, waiter: Waiter) -> JobTimeoutError:
        """Make the error of one waiter whose time is over."""
        missing = not self.seen and isinstance(self.last_error, NotFoundError)
        state = f"{self.key.id} {_NOT_FOUND}" if missing else f"{self.last_seen}. {self.way_on}"
        error = JobTimeoutError(
            f"the {self.name} had not ended after {waiter.timeout:g} s: {state}",
            job=waiter.job,
            ref=self.ref,
            snapshot=self.snapshot,
        )
        error.__cause__ = self.last_error
        return error

    def _end(
        self, kind: type[JobError], message: str, cause: BaseException | None = None, *, final: bool = True
    ) -> End:
        ref, snapshot, update = self.ref, self.snapshot, self.last_update
        if update is not None and not update.terminal:
            update = None

        def make(job: Any) -> JobError:
            # One for each waiter: a shared exception would collect everyone's tracebacks.
            error = kind(message, job=job, ref=ref, snapshot=snapshot)
            error.__cause__ = cause
            return error

        return End(snapshot=snapshot, update=update, error=make, final=final)
