"""The rate that a server bears, learned from its refusals."""

import math
from collections import deque
from typing import Final

from ._chance import Chance

#: What is left of a rate that was refused; and of one at which nothing succeeded any more.
_CUT: Final = 0.9
_DEEP_CUT: Final = 0.5
#: Seconds in which a rate comes back to where it was refused. Each time that it goes beyond costs a refusal and a
#: pause, so they have to be rare: of 10 requests a second one in 300.
_RETURN: Final = 30.0
#: Returns after which nothing is left of a rate: it would be a dozen times what was refused.
_FORGOTTEN: Final = 6.0
#: Requests per second that always go: slower than that, a server has to ask for pauses.
_LEAST: Final = 1.0
#: Requests per second below which no first guess goes, if what was on its way with the refused one passed.
_FIRST: Final = 8.0
#: Seconds of which answers are counted.
_WINDOW: Final = 1.0
#: Answers that are remembered.
_REMEMBERED: Final = 1024
#: The least seconds over which pauses are compared with what goes in between.
_STRETCH: Final = 2.0
#: To find out whether refusals come by chance, so many times what was refused is sent, and twice that after as many
#: seconds, and so on; after so many doublings there is no rate any more.
_LEAP: Final = 16.0
_DOUBLING: Final = 3.0
_DOUBLINGS: Final = 6.0
#: How many answers have to be 503 before they are taken for a sign of load: so many in a second, and so large a part.
_OVERLOADS: Final = 5
_OVERLOADED_PART: Final = 0.2


class Pace:
    """A rate that is cut when the server refuses, and then grows until it refuses again.

    It grows as CUBIC does, which is additive increase with a memory: fast while it is far below the rate that was
    refused, slowly near it, and faster again once it has come past. Refusals that come whatever the rate, it disregards
    (see `Chance`). All times are the loop's, in seconds.
    """

    def __init__(self) -> None:
        self._chance = Chance()
        self._succeeded: deque[float] = deque(maxlen=_REMEMBERED)
        self._overloaded: deque[float] = deque(maxlen=_REMEMBERED)
        self._successes: int = 0
        self._successes_before: int = 0
        self._refused_at: float | None = None
        self._refusals_since: int = 0
        self._successes_at_refusal: int = 0
        self._ceiling = self._start = self._known = 0.0
        self._since = -math.inf
        self._leaping = False
        self._begin_stretch(0.0)
        #: Whether there is a rate, or may be one after `settle`.
        self.active: bool = False

    def succeeded(self, now: float) -> None:
        """Take note that a request was carried out."""
        self._succeeded.append(now)
        self._successes += 1

    def overloaded(self, now: float, admitted: float) -> bool:
        """Take note of a 503. Return whether there are so many that it counts as a refusal."""
        self._overloaded.append(now)
        overloads, successes = self._count(self._overloaded, now), self._count(self._succeeded, now)
        counts = overloads >= max(_OVERLOADS, _OVERLOADED_PART * (successes + overloads))
        if counts:
            self.refused(now, admitted)
        return counts

    def refused(self, now: float, admitted: float) -> None:
        """Take note that the server wants fewer requests. What that means is worked out by `settle`.

        Args:
            now: the time.
            admitted: when the request was sent. One that was sent before the last cut says nothing new.
        """
        if self._refused_at is not None:
            self._refusals_since += 1
        elif admitted >= self._since and not self._chance.explains(now, self._successes):
            self._refused_at, self._refusals_since, self._successes_at_refusal = now, 0, self._successes
            self.active = True

    def settle(self, now: float) -> None:
        """Cut the rate, if that was refused. By now, what was on its way then has been answered, too."""
        refused_at, self._refused_at = self._refused_at, None
        if refused_at is None:
            return
        rate = self._rate(refused_at)
        if self._leaping and self._chance.refuted:
            self._cut(self._ceiling)
        elif rate is None or self._leaping:
            guess = self._count(self._succeeded, refused_at) / _WINDOW
            if not guess:
                # Where nothing succeeds, there is nothing to learn; the pause alone has to do.
                self._forget()
                return
            # Most servers count by the second. But who has just begun has sent too little to know what they bear, and a
            # limit would have refused what came after.
            passed_since = self._successes - self._successes_at_refusal
            self._known = max(_FIRST, guess) if passed_since > self._refusals_since else guess
            self._begin_stretch(now)
            self._cut(self._known)
        elif self._successes == self._successes_before:
            self._start = max(_LEAST, rate * _DEEP_CUT)
            self._ceiling = max(self._ceiling, self._start / _CUT)
        else:
            self._refuse(self._let_through(rate, refused_at, now), refused_at, now)
        self._since, self._successes_before = now, self._successes

    def _refuse(self, rate: float, refused_at: float, now: float) -> None:
        if now - self._since >= _RETURN:
            self._known = rate
        if self._chance.suspected(rate, refused_at, self._successes_before, self._successes):
            self._ceiling, self._leaping = rate, True
        else:
            # Refusals in quick succession, whatever the rate, do not come from it: to send fewer would change nothing.
            self._cut(max(rate, self._known * _DEEP_CUT))

    def _let_through(self, rate: float, refused_at: float, now: float) -> float:
        """Return the rate that was refused: what there was in all, where pauses took the larger part of the time.

        A server that counts over a longer time lets many through at once, and then asks for a long pause.
        """
        self._paused += now - refused_at
        stretch, paused = now - self._stretch_since, self._paused
        if stretch < _STRETCH:
            return rate
        in_all = (self._successes - self._successes_at_stretch) / stretch
        self._begin_stretch(now)
        if paused > stretch / 2 and in_all < rate / 2:
            self._known = rate = in_all
        return rate

    def _begin_stretch(self, now: float) -> None:
        self._stretch_since, self._successes_at_stretch, self._paused = now, self._successes, 0.0

    def _cut(self, refused: float) -> None:
        self._ceiling = max(refused, _LEAST / _CUT)
        self._start = self._ceiling * _CUT
        self._leaping = False

    def _forget(self) -> None:
        self._since = -math.inf
        self._leaping = False
        self.active = self._refused_at is not None

    def spacing(self, now: float) -> float:
        """Return the seconds between two requests; 0 if there is no rate any more."""
        rate = self._rate(now)
        if rate is None:
            self._forget()
            return 0.0
        return 1.0 / rate

    def _rate(self, now: float) -> float | None:
        if self._leaping:
            doublings = (now - self._since) / _DOUBLING
            return self._ceiling * _LEAP * 2.0**doublings if doublings < _DOUBLINGS else None
        returns = (now - self._since) / _RETURN
        if returns >= _FORGOTTEN:
            return None
        return self._ceiling + (self._ceiling - self._start) * (returns - 1.0) ** 3

    def _count(self, times: "deque[float]", until: float) -> int:
        """Count what came since a while before that, what was on its way then included."""
        return sum(1 for at in times if at > until - _WINDOW)
