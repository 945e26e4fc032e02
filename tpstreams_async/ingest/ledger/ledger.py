"""The ledger: what is to be sent, what was sent and what became of it, on disk."""

import sqlite3
from asyncio import CancelledError
from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from ..._validate import whole_number
from ...errors import LedgerError
from ..finishing import finished
from . import baseline, changed, moves, reads, sightings
from .open_file import OpenFile
from .records import LedgerRow, Place, PlannedRow, SeenAsset
from .states import State

#: Rows that are read at a time, so that a ledger of any size takes the same memory.
_PAGE_ROWS: Final = 500
#: More rows than any batch has.
_CLAIM_MOST: Final = 500


class Ledger(OpenFile):
    """A file that says of each row what has become of it. One run at a time has it open.

    Every method that changes something has all of it on the disk when it returns, and nothing when it raises. One that
    is cancelled goes on to its end first, so its changes are made; a claim is taken back.

    A method that moves rows raises a `RuntimeError` for a row that cannot make this move, which is a defect of its
    caller; a `LedgerError` says that the file could not be read or written.
    """

    async def begin_reading(self) -> None:
        """Begin to read a source: of what is planned, only the rows that are planned from now on are claimed."""
        await self._write(lambda connection, _: moves.begin_reading(connection))

    async def plan(self, rows: Sequence[PlannedRow], again: Collection[State] = ()) -> None:
        """Add the rows that are not there yet, as planned; those that were not sent become as they are given.

        What was sent keeps its title, folder and source; the rest follows the source where these are equal.

        Args:
            rows: all of them in one transaction; a few thousand take a moment.
            again: ends, three at the most. A row to which one of them came before this reading is replaced by a new
                one, which is planned; nobody is told of it any more, but its asset stays its own.
        """
        await self._write(lambda connection, now: moves.plan(connection, rows, again, now))

    async def claim(self, limit: int, *, distinct: bool = True, local: bool | None = None) -> list[LedgerRow]:
        """Take the planned rows that have been there longest, in order to send them: they are submitting from now on.

        Args:
            limit: how many at most, 1 to 500.
            distinct: whether to take no two of the same title and source, as nothing would tell their assets apart.
            local: whether to take rows with a file, or those with a URL; both if not given.

        Returns:
            The rows, with the number of their batch. With ``distinct`` there may be fewer of them than are planned,
            but none only if none of the kind is planned.
        """
        whole_number("limit", limit, 1, _CLAIM_MOST)
        work = self._start(lambda connection, now: moves.claim(connection, limit, distinct, local, now))
        try:
            return await finished(work)
        except CancelledError:
            if work.exception() is None:
                # Should this fail, they are unknown when the ledger is opened again, which is true as well.
                with suppress(LedgerError):
                    await self.released([row.key for row in work.result()], "cancelled")
            raise

    async def submitted(self, created: Iterable[tuple[str, str]]) -> None:
        """Write down the assets that were created for rows.

        Args:
            created: the key of each row, and the id of its asset.

        Raises:
            LedgerError: an asset is another row's already.
        """
        pairs = list(created)

        def work(connection: sqlite3.Connection, now: str) -> None:
            for key, asset_id in pairs:
                moves.take(connection, key, asset_id, State.SUBMITTING, now, self.path)

        await self._write(work)

    async def refused(self, key: str, error: str) -> None:
        """Write down that the server refused a row: there is no asset for it."""
        await self._move([key], State.SUBMITTING, State.FAILED, error=error)

    async def released(self, keys: Iterable[str], note: str | None = None) -> None:
        """Give rows back that nothing was created for, to be claimed again.

        Args:
            keys: the rows.
            note: why, for people who read the history.
        """
        await self._move(keys, State.SUBMITTING, State.PLANNED, note=note)

    async def put_off(self, key: str, reason: str) -> None:
        """Give a row back that nothing was created for, to be claimed once it was planned again."""
        await self._write(lambda connection, now: moves.put_off(connection, key, now, reason))

    async def lost(self, keys: Iterable[str], reason: str) -> None:
        """Write down that rows were sent and nobody knows what became of them."""
        await self._move(keys, State.SUBMITTING, State.UNKNOWN, error=reason)

    async def adopted(self, key: str, asset_id: str) -> None:
        """Write down the asset that was found for an unknown row.

        Raises:
            LedgerError: the asset is another row's already.
        """
        await self._write(lambda connection, now: moves.take(connection, key, asset_id, State.UNKNOWN, now, self.path))

    async def left_behind(self, key: str, was: State, asset_id: str, error: str) -> None:
        """Write down that a submitting or unknown row failed, and the asset that there is for it: both or nothing.

        Raises:
            LedgerError: the asset is another row's already.
        """

        def work(connection: sqlite3.Connection, now: str) -> None:
            moves.take(connection, key, asset_id, was, now, self.path)
            moves.move(connection, key, State.SUBMITTED, State.FAILED, now, error=error)

        await self._write(work)

    async def absent(self, keys: Iterable[str], note: str | None = None) -> None:
        """Write down that unknown rows have no asset, so they are to be sent again."""
        await self._move(keys, State.UNKNOWN, State.PLANNED, note=note)

    async def held(self, key: str, reason: str) -> None:
        """Write down that an unknown row is not to be sent again, though no asset was found for it."""
        await self._move([key], State.UNKNOWN, State.HELD, error=reason)

    async def needs_review(self, key: str, candidates: Sequence[str]) -> None:
        """Write down that several assets may be that of an unknown row."""
        await self._move([key], State.UNKNOWN, State.NEEDS_REVIEW, candidates=candidates)

    async def found(
        self,
        *,
        adopted: Sequence[tuple[str, str]] = (),
        skipped: Sequence[tuple[str, str]] = (),
        unclear: Sequence[tuple[str, Sequence[str]]] = (),
        reason: str | None = None,
    ) -> None:
        """Write down what was there before planned rows, for all of these rows or for none.

        Args:
            adopted: the keys of rows that are submitted by this, and the ids of their assets.
            skipped: the keys of rows that are not to be sent, and the id of the video that is the reason; one can be
                that for several rows.
            unclear: the keys of rows that need a review, and the ids of what may be theirs.
            reason: why they do.

        Raises:
            LedgerError: an asset that is adopted is another row's already.
        """

        def work(connection: sqlite3.Connection, now: str) -> None:
            for key, asset_id in adopted:
                moves.take(connection, key, asset_id, State.PLANNED, now, self.path)
            for key, asset_id in skipped:
                moves.move(connection, key, State.PLANNED, State.SKIPPED, now, asset_id=asset_id)
            for key, candidates in unclear:
                what = State.PLANNED, State.NEEDS_REVIEW
                moves.move(connection, key, *what, now, error=reason, candidates=candidates)

        await self._write(work)

    async def completed(self, key: str) -> None:
        """Write down that the asset of a row is done."""
        await self._move([key], State.SUBMITTED, State.COMPLETED)

    async def failed(self, key: str, error: str) -> None:
        """Write down that the asset of a row failed; the row keeps its id."""
        await self._move([key], State.SUBMITTED, State.FAILED, error=error)

    async def rows(self, state: State | None = None) -> AsyncGenerator[LedgerRow, None]:
        """Go through the rows in the order in which they were planned, without loading all of them.

        Args:
            state: go through those in this state alone. One that comes into it or leaves it meanwhile may be left out.
        """
        after = 0
        while page := await self._page(state, after):
            for row in page:
                yield row
            after = page[-1].number

    async def _page(self, state: State | None, after: int) -> list[LedgerRow]:
        return await self._read(lambda connection: reads.page(connection, state, after, _PAGE_ROWS))

    async def result(self, key: str) -> LedgerRow | None:
        """Return a row as it is now, or None if there is none with this key."""
        return await self._read(lambda connection: reads.row(connection, key))

    async def counts(self) -> dict[State, int]:
        """Return how many rows are in each state."""
        return await self._read(reads.counts)

    async def owners(self, asset_ids: Iterable[str]) -> dict[str, str]:
        """Return whose assets these are: the key of the row by the id of its asset, without those that are no row's."""
        wanted = list(asset_ids)
        return await self._read(lambda connection: reads.owners(connection, wanted))

    async def uncovered(self) -> int | None:
        """Return the number of the last row if it came after the baseline was taken; None if that covers all rows."""
        return await self._read(baseline.uncovered)

    async def covered(self) -> int:
        """Return the number of the last row that had not been sent when the baseline was taken; 0 without one."""
        return await self._read(baseline.covered)

    async def extend_baseline(
        self, asset_ids: Iterable[str], *, through: int | None = None, seen: Sequence[SeenAsset] = ()
    ) -> None:
        """Write down assets that no row was sent for.

        Args:
            asset_ids: some of them.
            through: the number of the last row that has not been sent, once these are the last ones.
            seen: what is to be known of them besides, during a look; kept if undecided rows have the title.
        """
        given = list(asset_ids)

        def work(connection: sqlite3.Connection, _: str) -> None:
            baseline.extend(connection, given, through)
            sightings.note(connection, seen)

        await self._write(work)

    async def foreign(self, asset_ids: Iterable[str]) -> set[str]:
        """Return those of these assets that are in the baseline."""
        wanted = list(asset_ids)
        return await self._read(lambda connection: baseline.foreign(connection, wanted))

    async def changed(self) -> list[tuple[LedgerRow, str | None]]:
        """Return planned rows that were never sent, while an earlier form of them was that the source no longer has.

        That is one of the same title and folder, or of the same source, which may have its video.

        Returns:
            Some hundred rows at the most, with the asset of the earlier form.
        """
        return await self._read(changed.page)

    async def undecided(self) -> bool:
        """Tell whether rows are planned that no look has come to its end for, and that were never claimed."""
        return await self._read(sightings.undecided)

    async def begin_look(self) -> None:
        """Begin to look for what was there before the undecided rows. What an earlier look has seen is forgotten."""
        await self._write(lambda connection, _: sightings.begin(connection))

    async def places(self) -> AsyncGenerator[list[Place], None]:
        """Go through the undecided rows for which this look has seen something that is no row's, by their places.

        There are some hundred of them in each list, and they can be decided on before the next.
        """
        after = sightings.START
        while True:
            found, after = await self._places(after)
            if not found:
                return
            yield found

    async def _places(self, after: sightings.After) -> tuple[list[Place], sightings.After]:
        return await self._read(lambda connection: sightings.page(connection, after))

    async def end_look(self) -> None:
        """Take note that the look has come to its end: what is planned now is decided on, and is to be sent."""
        await self._write(lambda connection, _: sightings.end(connection))

    async def _move(self, keys: Iterable[str], was: State, became: State, **what: Any) -> None:
        wanted = list(keys)

        def work(connection: sqlite3.Connection, now: str) -> None:
            for key in wanted:
                moves.move(connection, key, was, became, now, **what)

        await self._write(work)
