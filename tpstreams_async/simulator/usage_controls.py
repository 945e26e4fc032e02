"""What a test can do to the usage of the organization."""

from __future__ import annotations

from datetime import date

from .control_base import ControlBase
from .usage import Usage


class UsageControls(ControlBase):
    """The part of the controls that is about usage."""

    def add_usage(
        self,
        day: date | str,
        *,
        bandwidth_used: int = 0,
        subtitle_generation_cost: float = 0,
        live_stream_usage: int = 0,
        active_storage_bytes: int = 0,
        deleted_storage_bytes: int = 0,
    ) -> int:
        """Add the figures of a day, and return the id of their row.

        Args:
            day: a date, or `YYYY-MM-DD`.
            bandwidth_used: bytes.
            subtitle_generation_cost: an amount of money.
            live_stream_usage: any amount.
            active_storage_bytes: bytes at the end of the day.
            deleted_storage_bytes: bytes at the end of the day; the total is the sum of both.

        Raises:
            ValueError: it is no date, or the figures of that day are there.
        """
        day = date.fromisoformat(day) if isinstance(day, str) else day
        with self._service.lock:
            if day in self._service.usage:
                raise ValueError(f"the usage of {day} is there already")
            usage = Usage(
                id=self._service.ids.number(),
                day=day,
                bandwidth_used=bandwidth_used,
                subtitle_generation_cost=subtitle_generation_cost,
                live_stream_usage=live_stream_usage,
                active_storage_bytes=active_storage_bytes,
                deleted_storage_bytes=deleted_storage_bytes,
            )
            self._service.usage[day] = usage
            return usage.id
