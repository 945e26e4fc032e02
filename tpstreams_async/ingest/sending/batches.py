"""Sending rows with a URL, many in a request."""

from asyncio import CancelledError
from collections.abc import Sequence
from typing import Final

from ...errors import APIError, TPStreamsError
from ...models import Asset
from ...resources.assets import Assets
from ..ledger import LedgerRow
from ..record import Record
from ..stop import Stop
from .backoff import Backoff
from .failures import Failures, index_of, words_of

_BESIDE: Final = "the rest of its batch was not sent"


class Batches:
    """Sends batches of claimed rows, and finds the rows that spoil them.

    The server creates all videos of a request or none. Where it names the one that it does not like, that row has
    failed and the others are sent again; where it does not, each half is sent on its own. So ``k`` bad rows that are
    named cost ``k`` requests more, at the most.

    Args:
        record: where to write what becomes of them.
        assets: sends.
        backoff: is told what fails and what does not.
        stop: says when not to send any more.
    """

    def __init__(self, record: Record, assets: Assets, backoff: Backoff, stop: Stop) -> None:
        self._record = record
        self._assets = assets
        self._backoff = backoff
        self._stop = stop
        self._failures = Failures(record, backoff, in_steps=False)

    async def send(self, rows: Sequence[LedgerRow], created: list[tuple[LedgerRow, Asset]]) -> None:
        """Send claimed rows, until each of them was created, has failed, is unknown or was given back.

        Args:
            rows: to be sent.
            created: gets those that were created, with their assets.

        Raises:
            TPStreamsError: no row can be sent any more.
        """
        parts = [list(rows)]
        while parts:
            part = parts.pop()
            try:
                if self._stop.asked:
                    await self._record.released(part, "the run was ended")
                else:
                    parts += await self._send(part, created)
            except (TPStreamsError, CancelledError):
                await self._give_back(parts)
                raise

    async def _give_back(self, parts: list[list[LedgerRow]]) -> None:
        await self._record.released([row for part in parts for row in part], _BESIDE)

    async def _send(self, rows: list[LedgerRow], created: list[tuple[LedgerRow, Asset]]) -> list[list[LedgerRow]]:
        """Send rows in one request; return what is to be sent in its place."""
        began = self._backoff.now()
        videos = [self._record.parcel(row).video() for row in rows]
        try:
            assets = await self._assets.bulk_create(videos)
        except TPStreamsError as error:
            refusal = await self._failures.judge(error, rows, began)
            return [] if refusal is None else await self._without_refused(rows, refusal)
        self._backoff.succeeded()
        ids = [asset.id for asset in assets]
        created += zip(await self._record.submitted(rows, ids), assets, strict=True)
        return []

    async def _without_refused(self, rows: list[LedgerRow], error: APIError) -> list[list[LedgerRow]]:
        index = index_of(error, rows)
        if len(rows) == 1:
            index = 0
        if index is None:
            middle = len(rows) // 2
            return [rows[middle:], rows[:middle]]
        await self._record.refused(rows[index], words_of(error))
        rest = rows[:index] + rows[index + 1 :]
        return [rest] if rest else []
