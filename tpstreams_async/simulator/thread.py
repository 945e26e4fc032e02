"""The simulator in a thread of its own, for synchronous tests and for any async framework."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self

from .controls import Controls
from .deliveries import WebhookDelivery
from .server import Simulator

P = ParamSpec("P")


def _with_options_of(
    _: Callable[Concatenate[Simulator, P], None],
) -> Callable[[Callable[..., None]], Callable[Concatenate[SimulatorThread, P], None]]:
    return lambda function: function


class SimulatorThread(Controls):
    """A `Simulator` in a background thread with an event loop of its own.

    Use it as `with SimulatorThread() as sim:`, or call `start` and `close`. Everything that a test does with
    it works from any thread. It takes the arguments of `Simulator`.
    """

    @_with_options_of(Simulator.__init__)
    def __init__(self, *args: Any, **options: Any) -> None:
        self._simulator = Simulator(*args, **options)
        self._service, self._journal, self._faults, self._errors = self._simulator.parts()
        self._thread = threading.Thread(target=self._run, name="tpstreams-simulator", daemon=True)
        self._begun = threading.Event()
        self._failure: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def url(self) -> str:
        """The origin, such as `http://127.0.0.1:49152`."""
        return self._simulator.url

    def start(self) -> None:
        """Start the thread and wait until the simulator listens.

        Raises:
            OSError: the port is taken.
            RuntimeError: it was started before; a simulator runs once.
        """
        self._thread.start()
        self._begun.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def close(self) -> None:
        """Stop the simulator and its thread. A second call changes nothing."""
        if self._thread.is_alive() and self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def settled(self, timeout: float | None = None) -> None:
        """Wait until no download is under way.

        Args:
            timeout: at most this many seconds; None waits for ever.

        Raises:
            TimeoutError: there still is one.
        """
        if self._loop is None:
            raise RuntimeError("the simulator was not started")
        asyncio.run_coroutine_threadsafe(self._simulator.settled(), self._loop).result(timeout)

    def deliver_webhooks(self, timeout: float | None = None) -> Sequence[WebhookDelivery]:
        """Send every delivery that is due now, and return these when all that is on its way has arrived.

        Args:
            timeout: at most this many seconds; None waits for ever.

        Raises:
            TimeoutError: something has not arrived.
        """
        if self._loop is None:
            raise RuntimeError("the simulator was not started")
        return asyncio.run_coroutine_threadsafe(self._simulator.deliver_webhooks(), self._loop).result(timeout)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception as error:  # noqa: BLE001 - raised again by the thread that waits for the start
            self._failure = error
        finally:
            self._begun.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with self._simulator:
            self._begun.set()
            await self._stop.wait()
