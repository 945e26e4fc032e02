"""Hearing the signals that ask a program to end, for as long as there are runs that want to.

The handlers are Python's own and not those of the event loop: what was there before can then be put back exactly, be
it that of `asyncio.run`, of the program or of the loop, without a moment in between at which a signal would kill.
"""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, TypeAlias

from ..errors import InvalidInputError

_Handler: TypeAlias = Callable[[int, FrameType | None], Any] | int

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Watch:
    """Listens for one run.

    Args:
        stop: is called at the first signal, in the event loop.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._loop = asyncio.get_running_loop()

    def tell(self) -> bool:
        """Call on the run to stop; tell whether its event loop is still there to do so."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop)
            return True
        return False

    def close(self) -> None:
        """Listen no more. Outside of the main thread this does nothing: handlers cannot be changed there."""
        if threading.current_thread() is threading.main_thread():
            _watchers.discard(self)


class _Watchers:
    """All who listen in this process, and the handlers that were there before the first of them."""

    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self._earlier: dict[int, _Handler] = {}

    def add(self, watch: Watch) -> None:
        self._watches.add(watch)
        try:
            for number in _SIGNALS:
                earlier = signal.getsignal(number)
                if earlier is None:
                    raise InvalidInputError(
                        "stop_on_signals", f"{number.name} has a handler that is not Python's and cannot be put back"
                    )
                if earlier != self._heard:
                    self._earlier[number] = earlier
                    signal.signal(number, self._heard)
        except ValueError as error:
            self.discard(watch)
            if isinstance(error, InvalidInputError):
                raise
            raise InvalidInputError("stop_on_signals", "is for runs in the main thread") from None
        if not self._watches:
            # One came in between, and was heard.
            self._put_back()

    def discard(self, watch: Watch) -> None:
        self._watches.discard(watch)
        if not self._watches:
            self._put_back()

    def _put_back(self) -> None:
        for number, earlier in [*self._earlier.items()]:
            # Whoever has set another one meanwhile wants that.
            if signal.getsignal(number) == self._heard:
                signal.signal(number, earlier)
                del self._earlier[number]

    def _heard(self, number: int, _: FrameType | None) -> None:
        ours = signal.getsignal(number) == self._heard
        watches, self._watches = self._watches, set()
        self._put_back()
        told = [watch.tell() for watch in watches]
        if ours and not any(told):
            # Nobody listens: a loop was closed with a run in it, or a program has put this back after the last one.
            signal.raise_signal(number)


_watchers: Final = _Watchers()


def watch_signals(stop: Callable[[], None]) -> Watch:
    """Call something in the running loop at the first SIGINT or SIGTERM. A second one does what it did before.

    Raises:
        InvalidInputError: this is not the main thread, or what a signal does now could not be put back.
    """
    watch = Watch(stop)
    _watchers.add(watch)
    return watch
