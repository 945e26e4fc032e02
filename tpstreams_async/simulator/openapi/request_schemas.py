"""Schemas of what is sent. They say what is accepted, which is a little more than what one should send."""

from __future__ import annotations

from collections.abc import Mapping

from ..bulk_endpoints import MAX_VIDEOS
from ..checks import MOST_WHOLE, PROTECTIONS, RESOLUTIONS
from ..license_checks import TRACK_TYPES
from ..live import LATENCIES
from .parts import ANY_OBJECT, TEXT, Schema, given, listed, nullable, ref

_LINE = r"^[^\x00]*[^\s\x00\x1c-\x1f][^\x00]*$"
"""Something beside white space, and no null characters."""
_NAMES = "|".join(RESOLUTIONS)
_FROM_ZERO: Schema = {"type": ["integer", "null"], "minimum": 0, "maximum": MOST_WHOLE}
_FOLDER: Schema = {**nullable(TEXT), "description": "The uuid of a folder; empty or null for the root."}
_BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$"
_S3: Schema = {"type": "string", "pattern": r"^[ \t\n]*s3://[!-.0->@-~]+(?:[/?][!-~]*)?[ \t\n]*$"}
_URL = (
    r"^[ \t\n]*[Hh][Tt][Tt][Pp][Ss]?://(?:[0-9A-Za-z._~:%!-]*@)?[0-9A-Za-z._-]+"
    r"(?::[1-5]?[0-9]{0,3}[1-9])?(?:[/?#][!-~]*)?[ \t\n]*$"
)
_LEFT_OUT: Schema = {"enum": ["", None]}
_FILE: Schema = {"type": "string", "format": "binary"}
_COLOR: Schema = {"type": ["string", "null"], "pattern": r"^\s*#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})\s*$"}

_NEW: Mapping[str, Schema] = {
    "content_protection_type": nullable({"type": "string", "enum": list(PROTECTIONS)}),
    "folder": _FOLDER,
    "generate_subtitle": ref("Flag"),
}
_TIMES: Mapping[str, Schema] = {
    "license_duration_seconds": _FROM_ZERO,
    "rental_duration_seconds": _FROM_ZERO,
    "lease_duration_seconds": _FROM_ZERO,
}
_KEYS: Schema = {"content_key_specs": nullable(listed(ref("ContentKeySpec")))}

