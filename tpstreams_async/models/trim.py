"""Trims of a video."""

from datetime import datetime

from attrs import field, frozen

from .._redact import text_repr
from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class TrimStart(Snapshot):
    """A trim that was asked for. ``client.jobs.trim(start)`` awaits it.

    Attributes:
        asset_id: the asset that is trimmed (known to the client; the server's answer does not name it).
        trim_job_id: the server's number of this trim.
        status: the server's word, "Pending" at first.
    """

    asset_id: str
    trim_job_id: int
    status: str | None = None
    message: str | None = field(default=None, repr=text_repr)
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class TrimStatus(Snapshot):
    """The latest trim of an asset, as far as the server tells.

    Attributes:
        id: the number of the trim that this speaks of. It may be an earlier one than yours.
        start_time: seconds.
        end_time: seconds.
        status: the server's code. Only 1, pending, is documented: go by `status_display`.
        status_display: the server's word, such as "Pending".
    """

    id: int | None = None
    start_time: float | None = None
    end_time: float | None = None
    status: int | None = None
    status_display: str | None = None
    background_task_id: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class TrimRevert(Snapshot):
    """A return to the full length that was asked for. ``client.jobs.revert_trim(revert)`` awaits it.

    Attributes:
        asset_id: the asset whose trim is undone (known to the client; the server's answer does not name it).
        task_id: the server's name of the work. No call tells how it goes.
    """

    asset_id: str
    task_id: str | None = None
    message: str | None = field(default=None, repr=text_repr)
    extra: Extra = field(default=NO_EXTRA, hash=False)
