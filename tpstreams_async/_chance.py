"""Refusals that come whatever is sent, told from those that come because it is too much."""

import math
from collections import deque
from typing import Final

#: A rate was cut so often within so many seconds, and each time so many requests had passed since the cut before: too
#: many for a limit to be behind it, be it one that others use up as well.
_CUTS: Final = 8
_WITHIN: Final = 60.0
_PASSED: Final = 5
#: Requests per second below which chance is not suspected: who has so small a part of a limit cannot tell the two
#: apart.
_TELLABLE: Final = 3.0
#: The largest part of all requests that may be refused by chance. Twice of it is put up with.
_MOST: Final = 0.06
_TOLERANCE: Final = 2.0
#: Refusals beyond what is put up with, after which chance is no explanation any more.
_EXCESS: Final = 5.0
#: A trial, for which much more is sent, lasts for as many requests as so many refusals would go with by chance.
_TRIAL: Final = 8.0
#: After a trial that failed, the next one has to wait for so many seconds, and for twice as long each time, up to an
#: hour, because it costs all who share the limit some refusals.
_NEXT_TRIAL: Final = 180.0
_LATEST_TRIAL: Final = 3_600.0
#: So many times as many requests as one refusal goes with pass without one: chance is over.
_OVER: Final = 10.0
#: Seconds after which all this has to be shown anew.
_BELIEVED: Final = 240.0


class Chance:
    """Tells whether refusals come by chance.

    A limit refuses what is beyond it: what is sent more slowly passes. Where the rate was cut again and again, and each
    time much passed and something was refused all the same, chance is suspected. Then much more is sent for a moment.
    If no larger part of that is refused, it was chance, and such refusals are no reason to send less. All times are the
    loop's, in seconds.

    Attributes:
        refuted: whether the last trial showed that it is not chance.
    """

    def __init__(self) -> None:
        #: When the rate was cut, and how many requests had been carried out by the cut before.
        self._cuts: deque[tuple[float, int]] = deque(maxlen=_CUTS)
        #: The part of all requests that is refused by chance; 0 if nothing speaks for that.
        self._part = 0.0
        self._since = -math.inf
        self._successes_before = 0
        self._excess = 0.0
        self._successes_at_refusal = 0
        self._next_trial = -math.inf
        self._next_wait = _NEXT_TRIAL
        self.refuted: bool = False

    def explains(self, now: float, successes: int) -> bool:
        """Take note of a refusal. Return whether chance explains it.

        Args:
            now: the time.
            successes: how many requests were carried out so far.
        """
        passed = successes - self._successes_at_refusal
        self._successes_at_refusal = successes
        if not self._part:
            return False
        if passed * self._part > _OVER or now - self._since > _BELIEVED:
            self._part = 0.0
            return False
        self._excess = max(0.0, self._excess - _TOLERANCE * self._part * passed) + 1
        if self._excess < _EXCESS:
            return True
        self._excess = 0.0
        if (successes - self._successes_before) * self._part < _TRIAL:
            self.refuted = True
            self._part = 0.0
            self._next_trial = now + self._next_wait
            self._next_wait = min(2 * self._next_wait, _LATEST_TRIAL)
        return False

    def suspected(self, rate: float, at: float, successes_before: int, successes: int) -> bool:
        """Take note that a rate is to be cut. Return whether to send much more instead, for a trial.

        Args:
            rate: what was refused, in requests per second.
            at: when a request was refused.
            successes_before: how many requests had been carried out by the cut before.
            successes: how many have been by now.
        """
        if successes - successes_before >= _PASSED:
            self._cuts.append((at, successes_before))
        if rate < _TELLABLE or len(self._cuts) < _CUTS or at < self._next_trial:
            return False
        first_cut, successes_then = self._cuts[0]
        if at - first_cut > _WITHIN:
            return False
        self._part = min(_MOST, _CUTS / (_CUTS + successes - successes_then))
        self._since, self._successes_before = at, successes
        self._excess = 0.0
        self.refuted = False
        self._cuts.clear()
        return True
