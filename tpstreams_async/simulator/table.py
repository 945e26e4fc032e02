"""Which endpoint answers which route and method."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import (
    account_endpoints,
    bulk_endpoints,
    chapter_endpoints,
    endpoints,
    folder_endpoints,
    license_endpoints,
    live_endpoints,
    routes,
    subtitle_job_endpoints,
    token_endpoints,
    transcoding_endpoints,
    upload_endpoints,
    usage_endpoints,
    webhook_endpoints,
)
from .answers import Answer
from .call import Call

Endpoint = Callable[[Call], Answer]

ENDPOINTS: Mapping[str, Mapping[str, Endpoint]] = {
    routes.VIDEOS: {"POST": endpoints.create_video},
    routes.BULK_CREATE: {"POST": bulk_endpoints.create_videos},
    routes.ASSETS: {"GET": folder_endpoints.list_assets},
    routes.FOLDERS: {"GET": folder_endpoints.list_folders, "POST": folder_endpoints.create_folder},
    routes.LIVE_STREAMS: {"GET": folder_endpoints.list_live_streams, "POST": live_endpoints.create_live_stream},
    routes.UPLOAD_SESSIONS: {"POST": upload_endpoints.create_upload_session},
    routes.ASSET: {"GET": endpoints.get_asset, "DELETE": endpoints.delete_asset},
    routes.MOVE: {"POST": endpoints.move_asset},
    routes.GENERATE_SUBTITLE: {"POST": endpoints.generate_subtitle},
    routes.UPLOAD_SUBTITLE: {"POST": endpoints.upload_subtitle},
    routes.UPLOAD_THUMBNAIL: {"POST": endpoints.upload_thumbnail},
    routes.TRIM: {"POST": endpoints.trim},
    routes.TRIM_STATUS: {"GET": endpoints.trim_status},
    routes.REVERT: {"POST": endpoints.revert_trim},
    routes.SUBTITLES: {"GET": endpoints.list_subtitles},
    routes.DELETE_RESOLUTIONS: {"POST": endpoints.delete_resolutions},
    routes.START_SERVER: {"POST": live_endpoints.start_server},
    routes.STOP_LIVE_STREAM: {"POST": live_endpoints.stop_live_stream},
    routes.SUBTITLE: {"DELETE": endpoints.delete_subtitle},
    routes.ANY_SUBTITLE: {"DELETE": endpoints.delete_any_subtitle},
    routes.ACCESS_TOKENS: {"POST": token_endpoints.create_access_token},
    routes.ACCESS_TOKEN: {
        "GET": token_endpoints.get_access_token,
        "PATCH": token_endpoints.patch_access_token,
        "PUT": token_endpoints.put_access_token,
    },
    routes.CHAPTERS: {"GET": chapter_endpoints.list_chapters, "POST": chapter_endpoints.create_chapters},
    routes.CHAPTER: {"DELETE": chapter_endpoints.delete_chapter},
    routes.WEBHOOKS: {"GET": webhook_endpoints.list_webhooks, "POST": webhook_endpoints.create_webhook},
    routes.WEBHOOK: {
        "GET": webhook_endpoints.get_webhook,
        "PUT": webhook_endpoints.put_webhook,
        "DELETE": webhook_endpoints.delete_webhook,
    },
    routes.USAGE: {"GET": usage_endpoints.list_usage},
    routes.TRANSCODING_JOBS: {
        "GET": transcoding_endpoints.list_transcoding_jobs,
        "POST": transcoding_endpoints.create_transcoding_job,
    },
    routes.TRANSCODING_JOB: {
        "GET": transcoding_endpoints.get_transcoding_job,
        "DELETE": transcoding_endpoints.cancel_transcoding_job,
    },
    routes.SUBTITLE_JOBS: {
        "GET": subtitle_job_endpoints.list_subtitle_jobs,
        "POST": subtitle_job_endpoints.create_subtitle_job,
    },
    routes.SUBTITLE_JOB: {"GET": subtitle_job_endpoints.get_subtitle_job},
    routes.ASSET_LICENSE: {"POST": license_endpoints.license_for_asset},
    routes.LICENSE: {"POST": license_endpoints.license_for_organization},
    routes.ORGANIZATIONS: {"GET": account_endpoints.list_organizations},
    routes.LOGIN: {"POST": account_endpoints.login},
    routes.LOGOUT: {"POST": account_endpoints.logout},
}
"""Every route and the methods that it knows."""

PUBLIC = frozenset({routes.LOGIN, routes.ASSET_LICENSE, routes.LICENSE})
"""The routes that want no token, as players have none; one that is sent has to be right all the same."""
