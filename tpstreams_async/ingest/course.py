"""The course of a run, from its first step to its last, whatever ends it."""

import asyncio
import contextlib
import os

from .dry import dry_run
from .finishing import broken_off
from .ledger import Ledger
from .manifest import Rows
from .outbox import Outbox
from .pipeline import Pipeline
from .planning import plan, set_aside, tell_earlier
from .record import Record
from .settings import Settings
from .signals import Watch, watch_signals
from .stop import Stop, StoppedError
from .tally import Tally
from .tools import Tools


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
        self.tally.end()
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
        tools, settings = self._tools, self._settings
        ledger = await Ledger.open(
            self._path, organization_id=tools.organization_id, base_url=tools.base_url, clock=tools.clock
        )
        try:
            await self._stop.race(plan(self._rows, ledger, self.tally, self.outbox, settings.resend))
            self.tally.add(await ledger.counts())
            record = Record(ledger, self.tally, self.outbox, wait=settings.wait)
            await self._stop.race(tell_earlier(record, wait=settings.wait))
            await self._stop.race(set_aside(record))
            try:
                await Pipeline(record, settings, tools, self._stop).run()
            except StoppedError:
                # What was under way may have been all there was.
                if self.tally.left:
                    raise
        finally:
            await ledger.aclose()
