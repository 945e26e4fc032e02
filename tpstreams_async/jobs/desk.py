"""Who waits for what, what they are told, and when to look next."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from .._clock import Clock
from .._validate import show
from ..config import Polling
from ..errors import TPStreamsError
from .agenda import Agenda
from .hints import Answer, Hint, Memory
from .keys import Key
from .kinds import Kind
from .looks import Look, Stage
from .schedule import next_interval, next_look
from .table import Table
from .waiter import End, Waiter
from .watch import Watch

logger: logging.Logger = logging.getLogger("tpstreams_async")

#: So many jobs that a list can show are looked at together, where their schedule leaves room for that.
_MANY: Final = 16


class Desk:
    """Takes in those who wait and what was seen. It looks at nothing itself.

    Attributes:
        table: the jobs under watch.
        agenda: when they are due.
        ready: those that are due, and are to have a look of their own.
        wake: set when there is something to do.
        on_end: called with each watch that ends.
    """

    def __init__(self, polling: Polling, clock: Clock, on_end: Callable[[Watch], None]) -> None:
        self._polling = polling
        self._clock = clock
        self._memory = Memory(polling.hint_memory)
        self._unknown: set[tuple[str, str | None]] = set()
        self.table: Table = Table()
        self.agenda: Agenda = Agenda()
        self.ready: deque[Watch] = deque()
        self.wake: asyncio.Event = asyncio.Event()
        #: Of the page that is read: when to look again at what has not changed, by for how long, and who else then is.
        self._planned: dict[int, tuple[float, list[Watch]]] = {}
        self.on_end: Callable[[Watch], None] = on_end

    def join(self, key: Key, kind: Kind[Any], folder: str | None, waiter: Waiter) -> None:
        """Let somebody wait for a job. The first look at it is at once.

        Args:
            key: which job.
            kind: its rules.
            folder: uuid of the folder that the asset lies in, "" for the root, None if that is not known.
            waiter: who waits.
        """
        watch = self.table.get(key)
        left: Watch | None = waiter.watch
        if watch is None and left is not None and not left.ended:
            watch = left  # still kept under the key from before its run was known
        if watch is None:
            watch = self._enter(key, kind, folder, left, waiter.loop)
        watch.settles_from = waiter.loop.time()
        self._add(watch, waiter)

    def leave(self, waiter: Waiter) -> None:
        """Let somebody go. The last one to leave stops the watch."""
        waiter.release()
        if waiter.watch is not None:
            self._take_out(waiter.watch, waiter)

    def hint(self, hint: Hint) -> bool:
        """Take a hint. Return whether somebody waits for what it is about."""
        now = self._clock.monotonic()
        watches = self.table.of(hint.id)
        before = self._memory.recall(hint.id, now)
        repeated = before is not None and hint.mark is not None and before.mark == hint.mark
        self._memory.keep(hint, now)
        for watch in watches:
            if hint.answer is not None and self._trust(watch, hint.answer):
                continue
            if not repeated:
                watch.hint, watch.believes = (now, hint.status), now
                if watch.look is not None:
                    watch.again = True
                elif watch.due is not None:
                    self.plan(watch, max(now, watch.patient_until))
                else:  # a list may be read on its behalf, and take a while
                    self.look_singly([watch])
        return bool(watches)

    def found(self, watch: Watch, look: Look, snapshot: Any, now: float, since: float | None = None) -> None:
        """Take note of a look that found its job, or of a row in a sweep that began at `since`."""
        if not look.known and (watch.kind.name, look.status) not in self._unknown:
            self._unknown.add((watch.kind.name, look.status))
            logger.warning("%s: unknown status %s; waiting on", watch.name, show(look.status))
        end = watch.found(look, snapshot, now, self._polling)
        if end is not None:
            self.end(watch, end)
        else:
            self._wait_on(watch, now, since=since)

    def same(self, watch: Watch, now: float, since: float) -> None:
        """Take note of a row that shows nothing new. One that came long before it was due changes nothing."""
        if watch.due is not None and watch.due - now >= 0.5 * next_interval(self._polling, watch.unchanged, 0.5):
            return
        watch.unchanged += 1
        if watch.expiring:
            self._wait_on(watch, now, since=since)
        else:
            self._plan_next(watch, now, since)

    def pin(self, watch: Watch, run: int | None) -> Watch:
        """Note which run a look was of. Those who wait for one that is watched already go on there.

        Returns:
            The watch to go on with.
        """
        other = watch if run is None else self.table.pin(watch, run)
        if other is not watch:
            for waiter in list(watch.waiters):
                watch.waiters.discard(waiter)
                waiter.unset()
                self._add(other, waiter)
            self._forget(watch)
        return other

    def turn_page(self) -> None:
        """Note that the rows that come now are those of another page."""
        self._planned.clear()
        self.wake.set()

    def missed(self, watch: Watch, error: TPStreamsError) -> None:
        """Take note of a look that failed."""
        now = self._clock.monotonic()
        end = watch.missed(error, now, self._polling)
        if end is not None:
            self.end(watch, end)
        else:
            self._wait_on(watch, now)

    def look_singly(self, watches: Iterable[Watch]) -> None:
        """Look at each as soon as there is room."""
        for watch in watches:
            watch.due = None
            self.ready.append(watch)
        self.wake.set()

    def _add(self, watch: Watch, waiter: Waiter) -> None:
        if watch.last_update is not None and not watch.last_update.terminal:
            waiter.handle.saw(watch.snapshot, watch.run)
            waiter.notify(watch.last_update)
        watch.waiters.add(waiter)
        if waiter.updates is not None and watch.snapshot is None and watch.shown is not None:
            self._show_whole(watch)
        ends = waiter.final if waiter.expired and waiter.final is not None else waiter.deadline
        waiter.timer = waiter.loop.call_at(ends, self._expire, watch, waiter)
        waiter.watch = watch

    def _enter(
        self, key: Key, kind: Kind[Any], folder: str | None, left: Watch | None, loop: asyncio.AbstractEventLoop
    ) -> Watch:
        """Begin to watch a job, or go on where the last one left it."""
        now = loop.time()
        # Whoever comes back to where they were waits for the look that was due then.
        watch = left or Watch(key=key, kind=kind, run=key.run, began=now, due=now, folder=folder)
        watch.key, watch.ended, watch.believes = key, False, now
        self.table.add(watch)
        first = self.agenda.next
        if watch.due is None or watch.due <= now:
            # Of those that are due, one moment is as good as another.
            self.plan(watch, now if first is None or first > now else first)
        else:
            self.plan(watch, watch.due)
        remembered = self._memory.recall(key.id, now)
        if remembered is not None:
            watch.hinted = remembered.at
        answer = self._memory.answer(key.id, now)
        if answer is not None:
            loop.call_soon(self._trust, watch, answer)
        return watch

    def _show_whole(self, watch: Watch) -> None:
        """Look again for the sake of somebody who wants the whole of what was so far seen in a list only."""
        watch.shown = watch.row = None
        if watch.due is not None:
            self.look_singly([watch])

    def _trust(self, watch: Watch, answer: Answer) -> bool:
        """Take a delivery for the end of a job, if it is one. Return whether it was."""
        kind = watch.kind
        if watch.ended or kind.shows is not answer.subject:
            return False
        if not kind.resumable or kind.settle is not None or watch.key.detail:
            return False
        look: Look = kind.judge(answer.snapshot, watch.run)
        if look.stage is Stage.PENDING or look.doubtful:
            return False
        self._memory.taken(watch.key.id)
        self.found(watch, look, answer.snapshot, self._clock.monotonic())
        return True

    def plan(self, watch: Watch, at: float) -> None:
        """Plan the next look."""
        self.agenda.plan(watch, at)
        self.wake.set()

    def _wait_on(self, watch: Watch, now: float, *, since: float | None = None) -> None:
        """Let those go whose last look this was, and plan the next look for the rest."""
        for waiter in [waiter for waiter in watch.waiters if waiter.expired]:
            waiter.fail(watch.timed_out(waiter))
            self._take_out(watch, waiter)
        if watch.waiters and not watch.ended:
            self._plan_next(watch, now, since)

    def _plan_next(self, watch: Watch, now: float, since: float | None) -> None:
        """Plan the next look; for those that a page showed, and of which nothing else is known, all at once."""
        if watch.again:
            watch.again = False
            self.plan(watch, max(now, watch.patient_until))
        elif since is None or watch.hint is not None or watch.hinted is not None or watch.patient_until > now:
            self.plan(watch, max(self._next(watch, now, since), watch.patient_until))
        else:
            planned = self._planned.get(watch.unchanged)
            if planned is None:
                at = self._next(watch, now, since)
                planned = self._planned[watch.unchanged] = at, self.agenda.moment(at)
            watch.due = planned[0]
            planned[1].append(watch)

    def end_all(self, end: Callable[[Watch], End]) -> None:
        """End the watching of every job."""
        for watch in self.table.all():
            self.end(watch, end(watch))

    def _next(self, watch: Watch, now: float, since: float | None) -> float:
        hinted = watch.confirm_hint(now)
        return next_look(
            self._polling,
            now,
            watch.unchanged,
            uniform=self._clock.uniform,
            hinted=hinted,
            since=since,
            meet=self._polling.sweep and watch.kind.glance is not None and self.table.listable >= _MANY,
        )

    def _take_out(self, watch: Watch, waiter: Waiter) -> None:
        watch.waiters.discard(waiter)
        if not watch.waiters:
            self._forget(watch)

    def _expire(self, watch: Watch, waiter: Waiter) -> None:
        """At a waiter's deadline: one last look, which may take a moment."""
        if not waiter.expired:
            waiter.expired = watch.expiring = True
            if waiter.final is None:
                waiter.final = waiter.loop.time() + self._polling.last_look
            waiter.timer = waiter.loop.call_at(waiter.final, self._expire, watch, waiter)
            if watch.look is None and not watch.ended:
                self.look_singly([watch])
        else:
            waiter.fail(watch.timed_out(waiter))
            self._take_out(watch, waiter)

    def end(self, watch: Watch, end: End) -> None:
        """End the wait of all who wait for a job."""
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
        self.table.remove(watch)
        self.on_end(watch)
        if watch.look is not None:
            watch.look.cancel()
            watch.look = None
        self.wake.set()
