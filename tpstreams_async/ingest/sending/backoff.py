"""Waiting for better times."""

from typing import Final

from ..._clock import Clock
from ...errors import APIError, RequestTimeoutError, TPStreamsError

#: Failures in a row, each after a longer pause, that a run takes: about five minutes.
_MOST_FAILURES: Final = 10
#: Seconds, the longest pause of our own, and the longest that a server can ask for.
_LONGEST_PAUSE: Final = 60.0
_LONGEST_ASKED: Final = 300.0


class Backoff:
    """Holds a run back after failures that may pass, and knows when to give up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._pauses = 0
        self._since = self._until = -1.0

    def now(self) -> float:
        """Return the time, to be told later when something was begun."""
        return self._clock.monotonic()

    async def hold(self) -> None:
        """Wait for better times."""
        held = -1.0
        # A loop can be a tick early, so what was waited for counts, and not the time.
        while held < self._until and (left := self._until - self.now()) > 0:
            held = self._until
            await self._clock.sleep(left)

    def succeeded(self) -> None:
        """Take note that it works."""
        self._failures = self._pauses = 0

    def failed(self, error: TPStreamsError, began: float) -> None:
        """Take note of a failure.

        Args:
            error: it.
            began: when that was begun. What was so before an earlier failure says nothing new.

        Raises:
            TPStreamsError: the error, if it has been too many of them.
        """
        # What this client did not send says nothing about the server. But it would not be sent at once, either.
        held_back = isinstance(error, RequestTimeoutError) and error.held_back
        asked = min(_LONGEST_ASKED, (error.retry_after or 0.0) if isinstance(error, APIError) else 0.0)
        now = self.now()
        if began > self._since:
            self._since = now
            self._pauses += 1
            self._failures += not held_back
            if self._failures > _MOST_FAILURES:
                raise error
        bound = min(_LONGEST_PAUSE, 2.0 ** min(self._pauses - 1, _MOST_FAILURES))
        self._until = max(self._until, now + max(asked, self._clock.uniform(bound / 2, bound)))