SCHEMAS: Mapping[str, Schema] = {
    "Line": {
        "type": ["string", "number"],
        "pattern": _LINE,
        "description": "Text that is not blank; white space around it does not count, and a number is taken as text.",
    },
    "Flag": {
        "anyOf": [
            {"type": ["boolean", "null"]},
            {"type": "string", "pattern": "^(?:[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"},
        ],
        "description": "True or false, also as text; null is false.",
    },
    "Seconds": {
        "anyOf": [
            {"type": ["number", "null"], "minimum": 0},
            {"type": "string", "pattern": r"^[0-9]{1,9}(?:\.[0-9]{1,9})?$"},
        ]
    },
    "Title": {
        "type": ["string", "number", "null"],
        "pattern": r"^[^\x00]*$",
        "description": "Without one, it is the name of the file.",
    },
    "Url": {"type": "string", "pattern": _URL},
    "Resolutions": {
        "anyOf": [
            listed({"type": "string", "enum": list(RESOLUTIONS)}, minItems=1),
            {"type": "string", "pattern": rf"^[\s,]*(?:{_NAMES})(?:\s*,[\s,]*(?:{_NAMES}))*[\s,]*$"},
        ],
        "description": "A list, or text with commas.",
    },
    "NewVideo": given(
        {
            "inputs": listed(given({"url": ref("Url")}, required=["url"]), minItems=1),
            "resolutions": ref("Resolutions"),
            "title": ref("Title"),
            **_NEW,
        },
        required=["inputs", "resolutions"],
    ),
    "NewVideos": listed(ref("NewVideo"), minItems=1, maxItems=MAX_VIDEOS),
    "NewUpload": given(
        {"title": ref("Line"), "resolutions": ref("Resolutions"), **_NEW}, required=["title", "resolutions"]
    ),
    "NewFolder": given({"title": ref("Line"), "parent": _FOLDER}, required=["title"]),
    "Move": given({"parent": _FOLDER}),
    "NewSubtitle": given({"subtitle": _FILE, "name": TEXT, "language": TEXT}, required=["subtitle"]),
    "NewThumbnail": given({"thumbnail": _FILE}, required=["thumbnail"]),
    "NewTrim": {
        **given({"start_time": ref("Seconds"), "end_time": ref("Seconds")}),
        "anyOf": [{"required": ["start_time"]}, {"required": ["end_time"]}],
    },
    "NewDeletion": given(
        {"resolutions": listed({"type": "integer", "enum": [int(name[:-1]) for name in RESOLUTIONS]}, minItems=1)},
        required=["resolutions"],
    ),
    "NewLiveStream": given(
        {
            "title": ref("Line"),
            "start": {
                "type": ["string", "null"],
                "pattern": r"^2[0-9]{3}-(?:0[1-9]|1[0-2])-(?:[01][1-9]|2[0-8]) (?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}$",
                "description": "Date and time without a zone; without it, the stream begins at once.",
            },
            "enable_drm_for_recording": ref("Flag"),
            "latency": nullable({"type": "string", "enum": list(LATENCIES)}),
        },
        required=["title"],
    ),
    "Span": {
        **given({"start_time": _FROM_ZERO, "end_time": _FROM_ZERO}),
        "description": "The part that the recording keeps: both or none, of the broadcast or since the epoch.",
        "dependentRequired": {"start_time": ["end_time"], "end_time": ["start_time"]},
    },
    "NewAccessToken": given(
        {
            "time_to_live": {**_FROM_ZERO, "minimum": 1},
            "expires_after_first_usage": ref("Flag"),
            "annotations": nullable(listed(ref("Watermark"))),
        }
    ),
    "Watermark": given(
        {
            "type": {"type": "string", "enum": ["static", "dynamic"]},
            "text": ref("Line"),
            "x": _FROM_ZERO,
            "y": _FROM_ZERO,
            "color": _COLOR,
            "opacity": {
                "anyOf": [
                    {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                    {"type": "string", "pattern": r"^0\.[0-9]{1,9}$"},
                ]
            },
            "size": {
                "anyOf": [
                    {"type": ["integer", "null"], "minimum": 1},
                    {"type": "string", "pattern": "^[1-9][0-9]{0,3}$"},
                ]
            },
            "interval": _FROM_ZERO,
            "skip": _FROM_ZERO,
        },
        required=["type", "text"],
    ),
    "NewChapters": given(
        {
            "chapters": listed(
                given(
                    {
                        "title": ref("Line"),
                        "start_time": {"type": "string", "pattern": r"^\s*[0-9]{2}:[0-5][0-9]:[0-5][0-9]\s*$"},
                    },
                    required=["title", "start_time"],
                ),
                minItems=1,
            )
        },
        required=["chapters"],
    ),
    "NewWebhook": given({"url": ref("Url"), "secret_token": ref("Line")}, required=["url", "secret_token"]),
    "NewTranscodingJob": {
        **given(
            {
                "input_url": {"anyOf": [ref("Url"), _LEFT_OUT]},
                "input_path": {"anyOf": [_S3, _LEFT_OUT]},
                "output_path": _S3,
                "resolutions": ref("Resolutions"),
                "enable_drm": ref("Flag"),
                "client_metadata": nullable(ANY_OBJECT),
            },
            required=["output_path", "resolutions"],
        ),
        "oneOf": [
            given({"input_url": ref("Url")}, required=["input_url"]),
            given({"input_path": _S3}, required=["input_path"]),
        ],
    },
    "NewSubtitleJob": given({"url": ref("Url"), "client_metadata": nullable(ANY_OBJECT)}, required=["url"]),
    "ContentKeySpec": given(
        {
            "track_type": {"type": "string", "enum": list(TRACK_TYPES)},
            "security_level": {"type": ["integer", "null"], "minimum": 1, "maximum": 5},
            "required_output_protection": nullable(given({"hdcp": ref("Line")}, required=["hdcp"])),
        },
        required=["track_type"],
    ),
    "PlayerRequest": given(
        {
            "player_payload": {"type": "string", "pattern": _BASE64},
            **_TIMES,
            "is_persistent": ref("Flag"),
            "widevine": nullable(given(_KEYS)),
        },
        required=["player_payload"],
    ),
    "SignedPlayerRequest": {
        **given(
            {
                "player_payload": {"type": "string", "pattern": _BASE64},
                "spc": {"type": "string", "pattern": _BASE64},
                "widevine": nullable(given({**_TIMES, **_KEYS})),
                "fairplay": nullable(given(_TIMES)),
            }
        ),
        "anyOf": [{"required": ["player_payload"]}, {"required": ["spc"]}],
    },
    "Credentials": given(
        {"username": ref("Line"), "password": TEXT, "organization_id": ref("Line")},
        required=["username", "password", "organization_id"],
    ),
    "UploadForm": given(
        {
            **{
                name: {"type": "string"}
                for name in (
                    *("key", "x-amz-algorithm", "x-amz-credential", "x-amz-date"),
                    *("policy", "x-amz-signature"),
                )
            },
            "file": {**_FILE, "description": "The last of the parts."},
        },
        required=["key", "policy", "x-amz-signature", "file"],
    ),
}
