"""Access tokens: what lets a player play an asset, once or for a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from .clock import Calendar

PLAYER = "https://app.simulator.example/embed"
"""Where the address of a player points; nothing answers there."""

ACTIVE = "Active"
EXPIRED = "Expired"
USED = "Used"


@attrs.define(eq=False)
class AccessToken:
    """An access token; `valid_until` is a moment of the clock, or None for one that is endless."""

    code: str
    asset_id: str
    valid_until: float | None = None
    expires_after_first_usage: bool = False
    annotations: Sequence[dict[str, Any]] = ()
    used: bool = False

    def status(self, now: float) -> str:
        """Return the status at `now`."""
        if self.used and self.expires_after_first_usage:
            return USED
        return EXPIRED if self.valid_until is not None and now >= self.valid_until else ACTIVE

    def row(self, organization_id: str, now: float, calendar: Calendar) -> dict[str, Any]:
        """Return the token as the API shows it."""
        return {
            "playback_url": f"{PLAYER}/{organization_id}/{self.asset_id}/?access_token={self.code}",
            "expires_after_first_usage": self.expires_after_first_usage,
            "code": self.code,
            "status": self.status(now),
            "valid_until": None if self.valid_until is None else calendar.utc(self.valid_until),
            "annotations": list(self.annotations),
        }
