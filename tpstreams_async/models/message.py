"""The server's own words."""

from attrs import field, frozen

from ._base import NO_EXTRA, Extra, short_repr


@frozen(kw_only=True)
class Message:
    """The server's own words after a request that it carried out."""

    detail: str | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)

    __repr__ = short_repr
