"""The operations on assets."""

from __future__ import annotations

from .. import routes
from .parts import CONFLICT, TEXT, WHOLE, Operation, Operations, Schema, parameter, ref

_ASSETS = "Assets"
_LIVE = "Live streams"
_TOKENS = "Access tokens"
_CHAPTERS = "Chapters"
_SUBTITLES = "Subtitles"

_COUNT: Schema = {"type": "integer", "minimum": 1}
_FROM: Schema = {"type": "integer", "minimum": 0}

PAGING = (
    parameter("limit", _COUNT, "How many rows a page has. What is no such number counts as not given."),
    parameter("offset", _FROM, "How many rows come before it. What is no such number counts as not given."),
)
_TITLED = parameter("q", TEXT, "Only what has this in its title, whatever the case.")
_FOLDERS = (
    parameter("parent", TEXT, "Only what lies in the folder with this uuid."),
    parameter("has_parent", {"type": "string", "enum": ["true", "false"]}, "Only what lies in any folder, or in none."),
)
_EXPIRY = parameter("expiry", {**_COUNT, "maximum": 10**11 - 1}, "The seconds for which the playback URLs are good.")

OPERATIONS: Operations = {
    routes.VIDEOS: {"POST": Operation(_ASSETS, ref("CreatedVideo"), 201, body=ref("NewVideo"))},
    routes.BULK_CREATE: {"POST": Operation(_ASSETS, ref("CreatedVideos"), 201, body=ref("NewVideos"))},
    routes.ASSETS: {"GET": Operation(_ASSETS, ref("AssetPage"), query=(*PAGING, _TITLED, *_FOLDERS))},
    routes.FOLDERS: {
        "GET": Operation(_ASSETS, ref("FolderPage"), query=(*PAGING, _TITLED)),
        "POST": Operation(_ASSETS, ref("Folder"), 201, body=ref("NewFolder")),
    },
    routes.UPLOAD_SESSIONS: {"POST": Operation(_ASSETS, ref("AnnouncedUpload"), 201, body=ref("NewUpload"))},
    routes.ASSET: {
        "GET": Operation(_ASSETS, ref("AssetDetail"), query=(_EXPIRY,), refusals=CONFLICT),
        "DELETE": Operation(_ASSETS, status=204),
    },
    routes.MOVE: {"POST": Operation(_ASSETS, ref("Done"), body=ref("Move"), needs_body=False)},
    routes.UPLOAD_THUMBNAIL: {"POST": Operation(_ASSETS, ref("Done"), body=ref("NewThumbnail"), form=True)},
    routes.TRIM: {"POST": Operation(_ASSETS, ref("StartedTrim"), body=ref("NewTrim"))},
    routes.TRIM_STATUS: {"GET": Operation(_ASSETS, ref("Trim"), refusals=CONFLICT)},
    routes.REVERT: {"POST": Operation(_ASSETS, ref("StartedRevert"), refusals=CONFLICT)},
    routes.DELETE_RESOLUTIONS: {"POST": Operation(_ASSETS, ref("StartedDeletion"), 202, body=ref("NewDeletion"))},
    routes.GENERATE_SUBTITLE: {
        "POST": Operation(_SUBTITLES, ref("AssetToBeSubtitled"), 201, refusals=CONFLICT),
    },
    routes.UPLOAD_SUBTITLE: {"POST": Operation(_SUBTITLES, ref("Done"), body=ref("NewSubtitle"), form=True)},
    routes.SUBTITLES: {"GET": Operation(_SUBTITLES, ref("Subtitles"), refusals=CONFLICT)},
    routes.SUBTITLE: {"DELETE": Operation(_SUBTITLES, status=204, refusals=frozenset({400, 403}))},
    routes.ANY_SUBTITLE: {"DELETE": Operation(_SUBTITLES, status=204, refusals=frozenset({403}))},
    routes.LIVE_STREAMS: {
        "GET": Operation(_LIVE, ref("AssetPage"), query=PAGING),
        "POST": Operation(_LIVE, ref("Asset"), 201, body=ref("NewLiveStream")),
    },
    routes.START_SERVER: {"POST": Operation(_LIVE, ref("Asset"), refusals=CONFLICT)},
    routes.STOP_LIVE_STREAM: {
        "POST": Operation(_LIVE, ref("StoppedLiveStream"), body=ref("Span"), needs_body=False),
    },
    routes.ACCESS_TOKENS: {
        "POST": Operation(_TOKENS, ref("AccessToken"), 201, body=ref("NewAccessToken"), needs_body=False),
    },
    routes.ACCESS_TOKEN: {
        "GET": Operation(_TOKENS, ref("AccessToken")),
        "PATCH": Operation(_TOKENS, ref("AccessToken"), body=ref("NewAccessToken"), needs_body=False),
        "PUT": Operation(_TOKENS, ref("AccessToken"), body=ref("NewAccessToken"), needs_body=False),
    },
    routes.CHAPTERS: {
        "GET": Operation(_CHAPTERS, ref("ChapterPage"), query=PAGING, refusals=CONFLICT),
        "POST": Operation(_CHAPTERS, ref("ChapterPage"), 201, body=ref("NewChapters"), query=PAGING),
    },
    routes.CHAPTER: {"DELETE": Operation(_CHAPTERS, status=204, refusals=CONFLICT)},
}

ID_SCHEMAS: dict[str, Schema] = {"chapter_id": WHOLE, "subtitle_id": WHOLE}
"""Schemas of those ids that are no text."""

ID_NAMES: dict[str, tuple[str, ...]] = {
    routes.ACCESS_TOKEN: ("asset_id", "code"),
    routes.CHAPTER: ("asset_id", "chapter_id"),
    routes.SUBTITLE: ("asset_id", "subtitle_id"),
    routes.ANY_SUBTITLE: ("subtitle_id",),
    routes.WEBHOOK: ("webhook_id",),
    routes.TRANSCODING_JOB: ("job_id",),
    routes.SUBTITLE_JOB: ("job_id",),
}
"""What the ids of a route are called, where there are others than `asset_id`."""
