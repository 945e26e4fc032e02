"""Transcoding jobs: files that are transcoded from one place into another, without an asset."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, timezone
from typing import Any

import attrs

from .clock import Calendar
from .job_checks import JobFilter, NewTranscodingJob

QUEUED = "Queued"
TRANSCODING = "Transcoding"
COMPLETED = "Completed"
CANCELLED = "Cancelled"

_FAR_EAST = timezone(timedelta(hours=12))
"""The zone in which the service writes the times of a transcoding job."""

_ENDED = frozenset({"completed", "error", "cancelled"})


@attrs.define(eq=False)
class TranscodingJob:
    """A transcoding job; times are moments of the clock.

    `seconds` is how long it takes, the first fifth of it in the queue. `forced` is a status set by hand, at
    `forced_at`; `duration` is that of its input, in seconds.
    """

    id: str
    new: NewTranscodingJob
    created_at: float
    seconds: float
    duration: int
    drm_content_id: str | None
    forced: str | None = None
    forced_at: float = 0.0
    error_message: str | None = None

    def status(self, now: float) -> str:
        """Return the status at `now`."""
        if self.forced is not None:
            return self.forced
        if now >= self.created_at + self.seconds:
            return COMPLETED
        return TRANSCODING if now >= self._begins_at else QUEUED

    def ended(self, now: float) -> bool:
        """Tell whether nothing more happens to it."""
        return self.status(now).lower() in _ENDED

    @property
    def moments(self) -> tuple[float, float]:
        """The moments at which it begins and ends if nothing is done to it."""
        return self._begins_at, self.created_at + self.seconds

    @property
    def _begins_at(self) -> float:
        return self.created_at + self.seconds * 0.2

    def started_at(self, now: float) -> float | None:
        """Return when transcoding began; None if it did not."""
        status = self.status(now).lower()
        until = now if self.forced is None else self.forced_at
        if status == QUEUED.lower() or (status == CANCELLED.lower() and until < self._begins_at):
            return None
        return min(until, self._begins_at)

    def ended_at(self, now: float) -> float | None:
        """Return when it ended; None if it did not."""
        if not self.ended(now):
            return None
        return self.created_at + self.seconds if self.forced is None else self.forced_at

    def is_wanted(self, wanted: JobFilter, now: float, calendar: Calendar) -> bool:
        """Tell whether a list that is filtered like that shows it."""
        if wanted.statuses and self.status(now).lower() not in wanted.statuses:
            return False
        if wanted.enable_drm is not None and self.new.enable_drm != wanted.enable_drm:
            return False
        created = calendar.moment(self.created_at)
        too_early = wanted.created_from is not None and created < wanted.created_from
        return not too_early and (wanted.created_to is None or created <= wanted.created_to)


def _row(job: TranscodingJob, now: float, status: str, start: str | None, end: str | None) -> dict[str, Any]:
    row = {
        "id": job.id,
        "resolutions": job.new.resolutions,
        "video_duration": job.duration if job.status(now).lower() == COMPLETED.lower() else None,
        "status": status,
        "input_url": job.new.input_url,
        "output_path": job.new.output_path,
        "start_time": start,
        "end_time": end,
        "error_message": job.error_message,
    }
    if job.new.input_path is not None:
        row["input_path"] = job.new.input_path
    return row


def _protection(job: TranscodingJob) -> dict[str, Any]:
    return {"enable_drm": job.new.enable_drm, "drm_content_id": job.drm_content_id}


def _local(at: float | None, calendar: Calendar) -> str | None:
    return None if at is None else calendar.moment(at, _FAR_EAST).isoformat(timespec="microseconds")


def _whole_seconds(at: float | None, calendar: Calendar) -> str | None:
    return None if at is None else calendar.moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def detail_row(job: TranscodingJob, now: float, calendar: Calendar) -> dict[str, Any]:
    """Return the job as its own page shows it."""
    start, end = _local(job.started_at(now), calendar), _local(job.ended_at(now), calendar)
    return {**_row(job, now, job.status(now), start, end), "client_metadata": job.new.client_metadata}


def created_row(job: TranscodingJob, now: float, calendar: Calendar) -> dict[str, Any]:
    """Return the job as creating it answers."""
    return {**detail_row(job, now, calendar), **_protection(job)}


def list_row(job: TranscodingJob, now: float, calendar: Calendar) -> dict[str, Any]:
    """Return the job as a list shows it: with its status in lower case."""
    start, end = _local(job.started_at(now), calendar), _local(job.ended_at(now), calendar)
    return {**_row(job, now, job.status(now).lower(), start, end), "enable_drm": job.new.enable_drm}


def delivery_row(job: TranscodingJob, now: float, calendar: Calendar) -> dict[str, Any]:
    """Return the job as a webhook delivers it: with its status in lower case and its times in UTC."""
    start, end = _whole_seconds(job.started_at(now), calendar), _whole_seconds(job.ended_at(now), calendar)
    row = _row(job, now, job.status(now).lower(), start, end)
    return {**row, **_protection(job), "client_metadata": job.new.client_metadata}


@attrs.frozen
class TranscodingSubject:
    """A transcoding job whose changes are told."""

    job: TranscodingJob
    calendar: Calendar

    @property
    def id(self) -> str:
        """The id of the job."""
        return self.job.id

    def state(self, now: float) -> str:
        """Return the status."""
        return self.job.status(now)

    def moments(self) -> Sequence[float]:
        """Return the moments at which one status follows another by itself."""
        return () if self.job.forced is not None else self.job.moments

    def rows(self, before: object, now: float) -> Sequence[dict[str, Any]]:
        """Return the job as it is now; `before` does not matter."""
        return [delivery_row(self.job, now, self.calendar)]
