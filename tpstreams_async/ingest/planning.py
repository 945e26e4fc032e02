"""What becomes of rows before anything is sent: they are written down, and what is known of them already is told."""

from collections.abc import Collection
from typing import Final

from .findings import Findings
from .ledger import ENDS, Ledger, PlannedRow, State
from .manifest import BadRow, Rows
from .outbox import Outbox
from .payload import bad_result, planned
from .record import Record
from .tally import Tally

_ROWS_AT_ONCE: Final = 1_000
#: Characters of rows that are written at once: a row can have any number of columns, with any text in them.
_TEXT_AT_ONCE: Final = 2**21
_CHANGED: Final = (
    "it was sent before, with other values: a row of its title and folder, or of its url or path, which the source no"
    " longer has. Nothing was sent again. What it was before makes it that row again; for a video more, say"
    ' resend="needs_review". A `key` that rows get before they change keeps them the same'
)


async def plan(rows: Rows, ledger: Ledger, tally: Tally, outbox: Outbox, resend: Collection[State]) -> None:
    """Write all rows down. What is wrong with the source as a whole comes out here, before anything is sent."""
    await ledger.begin_reading()
    chunk: list[PlannedRow] = []
    size = 0
    async for row in rows:
        if isinstance(row, BadRow):
            tally.add({State.FAILED: 1})
            await outbox.put(bad_result(row))
            continue
        chunk.append(planned(row))
        size += len(chunk[-1].payload)
        if len(chunk) == _ROWS_AT_ONCE or size > _TEXT_AT_ONCE:
            await ledger.plan(chunk, resend)
            chunk.clear()
            size = 0
    await ledger.plan(chunk, resend)


async def tell_earlier(record: Record, *, wait: bool) -> None:
    """Tell of the rows that earlier runs have brought to their end.

    Args:
        record: what is known of them.
        wait: whether a row is at its end only when its asset is.
    """
    ends = ENDS if wait else {*ENDS, State.SUBMITTED}
    async for row in record.ledger.rows():
        if row.state in ends:
            await record.tell(row, earlier=True)


async def set_aside(record: Record) -> None:
    """Let rows be reviewed that have changed since they were sent: a changed manifest must not create all anew."""
    while rows := await record.ledger.changed():
        findings = Findings()
        findings.unclear += [(row, (asset_id,) if asset_id else ()) for row, asset_id in rows]
        await record.found(findings, _CHANGED)
