"""What a test can do to transcoding and subtitle jobs."""

from __future__ import annotations

from typing import Any

from .control_base import ControlBase
from .transcoding import delivery_row


class JobControls(ControlBase):
    """The part of the controls that is about jobs without an asset. A KeyError says that there is no such job."""

    def set_transcoding_status(self, job_id: str, status: str | None, error_message: str | None = None) -> None:
        """Let a transcoding job show any status and stay there; None gives it back to the state machine.

        `Completed`, `Error` and `Cancelled` end it, whatever their case.
        """
        with self._service.lock:
            job = self._service.transcoding_jobs[job_id]
            self._service.changes.look()
            job.forced, job.forced_at, job.error_message = status, self._service.clock.now(), error_message
            self._service.touched_job(job)

    def set_subtitle_job_status(
        self, job_id: str, status: str | None, error_code: str | None = None, error_message: str | None = None
    ) -> None:
        """Let a subtitle job show any status and stay there; None gives it back to the state machine.

        Only at `Completed`, whatever its case, is there a subtitle.
        """
        with self._service.lock:
            job = self._service.subtitle_jobs[job_id]
            job.forced, job.error_code, job.error_message = status, error_code, error_message

    def transcoding_delivery(self, job_id: str) -> dict[str, Any]:
        """Return the body that a webhook would deliver now for a transcoding job."""
        with self._service.lock:
            job = self._service.transcoding_jobs[job_id]
            return delivery_row(job, self._service.clock.now(), self._service.calendar)
