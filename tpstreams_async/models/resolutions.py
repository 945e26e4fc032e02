"""Resolutions of a video that were asked to be deleted."""

from attrs import field, frozen

from .._redact import text_repr
from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class ResolutionDeletion(Snapshot):
    """What becomes of one resolution.

    Attributes:
        resolution: its height in pixels, such as 240.
        status: the server's word: "queued", or "not_found" for one that the video does not have.
    """

    resolution: int | None = None
    status: str | None = None
    detail: str | None = field(default=None, repr=text_repr)
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class ResolutionsDeletion(Snapshot):
    """A deletion of resolutions that was asked for. ``client.jobs.resolutions_deleted(deletion)`` awaits it.

    Attributes:
        asset_id: the asset that they are deleted from (known to the client).
        uuid: what the server calls it by.
        resolutions: what becomes of each of them.
    """

    asset_id: str
    uuid: str | None = None
    resolutions: tuple[ResolutionDeletion, ...] = ()
    extra: Extra = field(default=NO_EXTRA, hash=False)
