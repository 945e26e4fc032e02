"""Waiting for the server's work: ``client.jobs``."""

import asyncio
import functools
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar, overload

from .._clock import Clock
from .._validate import flag, identifier, show
from ..config import Polling
from ..errors import InvalidInputError
from ..models import Asset, ResolutionsDeletion, TrimRevert, TrimStart, TrimStatus
from ..resources import Rows
from ..resources.all import Resources
from . import kinds
from .hints import read_hint
from .job import Job, handle_of
from .keys import Key
from .kinds import Kind
from .scheduler import Scheduler
from .waiter import Waiter

T = TypeVar("T")


class JobWatcher:
    """Makes handles on the server's work. Making one does no I/O; awaiting it does.

    However many jobs are awaited, one task looks after them, and those who wait for the same job share its looks. When
    many videos are due together, pages of the list of assets are read in place of each of them, as far as that takes
    fewer requests.
    """

    def __init__(
        self, resources: Resources, rows: Rows, polling: Polling, clock: Clock, require_usable: Callable[[], None]
    ) -> None:
        self._polling = polling
        self._scheduler = Scheduler(resources, rows, polling, clock, require_usable)
        self._own = itertools.count()

    def asset(self, asset: Asset | str, *, detail: bool = False) -> Job[Asset]:
        """The processing of a video, until it can be played.

        Args:
            asset: the asset, or its id.
            detail: whether the result shall have what only the asset's own page has: the analytics, `download_url`,
                `folder_tree`, `Video.output_urls`. The end may otherwise be seen in a list, which lacks them. This
                takes one request more at the end, and is no part of the job's `ref`.

        Returns:
            A job whose result is the finished `Asset`.

        API: ``GET assets/<id>/`` or ``GET assets/``, until ``video.status`` is Completed or Error
        """
        key = Key(kind="asset", id=_asset_id(asset), detail=flag("detail", detail))
        return self._job(kinds.ASSET, key, folder=_folder(asset))

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

    def revert_trim(self, revert: TrimRevert | Asset | str) -> Job[Asset]:
        """The return of a trimmed video to its full length.

        The server does not tell how it goes. The video must have been seen at work and then be Completed, or be
        Completed all the time for `Polling.settle` seconds: right after the call it still shows the end of earlier
        work. To be certain, use `until` with the full duration.

        Args:
            revert: what ``client.assets.revert_trim`` returned, or the asset or its id.

        Returns:
            A job whose result is the finished `Asset`.

        API: ``GET assets/<id>/``, until ``video.status`` is Completed or Error
        """
        if isinstance(revert, TrimRevert):
            asset_id = identifier("revert.asset_id", revert.asset_id)
        else:
            asset_id = _asset_id(revert)
        return self._job(kinds.REVERT_TRIM, Key(kind="revert_trim", id=asset_id))

    def live_server(self, asset: Asset | str) -> Job[Asset]:
        """The start of a live stream's server, until one can stream to it.

        Args:
            asset: the live stream, or its id.

        Returns:
            A job whose result is the `Asset` with ``live_stream.rtmp_url`` and ``live_stream.stream_key`` (a secret).

        API: ``GET assets/<id>/``, until ``live_stream.rtmp_url`` and ``live_stream.stream_key`` are there
        """
        return self._job(kinds.LIVE_SERVER, Key(kind="live_server", id=_asset_id(asset)))

    def recording(self, asset: Asset | str) -> Job[Asset]:
        """The recording of a live stream, from before the broadcast until it can be played.

        The end of the broadcast is not the end of this: the server then transcodes what it recorded.

        Args:
            asset: the live stream, or its id.

        Returns:
            A job whose result is the `Asset` with the finished video.

        API: ``GET assets/<id>/``, until ``video.status`` is Completed or Error
        """
        return self._job(kinds.RECORDING, Key(kind="recording", id=_asset_id(asset)))

    def resolutions_deleted(
        self, asset: ResolutionsDeletion | Asset | str, resolutions: Iterable[str] | str | None = None
    ) -> Job[Asset]:
        """The deletion of resolutions, until they are gone.

        Args:
            asset: what ``client.assets.delete_resolutions`` returned, or the asset or its id.
            resolutions: which of them, such as ``["240p"]``; those of the deletion if that is given.

        Returns:
            A job whose result is the `Asset` without them.

        API: ``GET assets/<id>/``, until ``video.resolutions`` has none of them
        """
        if isinstance(asset, ResolutionsDeletion):
            asset_id = identifier("asset.asset_id", asset.asset_id)
            asked_for = [f"{item.resolution}p" for item in asset.resolutions]
        else:
            asset_id, asked_for = _asset_id(asset), None
        run = kinds.read_resolutions(asked_for if resolutions is None else resolutions)
        return self._job(kinds.RESOLUTIONS_DELETED, Key(kind="resolutions_deleted", id=asset_id, run=run))

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

    def hint(self, delivery: Mapping[str, Any] | Asset | bytes | str, *, trust_payload: bool = False) -> bool:
        """Take what a webhook delivered as a sign that something has changed: the next look at it is at once.

        While hints come, the job is looked at more seldom (`Polling.hint_slowdown`); when they stop, as often as
        before. So a delivery that got lost costs delay, and no wait hangs on it. Repeated and late deliveries do no
        harm. What comes before anyone waits is remembered for `Polling.hint_memory` seconds.

        Args:
            delivery: the body that was delivered, as bytes or decoded, or an `Asset`, or just its id. Check before
                that it came from the server: any hint costs a request.
            trust_payload: take a delivery that shows an end for the answer, without a look. Whoever can deliver
                decides then what your code believes. What only the asset's own page has is missing in the result.
                Any other delivery is a sign to look, as without it.

        Returns:
            Whether anyone waits for it now.

        Raises:
            InvalidInputError: it names no asset, or is a bare id that is to be trusted.
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

    def _job(self, kind: Kind[T], key: Key, *, folder: str | None = None) -> Job[T]:
        return Job(self._scheduler, kind, key, default_timeout=kind.timeout(self._polling), folder=folder)


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


def _folder(asset: Asset | str) -> str | None:
    """Return where the asset lies, where that is told: a missing `parent_id` may be one that was not shown."""
    return asset.parent_id if isinstance(asset, Asset) else None


def _asset_id(asset: Asset | str) -> str:
    return identifier("asset", asset.id if isinstance(asset, Asset) else asset)
