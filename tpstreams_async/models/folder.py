"""Folders, as the calls for folders show them."""

from attrs import field, frozen

from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class Folder(Snapshot):
    """A folder that assets and other folders lie in. Among assets it shows as an `Asset` of type "folder".

    Attributes:
        uuid: what names it, as `parent` or `folder` in other calls.
    """

    uuid: str
    title: str | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)
