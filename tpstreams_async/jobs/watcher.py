"""Waiting for the server's work: ``client.jobs``."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from .._clock import Clock
from .._validate import flag, show
from ..config import Polling
from ..errors import InvalidInputError
from ..models import Asset
from ..resources import Rows
from ..resources.all import Resources
from .hints import read_hint
from .job import Job, handle_of
from .makers import JobMakers
from .scheduler import Scheduler
from .waiter import Waiter

if TYPE_CHECKING:
    from ..models import TranscodingJob

T = TypeVar("T")


class JobWatcher(JobMakers):
    """Makes handles on the server's work. Making one does no I/O; awaiting it does.

    However many jobs are awaited, one task looks after them, and those who wait for the same job share its looks. When
    many videos are due together, pages of the list of assets are read in place of each of them, as far as that takes
    fewer requests.
    """

    def __init__(
        self, resources: Resources, rows: Rows, polling: Polling, clock: Clock, require_usable: Callable[[], None]
    ) -> None:
        super().__init__(Scheduler(resources, rows, polling, clock, require_usable), polling)

    def hint(
        self, delivery: "Mapping[str, Any] | Asset | TranscodingJob | bytes | str", *, trust_payload: bool = False
    ) -> bool:
        """Take what a webhook delivered as a sign that something has changed: the next look at it is at once.

        While hints come, the job is looked at more seldom (`Polling.hint_slowdown`); when they stop, as often as
        before. So a delivery that got lost costs delay, and no wait hangs on it. Repeated and late deliveries do no
        harm. What comes before anyone waits is remembered for `Polling.hint_memory` seconds.

        Args:
            delivery: the body that was delivered, as bytes, text or decoded, or the `Asset` or `TranscodingJob` in it,
                or just its id. Check before that it came from the server: any hint costs a request.
            trust_payload: take a delivery that shows an end for the answer, without a look. Whoever can deliver
                decides then what your code believes. What only the asset's own page has is missing in the result.
                Any other delivery is a sign to look, as without it.

        Returns:
            Whether anyone waits for it now.

        Raises:
            InvalidInputError: it names neither an asset nor a job, or is a bare id that is to be trusted.
        """
        return self._scheduler.hint(read_hint(delivery, trust=flag("trust_payload", trust_payload)))

    @overload
    async def gather(
        self,
        jobs: Iterable[Job[T]],
        *,
        return_exceptions: Literal[False] = False,
        timeout: float | None = None,
    ) -> list[T]: ...

    @overload
    async def gather(
        self, jobs: Iterable[Job[T]], *, return_exceptions: Literal[True], timeout: float | None = None
    ) -> list[T | Exception]: ...

    async def gather(
        self, jobs: Iterable[Job[T]], *, return_exceptions: bool = False, timeout: float | None = None
    ) -> list[T] | list[T | Exception]:
        """Wait for many jobs, without a task for each.

        Args:
            jobs: the jobs.
            return_exceptions: put the error of a job in its place, in place of raising the first one.
            timeout: seconds for each, as for `Job.result`.

        Returns:
            The results in the order of the jobs.

        Raises:
            JobError: the first error there was. Waiting for the others ends with it; the jobs themselves go on.
        """
        waiters: list[Waiter] = []
        try:
            for job in _several(jobs):
                waiters.append(handle_of(_checked(len(waiters), job)).begin(job, timeout))
            results: list[Any] = await asyncio.gather(
                *(waiter.future for waiter in waiters), return_exceptions=return_exceptions
            )
            return results
        finally:
            for waiter in waiters:
                waiter.handle.leave(waiter)

    async def as_completed(self, jobs: Iterable[Job[T]], *, timeout: float | None = None) -> AsyncIterator[Job[T]]:
        """Go through jobs in the order in which waiting for them ends.

        Args:
            jobs: the jobs.
            timeout: seconds for each, as for `Job.result`.

        Yields:
            Each job once. ``await job`` then has its result or its error at once.
        """
        ended: asyncio.Queue[tuple[Job[T], asyncio.Future[Any]]] = asyncio.Queue()
        waiters: list[Waiter] = []
        try:
            for job in _several(jobs):
                waiter = handle_of(_checked(len(waiters), job)).begin(job, timeout)
                waiters.append(waiter)
                waiter.future.add_done_callback(functools.partial(_put, ended, job))
            for _ in range(len(waiters)):
                job, future = await ended.get()
                handle_of(job).keep(future.exception())
                yield job
        finally:
            for waiter in waiters:
                waiter.handle.leave(waiter)

    async def aclose(self) -> None:
        """End every wait with `ClientClosedError`."""
        await self._scheduler.aclose()


def _several(given: Iterable[Job[T]]) -> Iterable[Job[T]]:
    if not isinstance(given, Iterable):
        problem = f"must be several, such as [client.jobs.asset(asset)], not {show(given)}"
        raise InvalidInputError("jobs", problem)
    return given


def _checked(number: int, given: Job[T]) -> Job[T]:
    if not isinstance(given, Job):
        raise InvalidInputError(
            f"jobs[{number}]", f"must be a job, such as client.jobs.asset(asset), not {show(given)}"
        )
    return given


def _put(
    queue: "asyncio.Queue[tuple[Job[T], asyncio.Future[Any]]]", job: Job[T], future: "asyncio.Future[Any]"
) -> None:
    if not future.cancelled():
        queue.put_nowait((job, future))
