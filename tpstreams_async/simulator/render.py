"""The JSON of an asset: creating, listing and looking at one each show other keys."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

from .clock import Calendar
from .lifecycle import COMPLETED, STATUS_NUMBERS, Asset, Subtitle, Trim, Video
from .settings import Settings
from .store import Store

MEDIA = "https://media.simulator.example"
"""Where playback URLs point; nothing answers there."""

AES_EXPIRY_SECONDS = 120

Row = dict[str, Any]


def _file(asset: Asset, name: str) -> str:
    return f"{MEDIA}/transcoded/{asset.id}/{name}"


def thumbnails(asset: Asset) -> list[str]:
    """Return the addresses of the pictures that processing takes from a video."""
    return [_file(asset, f"thumbnails/thumbnail_{n}.png") for n in (1, 2, 3)]


def trim_row(trim: Trim, now: float, settings: Settings, calendar: Calendar) -> Row:
    """Return a trim job as its status endpoint shows it."""
    status = trim.status(now, settings.trim_seconds)
    modified = trim.requested_at
    if status != "Pending":
        modified = min(now, trim.requested_at + settings.trim_seconds)
    return {
        "id": trim.id,
        "start_time": trim.start_time,
        "end_time": trim.end_time,
        "status": STATUS_NUMBERS.get(status, 0),
        "status_display": status,
        "background_task_id": trim.task_id,
        "created": calendar.text(trim.requested_at),
        "modified": calendar.text(modified),
    }


def subtitle_row(asset: Asset, track: Subtitle) -> Row:
    """Return a subtitle track as the list of subtitles shows it."""
    return {
        "id": track.id,
        "type": "Subtitle",
        "name": track.name,
        "url": _file(asset, f"subtitles/{track.language or 'und'}_{track.id}.vtt"),
        "bytes": track.size_bytes,
        "subtitle_type": track.subtitle_type,
    }


class Renderer:
    """Writes assets as JSON values, at the present moment of the clock."""

    def __init__(self, settings: Settings, store: Store, calendar: Calendar) -> None:
        self._settings = settings
        self._store = store
        self._calendar = calendar

    def created_row(self, asset: Asset, now: float) -> Row:
        """Return the asset as creating it answers: a short form."""
        video = self._video(asset, now)
        if video is not None:
            for key in ("cover_thumbnail_url", "enable_drm", "transmux_only", "duration"):
                del video[key]
        return {
            "id": asset.id,
            "title": asset.title,
            "bytes": self._bytes(asset, now),
            "type": "video",
            "video": video,
            "parent_id": asset.parent_id,
        }

    def list_row(self, asset: Asset, now: float) -> Row:
        """Return the asset or folder as a list shows it."""
        return {
            "title": asset.title,
            "bytes": self._bytes(asset, now),
            "type": "folder" if asset.video is None else "video",
            "video": self._video(asset, now),
            "id": asset.id,
            "live_stream": None,
            "parent": self._parent(asset),
            "parent_id": asset.parent_id,
        }

    def _parent(self, asset: Asset) -> Row | None:
        folders = self._store.path(asset)
        return {"title": folders[-1].title, "uuid": folders[-1].id} if folders else None

    def detail_row(self, asset: Asset, now: float, expiry: int | None = None) -> Row:
        """Return the asset with the keys that only its own page has.

        Args:
            asset: a video or folder.
            now: the moment.
            expiry: seconds for which the playback URLs are to be valid; None for the default.
        """
        row = self.list_row(asset, now)
        row["folder_tree"] = " / ".join(f.title for f in self._store.path(asset)) or None
        row.update(views_count=0, average_watched_time=0, total_watch_time=0, unique_viewers_count=0)
        video = asset.video
        row["download_url"] = None
        if video is None:
            return row
        shown: Row = row["video"]
        until = expiry or (AES_EXPIRY_SECONDS if video.protection == "aes" else None)
        if until is not None:
            for key in ("playback_url", "dash_url"):
                shown[key] += self._signature(asset, now, until)
        shown["generate_subtitle"] = video.generate_subtitle
        shown["video_codecs"] = ["h264"]
        shown["output_urls"] = {"h264": {"hls_url": shown["playback_url"], "dash_url": shown["dash_url"]}}
        if video.fetched(now):
            name = quote_plus(asset.title)
            row["download_url"] = (
                f"{MEDIA}/private/{asset.id}.mp4{self._signature(asset, now, expiry or 3600)}"
                f"&response-content-disposition=attachment%3B+filename%3D{name}"
            )
        return row

    def subtitle_job_row(self, asset: Asset, now: float) -> Row:
        """Return the asset as asking for a generated subtitle answers: a list row less `parent`."""
        row = self.list_row(asset, now)
        del row["parent"]
        return row

    def _signature(self, asset: Asset, now: float, seconds: int) -> str:
        expires = self._calendar.epoch_seconds(now) + seconds
        return f"?Expires={expires}&Signature=simulated~{asset.id}&Key-Pair-Id=SIMULATOR"

    def _bytes(self, asset: Asset, now: float) -> int | None:
        video = asset.video
        return video.size_bytes if video is not None and video.fetched(now) else None

    def _video(self, asset: Asset, now: float) -> Row | None:
        video = asset.video
        if video is None:
            return None
        video.settle(now)
        done = video.processed(now, self._settings)
        pictures = thumbnails(asset) if done else []
        return {
            "progress": video.progress(now, self._settings),
            "thumbnails": pictures,
            "status": video.status(now, self._settings),
            "playback_url": _file(asset, "video.m3u8"),
            "dash_url": _file(asset, "video.mpd"),
            "preview_thumbnail_url": None,
            "cover_thumbnail_url": video.cover_url or (pictures[0] if pictures else None),
            "format": "abr",
            "resolutions": video.resolutions,
            "video_codec": "h264",
            "audio_codec": "aac",
            "enable_drm": video.protection == "drm",
            "tracks": self._tracks(asset, video, now, done=done),
            "inputs": [{"url": f"private/{asset.id}.mp4" if video.fetched(now) else video.source_url}],
            "transmux_only": None,
            "duration": video.duration if done or video.forced == COMPLETED else None,
            "content_protection_type": video.protection,
        }

    def _tracks(self, asset: Asset, video: Video, now: float, *, done: bool) -> list[Row]:
        tracks: list[Row] = []
        if done:
            tracks.append(_playlist_track(asset, video))
            tracks.append(_preview_track(asset, video))
        for track in video.shown_subtitles(now, self._settings):
            row = subtitle_row(asset, track)
            row.update(_EMPTY_TRACK, language=track.language, playlists=[], preview_thumbnail=None)
            tracks.append(row)
        return tracks


_EMPTY_TRACK: Row = {"width": None, "height": None, "duration": None, "is_active": True}


def _playlist_track(asset: Asset, video: Video) -> Row:
    playlists: list[Row] = []
    for name in video.resolutions:
        height = int(name.removesuffix("p"))
        width = height * 16 // 9
        size = (video.size_bytes or 0) * height // 1080
        playlists.append({"name": name, "bytes": size, "width": width, "height": height})
    return {
        "id": video.track_ids[0],
        "type": "Playlist",
        "name": None,
        "url": _file(asset, "video.m3u8"),
        "bytes": sum(p["bytes"] for p in playlists),
        "language": None,
        **_EMPTY_TRACK,
        "playlists": playlists,
        "subtitle_type": None,
        "preview_thumbnail": None,
    }


def _preview_track(asset: Asset, video: Video) -> Row:
    return {
        "id": video.track_ids[1],
        "type": "Preview Thumbnail",
        "preview_thumbnail": {
            "url": _file(asset, "sprite/sprite_image.png"),
            "interval": 2,
            "width": 160,
            "height": 90,
            "rows": 10,
            "columns": 10,
        },
    }
