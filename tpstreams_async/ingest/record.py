"""Writing down what happens to rows: into the ledger first, then into the counts and to who reads the results."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from attrs import evolve

from .findings import Findings
from .finishing import to_its_end
from .ledger import Ledger, LedgerRow, State
from .outbox import Outbox
from .payload import Parcel, result_of
from .tally import Tally

_UNCLEAR: Final = "videos that were there before may be its own, and nothing tells which of them"
_AMBIGUOUS: Final = "it was sent, the answer got lost, and nothing tells whether one of the candidates is its asset"


class Record:
    """What a run writes down. What is begun is done to its end: who is cancelled meanwhile is so after that.

    So a row that has come to its end is told of in the step that writes that down. Between two, the run may end.

    Args:
        ledger: where to.
        tally: of the run.
        outbox: where results go.
        wait: whether the assets are awaited; else a row is at its end once it has one.

    Attributes:
        ledger: where to, for what only reads.
        tally: the counts.
    """

    def __init__(self, ledger: Ledger, tally: Tally, outbox: Outbox, *, wait: bool) -> None:
        self.ledger: Ledger = ledger
        self.tally: Tally = tally
        self._outbox = outbox
        self._awaits = wait

    def parcel(self, row: LedgerRow) -> Parcel:
        """Unpack a row."""
        return Parcel(row, self.ledger.path)

    async def tell(self, row: LedgerRow, *, earlier: bool = False) -> None:
        """Tell who reads the results that a row is at its end; nobody is told of what the source no longer has."""
        if row.in_source:
            await self._outbox.put(result_of(row, self.ledger.path, earlier=earlier))

    @to_its_end
    async def found(self, findings: Findings, reason: str = _UNCLEAR) -> list[LedgerRow]:
        """Write down what is there already for planned rows; return those that have an asset now.

        Args:
            findings: it.
            reason: why nothing tells about those that are unclear.
        """
        await self.ledger.found(
            adopted=[(row.key, asset_id) for row, asset_id in findings.adopted],
            skipped=[(row.key, asset_id) for row, asset_id in findings.skipped],
            unclear=[(row.key, candidates) for row, candidates in findings.unclear],
            reason=reason,
        )
        self._moved((row for row, _ in findings.adopted), State.SUBMITTED)
        self._moved((row for row, _ in findings.skipped), State.SKIPPED)
        self._moved((row for row, _ in findings.unclear), State.NEEDS_REVIEW)
        for row, asset_id in findings.skipped:
            await self.tell(evolve(row, state=State.SKIPPED, asset_id=asset_id, error=None))
        for row, candidates in findings.unclear:
            await self.tell(evolve(row, state=State.NEEDS_REVIEW, error=reason, candidates=candidates))
        return [await self._with_asset(row, asset_id) for row, asset_id in findings.adopted]

    async def claimed(self, limit: int, *, local: bool) -> list[LedgerRow]:
        """Take planned rows, in order to send them."""
        rows = await self.ledger.claim(limit, local=local)
        self.tally.move(State.PLANNED, State.SUBMITTING, len(rows))
        return rows

    @to_its_end
    async def released(self, rows: Sequence[LedgerRow], note: str) -> None:
        """Give rows back that nothing was created for."""
        if rows:
            await self.ledger.released([row.key for row in rows], note)
            self._moved(rows, State.PLANNED)

    @to_its_end
    async def put_off(self, row: LedgerRow, reason: str) -> None:
        """Give a row back until the next run: it cannot be sent now."""
        await self.ledger.put_off(row.key, reason)
        await self._ended(row, State.PLANNED, error=f"{reason}; the next run tries again")

    @to_its_end
    async def lost(self, rows: Sequence[LedgerRow], reason: str) -> None:
        """Write down that nobody knows what became of rows."""
        await self.ledger.lost([row.key for row in rows], reason)
        self._moved(rows, State.UNKNOWN)

    @to_its_end
    async def refused(self, row: LedgerRow, error: str) -> None:
        """Write down that the server refused a row."""
        await self.ledger.refused(row.key, error)
        await self._ended(row, State.FAILED, error=error)

    @to_its_end
    async def submitted(self, rows: Sequence[LedgerRow], asset_ids: Sequence[str]) -> list[LedgerRow]:
        """Write down the assets of rows, in their order; return the rows with them."""
        await self.ledger.submitted(zip([row.key for row in rows], asset_ids, strict=True))
        self._moved(rows, State.SUBMITTED)
        return [await self._with_asset(row, asset_id) for row, asset_id in zip(rows, asset_ids, strict=True)]

    @to_its_end
    async def left_behind(self, row: LedgerRow, asset_id: str, error: str) -> None:
        """Write down that a row failed after there was an asset for it."""
        await self.ledger.left_behind(row.key, row.state, asset_id, error)
        await self._ended(row, State.FAILED, asset_id=asset_id, error=error)

    @to_its_end
    async def adopted(self, row: LedgerRow, asset_id: str) -> LedgerRow:
        """Write down the asset that was found for a row; return the row with it."""
        await self.ledger.adopted(row.key, asset_id)
        self._moved([row], State.SUBMITTED)
        return await self._with_asset(row, asset_id)

    async def _with_asset(self, row: LedgerRow, asset_id: str) -> LedgerRow:
        """Return a row with its asset, and tell of it unless that is awaited."""
        submitted = evolve(row, state=State.SUBMITTED, asset_id=asset_id, error=None)
        if not self._awaits:
            await self.tell(submitted)
        return submitted

    @to_its_end
    async def absent(self, rows: Sequence[LedgerRow], note: str) -> None:
        """Write down that unknown rows have no asset."""
        await self.ledger.absent([row.key for row in rows], note)
        there = [row for row in rows if row.in_source]
        self._moved(there, State.PLANNED)
        # Nobody sends the others, so they are counted no longer.
        self.tally.add({State.UNKNOWN: len(there) - len(rows)})

    @to_its_end
    async def held(self, row: LedgerRow, reason: str) -> None:
        """Write down that an unknown row is not to be sent again."""
        await self.ledger.held(row.key, reason)
        await self._ended(row, State.HELD, error=reason)

    @to_its_end
    async def needs_review(self, row: LedgerRow, candidates: Sequence[str]) -> None:
        """Write down that nothing tells which of some assets is a row's."""
        await self.ledger.needs_review(row.key, candidates)
        await self._ended(row, State.NEEDS_REVIEW, error=_AMBIGUOUS, candidates=tuple(candidates))

    @to_its_end
    async def completed(self, row: LedgerRow) -> None:
        """Write down that the asset of a row is done."""
        await self.ledger.completed(row.key)
        await self._ended(row, State.COMPLETED, error=None)

    @to_its_end
    async def failed(self, row: LedgerRow, error: str) -> None:
        """Write down that the asset of a row failed."""
        await self.ledger.failed(row.key, error)
        await self._ended(row, State.FAILED, error=error)

    def _moved(self, rows: Iterable[LedgerRow], became: State) -> None:
        """Count rows that the ledger has moved: what they have in hand is what they were before."""
        for row in rows:
            self.tally.move(row.state, became)

    async def _ended(self, row: LedgerRow, became: State, **what: Any) -> None:
        self._moved([row], became)
        await self.tell(evolve(row, state=became, **what))
