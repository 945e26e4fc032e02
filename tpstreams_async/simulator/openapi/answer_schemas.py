"""Schemas of what is answered about assets."""

from __future__ import annotations

from collections.abc import Mapping

from ..checks import PROTECTIONS
from .parts import FLAG, MOMENT, NULL, NUMBER, TEXT, URI, UUID, WHOLE, Schema, closed, listed, nullable, page_of, ref

_RESOLUTIONS = listed(TEXT)

_LENGTH = nullable(WHOLE)
_VIDEO_BEGINS: Mapping[str, Schema] = {
    "progress": {"type": "integer", "minimum": 0, "maximum": 100},
    "thumbnails": listed(URI),
    "status": TEXT,
    "playback_url": URI,
    "dash_url": URI,
    "preview_thumbnail_url": NULL,
    "format": TEXT,
    "resolutions": _RESOLUTIONS,
    "video_codec": TEXT,
    "audio_codec": TEXT,
    "tracks": listed({"anyOf": [ref("Track"), ref("PreviewTrack")]}),
    "inputs": listed(closed({"url": TEXT})),
    "content_protection_type": nullable({"type": "string", "enum": list(PROTECTIONS)}),
}
_VIDEO: Mapping[str, Schema] = {
    **_VIDEO_BEGINS,
    "cover_thumbnail_url": nullable(URI),
    "enable_drm": FLAG,
    "transmux_only": NULL,
    "duration": _LENGTH,
}
_OUTPUTS: Mapping[str, Schema] = {
    "generate_subtitle": FLAG,
    "video_codecs": listed(TEXT),
    "output_urls": {"type": "object", "additionalProperties": closed({"hls_url": URI, "dash_url": URI})},
}
_KIND: Schema = {"type": "string", "enum": ["video", "livestream", "folder"]}
_ASSET: Mapping[str, Schema] = {
    "title": TEXT,
    "bytes": nullable(WHOLE),
    "type": _KIND,
    "video": nullable(ref("Video")),
    "id": TEXT,
    "live_stream": nullable(ref("LiveStream")),
    "parent": nullable(ref("Folder")),
    "parent_id": nullable(TEXT),
}
_ANALYTICS: Mapping[str, Schema] = {
    "views_count": WHOLE,
    "average_watched_time": NUMBER,
    "total_watch_time": NUMBER,
    "unique_viewers_count": WHOLE,
}
_SHORT: Mapping[str, Schema] = {key: _ASSET[key] for key in ("id", "title", "bytes", "type", "parent_id")}
_SUBTITLE: Mapping[str, Schema] = {
    "id": WHOLE,
    "type": TEXT,
    "name": nullable(TEXT),
    "url": URI,
    "bytes": WHOLE,
    "subtitle_type": nullable(TEXT),
}
_SHEET = closed({"url": URI, "interval": NUMBER, "width": WHOLE, "height": WHOLE, "rows": WHOLE, "columns": WHOLE})

SCHEMAS: Mapping[str, Schema] = {
    "Asset": closed(_ASSET),
    "AssetPage": page_of("Asset"),
    "AssetDetail": closed(
        {
            **_ASSET,
            **_ANALYTICS,
            "video": nullable(closed({**_VIDEO, **_OUTPUTS})),
            "folder_tree": nullable(TEXT),
            "download_url": nullable(URI),
        }
    ),
    "CreatedVideo": closed({**_SHORT, "video": closed(_VIDEO_BEGINS)}),
    "CreatedVideos": listed(
        closed(
            {
                **_ASSET,
                "video": closed(
                    {**{k: v for k, v in _VIDEO.items() if k != "tracks"}, "thumbnails": NULL, **_OUTPUTS},
                ),
            }
        )
    ),
    "AssetToBeSubtitled": closed({key: schema for key, schema in _ASSET.items() if key != "parent"}),
    "AnnouncedUpload": closed(
        {
            "asset": closed({**_SHORT, "video": closed({"status": TEXT})}),
            "upload_session": closed(
                {"uuid": UUID, "max_file_size_bytes": WHOLE, "expires_at": MOMENT, "status": TEXT}
            ),
            "client_payload": closed(
                {
                    "upload_link": URI,
                    "key": TEXT,
                    "x-amz-algorithm": TEXT,
                    "x-amz-credential": TEXT,
                    "x-amz-date": TEXT,
                    "policy": TEXT,
                    "x-amz-signature": TEXT,
                }
            ),
        }
    ),
    "Video": closed(_VIDEO),
    "LiveStream": closed(
        {
            "rtmp_url": TEXT,
            "stream_key": nullable(TEXT),
            "status": TEXT,
            "hls_url": URI,
            "dash_url": URI,
            "start": TEXT,
            "transcode_recorded_video": FLAG,
            "enable_drm_for_recording": FLAG,
            "chat_embed_url": nullable(URI),
            "chat_room_id": UUID,
            "chat_transcript_url": NULL,
            "resolutions": _RESOLUTIONS,
            "enable_drm": FLAG,
            "enable_llhls": FLAG,
            "latency": TEXT,
            "notice_message": NULL,
            "activities": listed(closed({"status": TEXT, "timestamp": TEXT})),
        }
    ),
    "Track": closed(
        {
            **_SUBTITLE,
            "language": nullable(TEXT),
            "width": _LENGTH,
            "height": _LENGTH,
            "duration": _LENGTH,
            "is_active": FLAG,
            "playlists": listed(closed({"name": TEXT, "bytes": WHOLE, "width": WHOLE, "height": WHOLE})),
            "preview_thumbnail": NULL,
        }
    ),
    "PreviewTrack": closed({"id": WHOLE, "type": TEXT, "preview_thumbnail": _SHEET}),
    "Subtitles": listed(closed(_SUBTITLE)),
    "Folder": closed({"title": TEXT, "uuid": TEXT}),
    "FolderPage": page_of("Folder"),
    "Done": closed({"detail": TEXT}),
    "StartedTrim": closed({"message": TEXT, "trim_job_id": WHOLE, "status": TEXT}),
    "Trim": closed(
        {
            "id": WHOLE,
            "start_time": nullable(NUMBER),
            "end_time": nullable(NUMBER),
            "status": WHOLE,
            "status_display": TEXT,
            "background_task_id": UUID,
            "created": MOMENT,
            "modified": MOMENT,
        }
    ),
    "StartedRevert": closed({"message": TEXT, "task_id": UUID}),
    "StartedDeletion": closed(
        {
            "uuid": TEXT,
            "resolutions": listed(
                closed(
                    {"resolution": WHOLE, "status": {"type": "string", "enum": ["queued", "not_found"]}, "detail": TEXT}
                )
            ),
        }
    ),
    "StoppedLiveStream": closed({"message": TEXT, "trim_scheduled": FLAG}),
}
