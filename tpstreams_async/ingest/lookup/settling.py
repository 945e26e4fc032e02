"""Finding out what became of rows whose answer was lost.

Each is looked for in the list of assets, by its title, its input and its folder. What holds then, and what does not:

- An asset is never taken for the outcome of two rows: those that are other rows' already do not count.
- An asset that was there before the rows were planned does not count either: before any of them is sent, the ids of all
  that is there are written into the ledger, the baseline. Rows that were sent without one (an earlier run had
  ``on_unknown="hold"``) and for which something is found need a review.
- While something is looked for, nothing is sent, so what is found is of none that is on its way.
- A row with a file has one asset at the most, too. If that still waits for the file, it will do so for ever, and the
  row has failed with it. If there is none, the file is uploaded anew.
- Where several rows have the same title in the same folder, assets are only told apart by their inputs, which the
  server does not show for ever. What stays ambiguous needs a review; rows that are equal are interchangeable.
- It is *not* known whether somebody else created a video with this title in this folder since the baseline was taken,
  or renamed, moved or deleted ours; or whether the server goes on with a request after the settle time. In these cases
  a row can be given another's asset, or be sent twice.
"""

import asyncio
from typing import Final, TypeAlias

from attrs import evolve

from ..._clock import Clock
from ...resources import Finder, bare_folder, plain
from ..ledger import LedgerRow, State
from ..record import Record
from ..waiting import Waits
from .pairing import Found, candidates, id_of, is_empty, marks, pairs

#: What rows have in common that may be taken for one another: the folder and the title.
_Place: TypeAlias = tuple[str, str]

_ABSENT: Final = "it was looked for, and is not there"


class Settler:
    """Finds out what became of unknown rows.

    Args:
        record: where to write what became of them.
        finder: looks through the list.
        waits: goes on with what was found.
        clock: where it takes the time from.
        hold: whether rows are held in place of being looked for.
        settle: seconds after which what was created is certain to show in the list.
    """

    def __init__(
        self, record: Record, finder: Finder, waits: Waits, clock: Clock, *, hold: bool, settle: float
    ) -> None:
        self._record = record
        self._finder = finder
        self._waits = waits
        self._clock = clock
        self._hold = hold
        self._settle = settle

    async def settle(self) -> None:
        """Give each unknown row another state. Nothing may be sent meanwhile.

        Raises:
            TPStreamsError: the list could not be read.
        """
        places: dict[_Place, list[LedgerRow]] = {}
        async for row in self._record.ledger.rows(State.UNKNOWN):
            if self._hold:
                await self._record.held(row, f"{row.error}")
            else:
                places.setdefault(self._place(row), []).append(row)
        if not places:
            return
        await self._clock.sleep(self._settle)
        covered = await self._record.ledger.covered()
        clouded = await self._clouded(covered)
        found = await asyncio.gather(*[self._candidates(rows[0]) for rows in places.values()])
        for (place, rows), free in zip(places.items(), found, strict=True):
            sure = place not in clouded and all(row.number <= covered for row in rows)
            await self._decide(rows, free, sure=sure)

    async def let_settle(self) -> None:
        """Wait until what was sent for rows that were replaced shows in the list, if it was created.

        Rows are held without that, and without it the next baseline could miss what is theirs.
        """
        covered = await self._record.ledger.covered()
        left = 0.0
        async for row in self._record.ledger.rows(State.HELD):
            if row.replaced is not None and not await self._settled(row, covered):
                since = self._clock.wall() - row.changed.timestamp()
                left = max(left, min(self._settle, self._settle - since))
        if left > 0:
            await self._clock.sleep(left)

    def _place(self, row: LedgerRow) -> _Place:
        return bare_folder(self._record.parcel(row).folder), plain(row.title)

    async def _clouded(self, covered: int) -> set[_Place]:
        """Return where there may be assets of rows that nothing could be found out about, and no baseline has them."""
        ledger = self._record.ledger
        return {
            self._place(row)
            for state in (State.HELD, State.NEEDS_REVIEW)
            async for row in ledger.rows(state)
            if row.batch is not None and not await self._settled(row, covered)  # without a batch it was never sent
        }

    async def _settled(self, row: LedgerRow, covered: int) -> bool:
        """Tell whether a baseline was taken since a row was replaced: then its asset, if any, is in there."""
        new = await self._record.ledger.result(row.replaced) if row.replaced is not None else None
        return new is not None and new.number <= covered

    async def _candidates(self, row: LedgerRow) -> list[Found]:
        """Return what has the title of a row and may be nobody's."""
        known = marks(row, self._record.parcel(row))
        # One that the list shows elsewhere counts: servers spell folders in their own way.
        found = await self._finder.rows(evolve(known, input=None, elsewhere=True))
        ids = [id_of(row) for row in found]
        taken = {*await self._record.ledger.owners(ids), *await self._record.ledger.foreign(ids)}
        return [row for row in found if id_of(row) not in taken]

    async def _decide(self, rows: list[LedgerRow], free: list[Found], *, sure: bool) -> None:
        known = {row.key: marks(row, self._record.parcel(row)) for row in rows}
        paired = pairs(rows, free, known) if sure or not free else None
        if paired is None:
            for row, ids in candidates(rows, free, known):
                await self._record.needs_review(row, ids)
            return
        shown = {id_of(found): found for found in free}
        for row in rows:
            asset_id = paired.get(row.key)
            if asset_id is not None:
                await self._adopt(row, asset_id, shown[asset_id])
        absent = [row for row in rows if row.key not in paired]
        if absent:
            await self._record.absent(absent, _ABSENT)

    async def _adopt(self, row: LedgerRow, asset_id: str, shown: Found) -> None:
        if self._record.parcel(row).url is None and is_empty(shown):
            problem = f"its file did not arrive: {row.error}; asset {asset_id} was left behind without it. Delete that"
            await self._record.left_behind(row, asset_id, f'{problem}, and send the row once more (resend="failed")')
        else:
            await self._waits.go_on(await self._record.adopted(row, asset_id))
