"""A limit to how long each of many calls may take."""

import asyncio
from types import TracebackType


class Deadline:
    """What `asyncio.timeout` is, for one of many calls that share a timer. It has begun when it is made.

    Attributes:
        when: loop time at which the call is ended.
    """

    __slots__ = ("_cancelling", "_expired", "_running", "_task", "when")

    def __init__(self, when: float, task: "asyncio.Task[object]", running: "dict[Deadline, None]") -> None:
        self.when: float = when
        self._task = task
        self._cancelling = task.cancelling()
        self._running = running
        self._expired = False
        running[self] = None

    @property
    def cancelled_meanwhile(self) -> bool:
        """Whether somebody cancelled the task since the limit began."""
        return self._task.cancelling() > self._cancelling

    def expire(self) -> None:
        """End the call with `TimeoutError`."""
        self._expired = True
        self._task.cancel()

    def end(self) -> bool:
        """End the limit. Return whether a cancellation that came meanwhile is from it, and from nobody else."""
        self._running.pop(self, None)
        # A task that somebody cancelled as well stays cancelled.
        return self._expired and self._task.uncancel() <= self._cancelling

    def __enter__(self) -> "Deadline":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.end() and kind is asyncio.CancelledError:
            raise TimeoutError from error


class _Equal:
    """Limits that are equally long, so that they run out in the order in which they began, and one timer serves all."""

    def __init__(self) -> None:
        self.running: dict[Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """End all that is under way."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for deadline in list(self.running):
            deadline.expire()

    def watch(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        """Set the timer for the next limit that can run out, if none is set."""
        if self._timer is None:
            self._timer = loop.call_at(when, self._expire_due, loop, when)

    def _expire_due(self, loop: asyncio.AbstractEventLoop, reached: float) -> None:
        """End what is due. The loop may be a tick early, so the moment is the one that the timer was set for."""
        self._timer = None
        reached = max(reached, loop.time())
        while self.running:
            first = next(iter(self.running))
            if first.when > reached:
                self.watch(loop, first.when)
                return
            del self.running[first]
            first.expire()


class Deadlines:
    """Limits for many calls, by their lengths.

    A timer for each call, which is nearly always cancelled, costs more than all else that a session does.
    """

    #: How many lengths are remembered although nothing of that length may be under way.
    REMEMBERED = 16

    def __init__(self) -> None:
        self._by_length: dict[float, _Equal] = {}
        self._most = self.REMEMBERED

    def within(self, seconds: float, loop: asyncio.AbstractEventLoop) -> Deadline:
        """Begin a limit for the current task: it has so many seconds from now.

        Args:
            seconds: from now.
            loop: the running one, which is not asked for here because that takes as long as all the rest.

        Returns:
            A context that raises `TimeoutError` when the limit has run out; or call its `end` yourself.
        """
        equal = self._by_length.get(seconds)
        if equal is None:
            if len(self._by_length) >= self._most:
                self._forget_idle()
            equal = self._by_length[seconds] = _Equal()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a call has to be made inside a task")
        when = loop.time() + seconds
        equal.watch(loop, when)
        return Deadline(when, task, equal.running)

    def close(self) -> None:
        """End all that is under way."""
        for equal in self._by_length.values():
            equal.close()

    def _forget_idle(self) -> None:
        for seconds in [seconds for seconds, equal in self._by_length.items() if not equal.running]:
            self._by_length.pop(seconds).close()
        # Where many lengths are in use, looking through them each time would take longer and longer.
        self._most = max(self.REMEMBERED, 2 * len(self._by_length))
