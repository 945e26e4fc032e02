"""Waiting for the assets of rows, many at a time."""

import asyncio
from typing import Final

from attrs import evolve

from .._clock import Clock
from ..errors import (
    AuthenticationError,
    JobFailedError,
    JobPollError,
    JobTimeoutError,
    JobVanishedError,
    PermissionDeniedError,
)
from ..jobs import Job, JobWatcher
from ..models import Asset
from .finishing import ended
from .flow import Slots, Stop
from .record import Record
from .records import LedgerRow

#: Waits for one asset that may end because it could not be looked at, and seconds between two of them.
_MOST_BLIND: Final = 10
_BREATH: Final = 60.0


class Waits:
    """The rows whose assets are awaited. Each has a place among the slots, which it gives back.

    Args:
        record: where to write what becomes of them.
        jobs: waits for one.
        slots: for how many at once.
        stop: is told what no wait can go on after.
        clock: where it takes the time from.
    """

    def __init__(self, record: Record, jobs: JobWatcher, slots: Slots, stop: Stop, clock: Clock) -> None:
        self._record = record
        self._jobs = jobs
        self._slots = slots
        self._stop = stop
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, row: LedgerRow, asset_id: str) -> None:
        """Wait for the asset of a row, once there is a slot for it."""
        await self._slots.take(1)
        self.start(row, asset_id)

    def start(self, row: LedgerRow, asset: Asset | str) -> None:
        """Wait for the asset of a row, whose slot was taken."""
        # The job keeps its id alone: thousands of assets would else be in memory for as long as they are awaited.
        task = asyncio.get_running_loop().create_task(self._wait(row, self._jobs.asset(asset)))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def drained(self) -> None:
        """Wait until all have come to their end."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def cancel(self) -> None:
        """Stop waiting. The server goes on, and so does the next run."""
        for task in self._tasks:
            task.cancel()
        await ended([*self._tasks])

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._slots.give(1)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._stop.ask(error)

    async def _wait(self, row: LedgerRow, job: Job[Asset]) -> None:
        blind = 0
        while True:
            try:
                await job
            except (JobFailedError, JobVanishedError) as error:
                await self._record.failed(row, str(error))
                return
            except JobTimeoutError as error:
                await self._record.tell(evolve(row, error=str(error)))
                return
            except JobPollError as error:
                cause = error.__cause__
                blind += 1
                if isinstance(cause, (AuthenticationError, PermissionDeniedError)):
                    raise cause from None
                if blind == _MOST_BLIND:
                    await self._record.tell(evolve(row, error=str(error)))
                    return
            else:
                await self._record.completed(row)
                return
            await self._clock.sleep(_BREATH)


async def go_on(row: LedgerRow, record: Record, waits: Waits | None) -> None:
    """Wait for the asset of a row, once there is a slot for it; without waits, the row is at its end."""
    if waits is None:
        await record.tell(row)
    else:
        await waits.begin(row, f"{row.asset_id}")
