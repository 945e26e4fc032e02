"""Checks of what is asked about jobs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import attrs
import orjson
from multidict import MultiMapping

from .checks import Fields, resolution_names

MAX_METADATA_BYTES = 10 * 1024

STATUSES = ("Queued", "Transcoding", "Completed", "Error", "Cancelled")
"""What a transcoding job can be asked for by."""

_S3 = re.compile(r"s3://[^/?\s]+(?:[/?]\S*)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@attrs.frozen(kw_only=True)
class NewTranscodingJob:
    """A request to transcode a file that passed every check; one of the inputs is None."""

    input_url: str | None
    input_path: str | None = attrs.field(repr=False)
    output_path: str = attrs.field(repr=False)
    resolutions: Sequence[str]
    enable_drm: bool
    client_metadata: dict[str, Any] | None


@attrs.frozen(kw_only=True)
class JobFilter:
    """Which transcoding jobs are asked for: an empty list of statuses is all of them, in lower case."""

    statuses: frozenset[str]
    enable_drm: bool | None
    created_from: datetime | None
    created_to: datetime | None
    oldest_first: bool


def metadata(fields: Fields) -> dict[str, Any] | None:
    """Return the client's own data; None if absent, null or wrong."""
    value: Any = fields.get("client_metadata")
    if value is None:
        return None
    if not isinstance(value, dict):
        fields.wrong("client_metadata", "Value must be a JSON object.")
        return None
    if len(orjson.dumps(value)) > MAX_METADATA_BYTES:
        fields.wrong("client_metadata", "Metadata must not exceed 10 KB.")
    return cast("dict[str, Any]", value)


def new_transcoding_job(fields: Fields) -> NewTranscodingJob:
    """Return the checked fields of a request to transcode; `fields.finish()` tells whether they hold."""
    has_url, has_path = (fields.get(name) not in (None, "") for name in ("input_url", "input_path"))
    if has_url == has_path:
        fields.wrong("non_field_errors", "Provide either input_url or input_path, and not both.")
    return NewTranscodingJob(
        input_url=fields.url("input_url") if has_url else None,
        input_path=_s3(fields, "input_path") if has_path else None,
        output_path=_s3(fields, "output_path"),
        resolutions=resolution_names(fields),
        enable_drm=fields.boolean("enable_drm"),
        client_metadata=metadata(fields),
    )


def job_filter(query: MultiMapping[str]) -> JobFilter:
    """Return the checked query of a list of transcoding jobs.

    Raises:
        RefusalError: 400, something about it is wrong.
    """
    fields = Fields(dict(query))
    known = {status.lower() for status in STATUSES}
    statuses = {text.lower(): text for text in query.getall("status", [])}
    for lower, text in statuses.items():
        if lower not in known:
            fields.wrong("status", f"Select a valid choice. {text} is not one of the available choices.")
    found = JobFilter(
        statuses=frozenset(statuses),
        enable_drm=fields.boolean("enable_drm") if "enable_drm" in fields else None,
        created_from=_moment(fields, "created_from", timedelta(0)),
        created_to=_moment(fields, "created_to", timedelta(days=1, microseconds=-1)),
        oldest_first=fields.choice("ordering", ("created", "-created")) == "created",
    )
    fields.finish()
    return found


def _s3(fields: Fields, name: str) -> str:
    text = fields.text(name, required=True)
    if text and not _S3.fullmatch(text):
        fields.wrong(name, "Enter a valid path, such as s3://bucket/path.")
    return text or ""


def _moment(fields: Fields, name: str, of_day: timedelta) -> datetime | None:
    """Return a date and time, in UTC if the text names no zone; a date alone means `of_day` on that day."""
    text = fields.text(name)
    if not text:
        return None
    try:
        value = datetime.fromisoformat(text)
        value = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return value + of_day if _DAY.fullmatch(text) else value
    except (ValueError, OverflowError):
        fields.wrong(name, "Enter a valid date/time.")
        return None
