"""Webhooks: where the server tells of changes."""

from attrs import field, frozen

from .._redact import hidden_repr, url_repr
from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class Webhook(Snapshot):
    """A URL that the server posts to with each change of a state.

    Attributes:
        id: what names it, for ``client.webhooks.update`` and ``delete``.
        secret_token: what the server sends along in the header ``x-streams-token``.
    """

    id: str
    url: str | None = field(default=None, repr=url_repr)
    secret_token: str | None = field(default=None, repr=hidden_repr)
    extra: Extra = field(default=NO_EXTRA, hash=False)
