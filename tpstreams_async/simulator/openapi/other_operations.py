"""The operations on everything beside assets."""

from __future__ import annotations

from .. import routes
from ..job_checks import STATUSES
from ..license_checks import DRM_TYPES
from .asset_operations import PAGING
from .parts import CONFLICT, TEXT, Operation, Operations, Schema, listed, parameter, ref

_DRM = "DRM"
_WEBHOOKS = "Webhooks"
_ACCOUNT = "Account"
_JOBS = "Jobs without assets"
_BINARY = "application/octet-stream"

_ORDERS = ("created", "-created")
_FLAG: Schema = {"type": "string", "enum": ["true", "false"]}
_DAY: Schema = {"type": "string", "format": "date"}
_TIME: Schema = {
    "type": "string",
    "pattern": r"^(?:[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9])(?:T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})?)?)?$",
    "examples": ["2026-02-03", "2026-02-03T04:05:06Z"],
}
_GIVEN: Schema = {"type": "string", "pattern": r"^[!-~]+$"}
_PAGE = parameter("page", {"type": "integer", "minimum": 1}, "The number of the page, from 1.")


def _words(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


def _part(name: str, most: int) -> Schema:
    schema: Schema = {"type": "integer", "minimum": 1, "maximum": most}
    return parameter(name, schema, f"Only what was used in this {name}.")


_LICENSE = frozenset({400, 403})

OPERATIONS: Operations = {
    routes.ASSET_LICENSE: {
        "POST": Operation(
            _DRM,
            TEXT,
            body=ref("PlayerRequest"),
            query=(
                parameter("access_token", _GIVEN, "The code of an access token of the asset.", required=True),
                parameter("drm_type", _words(*DRM_TYPES), "What the player knows.", required=True),
            ),
            refusals=_LICENSE,
            media_type=_BINARY,
        )
    },
    routes.LICENSE: {
        "POST": Operation(
            _DRM,
            TEXT,
            body=ref("SignedPlayerRequest"),
            query=(parameter("data", _GIVEN, "What the organization has signed.", required=True),),
            # 501 is for where the library that verifies signatures is not installed.
            refusals=frozenset({*_LICENSE, 501}),
            media_type=_BINARY,
        )
    },
    routes.WEBHOOKS: {
        "GET": Operation(_WEBHOOKS, ref("WebhookPage"), query=PAGING),
        "POST": Operation(_WEBHOOKS, ref("Webhook"), 201, body=ref("NewWebhook")),
    },
    routes.WEBHOOK: {
        "GET": Operation(_WEBHOOKS, ref("Webhook")),
        "PUT": Operation(_WEBHOOKS, ref("Webhook"), body=ref("NewWebhook")),
        "DELETE": Operation(_WEBHOOKS, status=204),
    },
    routes.USAGE: {
        "GET": Operation(
            _ACCOUNT,
            ref("UsagePage"),
            query=(
                *PAGING,
                *(_part("year", 9999), _part("month", 12), _part("day", 31)),
                parameter("start", _DAY, "Only what was used on this day or later."),
                parameter("end", _DAY, "Only what was used on this day or earlier."),
                parameter("time_frame", _words("daily", "monthly"), "Whether a row is a day or a month."),
                parameter("ordering", _words("date", "-date"), "The earliest first, or the latest."),
            ),
            refusals=CONFLICT,
        )
    },
    routes.TRANSCODING_JOBS: {
        "GET": Operation(
            _JOBS,
            ref("TranscodingJobPage"),
            query=(
                _PAGE,
                parameter("status", listed(_words(*STATUSES)), "Only those with one of these."),
                parameter("enable_drm", _FLAG, "Only those with or without DRM."),
                parameter("created_from", _TIME, "Only those created at this day or time, or later."),
                parameter("created_to", _TIME, "Only those created at this day or time, or earlier."),
                parameter("ordering", _words(*_ORDERS), "The earliest first, or the latest."),
            ),
            refusals=CONFLICT,
        ),
        "POST": Operation(_JOBS, ref("CreatedTranscodingJob"), 201, body=ref("NewTranscodingJob")),
    },
    routes.TRANSCODING_JOB: {
        "GET": Operation(_JOBS, ref("TranscodingJob")),
        "DELETE": Operation(_JOBS, ref("Cancelled")),
    },
    routes.SUBTITLE_JOBS: {
        "GET": Operation(_JOBS, ref("SubtitleJobs"), query=(_PAGE, *PAGING)),
        "POST": Operation(_JOBS, ref("SubtitleJob"), 201, body=ref("NewSubtitleJob")),
    },
    routes.SUBTITLE_JOB: {"GET": Operation(_JOBS, ref("SubtitleJob"))},
    routes.ORGANIZATIONS: {"GET": Operation(_ACCOUNT, ref("OrganizationPage"), query=PAGING)},
    routes.LOGIN: {"POST": Operation(_ACCOUNT, ref("Login"), body=ref("Credentials"))},
    routes.LOGOUT: {"POST": Operation(_ACCOUNT, status=204)},
}
