"""Organizations that a token gives access to."""

from attrs import field, frozen

from .._redact import hidden_repr
from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class Organization(Snapshot):
    """An organization.

    Attributes:
        uuid: what names it, as `organization_id` of a client.
        drm_aes_signing_iv: a secret, in hexadecimal digits.
        drm_aes_signing_key: a secret, in hexadecimal digits; who has both can sign requests for DRM licences.
    """

    uuid: str
    name: str | None = None
    drm_aes_signing_iv: str | None = field(default=None, repr=hidden_repr)
    drm_aes_signing_key: str | None = field(default=None, repr=hidden_repr)
    extra: Extra = field(default=NO_EXTRA, hash=False)
