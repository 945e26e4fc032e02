"""The work of a run in its order, from the assets that are awaited already to the last one."""

from typing import Final

from attrs import evolve

from .ledger import State
from .lookup import Baseline, Existing, Settler
from .record import Record
from .sending import Senders
from .settings import Settings
from .slots import Slots
from .stop import Stop, StoppedError
from .tools import Tools
from .waiting import Waits

#: Times that rows are sent which have no asset afterwards, each time in smaller batches: one of them may be the reason.
_ROUNDS: Final = 6
_SHRINK: Final = 4


class Pipeline:
    """Brings in what the ledger has, once all of the source is in it.

    Args:
        record: where to write what becomes of the rows.
        settings: how to go about it.
        tools: what to do it with.
        stop: says when to end.
    """

    def __init__(self, record: Record, settings: Settings, tools: Tools, stop: Stop) -> None:
        self._record = record
        self._settings = settings
        self._stop = stop
        slots = Slots(settings.max_in_processing)
        self._waits = Waits(record, tools.jobs, slots, stop, tools.clock, wait=settings.wait)
        self._settler = Settler(
            record, tools.finder, self._waits, tools.clock, hold=settings.hold, settle=settings.settle
        )
        existing = Existing(record, self._waits, adopt=settings.adopt) if settings.looks else None
        self._baseline = Baseline(record, tools.finder, self._settler, existing, hold=settings.hold)
        self._senders = Senders(record, settings, tools, stop, slots, self._waits)

    async def run(self) -> None:
        """Do all of it.

        Raises:
            StoppedError: the run is to end before.
        """
        try:
            self._record.tally.begin()
            if self._settings.wait:
                await self._stop.race(self._await_submitted())
            await self._stop.race(self._baseline.take())
            await self._rounds()
            await self._stop.race(self._waits.drained())
        finally:
            await self._waits.cancel()

    async def _await_submitted(self) -> None:
        async for row in self._record.ledger.rows(State.SUBMITTED):
            await self._waits.go_on(row)

    async def _rounds(self) -> None:
        size = min(self._settings.batch_size, self._settings.max_in_processing)
        for _ in range(_ROUNDS):
            await self._senders.send_all(size)
            if self._stop.asked:
                raise StoppedError
            if not self._record.tally[State.UNKNOWN]:
                return
            await self._stop.race(self._settler.settle())
            size = max(1, size // _SHRINK)
        await self._stop.race(self._tell_unsent())

    async def _tell_unsent(self) -> None:
        error = f"it was sent {_ROUNDS} times, no answer came, and it has no asset; the next run tries again"
        async for row in self._record.ledger.rows(State.PLANNED):
            await self._record.tell(evolve(row, error=error))
