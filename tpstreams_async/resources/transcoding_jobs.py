"""Transcoding from a URL or a bucket into a bucket: ``client.transcoding_jobs``."""

import builtins
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from .. import _routes, _validate
from .._frames import sealed
from .._transport import Transport
from .._wire import build
from ..errors import InvalidInputError
from ..models import Message, TranscodingJob
from ..pagination import Pager
from ._decoding import decode_message, named
from ._metadata import client_metadata as checked_metadata
from ._times import period


class TranscodingJobs:
    """Jobs that transcode a file of yours into a bucket of yours, without an asset."""

    def __init__(self, transport: Transport, *, origin: str) -> None:
        self._transport = transport
        self._origin = origin

    @sealed
    async def create(
        self,
        *,
        input_url: str | None = None,
        input_path: str | None = None,
        output_path: str,
        resolutions: Iterable[str] | str,
        enable_drm: bool | None = None,
        client_metadata: Mapping[str, Any] | None = None,
    ) -> TranscodingJob:
        """Have a file transcoded. ``await client.jobs.transcoding(job)`` waits for it.

        The credentials in the query of a path show in no repr, error or log of this package, and in no pickle.

        Args:
            input_url: an absolute http or https URL to take the file from. This or `input_path`.
            input_path: where in a bucket to take it from: ``s3://bucket/key/?access_key=…&secret_key=…&region=…``. What
                has a meaning in URLs must be percent-encoded.
            output_path: where in a bucket to put the renditions, in the same form.
            resolutions: out of 240p, 360p, 480p, 540p, 720p and 1080p; a list, or text with commas.
            enable_drm: whether to encrypt them; the server's choice if not given.
            client_metadata: a JSON object of your own that comes back with the job; at most 10,240 bytes as compact
                JSON (the vendor says 10 KB).

        Returns:
            The job as it is just after creation.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            BadRequestError: the server refused it; `field_errors` says why.
            OutcomeUnknownError: the answer got lost, so the job may exist.

        API: ``POST transcoding_jobs/``
        """
        if (input_url is None) == (input_path is None):
            raise InvalidInputError("input_url", "or input_path must be given, and not both")
        body: dict[str, Any] = {}
        if input_url is not None:
            body["input_url"] = _validate.web_url("input_url", input_url)
        if input_path is not None:
            body["input_path"] = _validate.bucket_url("input_path", input_path)
        body["output_path"] = _validate.bucket_url("output_path", output_path)
        body["resolutions"] = _validate.resolutions("resolutions", resolutions)
        if enable_drm is not None:
            body["enable_drm"] = _validate.flag("enable_drm", enable_drm)
        if client_metadata is not None:
            body["client_metadata"] = checked_metadata(client_metadata)
        request = build(_routes.CREATE_TRANSCODING_JOB, named(TranscodingJob, "id"), json=body)
        return await self._transport.send(request)

    def list(
        self,
        *,
        status: Iterable[str] | str | None = None,
        enable_drm: bool | None = None,
        created_from: date | str | None = None,
        created_to: date | str | None = None,
        ordering: str | None = None,
    ) -> Pager[TranscodingJob]:
        """Go through transcoding jobs.

        Args:
            status: one status or several, such as ``["Queued", "Transcoding"]``. They are sent as they are given.
            enable_drm: only those with DRM, or only those without.
            created_from: the earliest creation: a `datetime` with a time zone, a `date`, or either as ISO 8601 text.
                A `date` is sent without a time, and the server decides where that day begins and ends.
            created_to: the latest creation, in the same forms.
            ordering: ``"created"``, or ``"-created"`` for the newest first; the server's choice if not given.

        Returns:
            A `Pager`: ``async for``, ``.pages()``, ``.collect(limit=…)``, ``.first()``, ``.count()``.

        Raises:
            InvalidInputError: an argument is wrong.

        API: ``GET transcoding_jobs/``
        """
        if enable_drm is not None:
            _validate.flag("enable_drm", enable_drm)
        query: dict[str, Any] = {
            "status": None if status is None else _statuses(status),
            "enable_drm": None if enable_drm is None else str(enable_drm).lower(),
            **period("created_from", created_from, "created_to", created_to),
            "ordering": None if ordering is None else _validate.choice("ordering", ordering, ("created", "-created")),
        }
        return Pager(self._transport, _routes.LIST_TRANSCODING_JOBS, TranscodingJob, query, origin=self._origin)

    async def get(self, job_id: str) -> TranscodingJob:
        """Return a transcoding job.

        Args:
            job_id: of the job.

        Raises:
            InvalidInputError: it is no id; nothing was sent.
            NotFoundError: there is no such job.

        API: ``GET transcoding_jobs/<id>/``
        """
        decode = named(TranscodingJob, "id")
        return await self._transport.send(
            build(_routes.GET_TRANSCODING_JOB, decode, job_id, id_names=("job_id",)),
        )

    async def cancel(self, job_id: str) -> Message:
        """Cancel a transcoding job. One that has ended stays as it is, which the server says in its own words.

        It is sent again when its answer got lost.

        Args:
            job_id: of the job.

        Returns:
            The server's words, as `detail`; None if it has none, or if the answer got lost and the job was gone then.

        Raises:
            NotFoundError: there is no such job.
            OutcomeUnknownError: the answer got lost, and so did those of the next attempts.

        API: ``DELETE transcoding_jobs/<id>/``
        """
        request = build(_routes.CANCEL_TRANSCODING_JOB, decode_message, job_id, id_names=("job_id",))
        return await self._transport.send(request)


def _statuses(status: object) -> builtins.list[str]:
    given = [status] if isinstance(status, str) else status
    if isinstance(given, (bytes, Mapping)) or not isinstance(given, Iterable):
        raise InvalidInputError("status", f"must be a status or a list of them, not {_validate.show(status)}")
    chosen = [_validate.line("status", item) for item in cast("Iterable[object]", given)]
    if not chosen:
        raise InvalidInputError("status", "must have at least one status")
    return chosen
