"""How much was used on which day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby

import attrs


@attrs.frozen(kw_only=True)
class Usage:
    """The figures of a day, or of a month as of its first day."""

    id: int
    day: date
    bandwidth_used: int = 0
    subtitle_generation_cost: float = 0
    live_stream_usage: int = 0
    active_storage_bytes: int = 0
    deleted_storage_bytes: int = 0

    def row(self) -> dict[str, int | float | str]:
        """Return the figures as the API shows them."""
        return {
            "id": self.id,
            "date": self.day.isoformat(),
            "bandwidth_used": self.bandwidth_used,
            "subtitle_generation_cost": self.subtitle_generation_cost,
            "live_stream_usage": self.live_stream_usage,
            "active_storage_bytes": self.active_storage_bytes,
            "deleted_storage_bytes": self.deleted_storage_bytes,
            "total_storage_bytes": self.active_storage_bytes + self.deleted_storage_bytes,
        }


def monthly(days: Iterable[Usage]) -> list[Usage]:
    """Return the figures of the months that `days`, which are in order, lie in."""
    return [_month(list(group)) for _, group in groupby(days, lambda usage: usage.day.replace(day=1))]


def _month(days: list[Usage]) -> Usage:
    # What is stored is a level: a month has that of its last day, and the sum of everything else.
    return Usage(
        id=days[0].id,
        day=days[0].day.replace(day=1),
        bandwidth_used=sum(d.bandwidth_used for d in days),
        subtitle_generation_cost=sum(d.subtitle_generation_cost for d in days),
        live_stream_usage=sum(d.live_stream_usage for d in days),
        active_storage_bytes=days[-1].active_storage_bytes,
        deleted_storage_bytes=days[-1].deleted_storage_bytes,
    )
