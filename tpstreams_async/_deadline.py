"""A limit to how long each of many calls may take."""

import asyncio
from types import TracebackType


class Deadline:
    """What `asyncio.timeout` is, for one of many calls that share a timer.

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

    @property
    def cancelled_meanwhile(self) -> bool:
        """Whether somebody cancelled the task since the limit began."""
        return self._task.cancelling() > self._cancelling

    def expire(self) -> None:
        """End the call with `TimeoutError`."""
        self._expired = True
        self._task.cancel()

    def __enter__(self) -> "Deadline":
        self._running[self] = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.pop(self, None)
        # A task that somebody cancelled as well stays cancelled.
        if self._expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error


class _Equal:
    """Limits that are equally long, so that they run out in the order in which they began, and one timer serves all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: dict[Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._running

    def start(self) -> Deadline:
        """Begin a limit for the current task."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a call has to be made inside a task")
        when = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(when, self._expire_due, when)
        return Deadline(when, task, self._running)

    def close(self) -> None:
        """End all that is under way."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for deadline in list(self._running):
            deadline.expire()

    def _expire_due(self, reached: float) -> None:
        """End what is due. The loop may be a tick early, so the moment is the one that the timer was set for."""
        self._timer = None
        loop = asyncio.get_running_loop()
        reached = max(reached, loop.time())
        while self._running:
            first = next(iter(self._running))
            if first.when > reached:
                self._timer = loop.call_at(first.when, self._expire_due, first.when)
                return
            del self._running[first]
            first.expire()


class Deadlines:
    """Limits for many calls, by their lengths.

    A timer for each call, which is nearly always cancelled, costs more than all else that a session does.
    """

    #: How many lengths are remembered although nothing of that length may be under way.
    REMEMBERED = 16

    def __init__(self) -> None:
        self._by_length: dict[float, _Equal] = {}

    def within(self, seconds: float) -> Deadline:
        """Return a context in which the current task has so many seconds from now; then `TimeoutError` is raised."""
        equal = self._by_length.get(seconds)
        if equal is None:
            if len(self._by_length) >= self.REMEMBERED:
                self._forget_idle()
            equal = self._by_length[seconds] = _Equal(seconds)
        return equal.start()

    def close(self) -> None:
        """End all that is under way."""
        for equal in self._by_length.values():
            equal.close()

    def _forget_idle(self) -> None:
        for seconds in [seconds for seconds, equal in self._by_length.items() if equal.idle]:
            self._by_length.pop(seconds).close()
