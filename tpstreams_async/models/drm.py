"""What a DRM licence shall allow."""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from ._base import Snapshot
from ._given import listed


@frozen(kw_only=True, repr=False, eq=False)
class ContentKeySpec(Snapshot):
    """What a player must be able to do to get the key of one kind of track.

    Attributes:
        track_type: ``"SD"``, ``"HD"``, ``"UHD1"``, ``"UHD2"`` or ``"AUDIO"``.
        security_level: from 1 (software) to 5 (all in hardware); the server's choice if not given.
        hdcp: the protection that the output needs, such as ``"HDCP_V1"``; the server's choice if not given.
    """

    track_type: str
    security_level: int | None = None
    hdcp: str | None = None


def _specs(given: Iterable[ContentKeySpec | Mapping[str, Any]]) -> tuple[ContentKeySpec | Mapping[str, Any], ...]:
    return listed(given)


@frozen(kw_only=True, repr=False, eq=False)
class Widevine(Snapshot):
    """What a Widevine licence shall allow. What is not given is the server's choice.

    Attributes:
        content_key_specs: what the keys of each kind of track need.
        license_duration_seconds: for how long the licence is good, 0 or more whole seconds.
        rental_duration_seconds: within which time playing must begin, 0 or more whole seconds.
    """

    content_key_specs: tuple[ContentKeySpec | Mapping[str, Any], ...] = field(default=(), converter=_specs, hash=False)
    license_duration_seconds: int | None = None
    rental_duration_seconds: int | None = None


@frozen(kw_only=True, repr=False, eq=False)
class FairPlay(Snapshot):
    """What a FairPlay licence shall allow. What is not given is the server's choice.

    Attributes:
        lease_duration_seconds: for how long it may be played, 0 or more whole seconds.
        rental_duration_seconds: within which time playing must begin, 0 or more whole seconds.
    """

    lease_duration_seconds: int | None = None
    rental_duration_seconds: int | None = None
