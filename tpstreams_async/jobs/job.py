"""A handle on the server's work: what callers await."""

import asyncio
import math
import operator
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any, Final, Generic, TypeVar, cast

from attrs import evolve

from ..errors import InvalidInputError
from .handle import Handle
from .keys import Key
from .kinds import Kind
from .scheduler import Scheduler
from .waiter import Update, Waiter, began_of
from .watch import Watch

T_co = TypeVar("T_co", covariant=True)


class Job(Generic[T_co]):
    """The server's work on something, and the handle on it.

    ``await job`` waits until it ended and returns what was last seen of it. A handle costs nothing until it is
    awaited, may be awaited by many at once (they share the looks), and may be awaited again: once the job ended, the
    answer is there at once; after a timeout or a failed look, the wait goes on.

    Cancelling a wait leaves the server's work alone, and all who wait for the same job.
    """

    __slots__ = ("__weakref__", "_handle")

    def __reduce__(self) -> str:
        raise TypeError("a job cannot be pickled or copied; keep its ref, and resume it with client.jobs.resume(ref)")

    def __init__(
        self, scheduler: Scheduler, kind: Kind[T_co], key: Key, *, default_timeout: float, folder: str | None = None
    ) -> None:
        self._handle: Handle[T_co] = Handle(
            scheduler=scheduler, kind=kind, key=key, run=key.run, default_timeout=default_timeout, folder=folder
        )

    @property
    def kind(self) -> str:
        """What kind of work it is, such as ``"asset"`` or ``"trim"``."""
        return self._handle.key.kind

    @property
    def id(self) -> str:
        """The id of the asset that is worked on, or of the transcoding or subtitle job."""
        return self._handle.key.id

    @property
    def ref(self) -> str:
        """The job as text, without a secret in it, for ``client.jobs.resume(ref)`` in any process.

        For a trim that was given by its asset alone, the text names the very trim once a look has shown which it is.

        Raises:
            InvalidInputError: the job has none, as the condition of ``until()`` cannot be written down.
        """
        if not self._handle.kind.resumable:
            raise InvalidInputError("ref", f"a job of kind {self.kind!r} has none; make it anew in the other process")
        return self._handle.ref

    @property
    def latest(self) -> T_co | None:
        """What this handle last saw of it; None before the first look.

        While many jobs are awaited, rows of a list may be looked at in place of each asset. Of a job that goes on, this
        then shows id, type, status and progress alone, unless somebody reads its updates.
        """
        return self._handle.latest

    @property
    def done(self) -> bool:
        """Whether this handle saw the job end."""
        return self._handle.end is not None

    def __await__(self) -> Generator[Any, None, T_co]:
        return self.result().__await__()

    async def result(self, *, timeout: float | None = None) -> T_co:
        """Wait until the job ended.

        Args:
            timeout: seconds from now, 0 or more; 0 looks once. If it is not given, the kind's default in `Polling`.
                At the limit one last look is taken, which may take ``Polling.last_look`` seconds more.

        Returns:
            What was last seen of it, with its success in it.

        Raises:
            JobFailedError: the server says that it failed.
            JobTimeoutError: it had not ended in time.
            JobSupersededError: a newer job took its place.
            JobVanishedError: what it works on is gone.
            JobPollError: looking at it failed for good.
            ClientClosedError: the client is closed.
        """
        waiter = self._handle.begin(self, timeout)
        try:
            return cast("T_co", await waiter.future)
        finally:
            self._handle.leave(waiter)

    def updates(self, *, timeout: float | None = None) -> "Updates[T_co]":
        """Go through the changes of status and progress, each once, until the job ended.

        The first update is what the first look shows. The last one is terminal, also for a job that failed (its
        ``outcome`` tells): ``await job`` then has the result or the error at once.

        Args:
            timeout: as for `result`.

        Raises:
            JobError: the wait ended without an end of the job to show.
        """
        return Updates(self, self._handle, self._handle.limit(timeout))

    def __repr__(self) -> str:
        state = "ended" if self.done else "not ended"
        return f"<Job {self._handle.ref} {state}>"


#: The watcher's way to the inner half of a job, which is no part of what users see.
handle_of: Callable[[Job[Any]], Handle[Any]] = operator.attrgetter("_handle")


class Updates(AsyncIterator[Update[T_co]]):
    """The changes of a job, as an async iterator.

    It watches from the first step until the end, `aclose`, or until nobody holds it any more.
    """

    def __init__(self, job: Job[T_co], handle: Handle[T_co], timeout: float) -> None:
        self._job = job
        self._handle = handle
        self._timeout = timeout
        self._deadline: float | None = None
        self._waiter: Waiter | None = None
        self._watch: Watch | None = None
        self._final: float | None = None
        self._began: float | None = None
        self._waiting: deque[Update[Any]] = deque()
        self._last: Update[T_co] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __aiter__(self) -> "Updates[T_co]":
        return self

    async def __anext__(self) -> Update[T_co]:
        while True:
            if self._deadline == _OVER:
                raise StopAsyncIteration
            waiter = self._waiter or self._join()
            try:
                update = await self._next(waiter)
            except asyncio.CancelledError:
                # The task may never come back, and its frames may keep this iterator; if it does come back, it joins
                # again and goes on where it was.
                self._leave()
                raise
            if update is None:
                error = None if waiter.future.cancelled() else waiter.future.exception()
                await self.aclose()
                raise error or StopAsyncIteration
            if update.terminal:
                await self.aclose()
            elif self._last is not None and (update.status, update.progress) == (
                self._last.status,
                self._last.progress,
            ):
                continue
            self._last = self._since_the_first(update)
            return self._last

    def _since_the_first(self, update: Update[T_co]) -> Update[T_co]:
        """Count what elapsed from the first look that this reader knows of, though others may have begun anew since."""
        began = began_of(update)
        if self._began is None:
            self._began = began
        if began <= self._began:
            return update
        return evolve(update, elapsed=update.elapsed + began - self._began)

    async def aclose(self) -> None:
        """Stop watching."""
        self._leave()
        self._deadline = _OVER

    def _join(self) -> Waiter:
        self._loop = asyncio.get_running_loop()
        if self._deadline is None:
            self._deadline = self._loop.time() + self._timeout
        left = max(0.0, self._deadline - self._loop.time())
        self._waiter = self._handle.begin(self._job, left, updates=self._waiting, again=self._watch, final=self._final)
        self._waiter.timeout = self._timeout
        return self._waiter

    async def _next(self, waiter: Waiter) -> Update[T_co] | None:
        """Return the next update, or None when the wait ended without another."""
        while not self._waiting:
            if waiter.future.done() or waiter.news is None:
                return None
            waiter.news.clear()
            await waiter.news.wait()
        return self._waiting.popleft()

    def _leave(self) -> None:
        if self._waiter is not None:
            self._watch, self._final = self._waiter.watch, self._waiter.final
            self._handle.leave(self._waiter)
            self._waiter = None

    def __del__(self) -> None:
        # A loop that was left with `break` has no other way to say so. This may run in any thread.
        if self._waiter is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._handle.leave, self._waiter)


#: The deadline of an iteration that has ended.
_OVER: Final = -math.inf
