"""What becomes of rows of which an earlier form was sent: a changed manifest must not create all of it anew."""

from typing import Final

from .record import Findings, Record

_REASON: Final = (
    "it was sent before, with other values: a row of its title and folder, or of its url or path, which the source no"
    " longer has. Nothing was sent again. What it was before makes it that row again; for a video more, say"
    ' resend="needs_review". A `key` that rows get before they change keeps them the same'
)


async def set_aside(record: Record) -> None:
    """Let the rows that have changed since they were sent be reviewed, in place of being sent."""
    while rows := await record.ledger.changed():
        findings = Findings()
        findings.unclear += [(row, (asset_id,) if asset_id else ()) for row, asset_id in rows]
        await record.found(findings, _REASON)
