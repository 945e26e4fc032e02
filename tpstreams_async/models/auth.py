"""What a login gives."""

from attrs import field, frozen

from .._redact import hidden_repr
from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class AuthToken(Snapshot):
    """A token. An organization has 20 at the most, so keep it and give it to the next client as ``token=``.

    Attributes:
        token: a secret, which shows nowhere.
        expiry: until when it is valid, as the server says it; None for ever.
    """

    token: str = field(repr=hidden_repr)
    expiry: str | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)
