"""The course of a run, from the reading of the rows to the last asset."""

import asyncio
import contextlib
import os
from typing import Final

from attrs import evolve

from .baseline import Baseline
from .changed import set_aside
from .dry import dry_run
from .existing import Existing
from .finishing import broken_off
from .ledger import ENDS, Ledger, PlannedRow, State
from .manifest import BadRow, Rows
from .outbox import Outbox
from .payload import bad_result, planned
from .record import Record
from .sending import Senders
from .settings import Settings, Tools
from .settling import Settler
from .signals import Watch, watch_signals
from .slots import Slots
from .stop import Stop, StoppedError
from .tally import Tally
from .waiting import Waits

_ROWS_AT_ONCE: Final = 1_000
#: Characters of rows that are written at once: a row can have any number of columns, with any text in them.
_TEXT_AT_ONCE: Final = 2**21
#: Times that rows are sent which have no asset afterwards, each time in smaller batches: one of them may be the reason.
_ROUNDS: Final = 6
_SHRINK: Final = 4


class Course:
    """What goes on behind an `Ingest`. It does not know it, so that one that was let go can end it.

    Args:
        rows: of the source.
        path: of the ledger.
        settings: how to go about it.
        tools: what to do it with.
        under_way: has it from its beginning to its end.
    """

    def __init__(
        self,
        rows: Rows,
        path: str | os.PathLike[str],
        settings: Settings,
        tools: Tools,
        under_way: "set[Course]",
    ) -> None:
        self._rows = rows
        self._path = path
        self._settings = settings
        self._tools = tools
        self._under_way = under_way
        self._task: asyncio.Task[None] | None = None
        self._watch: Watch | None = None
        self._done = False
        self.outbox: Outbox = Outbox()
        self._stop = Stop(self.outbox.widen)
        self.tally: Tally = Tally(tools.clock, wait=settings.wait)

    @property
    def error(self) -> BaseException | None:
        """What the run has ended with."""
        return self._stop.error

    @property
    def stopped(self) -> bool:
        """Whether the run has ended before its work was done, and not because of an error."""
        over = self._stop.asked if self._task is None else self._task.done()
        return over and not self._done and self.error is None

    def start(self) -> None:
        """Begin, unless that was done.

        Raises:
            InvalidInputError: signals cannot be heard here.
        """
        if self._task is not None or self._stop.asked:
            return
        if self._settings.stop_on_signals:
            self._watch = watch_signals(self.stop)
        self._task = asyncio.get_running_loop().create_task(self._main())
        self._under_way.add(self)
        self._task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        # Not at the end of the task itself: one that is cancelled before its first step has none.
        if not task.cancelled():
            task.exception()  # that of a program that is interrupted has ended the loop, so it is no news
        self.unwatch()
        self._under_way.discard(self)
        self.outbox.end()

    def stop(self, error: BaseException | None = None) -> None:
        """Let the run come to its end, with time for what is under way."""
        self._stop.ask(error)
        if self._task is None:
            self.outbox.end()

    def unwatch(self) -> None:
        """Hear no signals any more."""
        if self._watch is not None:
            self._watch.close()

    async def ended(self) -> None:
        """Wait until the run has ended, and its ledger is closed.

        Who is cancelled meanwhile is so after that, and what is under way then has no time left.
        """
        if self._task is None:
            return
        try:
            await asyncio.wait({self._task})
        except asyncio.CancelledError:
            self._stop.ask()
            await broken_off([self._task])
            raise

    async def _main(self) -> None:
        try:
            async with contextlib.aclosing(self._rows):
                if self._settings.dry_run:
                    await self._stop.race(dry_run(self._rows, self.tally, self.outbox))
                else:
                    await self._with_ledger()
            self._done = True
        except StoppedError:
            pass
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            self._stop.ask()
            raise
        except BaseException as error:  # noqa: BLE001 - who iterates gets it, whatever the source has raised
            self._stop.ask(error)

    async def _with_ledger(self) -> None:
        tools = self._tools
        ledger = await Ledger.open(
            self._path, organization_id=tools.organization_id, base_url=tools.base_url, clock=tools.clock
        )
        try:
            await self._stop.race(self._plan(ledger))
            self.tally.add(await ledger.counts())
            record = Record(ledger, self.tally, self.outbox, wait=self._settings.wait)
            await self._stop.race(self._tell_earlier(record))
            await self._stop.race(set_aside(record))
            try:
                await self._bring(record)
            except StoppedError:
                # What was under way may have been all there was.
                if self.tally.left:
                    raise
        finally:
            await ledger.aclose()

    async def _plan(self, ledger: Ledger) -> None:
        """Write all rows down. What is wrong with the source as a whole comes out here, before anything is sent."""
        await ledger.begin_reading()
        chunk: list[PlannedRow] = []
        size = 0
        async for row in self._rows:
            if isinstance(row, BadRow):
                self.tally.add({State.FAILED: 1})
                await self.outbox.put(bad_result(row))
                continue
            chunk.append(planned(row))
            size += len(chunk[-1].payload)
            if len(chunk) == _ROWS_AT_ONCE or size > _TEXT_AT_ONCE:
                await ledger.plan(chunk, self._settings.resend)
                chunk.clear()
                size = 0
        await ledger.plan(chunk, self._settings.resend)

    async def _tell_earlier(self, record: Record) -> None:
        ends = ENDS if self._settings.wait else {*ENDS, State.SUBMITTED}
        async for row in record.ledger.rows():
            if row.state in ends:
                await record.tell(row, earlier=True)

    async def _bring(self, record: Record) -> None:
        tools, settings = self._tools, self._settings
        slots = Slots(settings.max_in_processing)
        waits = Waits(record, tools.jobs, slots, self._stop, tools.clock, wait=settings.wait)
        settler = Settler(
            record, tools.finder, waits, tools.clock, hold=settings.on_unknown == "hold", settle=settings.settle
        )
        existing = (
            None if settings.existing == "create" else Existing(record, waits, adopt=settings.existing == "adopt")
        )
        baseline = Baseline(record, tools.finder, settler, existing, hold=settings.on_unknown == "hold")
        senders = Senders(record, settings, tools, self._stop, slots, waits)
        try:
            self.tally.begin()
            if settings.wait:
                await self._stop.race(self._await_submitted(record, waits))
            await self._stop.race(baseline.take())
            await self._rounds(record, senders, settler)
            await self._stop.race(waits.drained())
        finally:
            await waits.cancel()

    async def _await_submitted(self, record: Record, waits: Waits) -> None:
        async for row in record.ledger.rows(State.SUBMITTED):
            await waits.go_on(row)

    async def _rounds(self, record: Record, senders: Senders, settler: Settler) -> None:
        size = min(self._settings.batch_size, self._settings.max_in_processing)
        for _ in range(_ROUNDS):
            await senders.send_all(size)
            if self._stop.asked:
                raise StoppedError
            if not self.tally[State.UNKNOWN]:
                return
            await self._stop.race(settler.settle())
            size = max(1, size // _SHRINK)
        await self._stop.race(self._tell_unsent(record))

    async def _tell_unsent(self, record: Record) -> None:
        error = f"it was sent {_ROUNDS} times, no answer came, and it has no asset; the next run tries again"
        async for row in record.ledger.rows(State.PLANNED):
            await record.tell(evolve(row, error=error))
