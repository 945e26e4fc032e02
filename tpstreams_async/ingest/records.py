"""What goes into a ledger and what comes out of it."""

from datetime import datetime

from attrs import field, frozen

from .._redact import text_repr, url_repr
from ..models._base import Snapshot
from .states import State


@frozen(kw_only=True, repr=False, eq=False)
class PlannedRow(Snapshot):
    """A row to be written into a ledger.

    Attributes:
        key: its identity: the same in each run.
        line: where it begins in its source.
        title: the title that its asset is to have, if it gives one.
        source: the URL or the path of its video.
        payload: all of it, as JSON; the ledger keeps it and does not look into it.
    """

    key: str
    line: int
    title: str | None
    source: str = field(repr=url_repr)
    payload: str = field(repr=text_repr)


@frozen(kw_only=True, repr=False, eq=False)
class LedgerRow(Snapshot):
    """A row of a ledger, as it was at one moment.

    Attributes:
        number: its place in the ledger, from 1.
        key: its identity: the same in each run.
        line: where it begins in its source.
        title: the title that its asset is to have, if it gives one.
        source: the URL or the path of its video.
        payload: all of it, as JSON.
        state: what has become of it.
        batch: the number of the batch that it was last claimed with; None if it never was.
        asset_id: its asset.
        error: why it failed, is unknown or is held.
        candidates: ids of the assets that may be its own, if it needs a review.
        changed: when it came into its state, in UTC.
    """

    number: int
    key: str
    line: int
    title: str | None
    source: str = field(repr=url_repr)
    payload: str = field(repr=text_repr)
    state: State
    batch: int | None = None
    asset_id: str | None = None
    error: str | None = field(default=None, repr=text_repr)
    candidates: tuple[str, ...] = ()
    changed: datetime
