"""What comes of the calls for live streams, beyond the asset."""

from attrs import field, frozen

from .._redact import text_repr
from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class LiveStreamStop(Snapshot):
    """A broadcast that was ended. ``client.jobs.recording(stop.asset_id)`` awaits its recording.

    Attributes:
        asset_id: the asset whose broadcast ended (known to the client; the server's answer does not name it).
        trim_scheduled: whether the recording will be cut to the part that was asked for.
    """

    asset_id: str
    message: str | None = field(default=None, repr=text_repr)
    trim_scheduled: bool | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)
