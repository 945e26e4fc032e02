"""Payloads in the shape of the API, made up. Every `canary` is a secret that must not show."""

from typing import Any

MEDIA = "https://media.example/transcoded/abc234DEF56"

PLAYLIST_TRACK: dict[str, Any] = {
    "id": 9001,
    "type": "Playlist",
    "name": None,
    "url": f"{MEDIA}/video.m3u8?Signature=canary",
    "bytes": 1_234_567,
    "language": None,
    "width": None,
    "height": None,
    "duration": 61,
    "is_active": True,
    "playlists": [
        {"name": "240p", "bytes": 400, "width": 426, "height": 240},
        {"name": "720p", "bytes": 900, "width": 1280, "height": 720},
    ],
    "subtitle_type": None,
    "preview_thumbnail": None,
}

SUBTITLE_TRACK: dict[str, Any] = {
    "id": 9002,
    "type": "Subtitle",
    "name": "English",
    "url": f"{MEDIA}/subtitles/en.vtt",
    "bytes": 321,
    "language": "en",
    "subtitle_type": "Auto Generated",
}

PREVIEW_TRACK: dict[str, Any] = {
    "id": 9003,
    "type": "Preview Thumbnail",
    "preview_thumbnail": {
        "url": f"{MEDIA}/sprite.png#canary",
        "interval": 2,
        "width": 160,
        "height": 90,
        "rows": 10,
        "columns": 10,
    },
}

ASSET: dict[str, Any] = {
    "id": "abc234DEF56",
    "title": "Lesson 1 – Grundlagen",
    "bytes": 7_340_032,
    "type": "video",
    "video": {
        "progress": 100,
        "thumbnails": [f"{MEDIA}/thumbnail_1.png?Signature=canary", f"{MEDIA}/thumbnail_2.png"],
        "status": "Completed",
        "playback_url": f"{MEDIA}/video.m3u8?Policy=canary&Signature=canary",
        "dash_url": f"{MEDIA}/video.mpdExpires=1&Signature=canary",
        "preview_thumbnail_url": "https://user:canary@media.example/p.png",
        "cover_thumbnail_url": f"{MEDIA}/cover.png?k=canary",
        "format": "abr",
        "resolutions": ["240p", "720p"],
        "video_codec": "h264",
        "audio_codec": "aac",
        "enable_drm": False,
        "tracks": [PLAYLIST_TRACK, SUBTITLE_TRACK, PREVIEW_TRACK],
        "inputs": [{"url": "https://origin.example/clip.mp4?X-Amz-Signature=canary"}],
        "transmux_only": None,
        "duration": 61.5,
        "content_protection_type": "disable",
        "generate_subtitle": True,
        "video_codecs": ["h264"],
        "output_urls": {"h264": {"hls_url": f"{MEDIA}/video.m3u8?s=canary", "dash_url": f"{MEDIA}/video.mpd?s=canary"}},
    },
    "live_stream": None,
    "parent": {"title": "Course", "uuid": "5b1f2c3d-0000-4000-8000-000000000001"},
    "parent_id": "5b1f2c3d-0000-4000-8000-000000000001",
    "views_count": 12,
    "average_watched_time": 30.25,
    "total_watch_time": 363,
    "unique_viewers_count": 7,
    "download_url": "https://media.example/private/abc.mp4?Expires=1&Signature=canary",
    "folder_tree": "Course",
    "drm_content_id": None,
}

LIVE_ASSET: dict[str, Any] = {
    "id": "LiveLive234",
    "title": "On air",
    "type": "livestream",
    "video": None,
    "live_stream": {
        "rtmp_url": "rtmp://ingest.example/live",
        "stream_key": "canary-stream-key",
        "status": "Streaming",
        "hls_url": "https://live.example/video.m3u8?token=canary",
        "dash_url": "https://live.example/video.mpd?token=canary",
        "start": "2026-01-02 03:04:05",
        "transcode_recorded_video": True,
        "enable_drm_for_recording": False,
        "chat_embed_url": "https://chat.example/room?access=canary",
        "chat_room_id": "room-1",
        "chat_transcript_url": "https://chat.example/transcript?access=canary",
        "resolutions": ["480p"],
        "enable_drm": False,
        "enable_llhls": True,
        "latency": "Low Latency",
        "notice_message": None,
        "activities": [
            {"status": "On Publish", "timestamp": "March 05, 2026, 06:30 PM"},
            {"status": "Stopped", "timestamp": "March 05, 2026, 07:45 PM"},
        ],
    },
    "parent": None,
    "parent_id": None,
}

