"""One task that decides when to look at which job, for all jobs of a client."""

import asyncio
import functools
import heapq
import itertools
import logging
from collections.abc import Callable
from typing import Any

from .._clock import Clock
from .._validate import show
from ..config import Polling
from ..errors import (
    APIError,
    AuthenticationError,
    ClientClosedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    TPStreamsError,
)
from ..resources.assets import Assets
from .kinds import Key, Kind, Look, Stage
from .schedule import next_interval
from .watch import End, Update, Waiter, Watch

logger: logging.Logger = logging.getLogger("tpstreams_async")


class Scheduler:
    """Looks at jobs when they are due and tells those who wait.

    A heap holds the looks that are due. The task sleeps until the first of them, starts it, and goes on; it exists
    only while somebody waits. Looks are short-lived tasks of their own, a bounded number at a time.
    """

    def __init__(self, assets: Assets, polling: Polling, clock: Clock, require_usable: Callable[[], None]) -> None:
        self._assets = assets
        self._polling = polling
        self._clock = clock
        self._require_usable = require_usable
        self._closed = False
        self._watches: dict[Key, Watch] = {}
        self._due: list[tuple[float, int, Watch]] = []
        self._order = itertools.count()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._unknown: set[tuple[str, str | None]] = set()

    def join(self, key: Key, kind: Kind[Any], waiter: Waiter) -> None:
        """Let somebody wait for a job. The first look at it is at once.

        Raises:
            ClientClosedError: the client is closed, or belongs to another event loop or process.
        """
        self._require_usable()
        if self._closed:
            raise ClientClosedError(_CLOSED)
        watch, left = self._watches.get(key), waiter.watch
        if watch is None and left is not None and not left.ended:
            watch = left  # still kept under the key from before its run was known
        if watch is None:
            now = self._clock.monotonic()
            # Whoever comes back to where they were waits for the look that was due then.
            watch = left or Watch(key=key, kind=kind, run=key.run, began=now, due=now)
            watch.key, watch.ended = key, False
            self._watches[watch.key] = watch
            self._plan(watch, now if watch.due is None else max(now, watch.due))
        if watch.last_update is not None and not watch.last_update.terminal:
            waiter.handle.saw(watch.snapshot, watch.run)
            waiter.notify(watch.last_update)
        watch.waiters.add(waiter)
        waiter.timer = asyncio.get_running_loop().call_at(waiter.deadline, self._expire, watch, waiter)
        waiter.watch = watch
        self._ensure_running()

    def leave(self, waiter: Waiter) -> None:
        """Let somebody go. The last one to leave stops the watch."""
        waiter.release()
        if waiter.watch is not None:
            self._take_out(waiter.watch, waiter)

    async def aclose(self) -> None:
        """End every wait with `ClientClosedError`, and every task."""
        self._closed = True
        tasks = [*self._in_flight, *([self._task] if self._task is not None else [])]
        closed = End(snapshot=None, error=lambda _: ClientClosedError(_CLOSED), final=False)
        for watch in list(self._watches.values()):
            self._end(watch, closed)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._due.clear()

    async def _run(self) -> None:
        reached = self._clock.monotonic()
        while self._watches:
            self._wake.clear()
            while self._due and self._due[0][0] <= reached and len(self._in_flight) < self._polling.concurrency:
                at, _, watch = heapq.heappop(self._due)
                # An entry is void when its watch was dropped, or was planned anew since.
                if watch.due == at and not watch.ended:
                    self._start_look(watch)
            reached = await self._sleep_until_due()
        self._due.clear()

    async def _sleep_until_due(self) -> float:
        """Sleep until a look is due or something changed. Return the moment that is reached."""
        full = len(self._in_flight) >= self._polling.concurrency
        until = None if full or not self._due else self._due[0][0]
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
                self._interrupted()
        elif (error := task.exception()) is not None:
            self._break(error)
        elif self._watches:
            # Somebody joined between the last look at the table and the end of the task.
            self._ensure_running()

    def _interrupted(self) -> None:
        """Tell everyone who waits when somebody else cancelled the task, as a loop does that is shut down."""
        for watch in list(self._watches.values()):
            self._end(watch, watch.unreachable(RuntimeError("the task that looks was cancelled from outside")))

    def _break(self, error: BaseException) -> None:
        """Pass a defect on to everyone who waits: no wait may hang because of it."""
        for watch in list(self._watches.values()):
            self._end(watch, End(snapshot=watch.snapshot, error=_same(error), final=False))

    def _plan(self, watch: Watch, at: float) -> None:
        watch.due = at
        heapq.heappush(self._due, (at, next(self._order), watch))
        self._wake.set()

    def _start_look(self, watch: Watch) -> None:
        watch.due = None
        watch.look = asyncio.get_running_loop().create_task(self._look(watch))
        self._in_flight.add(watch.look)
        watch.look.add_done_callback(functools.partial(self._look_over, watch))

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
            self._missed(watch, error)
            return
        except Exception as error:  # noqa: BLE001 - a middleware of a given session can raise anything; it concerns one job
            watch.look = None
            self._end(watch, watch.unreachable(error))
            return
        watch.look = None
        if watch.run is None and watch.kind.run_of is not None:
            watch.run = watch.kind.run_of(snapshot)
        try:
            look = watch.kind.judge(snapshot, watch.run)
        except Exception as error:  # noqa: BLE001 - a caller's predicate can raise anything; its waiters get it
            self._end(watch, End(snapshot=snapshot, error=_same(error), final=False))
        else:
            self._saw(watch, snapshot, look)

    def _saw(self, watch: Watch, snapshot: Any, look: Look) -> None:
        watch.seen = True
        watch.failures = 0
        watch.last_error = None
        if look.stage is Stage.STALE:
            watch.unchanged += 1
        else:
            self._tell(watch, snapshot, look)
        if look.stage is Stage.SUCCEEDED:
            self._end(watch, End(snapshot=snapshot, update=watch.last_update))
        elif look.stage in (Stage.FAILED, Stage.CANCELLED):
            self._end(watch, watch.failed(look.status, look.reason))
        elif look.stage is Stage.SUPERSEDED:
            self._end(watch, watch.superseded(look.reason))
        else:
            self._wait_on(watch, at_least=0.0)

    def _tell(self, watch: Watch, snapshot: Any, look: Look) -> None:
        """Note what was seen, and hand it over where it is news."""
        shown = (look.status, look.progress)
        status_changed = watch.shown is None or watch.shown[0] != look.status
        news = watch.shown != shown or look.stage is not Stage.PENDING
        watch.unchanged = 0 if status_changed else watch.unchanged + 1
        watch.shown, watch.snapshot = shown, snapshot
        if not look.known and (watch.kind.name, look.status) not in self._unknown:
            self._unknown.add((watch.kind.name, look.status))
            logger.warning("%s: unknown status %s; waiting on", watch.name, show(look.status))
        for waiter in watch.waiters:
            waiter.handle.saw(snapshot, watch.run)
        if news and look.stage is not Stage.SUPERSEDED:
            ended = look.stage is not Stage.PENDING
            watch.last_update = Update(
                status=look.status,
                progress=look.progress,
                elapsed=self._clock.monotonic() - watch.began,
                snapshot=snapshot,
                terminal=ended,
                outcome=look.stage.value if ended else None,
            )
            for waiter in watch.waiters:
                waiter.notify(watch.last_update)

    def _missed(self, watch: Watch, error: TPStreamsError) -> None:
        watch.last_error = error
        asked = (error.retry_after or 0.0) if isinstance(error, APIError) else 0.0
        if isinstance(error, ClientClosedError):
            self._end(watch, End(snapshot=watch.snapshot, error=lambda _: ClientClosedError(_CLOSED), final=False))
        elif isinstance(error, NotFoundError):
            in_grace = self._clock.monotonic() - watch.began < self._polling.not_found_grace
            if watch.seen or not in_grace:
                self._end(watch, watch.vanished(error))
            else:
                self._wait_on(watch, at_least=0.0)
        elif isinstance(error, (AuthenticationError, PermissionDeniedError)):
            self._end(watch, watch.unreachable(error))
        else:
            watch.failures += not isinstance(error, RateLimitedError)
            watch.unchanged += 1
            if watch.failures > self._polling.failures:
                self._end(watch, watch.unreachable(error))
            else:
                self._wait_on(watch, at_least=min(asked, self._polling.retry_after_max))

    def _wait_on(self, watch: Watch, *, at_least: float) -> None:
        """Let those go whose last look this was, and plan the next look for the rest."""
        for waiter in [waiter for waiter in watch.waiters if waiter.expired]:
            waiter.fail(watch.timed_out(waiter))
            self._take_out(watch, waiter)
        if watch.waiters and not watch.ended:
            interval = next_interval(self._polling, watch.unchanged, self._clock.uniform(0.0, 1.0))
            self._plan(watch, self._clock.monotonic() + max(interval, at_least))

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
                self._plan(watch, self._clock.monotonic())
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
        if self._watches.get(watch.key) is watch:
            del self._watches[watch.key]
        if watch.look is not None:
            watch.look.cancel()
            watch.look = None
        self._wake.set()


_CLOSED = (
    "the client was closed while a job was waited for. The job goes on at the server; resume its ref with a new client"
)


def _same(error: BaseException) -> Callable[[Any], BaseException]:
    return lambda _: error
