"""Waiting for the server's work: ``client.jobs``."""

import asyncio
import functools
import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Literal, TypeVar, overload

from .._clock import Clock
from .._validate import identifier, show
from ..config import Polling
from ..errors import InvalidInputError
from ..models import Asset, TrimStart, TrimStatus
from ..resources.assets import Assets
from . import kinds
from .job import Job, handle_of
from .kinds import Key, Kind
from .scheduler import Scheduler
from .watch import Waiter

T = TypeVar("T")


class JobWatcher:
    """Makes handles on the server's work. Making one does no I/O; awaiting it does.

    However many jobs are awaited, one task looks after them, and those who wait for the same job share its looks.
    """

    def __init__(self, assets: Assets, polling: Polling, clock: Clock, require_usable: Callable[[], None]) -> None:
        self._polling = polling
        self._scheduler = Scheduler(assets, polling, clock, require_usable)
        self._own = itertools.count()

    def asset(self, asset: Asset | str) -> Job[Asset]:
        """The processing of a video, until it can be played.

        Args:
            asset: the asset, or its id.

        Returns:
            A job whose result is the finished `Asset`.

        API: ``GET assets/<id>/``, until ``video.status`` is Completed or Error
        """
        return self._job(kinds.ASSET, Key(kind="asset", id=_asset_id(asset)))

    def trim(self, trim: TrimStart | Asset | str) -> Job[TrimStatus]:
        """A trim, until it was carried out.

        Args:
            trim: what ``client.assets.trim`` returned, which names the very trim. With an asset or its id, it is the
                one that the first look shows.

        Returns:
            A job whose result is the last `TrimStatus`.

        API: ``GET assets/<id>/trim/status/``, until its ``status_display`` says so of this trim
        """
        if isinstance(trim, TrimStart):
            key = Key(kind="trim", id=identifier("trim.asset_id", trim.asset_id), run=trim.trim_job_id)
        else:
            key = Key(kind="trim", id=_asset_id(trim))
        return self._job(kinds.TRIM, key)

    def subtitle(self, asset: Asset | str) -> Job[Asset]:
        """The generating of subtitles, until the track is there. See `Video.subtitles`.

        The server does not tell when generating fails, so that ends in `JobTimeoutError`.

        Args:
            asset: the asset, or its id.

        Returns:
            A job whose result is the `Asset` with its new track.

        API: ``GET assets/<id>/``, until ``video.tracks`` has a subtitle that is "Auto Generated"
        """
        return self._job(kinds.SUBTITLE, Key(kind="subtitle", id=_asset_id(asset)))

    def until(self, asset: Asset | str, predicate: Callable[[Asset], object]) -> Job[Asset]:
        """Anything that can be seen in an asset, until it is true.

        ::

            await client.jobs.until(asset, lambda asset: asset.duration == 30)

        Leave room where the server may round: a condition that is never true waits to its limit.

        Args:
            asset: the asset, or its id.
            predicate: called with each `Asset` that is seen. What it raises ends the wait.

        Returns:
            A job whose result is the first `Asset` for which the predicate was true. It has no `ref`.

        API: ``GET assets/<id>/``
        """
        kinds.check_predicate(predicate)
        key = Key(kind="until", id=_asset_id(asset), own=next(self._own))
        return self._job(kinds.until_kind(predicate), key)

    def resume(self, ref: str) -> Job[Any]:
        """A job from its `Job.ref`, such as ``"trim:Qm7tKd3wNzB:731"``, in any process.

        Raises:
            InvalidInputError: it is no such text.
        """
        kind, key = kinds.parse_ref(ref)
        return self._job(kind, key)

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
            for job in jobs:
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
            for job in jobs:
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

    def _job(self, kind: Kind[T], key: Key) -> Job[T]:
        return Job(self._scheduler, kind, key, default_timeout=kind.timeout(self._polling))


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


def _asset_id(asset: Asset | str) -> str:
    return identifier("asset", asset.id if isinstance(asset, Asset) else asset)
