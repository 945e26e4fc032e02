"""How many requests a token may send, as Django REST framework counts them."""

from __future__ import annotations

import math
from collections import defaultdict, deque

from .answers import RefusalError, detail
from .clock import Clock
from .settings import Settings


class Throttle:
    """So many requests in every stretch of time of a certain length; those that are refused do not count."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._most = settings.throttle
        self._seconds = settings.throttle_seconds
        self._clock = clock
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)

    def check(self, token: str) -> None:
        """Count a request.

        Raises:
            RefusalError: 429, the token has sent too many.
        """
        if self._most is None:
            return
        now = self._clock.now()
        taken = self._taken[token]
        while taken and taken[0] <= now - self._seconds:
            taken.popleft()
        if len(taken) >= self._most:
            raise _throttled(taken[0] + self._seconds - now)
        taken.append(now)


def _throttled(seconds: float) -> RefusalError:
    whole = max(1, math.ceil(seconds))
    words = f"Request was throttled. Expected available in {whole} second{'s' * (whole != 1)}."
    return detail(429, words, {"Retry-After": str(whole)})
