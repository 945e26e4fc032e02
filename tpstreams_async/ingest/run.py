"""A run of bulk ingestion, for those who iterate over it."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from .course import Course
from .results import IngestProgress, IngestResult


class Ingest(AsyncIterator[IngestResult]):
    """A run that brings the rows of a manifest in. See ``client.ingest``.

    It begins with the first step of the iteration, and ends with its last one, with `stop`, with `aclose`, or soon
    after nobody holds it any more. ``async with`` closes it in any case, also when the task is cancelled: what is under
    way then has its time, and the cancellation goes on after that. A second one breaks it off.

    A single step may be cancelled, as ``asyncio.wait_for(anext(run), 5)`` does: the run goes on, and so can the
    iteration.
    """

    def __init__(self, course: Course) -> None:
        self._course = course
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = False

    def __repr__(self) -> str:
        now = self.progress
        ended = now.completed + now.skipped + now.failed + now.held + now.review
        left = now.planned + now.sending + now.processing
        return f"<Ingest: {ended:,} of {ended + left:,} rows at their end>"

    @property
    def progress(self) -> IngestProgress:
        """How far the run is at this moment."""
        return self._course.tally.progress()

    @property
    def stopped(self) -> bool:
        """Whether the run has ended before its work was done: by `stop`, a signal, `aclose` or a cancellation.

        The same call goes on from there.
        """
        return self._course.stopped

    def stop(self) -> None:
        """Let the run come to its end: nothing more is sent, and what is under way has `grace` to get an answer.

        The iteration goes on with the results that there are and those that still come of it, and then ends. Assets
        that the server works on are not awaited any more, and have no result; the same call goes on from the ledger.
        """
        self._course.stop()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> IngestResult:
        if self._over:
            raise StopAsyncIteration
        self._loop = asyncio.get_running_loop()
        self._course.start()
        # There is nothing to wait for between taking a result and returning it, so a cancellation loses none.
        result = await self._course.outbox.get()
        if result is not None:
            return result
        self._over = True
        if self._course.error is not None:
            raise self._course.error
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the run as `stop` does, and wait until it has ended. Nobody gets its results any more.

        The ledger then says all that is known. Who is cancelled meanwhile breaks off what is under way: its rows are
        looked for by the next run.
        """
        self._over = True
        self._course.outbox.close()
        self._course.stop()
        await self._course.ended()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        # A loop that was left with `break` has no other way to say so. This may run in any thread.
        if not self._over and self._loop is not None and not self._loop.is_closed():
            self._course.unwatch()
            self._loop.call_soon_threadsafe(self._course.outbox.close)
            self._loop.call_soon_threadsafe(self._course.stop)
