"""The rounds of the event loop, as the moments at which something can strike."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import anyio.to_thread


class Rounds:
    """The rounds of the running loop in which anything runs. At the beginning of one of them something can happen.

    Rounds in which the loop only waits do not count: nothing changes in them.
    """

    def __init__(self) -> None:
        self._loop: Any = asyncio.get_running_loop()
        self._select = self._loop._selector.select
        self._time = self._loop.time
        self._threads = anyio.to_thread.current_default_thread_limiter()
        self._leapt = 0.0
        self._left = 0
        self._strike: Callable[[], object] | None = None

    def __enter__(self) -> Self:
        self._loop._selector.select = self._counted
        self._loop.time = lambda: self._time() + self._leapt
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop._selector.select = self._select
        del self._loop.time

    def strike_in(self, number: int, strike: Callable[[], object]) -> None:
        """Call a function in a round to come; 0 is the next one."""
        self._left, self._strike = number, strike

    def disarm(self) -> None:
        """Call nothing any more."""
        self._strike = None

    def leap(self, seconds: float) -> None:
        """Let time go by at once."""
        self._leapt += seconds

    def _counted(self, timeout: float | None) -> Any:
        before = self._time()
        # No time goes by while a thread reads a file: it knows of no virtual time.
        events = self._select(0 if self._threads.borrowed_tokens else timeout)
        if self._strike is not None and (events or timeout == 0 or self._time() != before):
            self._left -= 1
            if self._left < 0:
                strike, self._strike = self._strike, None
                strike()
        return events
