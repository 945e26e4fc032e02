"""What lies beside a video: its files, and the tracks that play along with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from .lifecycle import Asset, Subtitle, Video

MEDIA = "https://media.simulator.example"
"""Where playback URLs point; nothing answers there."""

Row = dict[str, Any]

_EMPTY: Row = {"width": None, "height": None, "duration": None, "is_active": True}


def place_of(asset: Asset) -> str:
    """Return the address, with a slash at its end, of what processing makes of a video."""
    return f"{MEDIA}/transcoded/{asset.id}/"


def subtitle_row(place: str, track: Subtitle) -> Row:
    """Return a subtitle track as the list of subtitles shows it."""
    return {
        "id": track.id,
        "type": "Subtitle",
        "name": track.name,
        "url": f"{place}subtitles/{track.language or 'und'}_{track.id}.vtt",
        "bytes": track.size_bytes,
        "subtitle_type": track.subtitle_type,
    }


def track_rows(place: str, video: Video, subtitles: Sequence[Subtitle], *, done: bool) -> list[Row]:
    """Return the tracks of a video; all but its subtitles are there when its processing is done."""
    tracks = [_playlist_track(place, video), _preview_track(place, video)] if done else []
    for track in subtitles:
        row = subtitle_row(place, track)
        row.update(_EMPTY, language=track.language, playlists=[], preview_thumbnail=None)
        tracks.append(row)
    return tracks


@lru_cache(maxsize=1024)
def _playlists(resolutions: tuple[str, ...], size_bytes: int) -> tuple[int, Sequence[Row]]:
    playlists: list[Row] = []
    for name in resolutions:
        height = int(name.removesuffix("p"))
        size = size_bytes * height // 1080
        playlists.append({"name": name, "bytes": size, "width": height * 16 // 9, "height": height})
    return sum(p["bytes"] for p in playlists), playlists


def _playlist_track(place: str, video: Video) -> Row:
    size_bytes, playlists = _playlists(video.resolutions, video.size_bytes or 0)
    return {
        "id": video.track_ids[0],
        "type": "Playlist",
        "name": None,
        "url": place + "video.m3u8",
        "bytes": size_bytes,
        "language": None,
        **_EMPTY,
        "playlists": playlists,
        "subtitle_type": None,
        "preview_thumbnail": None,
    }


def _preview_track(place: str, video: Video) -> Row:
    return {
        "id": video.track_ids[1],
        "type": "Preview Thumbnail",
        "preview_thumbnail": {
            "url": place + "sprite/sprite_image.png",
            "interval": 2,
            "width": 160,
            "height": 90,
            "rows": 10,
            "columns": 10,
        },
    }
