"""What the API does with subtitle jobs."""

from __future__ import annotations

import random
from typing import Any

from .answers import Answer, json_answer, not_found
from .call import Call
from .job_checks import metadata
from .paging import numbered_page
from .subtitle_jobs import SubtitleJob


def create_subtitle_job(call: Call) -> Answer:
    """Begin to write down the words of a file."""
    fields, service = call.fields(), call.service
    url, client_metadata = fields.url("url"), metadata(fields)
    fields.finish()
    seconds, duration = service.settings.subtitle_job_seconds, random.randrange(60, 600)
    job = SubtitleJob(service.ids.asset_id(), url, client_metadata, call.now, seconds, duration)
    service.subtitle_jobs[job.id] = job
    return json_answer(job.row(call.now, service.calendar), 201)


def list_subtitle_jobs(call: Call) -> Answer:
    """List subtitle jobs, newest first: as a bare array, or as a page if the request or a setting wants one."""
    service, now = call.service, call.now
    jobs = list(reversed(service.subtitle_jobs.values()))

    def show(job: SubtitleJob) -> dict[str, Any]:
        return job.row(now, service.calendar)

    if "page" in call.query:
        return json_answer(numbered_page(jobs, show, call.address, call.query, service.settings))
    if "limit" in call.query or service.settings.paginate_subtitle_jobs:
        return call.page(jobs, show)
    return json_answer([show(job) for job in jobs])


def get_subtitle_job(call: Call) -> Answer:
    """Show one subtitle job."""
    job = call.service.subtitle_jobs.get(call.ids[0])
    if job is None:
        raise not_found()
    return json_answer(job.row(call.now, call.service.calendar))
