"""What requests and uploads have to pass: so many at once, and as many as the limiter lets through."""

import asyncio
import enum
import math
from collections import deque
from typing import Final, NamedTuple

from ._limiter import Limiter

#: Seconds that the loop may be late, so that the rate is kept nevertheless.
_CATCH_UP: Final = 0.1
#: While others wait as well, one of so many turns is that of bulk work.
_BULK_TURN: Final = 10


class Lane(enum.IntEnum):
    """What a request waits among."""

    #: Calls that somebody waits for.
    CALL = 0
    #: Bulk work, which comes after them.
    BULK = 1
    #: Files on their way to storage, which has no part in what the API bears.
    STORAGE = 2


class _Turn(NamedTuple):
    """Somebody's turn to come; `future` is done when it has."""

    future: asyncio.Future[None]
    lane: Lane
    since: float


class Gate:
    """Lets so many through at once, no more than the limiter allows; in each lane, first come first served.

    aiohttp's own pool prefers newcomers, so that under load some callers are never served. And where there is room,
    passing an `asyncio.Semaphore` takes five times as long.
    """

    def __init__(self, room: int, limiter: Limiter) -> None:
        self._room = room
        self._limiter = limiter
        self._lanes: tuple[deque[_Turn], ...] = tuple(deque() for _ in Lane)
        #: How many wait in each lane, without those that are gone but still in it.
        self._waiting = [0 for _ in Lane]
        self._passed_over = 0
        self._timer: asyncio.TimerHandle | None = None
        #: When the timer should have gone off that has just done so.
        self._awaited: float | None = None

    def enter(self) -> bool:
        """Go through if there is nothing to wait for, and return whether that is so."""
        if self._room <= 0 or self._limiter.active:
            return False
        self._room -= 1
        return True

    async def wait(self, loop: asyncio.AbstractEventLoop, deadline: float = math.inf, lane: Lane = Lane.CALL) -> bool:
        """Go through when it is one's turn. Return False at once if that comes at the deadline or later."""
        if self.enter():
            return True
        now = loop.time()
        if lane is not Lane.STORAGE and self._limiter.active:
            self._limiter.settle(now, self._paced())
            ahead = sum(self._waiting[: lane + 1])
            if self._limiter.opens(now) + self._limiter.wait_of(ahead) >= deadline:
                return False
        turn = _Turn(loop.create_future(), lane, now)
        self._lanes[lane].append(turn)
        self._waiting[lane] += 1
        self._release(loop)
        try:
            await turn.future
        except BaseException:
            if turn.future.done() and not turn.future.cancelled():
                self.leave(loop)  # the place was given to a caller that is gone
            else:
                turn.future.cancel()  # so that it is passed over
                self._waiting[lane] -= 1
            raise
        return True

    def leave(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give the place back, to whoever's turn it is."""
        self._room += 1
        if any(self._waiting):
            self._release(loop)

    def _release(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let through whoever can go."""
        now = loop.time()
        while self._room > 0 and (turn := self._next(loop, now)) is not None:
            self._lanes[turn.lane].popleft()
            self._waiting[turn.lane] -= 1
            self._room -= 1
            turn.future.set_result(None)

    def _next(self, loop: asyncio.AbstractEventLoop, now: float) -> _Turn | None:
        """Return who goes next, all told; None if nobody can go."""
        call, bulk, storage = [self._first(lane) for lane in Lane]
        paced = bulk if call is None or (bulk is not None and self._passed_over >= _BULK_TURN - 1) else call
        if paced is None or (storage is not None and storage.since < paced.since):
            return storage
        if self._limiter.active:
            self._limiter.settle(now, self._paced())
            opens = self._limiter.opens(now)
            if opens > now:
                self._wake_at(loop, opens)
                return storage
            self._limiter.take(now, now if self._awaited is None else max(opens, self._awaited, now - _CATCH_UP))
        self._passed_over = self._passed_over + 1 if bulk is not None and paced is call else 0
        return paced

    def _paced(self) -> int:
        """Return how many wait for the limiter."""
        return self._waiting[Lane.CALL] + self._waiting[Lane.BULK]

    def _first(self, lane: Lane) -> _Turn | None:
        """Return who waits longest in a lane."""
        waiting = self._lanes[lane]
        while waiting and waiting[0].future.done():
            waiting.popleft()
        return waiting[0] if waiting else None

    def _wake_at(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        # What is opened later wakes again, and nothing opens earlier than was said.
        if self._timer is None:
            self._timer = loop.call_at(when, self._wake, loop, when)

    def _wake(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        self._timer, self._awaited = None, when
        self._release(loop)
        self._awaited = None