FOLDER: dict[str, Any] = {"id": "Fold2345678", "title": "Course", "type": "folder", "video": None, "live_stream": None}

TRIM_START: dict[str, Any] = {
    "asset_id": "abc234DEF56",
    "message": "Started",
    "trim_job_id": 58,
    "status": "Pending",
}

TRIM_STATUS: dict[str, Any] = {
    "id": 58,
    "start_time": 2.5,
    "end_time": 30,
    "status": 1,
    "status_display": "Pending",
    "background_task_id": "5b1f2c3d-0000-4000-8000-000000000002",
    "created": "2026-01-02T03:04:05.678901+05:30",
    "modified": "2026-01-02T03:04:06Z",
}

TRIM_REVERT: dict[str, Any] = {
    "asset_id": "abc234DEF56",
    "message": "Started",
    "task_id": "5b1f2c3d-0000-4000-8000-000000000003",
}

MESSAGE: dict[str, Any] = {"detail": "Asset moved."}

TRANSCODING_JOB: dict[str, Any] = {
    "id": "Tc7wRq2mXzK",
    "resolutions": ["360p", "720p"],
    "video_duration": "00:01:43",
    "status": "Transcoding",
    "enable_drm": True,
    "drm_content_id": "4be1c07d9a6f4a52b1d8e3f0a7c65d42",
    "input_url": "https://origin.example/talk.mp4?sig=canary",
    "input_path": "s3://our-input/talk.mp4?access_key=canary&secret_key=canary",
    "output_path": "s3://our-output/talks/?access_key=canary&secret_key=canary&region=eu-west-1",
    "start_time": "2026-02-03T10:20:30.123456+12:00",
    "end_time": None,
    "error_message": None,
    "client_metadata": {"order": 7, "secret_token": "canary"},
}

SUBTITLE_JOB: dict[str, Any] = {
    "id": "Sb4kLp9vNwC",
    "url": "https://origin.example/talk.mp3?sig=canary",
    "language": "en",
    "status": "Completed",
    "subtitle_url": "https://media.example/private/subtitle_jobs/Sb4kLp9vNwC.vtt?Signature=canary",
    "audio_duration": "00:02:00.500000",
    "error_code": None,
    "error_message": None,
    "client_metadata": {"order": 8},
    "created": "2026-02-03T10:20:30.000000Z",
}

ACCESS_TOKEN: dict[str, Any] = {
    "playback_url": "https://player.example/embed/org001/abc234DEF56/?access_token=canary",
    "expires_after_first_usage": True,
    "code": "canary-0000-4000-8000-000000000004",
    "status": "Active",
    "valid_until": "2026-03-05T18:30:00.123456Z",
    "annotations": [
        {"type": "static", "text": "Viewer", "x": 11, "y": 12.5, "opacity": 0.5, "color": "#0AF", "size": 14},
        {
            "type": "dynamic",
            "text": "Viewer",
            "opacity": 0.8,
            "color": "#00AAFF",
            "size": 6,
            "interval": 4000,
            "skip": 0,
        },
    ],
}

CHAPTER: dict[str, Any] = {"id": 41, "title": "Summary", "start_time": "0:02:40"}

WEBHOOK: dict[str, Any] = {
    "url": "https://receiver.example/hooks?key=canary",
    "secret_token": "canary",
    "id": "5b1f2c3d-0000-4000-8000-000000000005",
}

ORGANIZATION: dict[str, Any] = {
    "name": "Academy",
    "uuid": "acme01",
    "drm_aes_signing_iv": "canary0123",
    "drm_aes_signing_key": "canary4567",
}

USAGE: dict[str, Any] = {
    "id": 12,
    "date": "2026-03-01",
    "bandwidth_used": 1_000_000,
    "subtitle_generation_cost": 0.07,
    "live_stream_usage": 0,
    "active_storage_bytes": 900,
    "deleted_storage_bytes": 100,
    "total_storage_bytes": 1000,
}

LIVE_STREAM_STOP: dict[str, Any] = {"asset_id": "LiveLive234", "message": "Stopped", "trim_scheduled": True}
