"""The JSON of an asset: creating, listing and looking at one each show other keys."""

from __future__ import annotations

import uuid
from urllib.parse import quote_plus

from .clock import Calendar
from .lifecycle import COMPLETED, STATUS_NUMBERS, Asset, Deletion, Trim, Video
from .live_rows import live_row
from .settings import Settings
from .store import Store
from .tracks import MEDIA, Row, place_of, track_rows

AES_EXPIRY_SECONDS = 120


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


def _add_outputs(shown: Row, video: Video) -> None:
    shown["generate_subtitle"] = video.generate_subtitle
    shown["video_codecs"] = ["h264"]
    shown["output_urls"] = {"h264": {"hls_url": shown["playback_url"], "dash_url": shown["dash_url"]}}


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

    def upload_row(self, asset: Asset, now: float) -> Row:
        """Return the asset as announcing its upload answers: shorter still."""
        row = self.created_row(asset, now)
        row["video"] = {"status": row["video"]["status"]}
        return row

    def bulk_row(self, asset: Asset, now: float) -> Row:
        """Return the asset as creating many answers: a list row with the outputs, but without thumbnails and tracks."""
        row = self.list_row(asset, now)
        if asset.video is not None:
            shown: Row = row["video"]
            del shown["tracks"]
            shown["thumbnails"] = None
            _add_outputs(shown, asset.video)
        return row

    def list_row(self, asset: Asset, now: float) -> Row:
        """Return the asset or folder as a list shows it."""
        return {
            "title": asset.title,
            "bytes": self._bytes(asset, now),
            "type": asset.kind,
            "video": self._video(asset, now),
            "id": asset.id,
            "live_stream": self._live(asset, now),
            "parent": self._parent(asset),
            "parent_id": asset.parent_id,
        }

    def _live(self, asset: Asset, now: float) -> Row | None:
        live = asset.live
        return None if live is None else live_row(asset.id, live, now, self._settings, self._calendar)

    def _parent(self, asset: Asset) -> Row | None:
        folder = self._store.parent(asset)
        return None if folder is None else {"title": folder.title, "uuid": folder.id}

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
        if video is not None:
            shown: Row = row["video"]
            until = expiry or (AES_EXPIRY_SECONDS if video.protection == "aes" else None)
            if until is not None:
                for key in ("playback_url", "dash_url"):
                    shown[key] += self._signature(asset, now, until)
            _add_outputs(shown, video)
        row["download_url"] = self.download_url(asset, now, expiry)
        return row

    def download_url(self, asset: Asset, now: float, expiry: int | None = None) -> str | None:
        """Return where the file of a video is, for an hour if `expiry` does not say; None without a file."""
        if asset.video is None or not asset.video.fetched(now):
            return None
        return (
            f"{MEDIA}/private/{asset.id}.mp4{self._signature(asset, now, expiry or 3600)}"
            f"&response-content-disposition=attachment%3B+filename%3D{quote_plus(asset.title)}"
        )

    def subtitle_job_row(self, asset: Asset, now: float) -> Row:
        """Return the asset as asking for a generated subtitle answers: a list row less `parent`."""
        row = self.list_row(asset, now)
        del row["parent"]
        return row

    def delivery_row(self, asset: Asset, now: float) -> Row:
        """Return the asset or folder as a webhook delivers it: bare, without analytics."""
        row = self.list_row(asset, now)
        del row["parent"]
        protected = asset.video is not None and asset.video.protection == "drm"
        row["drm_content_id"] = uuid.uuid5(uuid.NAMESPACE_URL, f"{MEDIA}/{asset.id}").hex if protected else None
        return row

    def deletion_row(self, asset: Asset, deletion: Deletion) -> Row:
        """Return a deletion of resolutions that has ended as a webhook delivers it."""
        text = "Resolution deleted successfully."
        rows = [{"resolution": int(r[:-1]), "status": "deleted", "detail": text} for r in deletion.resolutions]
        return {"uuid": asset.id, "resolutions": rows}

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
        done = video.processed(now)
        fetched = done or video.fetched(now)
        place = place_of(asset)
        picture = place + "thumbnails/thumbnail_"
        pictures = [picture + "1.png", picture + "2.png", picture + "3.png"] if done else []
        return {
            "progress": video.progress(now, self._settings),
            "thumbnails": pictures,
            "status": video.status(now, self._settings),
            "playback_url": place + "video.m3u8",
            "dash_url": place + "video.mpd",
            "preview_thumbnail_url": None,
            "cover_thumbnail_url": video.cover_url or (pictures[0] if pictures else None),
            "format": "abr",
            "resolutions": video.resolutions,
            "video_codec": "h264",
            "audio_codec": "aac",
            "enable_drm": video.protection == "drm",
            "tracks": track_rows(place, video, video.shown_subtitles(now, self._settings), done=done),
            "inputs": [{"url": f"private/{asset.id}.mp4" if fetched else video.source_url}],
            "transmux_only": None,
            "duration": video.duration if done or video.forced == COMPLETED else None,
            "content_protection_type": video.protection,
        }
