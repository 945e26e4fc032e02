"""How much the client may send: so many requests at once, at a rate, and with the pauses that the server asked for."""

import asyncio
from collections import deque

from ._clock import Clock
from .config import RateLimit


class Limiter:
    """Lets requests through at a steady rate, first come first served, and holds all of them during a pause.

    The rate is kept by the generic cell rate algorithm: one moving instant, no queue and no timer of its own.
    """

    def __init__(self, rate: RateLimit | None, clock: Clock) -> None:
        self._spacing = 1.0 / rate.per_second if rate else 0.0
        self._allowance = self._spacing * (rate.burst - 1) if rate else 0.0
        self._clock = clock
        self._next_due = 0.0
        self._paused_until = 0.0
        #: False as long as `admit` would return at once without doing anything.
        self.active = rate is not None

    def pause(self, seconds: float) -> bool:
        """Let nothing through for so many seconds from now. Return whether this began a pause, or met one."""
        now = self._clock.monotonic()
        began = self._paused_until <= now
        self._paused_until = max(self._paused_until, now + seconds)
        self.active = True
        return began

    async def admit(self, deadline: float) -> bool:
        """Wait for this request's turn. Return False at once if that comes at the deadline or later."""
        while True:
            now = self._clock.monotonic()
            pause = self._paused_until
            due = max(self._next_due, now, pause)
            opens = max(due - self._allowance, pause)
            if opens >= deadline:
                return False
            after = self._next_due = due + self._spacing
            try:
                if opens > now:
                    # Whoever waited for the end of a pause would otherwise send at the same instant as everyone else.
                    spread = 0.0 if self._spacing or pause <= now else min(1.0, opens - now)
                    await self._clock.sleep(opens - now + self._clock.uniform(0.0, spread))
            except BaseException:
                if self._next_due == after:
                    self._next_due = due  # nobody came after, so the turn can be given back
                raise
            if self._paused_until <= max(pause, self._clock.monotonic()):
                self.active = bool(self._spacing) or self._clock.monotonic() < pause
                return True


class Gate:
    """Lets so many through at once, first come first served.

    aiohttp's own pool prefers newcomers, so that under load some callers are never served. And where there is room,
    passing an `asyncio.Semaphore` takes five times as long.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._waiting: deque[asyncio.Future[None]] = deque()

    def enter(self) -> bool:
        """Go through if there is room, and return whether there was. As long as anyone waits, there is none."""
        if self._room <= 0:
            return False
        self._room -= 1
        return True

    async def wait(self, loop: asyncio.AbstractEventLoop) -> None:
        """Go through when it is one's turn."""
        if self.enter():
            return
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.leave()  # the place was given to a caller that is gone
            else:
                turn.cancel()  # so that it is passed over
            raise

    def leave(self) -> None:
        """Give the place to whoever waits longest, else to whoever comes next."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._room += 1
