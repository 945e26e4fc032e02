"""Subtitles for a file at a URL: ``client.subtitle_jobs``."""

from collections.abc import Mapping
from typing import Any

from .. import _redact, _routes, _validate
from .._frames import sealed
from .._transport import Transport
from .._wire import build
from ..models import SubtitleJob
from ..pagination import Pager
from ._decoding import named
from ._metadata import client_metadata as checked_metadata


class SubtitleJobs:
    """Jobs that make subtitles for a file of yours, without an asset. The vendor charges for them."""

    def __init__(self, transport: Transport, *, origin: str) -> None:
        self._transport = transport
        self._origin = origin

    @sealed
    async def create(self, *, url: str, client_metadata: Mapping[str, Any] | None = None) -> SubtitleJob:
        """Have subtitles made for a file. ``await client.jobs.subtitle_job(job)`` waits for them.

        Args:
            url: an absolute http or https URL to take the file from.
            client_metadata: a JSON object of your own that comes back with the job; at most 10,240 bytes as compact
                JSON (the vendor says 10 KB).

        Returns:
            The job as it is just after creation.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            BadRequestError: the server refused it; `field_errors` says why.
            OutcomeUnknownError: the answer got lost, so the job may exist.

        API: ``POST subtitle_jobs/``
        """
        body: dict[str, Any] = {"url": _validate.web_url("url", url)}
        if client_metadata is not None:
            body["client_metadata"] = checked_metadata(client_metadata)
        look_for = f"client.subtitle_jobs.list() shows those that are there; look for the url {_redact.url(url)}"
        request = build(_routes.CREATE_SUBTITLE_JOB, named(SubtitleJob, "id"), json=body, look_for=look_for)
        return await self._transport.send(request)

    def list(self) -> Pager[SubtitleJob]:
        """Go through subtitle jobs.

        Returns:
            A `Pager`: ``async for``, ``.pages()``, ``.collect(limit=…)``, ``.first()``, ``.count()``.

        API: ``GET subtitle_jobs/``
        """
        return Pager(self._transport, _routes.LIST_SUBTITLE_JOBS, SubtitleJob, {}, origin=self._origin)

    async def get(self, job_id: str) -> SubtitleJob:
        """Return a subtitle job.

        Args:
            job_id: of the job.

        Raises:
            InvalidInputError: it is no id; nothing was sent.
            NotFoundError: there is no such job.

        API: ``GET subtitle_jobs/<id>/``
        """
        decode = named(SubtitleJob, "id")
        return await self._transport.send(build(_routes.GET_SUBTITLE_JOB, decode, job_id, id_names=("job_id",)))
