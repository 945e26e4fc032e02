"""What goes into a ledger and what comes out of it."""

from datetime import datetime

from attrs import field, frozen

from ..._redact import text_repr, url_repr
from ...models._base import Snapshot
from .states import State


@frozen(kw_only=True, repr=False, eq=False)
class PlannedRow(Snapshot):
    """A row to be written into a ledger.

    Attributes:
        key: its identity: the same in each run.
        content: what the keys of rows that are equal to it, and that their source does not name, have before their last
            dash, if its own key is a name.
        line: where it begins in its source.
        title: the title that its asset is to have, if it gives one.
        folder: uuid of the folder that its asset is to lie in; None is the root.
        source: the URL or the path of its video.
        payload: all of it, as JSON; the ledger keeps it and does not look into it.
    """

    key: str
    content: str | None = None
    line: int
    title: str | None
    folder: str | None = None
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
        asset_id: its asset; the one that was there, if it was skipped.
        error: why it failed, is unknown, is held or needs a review.
        candidates: ids of the assets that may be its own, 50 at the most, if it needs a review.
        changed: when it came into its state, in UTC.
        in_source: whether the source that was read last has it, and it was not put off.
        replaced: the key of the row that was planned in its place, to be sent once more.
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
    in_source: bool = True
    replaced: str | None = None


@frozen(kw_only=True)
class SeenAsset:
    """A video that the list shows, and that no row may have been sent for.

    Attributes:
        asset_id: its id.
        title: its title, as `plain` has it.
        folder: the folder that it lies in, as `bare_folder` has it; None if the list does not show that.
        shown: what else the list shows of it and is compared, as JSON.
    """

    asset_id: str
    title: str
    folder: str | None
    shown: str = field(repr=text_repr)


@frozen(kw_only=True)
class Place:
    """Planned rows of one title in one folder, and the videos that are there and have the title.

    Attributes:
        rows: the rows, in the order in which they were planned.
        seen: the videos, in the order of the list, as JSON: `SeenAsset.shown`.
        clouded: whether a row may have made one of them of which that is not known, or one may lie elsewhere.
        crowded: whether there are more rows than these.
        complete: whether there are no more videos than these.
    """

    rows: list[LedgerRow]
    seen: list[str] = field(repr=False)
    clouded: bool
    crowded: bool
    complete: bool
