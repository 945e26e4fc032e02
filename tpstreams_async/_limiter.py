"""When the next request may be sent: by a rate limit, by what the server bears, and after pauses that it asks for."""

import logging
from typing import Final

from ._clock import Clock
from ._pace import Pace
from .config import RateLimit, Retry
from .errors import APIError, RateLimitedError, ServerError, TPStreamsError

logger: logging.Logger = logging.getLogger("tpstreams_async")

#: The status of a server that has too much to do.
_OVERLOADED: Final = 503
#: Seconds over which those who waited for the end of a pause are spread, at the most.
_SPREAD: Final = 1.0


class Limiter:
    """Says when the next request may be sent. All times are the loop's, in seconds.

    A rate is kept by the generic cell rate algorithm: one moving instant.

    Attributes:
        active: False as long as every request may be sent at once.
    """

    def __init__(self, rate: RateLimit | None, clock: Clock) -> None:
        self._spacing = 1.0 / rate.per_second if rate else 0.0
        self._allowance = self._spacing * (rate.burst - 1) if rate else 0.0
        self._clock = clock
        self._next_due = 0.0
        self._paused_until = 0.0
        self._spread = 0.0
        self._each = 0.0
        self._spread_until = 0.0
        self.pace: Pace = Pace()
        self.active: bool = rate is not None

    def pause(self, seconds: float) -> bool:
        """Let nothing through for so many seconds from now. Return whether this began a pause, or met one."""
        now = self._clock.monotonic()
        began = self._paused_until <= now
        self._paused_until = max(self._paused_until, now + seconds)
        self._spread = min(_SPREAD, self._paused_until - now)
        self.active = True
        return began

    def heed(self, error: TPStreamsError, retry: Retry, admitted: float) -> None:
        """Do what the server asks of all requests: to pause, or to be fewer.

        Args:
            error: what it answered.
            retry: says how long a pause is that it did not say, and how long one may be.
            admitted: when the request was sent.
        """
        refused = isinstance(error, RateLimitedError)
        if not isinstance(error, APIError) or not (refused or error.status == _OVERLOADED):
            if isinstance(error, APIError) and not isinstance(error, ServerError):
                self.pace.succeeded(self._clock.monotonic())  # for the server, "there is no such video" is work done
            return
        asked = error.retry_after
        if asked is None:
            asked = retry.backoff_base if refused else 0.0
        if asked or refused:
            self.pace.refused(self._clock.monotonic(), admitted)
            self.active = True
        elif self.pace.overloaded(self._clock.monotonic(), admitted):
            self.active = True
        pause = min(asked, retry.retry_after_max)
        if pause and self.pause(pause):
            logger.warning("the server wants fewer requests: all calls of this client pause for %.1f s", pause)

    def settle(self, now: float, waiting: int) -> None:
        """Let what was refused or asked for until now take effect, and what is over come to its end.

        Args:
            now: the time.
            waiting: how many have a turn to come, in whatever lane: the end of a pause is that of all of them.
        """
        if now < self._paused_until:
            return
        self.pace.settle(now)
        spacing = self._spacing_at(now)
        if self._spread:
            self._spread_out(now, 0.0 if spacing else self._spread, waiting)
        self.active = spacing > 0 or now < self._spread_until

    def opens(self, now: float) -> float:
        """Return when the next may be sent, as far as `settle` has told by now."""
        if now < self._paused_until or not self.active:
            return max(now, self._paused_until)
        return max(self._next_due - (0.0 if self.pace.active else self._allowance), self._paused_until)

    def take(self, now: float, moment: float) -> None:
        """Take note that one is sent.

        Args:
            now: the time.
            moment: from when the next is counted; somewhat earlier than now where the loop was late.
        """
        spacing = self._spacing_at(now)
        if now < self._spread_until:
            spacing = max(spacing, self._each)
        self._next_due = max(self._next_due, moment) + spacing

    def wait_of(self, ahead: int) -> float:
        """Return the seconds that so many take before it is one's turn, as far as that is certain."""
        return ahead * self._spacing

    def _spacing_at(self, now: float) -> float:
        return max(self._spacing, self.pace.spacing(now)) if self.pace.active else self._spacing

    def _spread_out(self, now: float, seconds: float, waiting: int) -> None:
        """Whoever waited for the end of a pause would otherwise send at the same instant as everyone else."""
        self._spread = 0.0
        self._each = self._clock.uniform(0.0, seconds) / max(1, waiting)
        self._spread_until = now + self._each * waiting
        self._next_due = max(self._next_due, now + self._each)
