"""Schemas of what is answered about everything beside assets, and of refusals."""

from __future__ import annotations

from collections.abc import Mapping

from .parts import (
    ANY_OBJECT,
    FLAG,
    MOMENT,
    NULL,
    NUMBER,
    TEXT,
    URI,
    UUID,
    WHOLE,
    Schema,
    closed,
    listed,
    nullable,
    page_of,
    ref,
)

_WATERMARK: Mapping[str, Schema] = {
    "text": TEXT,
    "type": TEXT,
    "color": TEXT,
    "opacity": {"type": "string", "pattern": r"^[01]\.[0-9]{2}$"},
    "size": WHOLE,
    "x": WHOLE,
    "y": WHOLE,
}
_METADATA = nullable(ANY_OBJECT)
_JOB: Mapping[str, Schema] = {
    "id": TEXT,
    "resolutions": listed(TEXT),
    "video_duration": nullable(WHOLE),
    "status": TEXT,
    "input_url": nullable(TEXT),
    "output_path": TEXT,
    "start_time": nullable(MOMENT),
    "end_time": nullable(MOMENT),
    "error_message": nullable(TEXT),
}
_DETAIL: Mapping[str, Schema] = {**_JOB, "client_metadata": _METADATA}
_BYTES: Schema = {"type": "integer", "minimum": 0}


def _job(members: Mapping[str, Schema]) -> Schema:
    """Return the schema of a transcoding job: one whose input lies in a bucket has a key more."""
    schema = closed(members)
    return {**schema, "properties": {**schema["properties"], "input_path": TEXT}}


SCHEMAS: Mapping[str, Schema] = {
    "AccessToken": closed(
        {
            "playback_url": URI,
            "expires_after_first_usage": FLAG,
            "code": UUID,
            "status": {"type": "string", "enum": ["Active", "Expired", "Used"]},
            "valid_until": nullable(MOMENT),
            "annotations": listed(
                {"anyOf": [closed(_WATERMARK), closed({**_WATERMARK, "interval": WHOLE, "skip": WHOLE})]}
            ),
        }
    ),
    "Chapter": closed({"id": WHOLE, "title": TEXT, "start_time": TEXT}),
    "ChapterPage": page_of("Chapter"),
    "Webhook": closed({"url": TEXT, "secret_token": TEXT, "id": UUID}),
    "WebhookPage": page_of("Webhook"),
    "Organization": closed({"name": TEXT, "uuid": TEXT, "drm_aes_signing_iv": TEXT, "drm_aes_signing_key": TEXT}),
    "OrganizationPage": page_of("Organization"),
    "Usage": closed(
        {
            "id": WHOLE,
            "date": {"type": "string", "format": "date"},
            "bandwidth_used": _BYTES,
            "subtitle_generation_cost": NUMBER,
            "live_stream_usage": WHOLE,
            "active_storage_bytes": _BYTES,
            "deleted_storage_bytes": _BYTES,
            "total_storage_bytes": _BYTES,
        }
    ),
    "UsagePage": page_of("Usage"),
    "Login": closed({"token": {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "expiry": NULL}),
    "TranscodingJob": _job(_DETAIL),
    "CreatedTranscodingJob": _job({**_DETAIL, "enable_drm": FLAG, "drm_content_id": nullable(TEXT)}),
    "ListedTranscodingJob": _job({**_JOB, "enable_drm": FLAG}),
    "TranscodingJobPage": page_of("ListedTranscodingJob"),
    "Cancelled": closed({"message": TEXT}),
    "SubtitleJob": closed(
        {
            "id": TEXT,
            "url": TEXT,
            "language": TEXT,
            "status": TEXT,
            "subtitle_url": nullable(URI),
            "audio_duration": nullable(TEXT),
            "error_code": nullable(TEXT),
            "error_message": nullable(TEXT),
            "client_metadata": _METADATA,
            "created": MOMENT,
        }
    ),
    "SubtitleJobPage": page_of("SubtitleJob"),
    "SubtitleJobs": {"anyOf": [listed(ref("SubtitleJob")), ref("SubtitleJobPage")]},
    "Refusal": closed({"detail": TEXT}),
    "WrongFields": {
        "description": "Messages by the field that they are about; those of an object inside are an object again.",
        "type": "object",
        "minProperties": 1,
        "properties": {"item_index": WHOLE, "detail": False},
        "additionalProperties": {
            "anyOf": [
                listed({"anyOf": [TEXT, {"type": "object", "maxProperties": 0}, ref("WrongFields")]}, minItems=1),
                ref("WrongFields"),
            ]
        },
    },
    "Duplicate": closed(
        {
            "detail": TEXT,
            "duplicate_key": TEXT,
            "first_occurrence_index": WHOLE,
            "current_occurrence_index": WHOLE,
            "message": TEXT,
            "item_index": WHOLE,
        }
    ),
}
