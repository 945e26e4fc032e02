"""What a run tells those who iterate over it."""

from attrs import field, frozen

from .._redact import text_repr
from ..models import Extra
from ..models._base import NO_EXTRA, Snapshot
from .ledger import State


@frozen(kw_only=True, repr=False, eq=False)
class IngestResult(Snapshot):
    """What became of a row.

    Attributes:
        line: where the row begins in its source; see `Row.line`.
        title: the title of its video; None where the row is too bad to say.
        key: names the row: the same in each run, so that what is written down under it is written once.
        state: ``"completed"``; ``"submitted"`` with ``wait=False``, or if the wait had to be given up;
            ``"skipped"``; ``"failed"``, ``"held"`` or ``"needs_review"``, where `error` says why; ``"planned"`` for
            what was not sent in the end.
        asset_id: its asset; the video that was there, if it was skipped.
        error: why it did not come to a good end.
        candidates: ids of the assets that may be its own, 50 at the most, if it needs a review.
        extra: the columns of the row that are the caller's own. Values that JSON does not know are text.
        earlier: whether an earlier run had brought the row to its end; nothing was sent for it in this one. That run
            need not have come to tell.
    """

    line: int
    title: str | None
    key: str
    state: State
    asset_id: str | None = None
    error: str | None = field(default=None, repr=text_repr)
    candidates: tuple[str, ...] = ()
    extra: Extra = field(default=NO_EXTRA, hash=False)
    earlier: bool = False


@frozen(kw_only=True)
class IngestProgress:
    """How far a run is, in rows, at one moment.

    Attributes:
        planned: to be sent.
        sending: on their way, or sent and with an outcome that is yet to be found out.
        processing: with an asset that the server works on.
        completed: with an asset that is done.
        skipped: not sent, because such a video was there.
        failed: refused, or with an asset that failed, or with something wrong in the row.
        held: which may have an asset or not, and are not sent again.
        review: for which assets were found, and nothing tells which is their own.
        rate: rows that came to their end per second, since this run began to send; 0 before.
        seconds_left: until all are at their end, if they go on like that; None if nothing tells.
    """

    planned: int = 0
    sending: int = 0
    processing: int = 0
    completed: int = 0
    skipped: int = 0
    failed: int = 0
    held: int = 0
    review: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
