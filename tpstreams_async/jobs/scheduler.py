"""One task that decides when to look at which job, for all jobs of a client."""

import asyncio
import functools
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

from .._clock import Clock
from .._validate import show
from ..config import Polling
from ..errors import ClientClosedError, TPStreamsError
from ..models import Asset
from ..resources import ROOT, Rows
from ..resources.assets import Assets
from .agenda import Agenda
from .hints import Hint, Memory
from .judges import glance_of
from .keys import Key
from .kinds import Kind
from .listing import WORTH_A_TRY
from .looks import Look, Stage
from .schedule import next_interval, next_look
from .sweeper import Sweeper
from .table import Table
from .waiter import End, Waiter
from .watch import CLOSED, Watch, retry_after_of

logger: logging.Logger = logging.getLogger("tpstreams_async")

#: So many jobs that a list can show are looked at together, where their schedule leaves room for that.
_MANY: Final = 16


class Scheduler:
    """Looks at jobs when they are due and tells those who wait.

    The task sleeps until something is due, starts it, and goes on; it exists only while somebody waits. Looks and pages
    of lists are short-lived tasks of their own, a bounded number at a time.
    """

    def __init__(
        self,
        assets: Assets,
        rows: Rows,
        polling: Polling,
        clock: Clock,
        require_usable: Callable[[], None],
    ) -> None:
        self._assets = assets
        self._polling = polling
        self._clock = clock
        self._require_usable = require_usable
        self._closed = False
        self._table = Table()
        self._agenda = Agenda()
        self._ready: deque[Watch] = deque()
        self._sweeper = Sweeper(self, rows)
        self._memory = Memory(polling.hint_memory)
        self._in_flight: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._unknown: set[tuple[str, str | None]] = set()

    def join(self, key: Key, kind: Kind[Any], folder: str | None, waiter: Waiter) -> None:
        """Let somebody wait for a job. The first look at it is at once.

        Args:
            key: which job.
            kind: its rules.
            folder: uuid of the folder that the asset lies in, "" for the root, None if that is not known.
            waiter: who waits.

        Raises:
            ClientClosedError: the client is closed, or belongs to another event loop or process.
        """
        self._require_usable()
        if self._closed:
            raise ClientClosedError(CLOSED)
        watch = self._table.get(key)
        left: Watch | None = waiter.watch
        if watch is None and left is not None and not left.ended:
            watch = left  # still kept under the key from before its run was known
        if watch is None:
            watch = self._enter(key, kind, folder, left)
        if watch.last_update is not None and not watch.last_update.terminal:
            waiter.handle.saw(watch.snapshot, watch.run)
            waiter.notify(watch.last_update)
        watch.waiters.add(waiter)
        if waiter.updates is not None and watch.snapshot is None and watch.shown is not None:
            self._show_whole(watch)
        waiter.timer = asyncio.get_running_loop().call_at(waiter.deadline, self._expire, watch, waiter)
        waiter.watch = watch
        self._ensure_running()

    def leave(self, waiter: Waiter) -> None:
        """Let somebody go. The last one to leave stops the watch."""
        waiter.release()
        if waiter.watch is not None:
            self._take_out(waiter.watch, waiter)

    def hint(self, hint: Hint) -> bool:
        """Take a hint. Return whether somebody waits for what it is about."""
        now = self._clock.monotonic()
        watches = self._table.of(hint.id)
        before = self._memory.recall(hint.id, now)
        repeated = before is not None and hint.mark is not None and before.mark == hint.mark
        self._memory.keep(hint, now)
        for watch in watches:
            if hint.answer is not None and self._trust(watch, hint.answer):
                continue
            if not repeated:
                watch.hint = (now, hint.status)
                if watch.due is None:
                    watch.again = True
                else:
                    self._plan(watch, now)
        return bool(watches)

    async def aclose(self) -> None:
        """End every wait with `ClientClosedError`, and every task."""
        self._closed = True
        tasks = [*self._in_flight, *([self._task] if self._task is not None else [])]
        closed = End(snapshot=None, error=lambda _: ClientClosedError(CLOSED), final=False)
        for watch in self._table.all():
            self._end(watch, closed)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._rest()

    def watches_of(self, asset_id: str) -> tuple[Watch, ...]:
        """Return the watches of an asset."""
        return self._table.of(asset_id)

    def found(self, watch: Watch, look: Look, snapshot: Any) -> None:
        """Take note of a look that found its job."""
        if not look.known and (watch.kind.name, look.status) not in self._unknown:
            self._unknown.add((watch.kind.name, look.status))
            logger.warning("%s: unknown status %s; waiting on", watch.name, show(look.status))
        end = watch.found(look, snapshot, self._clock.monotonic(), self._polling)
        if end is not None:
            self._end(watch, end)
        else:
            self._wait_on(watch)

    def same(self, watch: Watch, *, due: bool) -> None:
        """Take note of a row of a list that shows nothing new. One that came long before it was due changes nothing."""
        now = self._clock.monotonic()
        if due or (watch.due or now) - now < 0.5 * next_interval(self._polling, watch.unchanged, 0.5):
            watch.failures = 0
            watch.unchanged += 1
            self._wait_on(watch)

    def missed(self, watch: Watch, error: TPStreamsError) -> None:
        """Take note of a look that failed."""
        end = watch.missed(error, self._clock.monotonic(), self._polling)
        if end is not None:
            self._end(watch, end)
        else:
            self._wait_on(watch, at_least=min(retry_after_of(error), self._polling.retry_after_max))

    def look_singly(self, watches: Iterable[Watch]) -> None:
        """Look at each as soon as there is room."""
        for watch in watches:
            watch.due = None
            self._ready.append(watch)
        self._wake.set()

    def _enter(self, key: Key, kind: Kind[Any], folder: str | None, left: Watch | None) -> Watch:
        """Begin to watch a job, or go on where the last one left it."""
        now = self._clock.monotonic()
        # Whoever comes back to where they were waits for the look that was due then.
        watch = left or Watch(key=key, kind=kind, run=key.run, began=now, due=now, folder=folder)
        watch.key, watch.ended = key, False
        self._table.add(watch)
        self._plan(watch, now if watch.due is None else max(now, watch.due))
        remembered = self._memory.recall(key.id, now)
        if remembered is not None:
            watch.hinted = remembered.at
            if remembered.answer is not None:
                asyncio.get_running_loop().call_soon(self._trust, watch, remembered.answer)
        return watch

    def _show_whole(self, watch: Watch) -> None:
        """Look again for the sake of somebody who wants the whole of what was so far seen in a list only."""
        watch.shown = watch.glance = None
        if watch.due is not None:
            self.look_singly([watch])

    def _trust(self, watch: Watch, answer: Asset) -> bool:
        """Take a delivery for the end of a job, if it is one. Return whether it was."""
        kind = watch.kind
        if watch.ended or not kind.of_asset or not kind.resumable or kind.settle is not None or watch.key.detail:
            return False
        look: Look = kind.judge(answer, watch.run)
        if look.stage is Stage.PENDING:
            return False
        self.found(watch, look, answer)
        return True

    async def _run(self) -> None:
        reached = self._clock.monotonic()
        while self._table:
            self._wake.clear()
            self._dispatch(self._agenda.take(reached))
            while len(self._in_flight) < self._polling.concurrency and self._start_next():
                pass
            reached = await self._sleep_until_due()
        self._rest()

    def _dispatch(self, due: list[Watch]) -> None:
        """Give those that are due to the sweeper, or let them have a look of their own."""
        listable = [watch for watch in due if watch.kind.glance is not None] if self._polling.sweep else []
        if len(listable) >= WORTH_A_TRY:
            self._ready.extend(watch for watch in due if watch.kind.glance is None)
            due = self._sweeper.take(listable)
        self._ready.extend(due)

    def _start_next(self) -> bool:
        """Start the next page or look. Return whether there was one."""
        page = self._sweeper.next_page()
        if page is not None:
            self._start(page, self._page_over)
            return True
        while self._ready:
            watch = self._ready.popleft()
            # It may have been seen in a list, or have ended, since it was put there.
            if watch.due is None and watch.look is None and not watch.ended:
                watch.asked = self._clock.monotonic()
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
        until = self._agenda.next
        try:
            async with asyncio.timeout_at(until):
                await self._wake.wait()
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
        elif self._table:
            # Somebody joined between the last look at the table and the end of the task.
            self._ensure_running()

    def _interrupted(self, what: str) -> None:
        """Tell everyone who waits when somebody else cancelled a task, as a loop does that is shut down."""
        for watch in self._table.all():
            self._end(watch, watch.unreachable(RuntimeError(what)))

    def _break(self, error: BaseException) -> None:
        """Pass a defect on to everyone who waits: no wait may hang because of it."""
        for watch in self._table.all():
            self._end(watch, End(snapshot=watch.latest, error=_same(error), final=False))

    def _plan(self, watch: Watch, at: float) -> None:
        self._agenda.plan(watch, at)
        self._wake.set()

    def _page_over(self, task: "asyncio.Task[None]") -> None:
        if task not in self._in_flight:
            return  # nobody waits any more
        self._in_flight.discard(task)
        self._wake.set()
        if task.cancelled():
            if self._table and not self._closed:
                self._interrupted("the reading of a list was cancelled from outside")
        elif (error := task.exception()) is not None:
            self._break(error)

    def _look_over(self, watch: Watch, task: "asyncio.Task[None]") -> None:
        self._in_flight.discard(task)
        self._wake.set()
        if task.cancelled():
            if not watch.ended and watch.due is None and watch.look in (task, None):
                watch.look = None
                self._end(watch, watch.unreachable(RuntimeError("a look was cancelled from outside")))
        elif (error := task.exception()) is not None:
            self._break(error)

    async def _look(self, watch: Watch) -> None:
        try:
            snapshot = await watch.kind.look(self._assets, watch.key.id)
        except TPStreamsError as error:
            watch.look = None
            self.missed(watch, error)
            return
        except Exception as error:  # noqa: BLE001 - a middleware of a given session can raise anything; it concerns one job
            watch.look = None
            self._end(watch, watch.unreachable(error))
            return
        watch.look = None
        if watch.run is None and watch.kind.run_of is not None:
            watch.run = watch.kind.run_of(snapshot)
        if watch.kind.glance is not None:
            watch.glance, watch.folder = glance_of(snapshot), snapshot.parent_id or ROOT
        try:
            look = watch.kind.judge(snapshot, watch.run)
        except Exception as error:  # noqa: BLE001 - a caller's predicate can raise anything; its waiters get it
            self._end(watch, End(snapshot=snapshot, error=_same(error), final=False))
        else:
            self.found(watch, look, snapshot)

    def _wait_on(self, watch: Watch, *, at_least: float = 0.0) -> None:
        """Let those go whose last look this was, and plan the next look for the rest."""
        for waiter in [waiter for waiter in watch.waiters if waiter.expired]:
            waiter.fail(watch.timed_out(waiter))
            self._take_out(watch, waiter)
        if not watch.waiters or watch.ended:
            return
        now = self._clock.monotonic()
        if watch.again:
            watch.again, planned = False, now
        else:
            hinted = watch.confirm_hint(now)
            planned = next_look(
                self._polling,
                now,
                watch.unchanged,
                uniform=self._clock.uniform,
                hinted=hinted,
                meet=self._polling.sweep and watch.kind.glance is not None and self._table.listable >= _MANY,
            )
        self._plan(watch, max(planned, now + at_least))

    def _take_out(self, watch: Watch, waiter: Waiter) -> None:
        watch.waiters.discard(waiter)
        if not watch.waiters:
            self._forget(watch)

    def _expire(self, watch: Watch, waiter: Waiter) -> None:
        """At a waiter's deadline: one last look, which may take a moment."""
        loop = asyncio.get_running_loop()
        if not waiter.expired:
            waiter.expired = True
            waiter.timer = loop.call_later(self._polling.last_look, self._expire, watch, waiter)
            if watch.look is None:
                self.look_singly([watch])
        else:
            waiter.fail(watch.timed_out(waiter))
            self._take_out(watch, waiter)

    def _end(self, watch: Watch, end: End) -> None:
        self._forget(watch)
        for waiter in list(watch.waiters):
            if end.final:
                waiter.handle.end = end
            waiter.end(end)
        watch.waiters.clear()

    def _forget(self, watch: Watch) -> None:
        """Stop looking. Doing so twice must not touch a newer watch of the same job."""
        if watch.ended:
            return
        watch.ended = True
        self._table.remove(watch)
        self._sweeper.drop(watch)
        if watch.look is not None:
            watch.look.cancel()
            watch.look = None
        self._wake.set()

    def _rest(self) -> None:
        """Let go of everything when nobody waits any more."""
        self._agenda.clear()
        self._ready.clear()
        self._sweeper.clear()
        left = list(self._in_flight)
        self._in_flight.clear()
        for task in left:
            task.cancel()


def _same(error: BaseException) -> Callable[[Any], BaseException]:
    return lambda _: error
