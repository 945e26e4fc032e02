"""The JSON that the benchmarks serve and decode: an asset with the keys of its own page, 2.3 KB of it."""

import hashlib
import json
from typing import Any

MEDIA = "https://media.example.com/transcoded"


def asset(asset_id: str) -> dict[str, Any]:
    """Return a completed video in the shape that the vendor documents for an asset's own page."""
    files = f"{MEDIA}/{asset_id}"
    signature = hashlib.shake_128(asset_id.encode()).hexdigest(171)
    signed = f"Expires=1893456000&Signature={signature}&Key-Pair-Id=K1EXAMPLE"
    return {
        "title": "A walk along the river",
        "bytes": 450_881_324,
        "type": "video",
        "video": {
            "progress": 0,
            "thumbnails": [f"{files}/thumbnails/thumbnail_{number}.png" for number in (1, 2, 3, 4, 5, 6)],
            "status": "Completed",
            "playback_url": f"{files}/video.m3u8?{signed}",
            "dash_url": f"{files}/video.mpd",
            "preview_thumbnail_url": None,
            "cover_thumbnail_url": f"{files}/thumbnails/thumbnail_1.png",
            "format": "abr",
            "resolutions": ["240p", "360p", "480p", "720p"],
            "video_codec": "h264",
            "audio_codec": "aac",
            "enable_drm": True,
            "tracks": [
                {
                    "id": 4094,
                    "type": "Preview Thumbnail",
                    "preview_thumbnail": {
                        "url": f"{files}/sprite/sprite_image.png",
                        "interval": 2,
                        "width": 160,
                        "height": 90,
                        "rows": 10,
                        "columns": 10,
                    },
                }
            ],
            "inputs": [{"url": f"private/{asset_id}.mp4"}],
            "transmux_only": None,
            "duration": 634,
            "content_protection_type": "drm",
        },
        "id": asset_id,
        "live_stream": None,
        "parent": None,
        "parent_id": None,
        "folder_tree": None,
        "views_count": 404,
        "average_watched_time": 443,
        "total_watch_time": 179_192,
        "unique_viewers_count": 312,
        "download_url": f"https://media.example.com/private/{asset_id}.mp4?{signed}",
    }


def asset_body() -> bytes:
    """Return the body of one asset."""
    return _encoded(asset("aZ3kQm9RtVw"))


def page_body(rows: int) -> bytes:
    """Return the body of a page of assets."""
    results = [asset(f"aZ3kQm9R{number:03}") for number in range(rows)]
    return _encoded({"count": 10 * rows, "next": None, "previous": None, "results": results})


def _encoded(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()
