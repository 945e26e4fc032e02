"""What the API does with transcoding jobs."""

from __future__ import annotations

import random
import uuid
from typing import Any

from .answers import Answer, json_answer, not_found
from .call import Call
from .job_checks import job_filter, new_transcoding_job
from .paging import numbered_page
from .transcoding import CANCELLED, TranscodingJob, created_row, detail_row, list_row


def create_transcoding_job(call: Call) -> Answer:
    """Begin to transcode a file."""
    fields = call.fields()
    new = new_transcoding_job(fields)
    fields.finish()
    service = call.service
    job = TranscodingJob(
        id=service.ids.asset_id(),
        new=new,
        created_at=call.now,
        seconds=service.settings.transcoding_seconds,
        duration=random.randrange(60, 600),
        drm_content_id=uuid.UUID(service.ids.task_id()).hex if new.enable_drm else None,
    )
    service.transcoding_jobs[job.id] = job
    service.touched_job(job)
    return json_answer(created_row(job, call.now, service.calendar), 201)


def list_transcoding_jobs(call: Call) -> Answer:
    """List transcoding jobs, newest first if the request does not say."""
    service, now, wanted = call.service, call.now, job_filter(call.query)
    jobs = [job for job in service.transcoding_jobs.values() if job.is_wanted(wanted, now, service.calendar)]
    if not wanted.oldest_first:
        jobs.reverse()

    def show(job: TranscodingJob) -> dict[str, Any]:
        return list_row(job, now, service.calendar)

    return json_answer(numbered_page(jobs, show, call.address, call.query, service.settings))


def get_transcoding_job(call: Call) -> Answer:
    """Show one transcoding job."""
    return json_answer(detail_row(_job(call), call.now, call.service.calendar))


def cancel_transcoding_job(call: Call) -> Answer:
    """Cancel a transcoding job that has not ended."""
    job = _job(call)
    if job.ended(call.now):
        return json_answer({"message": "Job is already completed."})
    job.forced, job.forced_at = CANCELLED, call.now
    call.service.touched_job(job)
    return json_answer({"message": "Job cancelled successfully."})


def _job(call: Call) -> TranscodingJob:
    job = call.service.transcoding_jobs.get(call.ids[0])
    if job is None:
        raise not_found()
    return job
