"""Waiting for the assets of rows, many at a time."""

import asyncio
from collections.abc import Sequence
from typing import Final

from attrs import evolve

from .._clock import Clock
from .._validate import show
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
from .ledger import LedgerRow
from .record import Record
from .slots import Slots
from .stop import Stop

#: Waits for one asset that may end because it could not be looked at, and seconds between two of them.
_MOST_BLIND: Final = 10
_BREATH: Final = 60.0
_VANISHED: Final = "is not at the server (404): it was deleted, or the server forgot it"


class Waits:
    """The rows whose assets are awaited. Each has a place among the slots, which it gives back.

    Args:
        record: where to write what becomes of them.
        jobs: waits for one.
        slots: for how many at once.
        stop: is told what no wait can go on after.
        clock: where it takes the time from.
        wait: whether to wait at all; else a row is at its end once it has an asset.
    """

    def __init__(self, record: Record, jobs: JobWatcher, slots: Slots, stop: Stop, clock: Clock, *, wait: bool) -> None:
        self._record = record
        self._jobs = jobs
        self._slots = slots
        self._stop = stop
        self._clock = clock
        self._awaits = wait
        self._tasks: set[asyncio.Task[None]] = set()

    async def go_on(self, row: LedgerRow) -> None:
        """Wait for the asset of a row, if that is wanted, once there is a slot for it."""
        if self._awaits:
            await self._slots.take(1)
            self._start(row, f"{row.asset_id}")

    def go_on_with(self, created: Sequence[tuple[LedgerRow, Asset]], slots: int) -> None:
        """Wait for assets that were created just now, if that is wanted.

        Args:
            created: the rows and their assets.
            slots: how many were taken for them. Those that are not needed are given back.
        """
        self._slots.give(slots - (len(created) if self._awaits else 0))
        if self._awaits:
            for row, asset in created:
                self._start(row, asset)

    def _start(self, row: LedgerRow, asset: Asset | str) -> None:
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
            except JobFailedError as error:
                await self._record.failed(row, _words_of(row, error))
                return
            except JobVanishedError:
                await self._record.failed(row, f"asset {row.asset_id} {_VANISHED}")
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


def _words_of(row: LedgerRow, error: JobFailedError) -> str:
    """Return why the asset of a row failed. What else the error advises is for who awaits a job."""
    asset: object = error.snapshot
    video = asset.video if isinstance(asset, Asset) else None
    said = "" if video is None else f": it says {show(video.status)}"
    return f"the server failed with asset {row.asset_id}{said}"
