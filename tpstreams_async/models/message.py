"""The server's own words."""

from attrs import field, frozen

from .._redact import text_repr
from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class Message(Snapshot):
    """The server's own words after a request that it carried out."""

    detail: str | None = field(default=None, repr=text_repr)
    extra: Extra = field(default=NO_EXTRA, hash=False)
