"""Sending what is planned, as much at once as is allowed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeAlias

from ...models import Asset
from ..finishing import ended
from ..ledger import LedgerRow
from ..record import Record
from ..settings import Settings
from ..slots import Slots
from ..stop import Stop, StoppedError
from ..tools import Tools
from ..waiting import Waits
from .backoff import Backoff
from .batches import Batches
from .files import Files

_Created: TypeAlias = list[tuple[LedgerRow, Asset]]
_Send: TypeAlias = Callable[[Sequence[LedgerRow], _Created], Awaitable[None]]


class Senders:
    """Sends what is planned, in several tasks.

    Args:
        record: where to write what becomes of it.
        settings: how many at once.
        tools: what to send with.
        stop: says when to end.
        slots: the places at the server.
        waits: goes on with what was created.
    """

    def __init__(
        self, record: Record, settings: Settings, tools: Tools, stop: Stop, slots: Slots, waits: Waits
    ) -> None:
        self._record = record
        self._concurrency = settings.concurrency
        self._grace = settings.grace
        self._stop = stop
        self._slots = slots
        self._waits = waits
        self._backoff = Backoff(tools.clock)
        self._batches = Batches(record, tools.assets, self._backoff, stop)
        self._files = Files(record, tools.assets, self._backoff, stop)

    async def send_all(self, size: int) -> None:
        """Send until nothing is planned any more, or the run is to end.

        Args:
            size: rows in a batch.
        """
        works = [self._send_batches(size) for _ in range(self._concurrency)]
        await self._together([*works, *[self._send_files() for _ in range(self._concurrency)]])

    async def _together(self, works: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Do several things at once. When the run is to end, they have some time to get there on their own."""
        tasks = {asyncio.ensure_future(self._guarded(work)) for work in works}
        asked = asyncio.ensure_future(self._stop.wait())
        try:
            going = tasks
            while going and not asked.done():
                _, going = await asyncio.wait({*going, asked}, return_when=asyncio.FIRST_COMPLETED)
                going -= {asked}
            if going:
                await asyncio.wait(going, timeout=self._grace)
        except asyncio.CancelledError:
            self._stop.ask()
            raise
        finally:
            for task in (*tasks, asked):
                task.cancel()
            await ended([*tasks, asked])

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StoppedError:
            pass
        except Exception as error:  # noqa: BLE001 - it ends the run, and who iterates gets it
            self._stop.ask(error)

    async def _send_batches(self, size: int) -> None:
        await self._send_all(size, self._batches.send, local=False)

    async def _send_files(self) -> None:
        await self._send_all(1, self._files.send, local=True)

    async def _send_all(self, size: int, send: _Send, *, local: bool) -> None:
        while not self._stop.asked:
            await self._stop.race(self._backoff.hold())
            await self._stop.race(self._slots.take(size))
            created: _Created = []
            try:
                rows = await self._record.claimed(size, local=local)
                if not rows:
                    return
                await send(rows, created)
            finally:
                # Also if the rest of them ended badly.
                self._waits.go_on_with(created, size)
