"""The simulator's clock: every state on the server is a function of what it shows."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Protocol

INDIA = timezone(timedelta(hours=5, minutes=30))
"""The zone in which the service writes the times of a trim."""


class Clock(Protocol):
    """What the simulator asks of a clock."""

    def now(self) -> float:
        """Return the seconds since the clock began, on the simulated scale."""
        ...


class SimClock:
    """A clock that follows the running loop's `time()`, `speed` times as fast.

    Following the loop means that a test which patches the loop's time moves the simulated server too.

    Args:
        speed: simulated seconds per second of the loop; more than 0.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if not (speed > 0 and math.isfinite(speed)):
            raise ValueError(f"speed must be a finite number above 0, not {speed!r}")
        self.speed = speed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._began = 0.0

    def start(self) -> None:
        """Bind the clock to the running loop; it begins at 0. A second call changes nothing."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._began = self._loop.time()

    def now(self) -> float:
        """Return the simulated seconds since `start`, or 0.0 before it."""
        if self._loop is None:
            return 0.0
        return (self._loop.time() - self._began) * self.speed


class ManualClock:
    """A clock that stands still until `advance` moves it."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Return the seconds by which the clock was advanced so far."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward by `seconds` (0 or more)."""
        if not seconds >= 0:
            raise ValueError(f"a clock only goes forward, not by {seconds!r} seconds")
        self._now += seconds


class Calendar:
    """Turns seconds of a clock into dates, for the few answers that carry one."""

    def __init__(self) -> None:
        self._epoch = datetime.now(INDIA)

    def epoch_seconds(self, now: float) -> int:
        """Return the Unix time at clock time `now`, in whole seconds."""
        return int(self._epoch.timestamp() + now)

    def formatted(self, now: float, form: str) -> str:
        """Return the date and time at clock time `now` in the form that `strftime` is to give it."""
        return (self._epoch + timedelta(seconds=now)).strftime(form)

    def moment(self, now: float, zone: tzinfo = UTC) -> datetime:
        """Return the date and time at clock time `now`."""
        return (self._epoch + timedelta(seconds=now)).astimezone(zone)

    def utc(self, now: float) -> str:
        """Return the ISO date and time at clock time `now`, with microseconds and `Z`."""
        return self.moment(now).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def text(self, now: float) -> str:
        """Return the ISO date and time at clock time `now`, with microseconds and `+05:30`."""
        return (self._epoch + timedelta(seconds=now)).isoformat(timespec="microseconds")
