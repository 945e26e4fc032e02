"""The rounds of the event loop, as the moments at which something can strike."""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import anyio.to_thread


class Rounds:
    """The rounds of the running loop in which anything runs. At the beginning of one of them something can happen.

    Rounds in which the loop only waits do not count: nothing changes in them. Until something has struck, what a thread
    reports is heard when the loop has nothing else to do: so a call takes the same rounds, however fast the thread is.
    """

    def __init__(self) -> None:
        self._loop: Any = asyncio.get_running_loop()
        self._select = self._loop._selector.select
        self._time = self._loop.time
        self._threads = anyio.to_thread.current_default_thread_limiter()
        self._run = self._loop.run_in_executor
        self._running: set[asyncio.Future[Any]] = set()
        self._hear = self._loop.call_soon_threadsafe
        self._reports: list[tuple[Any, Any]] = []
        self._lock = threading.Lock()
        self._leapt = 0.0
        self._left = 0
        self._strike: Callable[[], object] | None = None

    def __enter__(self) -> Self:
        self._loop._selector.select = self._counted
        self._loop.time = lambda: self._time() + self._leapt
        self._loop.run_in_executor = self._watched
        self._loop.call_soon_threadsafe = self._reported
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop._selector.select = self._select
        del self._loop.time
        del self._loop.run_in_executor
        del self._loop.call_soon_threadsafe

    def strike_in(self, number: int, strike: Callable[[], object]) -> None:
        """Call a function in a round to come; 0 is the next one."""
        with self._lock:
            self._left, self._strike = number, strike

    def disarm(self) -> None:
        """Call nothing any more."""
        with self._lock:
            self._strike = None
            self._listen()

    def leap(self, seconds: float) -> None:
        """Let time go by at once."""
        self._leapt += seconds

    def _watched(self, *call: Any) -> asyncio.Future[Any]:
        self._running = {future for future in self._running if not future.done()}
        future: asyncio.Future[Any] = self._run(*call)
        self._running.add(future)
        return future

    def _reported(self, *call: Any, **context: Any) -> None:
        with self._lock:
            if self._strike is None:
                self._hear(*call, **context)
            else:
                self._reports.append((call, context))

    def _listen(self) -> None:
        for call, context in self._reports:
            self._hear(*call, **context)
        self._reports.clear()

    def _counted(self, timeout: float | None) -> Any:
        before = self._time()
        if timeout != 0:
            with self._lock:
                self._listen()
        # No time goes by while a thread reads a file: it knows of no virtual time.
        at_work = self._threads.borrowed_tokens or any(not future.done() for future in self._running)
        events = self._select(0 if at_work else timeout)
        if self._strike is not None and (events or timeout == 0 or self._time() != before):
            self._left -= 1
            if self._left < 0:
                strike = self._strike
                self.disarm()
                strike()
        return events
