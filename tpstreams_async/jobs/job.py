"""A handle on the server's work: what callers await."""

import asyncio
import operator
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any, Generic, TypeVar, cast

from ..errors import InvalidInputError
from .handle import Handle
from .kinds import Key, Kind
from .scheduler import Scheduler
from .watch import Update, Waiter

T = TypeVar("T")


class Job(Generic[T]):
    """The server's work on something, and the handle on it.

    ``await job`` waits until it ended and returns what was last seen of it. A handle costs nothing until it is
    awaited, may be awaited by many at once (they share the looks), and may be awaited again: once the job ended, the
    answer is there at once; after a timeout or a failed look, the wait goes on.

    Cancelling a wait leaves the server's work alone, and all who wait for the same job.
    """

    __slots__ = ("__weakref__", "_handle")

    def __init__(self, scheduler: Scheduler, kind: Kind[T], key: Key, *, default_timeout: float) -> None:
        self._handle: Handle[T] = Handle(
            scheduler=scheduler, kind=kind, key=key, run=key.run, default_timeout=default_timeout
        )

    @property
    def kind(self) -> str:
        """What kind of work it is, such as ``"asset"`` or ``"trim"``."""
        return self._handle.key.kind

    @property
    def id(self) -> str:
        """The id of the asset that is worked on."""
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
    def latest(self) -> T | None:
        """What this handle last saw of it; None before the first look."""
        return self._handle.latest

    @property
    def done(self) -> bool:
        """Whether this handle saw the job end."""
        return self._handle.end is not None

    def __await__(self) -> Generator[Any, None, T]:
        return self.result().__await__()

    async def result(self, *, timeout: float | None = None) -> T:
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
            return cast("T", await waiter.future)
        finally:
            self._handle.leave(waiter)

    def updates(self, *, timeout: float | None = None) -> "Updates[T]":
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


class Updates(AsyncIterator[Update[T]]):
    """The changes of a job, as an async iterator.

    It watches from the first step until the end, `aclose`, or until nobody holds it any more.
    """

    def __init__(self, job: Job[T], handle: Handle[T], timeout: float) -> None:
        self._job = job
        self._handle = handle
        self._timeout = timeout
        self._waiter: Waiter | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = False

    def __aiter__(self) -> "Updates[T]":
        return self

    async def __anext__(self) -> Update[T]:
        if self._over:
            raise StopAsyncIteration
        if self._waiter is None:
            self._waiter = self._handle.begin(self._job, self._timeout, stream=True)
            self._loop = asyncio.get_running_loop()
        update = await self._waiter.next_update()
        if update is None:
            error = self._waiter.future.exception()
            await self.aclose()
            raise error or StopAsyncIteration
        if update.terminal:
            await self.aclose()
        return update

    async def aclose(self) -> None:
        """Stop watching."""
        self._over = True
        if self._waiter is not None:
            self._handle.leave(self._waiter)
            self._waiter = None

    def __del__(self) -> None:
        # A loop that was left with `break` has no other way to say so. This may run in any thread.
        if self._waiter is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._handle.leave, self._waiter)
