"""Learning what became of a creation whose answer was lost, from the list of what is there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from attrs import evolve

from .._clock import Clock
from .._transport import Transport
from ..codec import structure
from ..config import Reconcile
from ..errors import ClientClosedError, DecodeError, OutcomeUnknownError, TPStreamsError
from ..models import Asset
from ._finding import Finder, Marks, Turns, breath_after

#: Seconds, the most between two walks through a list that could not be read.
_LONGEST_BREATH: Final = 30.0
#: Walks after which a list that cannot be understood is given up.
_MOST_UNREADABLE: Final = 3


class Reconciler:
    """Creates videos, and finds those again whose creation had no answer.

    Calls for the same title in the same folder take turns, and no video is ever taken for the outcome of two calls.
    """

    def __init__(self, transport: Transport, settings: Reconcile, clock: Clock) -> None:
        self._transport = transport
        self._finder = Finder(transport)
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
        self._transport.require_usable()
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
                async with asyncio.timeout_at(until):
                    asset = await self._outcome(marks, unknown, until)
            except ClientClosedError:
                raise ClientClosedError(
                    f"the client was closed before it was known what became of {unknown.operation}. "
                    f"To find out: {unknown.how_to_find_out}",
                    how_to_find_out=unknown.how_to_find_out,
                ) from unknown
            except TimeoutError:
                unknown.add_note(f"It was not found out within Reconcile.timeout={self._settings.timeout:g} s")
                raise unknown from unknown.__cause__
            if asset is not None:
                return asset

    async def _outcome(self, marks: Marks, unknown: OutcomeUnknownError, until: float) -> Asset | None:
        """Return the video that was created, or None if there is none although it would have to show by now."""
        settled = self._clock.monotonic() + self._settings.settle
        asset = await self._look(marks, unknown)
        if asset is None:
            if settled >= until:
                raise unknown
            await self._transport.pause(max(0.0, settled - self._clock.monotonic()))
            asset = await self._look(marks, unknown)
        return asset

    async def _look(self, marks: Marks, unknown: OutcomeUnknownError) -> Asset | None:
        """Return the one video that fits and is no other call's; None if there is no other with this title either.

        One that has the title, and yet seems to be from elsewhere, may be it all the same: servers spell URLs and
        folders in their own way.
        """
        titled = await self._list(marks, unknown)
        if not titled:
            return None
        if len(titled) == 1 and marks.fit(titled[0]):
            return structure(Asset, titled[0])
        unknown.candidates = tuple(f"{row.get('id')}" for row in titled)
        raise unknown

    async def _list(self, marks: Marks, unknown: OutcomeUnknownError) -> list[Mapping[str, Any]]:
        """Look through the list, again while that fails in a way that may pass."""
        unreadable = 0
        breath = 1.0
        while True:
            try:
                rows = await self._finder.rows(evolve(marks, input=None, elsewhere=True))
                return [row for row in rows if row.get("id") not in self._taken]
            except ClientClosedError:
                raise
            except TPStreamsError as error:
                failure = error
            unknown.__notes__ = [f"Looking for it failed: {type(failure).__name__}: {failure}"]
            wait = breath_after(failure)
            unreadable += isinstance(failure, DecodeError)
            if wait is None or unreadable >= _MOST_UNREADABLE:
                raise unknown
            await self._transport.pause(max(wait, breath))
            breath = min(_LONGEST_BREATH, 2 * breath)
