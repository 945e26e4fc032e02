"""Learning what became of a creation whose answer was lost, from the list of what is there."""

from collections.abc import Awaitable, Callable

from .._clock import Clock
from .._transport import Transport
from ..config import Reconcile
from ..errors import ClientClosedError, OutcomeUnknownError, TPStreamsError
from ..models import Asset
from ._finding import Finder, Marks, Turns, breath_after


class Reconciler:
    """Creates videos, and finds those again whose creation had no answer.

    Calls for the same title in the same folder take turns, and no video is ever taken for the outcome of two calls.
    """

    def __init__(self, transport: Transport, settings: Reconcile, clock: Clock) -> None:
        self._finder = Finder(transport)
        self._pause = transport.pause
        self._settings = settings
        self._clock = clock
        self._turns = Turns()
        self._taken: set[str] = set()

    async def create(self, marks: Marks, send: Callable[[], Awaitable[Asset]]) -> Asset:
        """Create a video; see `Assets.create` for what is guaranteed.

        Args:
            marks: what it can be found by.
            send: asks the server for it, once.

        Raises:
            OutcomeUnknownError: nothing tells what became of it, or several videos fit.
        """
        async with self._turns.of((marks.folder, marks.title)):
            asset = await self._create(marks, send)
            self._taken.add(asset.id)
            return asset

    async def _create(self, marks: Marks, send: Callable[[], Awaitable[Asset]]) -> Asset:
        attempts = 0
        until: float | None = None
        while True:
            try:
                return await send()
            except OutcomeUnknownError as error:
                unknown = error
            attempts += unknown.attempts
            unknown.attempts = attempts
            until = self._clock.monotonic() + self._settings.timeout if until is None else until
            try:
                asset = await self._outcome(marks, unknown, until)
            except ClientClosedError:
                raise ClientClosedError(
                    f"the client was closed before it was known what became of {unknown.operation}. "
                    f"To find out: {unknown.how_to_find_out}",
                    how_to_find_out=unknown.how_to_find_out,
                ) from unknown
            if asset is not None:
                return asset

    async def _outcome(self, marks: Marks, unknown: OutcomeUnknownError, until: float) -> Asset | None:
        """Return the video that was created, or None if there is none although it would have to show by now."""
        settled = self._clock.monotonic() + self._settings.settle
        asset = await self._look(marks, unknown, until)
        if asset is None:
            if settled >= until:
                raise unknown
            await self._pause(max(0.0, settled - self._clock.monotonic()))
            asset = await self._look(marks, unknown, until)
        return asset

    async def _look(self, marks: Marks, unknown: OutcomeUnknownError, until: float) -> Asset | None:
        """Return the one video that fits and is no other call's, or None."""
        fit = [asset for asset in await self._list(marks, unknown, until) if asset.id not in self._taken]
        if len(fit) > 1:
            unknown.candidates = tuple(asset.id for asset in fit)
            raise unknown
        return fit[0] if fit else None

    async def _list(self, marks: Marks, unknown: OutcomeUnknownError, until: float) -> list[Asset]:
        """Look through the list, again while that fails in a way that may pass."""
        while True:
            try:
                return await self._finder.find(marks)
            except ClientClosedError:
                raise
            except TPStreamsError as error:
                wait = breath_after(error)
                if wait is None or self._clock.monotonic() + wait >= until:
                    unknown.add_note(f"Looking for it failed: {type(error).__name__}: {error}")
                    raise unknown from error
            await self._pause(wait)
