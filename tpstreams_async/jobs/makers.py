"""The handles of ``client.jobs``, kind by kind."""

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from .. import models
from .._validate import flag, identifier
from ..config import Polling
from ..errors import InvalidInputError
from ..models import Asset, ResolutionsDeletion, TrimRevert, TrimStart, TrimStatus
from ..models._base import Snapshot
from . import kinds
from .job import Job
from .keys import Key
from .kinds import Kind
from .scheduler import Scheduler

if TYPE_CHECKING:
    from ..models import SubtitleJob, TranscodingJob

T = TypeVar("T")


class JobMakers:
    """Makes handles on the server's work. Making one does no I/O; awaiting it does."""

    def __init__(self, scheduler: Scheduler, polling: Polling) -> None:
        self._scheduler = scheduler
        self._polling = polling
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
            key = Key(kind="trim", id=_asset_id(trim, "trim"))
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
            asset_id = _asset_id(revert, "revert")
        return self._job(kinds.REVERT_TRIM, Key(kind="revert_trim", id=asset_id))

    def live_server(self, asset: Asset | str) -> Job[Asset]:
        """The start of a live stream's server, until one can stream to it.

        It is an instant stream's own, and that of a scheduled one after ``client.live_streams.start_server``.

        Args:
            asset: the live stream, or its id.

        Returns:
            A job whose result is the `Asset` with ``live_stream.rtmp_url`` and ``live_stream.stream_key`` (a secret).

        API: ``GET assets/<id>/``, until ``live_stream.rtmp_url`` and ``live_stream.stream_key`` are there
        """
        return self._job(kinds.LIVE_SERVER, Key(kind="live_server", id=_asset_id(asset)))

    def recording(self, asset: Asset | str) -> Job[Asset]:
        """The recording of a live stream, from before the broadcast until it can be played.

        The end of the broadcast is not the end of this: the server then transcodes what it recorded. A trim that was
        asked for with ``live_streams.stop`` can come after: ``await client.jobs.trim(asset.id)`` waits for it.

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

    def transcoding(self, job: "TranscodingJob | str") -> "Job[TranscodingJob]":
        """A transcoding job, until its files are in the bucket.

        Args:
            job: what ``client.transcoding_jobs.create`` returned, or its id.

        Returns:
            A job whose result is the finished `TranscodingJob`, without `drm_content_id`: that is in what ``create``
            returned. One that was cancelled has failed.

        API: ``GET transcoding_jobs/<id>/``, until its ``status`` is Completed, Error or Cancelled
        """
        return self._job(kinds.TRANSCODING, Key(kind="transcoding", id=_job_id(job, lambda: models.TranscodingJob)))

    def subtitle_job(self, job: "SubtitleJob | str") -> "Job[SubtitleJob]":
        """A subtitle job, until its subtitles are there. For those of an asset, see `subtitle`.

        Args:
            job: what ``client.subtitle_jobs.create`` returned, or its id.

        Returns:
            A job whose result is the finished `SubtitleJob`, with its `subtitle_url`.

        API: ``GET subtitle_jobs/<id>/``, until its ``status`` is Completed, Failed or Error
        """
        return self._job(kinds.SUBTITLE_JOB, Key(kind="subtitle_job", id=_job_id(job, lambda: models.SubtitleJob)))

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

    def _job(self, kind: Kind[T], key: Key, *, folder: str | None = None) -> Job[T]:
        return Job(self._scheduler, kind, key, default_timeout=kind.timeout(self._polling), folder=folder)


def _folder(asset: Asset | str) -> str | None:
    """Return where the asset lies, where that is told: a missing `parent_id` may be one that was not shown."""
    return asset.parent_id if isinstance(asset, Asset) else None


def _asset_id(asset: Asset | str, name: str = "asset") -> str:
    if isinstance(asset, Snapshot) and not isinstance(asset, Asset):
        raise InvalidInputError(name, f"must be an asset or its id; for a {type(asset).__name__} there is another job")
    return identifier(name, asset.id if isinstance(asset, Asset) else asset)


def _job_id(job: Any, model: Callable[[], type[Any]]) -> str:
    """Return the id of a job of the API; its model is not imported for an id alone."""
    return identifier("job", job.id if not isinstance(job, str) and isinstance(job, model()) else job)
