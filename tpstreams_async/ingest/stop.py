"""The end of a run, as its parts hear of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from .._frames import bare
from ..errors import LedgerError, TPStreamsError
from .finishing import broken_off

T = TypeVar("T")


class StoppedError(Exception):
    """The run comes to its end before its work is done."""


class Stop:
    """Tells all parts of a run to come to their end.

    Args:
        then: is called when the run is to end.

    Attributes:
        error: why, if that is an error.
    """

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then
        self._asked = asyncio.Event()
        self.error: BaseException | None = None

    @property
    def asked(self) -> bool:
        """Whether the run is to end."""
        return self._asked.is_set()

    def ask(self, error: BaseException | None = None) -> None:
        """Let the run end. The first error is the one that counts.

        What the server says to a run that is to end anyway does not; that the ledger cannot be written does.
        """
        late = self.asked and isinstance(error, TPStreamsError) and not isinstance(error, LedgerError)
        if error is not None and self.error is None and not late:
            self.error = bare(error)
        self._asked.set()
        self._then()

    async def wait(self) -> None:
        """Wait until the run is to end."""
        await self._asked.wait()

    async def race(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something that can be broken off at any moment.

        Raises:
            StoppedError: it was, because the run is to end.
        """
        task, asked = asyncio.ensure_future(work), asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.ask()
            raise
        finally:
            await broken_off([task, asked])
            if not task.cancelled():
                task.exception()  # it is known, also if this was cancelled in the meantime
        if task.cancelled() or (self.asked and task.exception() is None):
            raise StoppedError
        return task.result()
