"""Access tokens: what lets a viewer play an asset."""

from datetime import datetime

from attrs import field, frozen

from .._redact import hidden_repr, url_repr
from .._words import folded
from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class Annotation(Snapshot):
    """A watermark, as the server shows it. `StaticWatermark` and `DynamicWatermark` ask for one.

    Attributes:
        type: the server's word, "static" or "dynamic".
        opacity: from 0 to 1.
        interval: milliseconds.
        skip: milliseconds.
    """

    type: str | None = None
    text: str | None = None
    x: float | None = None
    y: float | None = None
    opacity: float | None = None
    color: str | None = None
    size: float | None = None
    interval: float | None = None
    skip: float | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class AccessToken(Snapshot):
    """What lets a viewer play an asset. Its code is a secret: who has it can play.

    Attributes:
        code: what names it, and what the player is given.
        playback_url: a page that plays the asset, with the code in it.
        expires_after_first_usage: whether it is good for one use.
        status: the server's word: "Active", "Expired" or "Used".
        valid_until: None for one that never expires.
        annotations: the watermarks that the player shows.
    """

    code: str = field(repr=hidden_repr)
    playback_url: str | None = field(default=None, repr=url_repr)
    expires_after_first_usage: bool | None = None
    status: str | None = None
    valid_until: datetime | None = None
    annotations: tuple[Annotation, ...] = ()
    extra: Extra = field(default=NO_EXTRA, hash=False)

    @property
    def is_active(self) -> bool:
        """Whether the server calls it active."""
        return folded(self.status) == "active"

    @property
    def is_expired(self) -> bool:
        """Whether its time was over."""
        return folded(self.status) == "expired"

    @property
    def is_used(self) -> bool:
        """Whether it was good for one use, and was used."""
        return folded(self.status) == "used"
