"""The `live_stream` object of an asset."""

from __future__ import annotations

from typing import Any

from .clock import Calendar
from .live import RESOLUTIONS, Live
from .settings import Settings

_LIVE = "https://live.simulator.example"
_RTMP = "rtmp://live.simulator.example/live"
"""Nothing answers at these addresses."""

_ACTIVITY = "%B %d, %Y, %I:%M %p"


def live_row(asset_id: str, live: Live, now: float, settings: Settings, calendar: Calendar) -> dict[str, Any]:
    """Return what is shown of a live stream: where to send it only once its server is there."""
    organization = settings.organization_id
    place = f"{_LIVE}/live/{organization}/{asset_id}"
    server = live.has_server(now, settings)
    return {
        "rtmp_url": _RTMP if server else "",
        "stream_key": f"org-{organization}-live-{asset_id}-{live.stream_key}" if server else None,
        "status": live.status(),
        "hls_url": f"{place}/video.m3u8",
        "dash_url": f"{place}/video.mpd",
        "start": live.start,
        "transcode_recorded_video": True,
        "enable_drm_for_recording": live.new.enable_drm_for_recording,
        "chat_embed_url": f"{_LIVE}/live-chat/{organization}/{asset_id}/" if live.server_asked_at is not None else None,
        "chat_room_id": live.chat_room_id,
        "chat_transcript_url": None,
        "resolutions": RESOLUTIONS,
        "enable_drm": live.new.enable_drm_for_recording,
        "enable_llhls": False,
        "latency": live.new.latency,
        "notice_message": None,
        "activities": [{"status": s, "timestamp": calendar.formatted(at, _ACTIVITY)} for at, s in live.events],
    }
