"""When a failed attempt is made again, and after how long."""

import logging
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from attrs import define, field

from ._clock import Clock
from ._route import Effect, Route
from ._trail import Trail
from ._verdict import may_repeat
from .config import Retry
from .errors import APIError, RateLimitedError, TPStreamsError

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("tpstreams_async")


class RetryBudget:
    """Retries that all calls of a client share, so that an outage is not multiplied: a bucket that refills."""

    def __init__(self, retry: Retry, clock: Clock) -> None:
        self._capacity = retry.budget
        self._per_second = retry.budget_per_second
        self._clock = clock
        self._left = retry.budget
        self._at = 0.0

    def pause_before(
        self, number: int, error: BaseException | None, retry: Retry, deadline: float = math.inf
    ) -> float | None:
        """Return the seconds to sleep before retry `number` (from 1) after `error`, or None if there shall be none."""
        hint = error.retry_after if isinstance(error, APIError) else None
        if number >= retry.attempts or (hint is not None and hint > retry.retry_after_max):
            return None
        # A server that says 0 says nothing of when it will be better.
        pause = hint or self._clock.uniform(0.0, backoff_bound(retry, number))
        if self._clock.monotonic() + pause >= deadline:
            return None
        # A server that asks for patience is not in an outage, and the pause already slows everyone.
        return pause if isinstance(error, RateLimitedError) or self.spend() else None

    def spend(self) -> bool:
        """Take one retry out; return False if there is none left."""
        now = self._clock.monotonic()
        self._left = min(self._capacity, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


def backoff_bound(retry: Retry, number: int) -> float:
    """Return the most seconds to sleep before retry `number` (from 1)."""
    # 2.0 ** 1024 overflows; long before that the bound is backoff_max.
    return min(retry.backoff_max, retry.backoff_base * 2.0 ** min(number - 1, 64))


@define(kw_only=True, eq=False, repr=False)
class Retrier:
    """Repeats one call after its first attempt failed.

    Attributes:
        route: of the request.
        trail: what the call left behind so far.
        retry: the policy.
    """

    route: Route
    trail: Trail
    retry: Retry
    clock: Clock
    budget: RetryBudget
    _pause: float | None = field(init=False, default=None)

    async def run(self, first_error: TPStreamsError, attempt: Callable[[], Awaitable[T]]) -> T:
        """Attempt again until it succeeds, or the last real error comes through.

        tenacity's first round stands for the attempt that was already made.
        """
        from tenacity import AsyncRetrying, retry_if_exception  # noqa: PLC0415 - many programs never come here

        made: list[TPStreamsError] = [first_error]
        retrying = AsyncRetrying(
            retry=retry_if_exception(self._may_repeat),
            wait=self._wait,
            stop=lambda _: self._pause is None,
            sleep=self.clock.sleep,
            before_sleep=self._log,
            reraise=True,
        )

        async def next_attempt() -> T:
            if made:
                raise made.pop()
            return await attempt()

        return await retrying(next_attempt)

    def _may_repeat(self, error: BaseException) -> bool:
        if self.route.effect is Effect.CHANGE and self.trail.maybe_done:
            return False
        return isinstance(error, TPStreamsError) and may_repeat(self.route.effect, error, self.trail.decode_failures)

    def _wait(self, state: "RetryCallState") -> float:
        """Decide; tenacity asks for the pause before it asks whether to stop."""
        self._pause = self.budget.pause_before(state.attempt_number, _error(state), self.retry, self.trail.deadline)
        return self._pause or 0.0

    def _log(self, state: "RetryCallState") -> None:
        logger.info(
            "%s: attempt %d failed, next in %.2f s: %s",
            self.route.name,
            state.attempt_number,
            state.upcoming_sleep,
            _error(state),
        )


def _error(state: "RetryCallState") -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None
