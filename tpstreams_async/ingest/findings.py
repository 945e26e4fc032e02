"""What was found out about rows, on its way into the ledger."""

from attrs import define, field

from .ledger import LedgerRow


@define(eq=False)
class Findings:
    """What was found out about planned rows from what is there.

    Attributes:
        adopted: rows, and the id of the asset that is to be theirs.
        skipped: rows, and the id of the video for which they are not to be sent.
        unclear: rows about which nothing tells, and ids of what may be theirs.
    """

    adopted: list[tuple[LedgerRow, str]] = field(factory=list[tuple[LedgerRow, str]])
    skipped: list[tuple[LedgerRow, str]] = field(factory=list[tuple[LedgerRow, str]])
    unclear: list[tuple[LedgerRow, tuple[str, ...]]] = field(factory=list[tuple[LedgerRow, tuple[str, ...]]])
