"""Going through the whole list before rows are sent: to know later what was there, and whether some of it is theirs."""

import contextlib
from typing import Final

from ...resources import Finder
from ..ledger import State
from ..record import Record
from .existing import Existing
from .pairing import Found, id_of
from .settling import Settler

_ROWS_AT_ONCE: Final = 500


class Baseline:
    """Takes the baseline: before that, unknown rows are settled, and after it, what was there before is decided on.

    Args:
        record: where to write it.
        finder: goes through the list.
        settler: finds out first what became of unknown rows.
        existing: is shown what is there; None if that does not matter.
        hold: whether rows are held in place of being looked for, so that they need no baseline.
    """

    def __init__(
        self, record: Record, finder: Finder, settler: Settler, existing: Existing | None, *, hold: bool
    ) -> None:
        self._record = record
        self._finder = finder
        self._settler = settler
        self._existing = existing
        self._hold = hold

    async def take(self) -> None:
        """Write down what is there before rows are sent that no baseline covers, or that nobody looked for yet."""
        looking = self._existing if self._existing is not None and await self._existing.begin() else None
        through = None if self._hold and looking is None else await self._record.ledger.uncovered()
        if through is None and looking is None:
            return
        if self._record.tally[State.UNKNOWN]:
            await self._settler.settle()
        await self._settler.let_settle()
        chunk: list[Found] = []
        async with contextlib.aclosing(self._finder.everything()) as rows:
            async for row in rows:
                chunk.append(row)
                if len(chunk) == _ROWS_AT_ONCE:
                    await self._write(chunk, looking)
                    chunk.clear()
        await self._write(chunk, looking, through)
        if looking is not None:
            await looking.decide()

    async def _write(self, chunk: list[Found], looking: Existing | None, through: int | None = None) -> None:
        seen = [] if looking is None else looking.seen(chunk)
        await self._record.ledger.extend_baseline([id_of(row) for row in chunk], through=through, seen=seen)
