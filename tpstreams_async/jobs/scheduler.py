"""One task that looks at all jobs of a client."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any

from .._clock import Clock
from ..config import Polling
from ..errors import ClientClosedError, TPStreamsError
from ..resources import ROOT, Rows
from ..resources.all import Resources
from .desk import Desk
from .hints import Hint
from .judges import sketch_of
from .keys import Key
from .kinds import Kind
from .listing import WORTH_A_TRY
from .sweeper import Sweeper
from .waiter import End, Waiter
from .watch import CLOSED, Watch


class Scheduler:
    """Looks at jobs when they are due.

    The task sleeps until something is due, starts it, and goes on; it exists only while somebody waits. Looks and pages
    of lists are short-lived tasks of their own, a bounded number at a time.
    """

    def __init__(
        self,
        resources: Resources,
        rows: Rows,
        polling: Polling,
        clock: Clock,
        require_usable: Callable[[], None],
    ) -> None:
        self._resources = resources
        self._polling = polling
        self._clock = clock
        self._require_usable = require_usable
        self._closed = False
        self._desk = Desk(polling, clock, self._ended)
        self._sweeper = Sweeper(self._desk, rows, polling.interval)
        self._in_flight: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def join(self, key: Key, kind: Kind[Any], folder: str | None, waiter: Waiter) -> None:
        """Let somebody wait for a job; see `Desk.join`.

        Raises:
            ClientClosedError: the client is closed, or belongs to another event loop or process.
        """
        self._require_usable()
        if self._closed:
            raise ClientClosedError(CLOSED)
        self._desk.join(key, kind, folder, waiter)
        self._ensure_running()

    def leave(self, waiter: Waiter) -> None:
        """Let somebody go; see `Desk.leave`."""
        self._desk.leave(waiter)

    def hint(self, hint: Hint) -> bool:
        """Take a hint; see `Desk.hint`."""
        return self._desk.hint(hint)

    async def aclose(self) -> None:
        """End every wait with `ClientClosedError`, and every task."""
        self._closed = True
        tasks = [*self._in_flight, *([self._task] if self._task is not None else [])]
        closed = End(snapshot=None, error=lambda _: ClientClosedError(CLOSED), final=False)
        self._desk.end_all(lambda _: closed)
        self._rest()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        reached = self._clock.monotonic()
        while self._desk.table:
            self._desk.wake.clear()
            self._sweeper.conclude()
            self._dispatch(self._desk.agenda.take(reached))
            while len(self._in_flight) < self._polling.concurrency and self._start_next():
                pass
            reached = await self._sleep_until_due()
        self._rest()

    def _dispatch(self, due: list[Watch]) -> None:
        """Give those that are due to the sweeper, or let them have a look of their own."""
        listable = [watch for watch in due if watch.kind.glance is not None] if self._polling.sweep else []
        if len(listable) >= WORTH_A_TRY:
            self._desk.ready.extend(watch for watch in due if watch.kind.glance is None)
            due = self._sweeper.take(listable)
        self._desk.ready.extend(due)

    def _start_next(self) -> bool:
        """Start the next page or look. Return whether there was one."""
        page = self._sweeper.next_page()
        if page is not None:
            self._start(page, self._page_over)
            return True
        while self._desk.ready:
            watch = self._desk.ready.popleft()
            # It may have been seen in a list, or have ended, since it was put there.
            if watch.due is None and watch.look is None and not watch.ended:
                watch.believes = self._clock.monotonic()
                watch.look = self._start(self._look(watch), functools.partial(self._look_over, watch))
                return True
        return False

    def _start(
        self, work: Coroutine[Any, Any, None], over: Callable[["asyncio.Task[None]"], None]
    ) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._in_flight.add(task)
        task.add_done_callback(over)
        return task

    async def _sleep_until_due(self) -> float:
        """Sleep until a look is due or something changed. Return the moment that is reached."""
        until = self._desk.agenda.next
        try:
            async with asyncio.timeout_at(until):
                await self._desk.wake.wait()
        except TimeoutError:
            # A loop may fire a timer a tick early. The moment counts as reached, or this would go in circles.
            return max(until or 0.0, self._clock.monotonic())
        return self._clock.monotonic()

    def _ensure_running(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="tpstreams_async.jobs")
            self._task.add_done_callback(self._stopped)

    def _stopped(self, task: "asyncio.Task[None]") -> None:
        self._task = None
        if task.cancelled():
            if not self._closed:
                self._interrupted("the task that looks was cancelled from outside")
        elif (error := task.exception()) is not None:
            self._break(error)
        elif self._desk.table:
            # Somebody joined between the last look at the table and the end of the task.
            self._ensure_running()

    def _interrupted(self, what: str) -> None:
        """Tell everyone who waits when somebody else cancelled a task, as a loop does that is shut down."""
        self._desk.end_all(lambda watch: watch.unreachable(RuntimeError(what)))
        self._rest()

    def _break(self, error: BaseException) -> None:
        """Pass a defect on to everyone who waits: no wait may hang because of it."""
        self._desk.end_all(lambda watch: End(snapshot=watch.latest, error=_same(error), final=False))
        self._rest()

    def _page_over(self, task: "asyncio.Task[None]") -> None:
        if task not in self._in_flight:
            return  # nobody waits any more
        self._in_flight.discard(task)
        self._desk.wake.set()
        if task.cancelled():
            if self._desk.table and not self._closed:
                self._interrupted("the reading of a list was cancelled from outside")
        elif (error := task.exception()) is not None:
            self._break(error)

    def _look_over(self, watch: Watch, task: "asyncio.Task[None]") -> None:
        self._in_flight.discard(task)
        self._desk.wake.set()
        if task.cancelled():
            # If it is not the watch's own any more, the last one who waited had left; others may have come since.
            if watch.look is task:
                watch.look = None
                self._desk.end(watch, watch.unreachable(RuntimeError("a look was cancelled from outside")))
        elif (error := task.exception()) is not None:
            self._break(error)

    async def _look(self, watch: Watch) -> None:
        try:
            snapshot = await watch.kind.look(self._resources, watch.key.id)
        except TPStreamsError as error:
            watch.look = None
            self._desk.missed(watch, error)
            return
        except Exception as error:  # noqa: BLE001 - a middleware of a given session can raise anything; it concerns one job
            watch.look = None
            self._desk.end(watch, watch.unreachable(error))
            return
        watch.look = None
        if watch.run is None and watch.kind.run_of is not None:
            watch = self._desk.pin(watch, watch.kind.run_of(snapshot))
        if watch.kind.glance is not None:
            watch.row, watch.folder = sketch_of(snapshot), snapshot.parent_id or ROOT
        try:
            look = watch.kind.judge(snapshot, watch.run)
        except asyncio.CancelledError:  # nothing is awaited here, so it was the caller's predicate that raised it
            self._desk.end(watch, watch.unreachable(RuntimeError("the condition raised CancelledError")))
        except Exception as error:  # noqa: BLE001 - a caller's predicate can raise anything; its waiters get it
            self._desk.end(watch, End(snapshot=snapshot, error=_same(error), final=False))
        else:
            self._desk.found(watch, look, snapshot, self._clock.monotonic())

    def _ended(self, watch: Watch) -> None:
        self._sweeper.drop(watch)

    def _rest(self) -> None:
        """Let go of everything when nobody waits any more."""
        self._desk.agenda.clear()
        self._desk.ready.clear()
        self._sweeper.clear()
        left = list(self._in_flight)
        self._in_flight.clear()
        for task in left:
            task.cancel()


def _same(error: BaseException) -> Callable[[Any], BaseException]:
    return lambda _: error
