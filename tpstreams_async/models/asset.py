"""Assets: videos, live streams and folders, as the server showed them at one moment."""

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field, frozen

from .._redact import data_repr, hidden_repr, text_repr, url_repr, urls_repr
from .._words import folded
from ._base import NO_EXTRA, Extra, Snapshot


@frozen(kw_only=True, repr=False, eq=False)
class PreviewThumbnail(Snapshot):
    """A sheet of small frames for the player's seek bar.

    Attributes:
        interval: seconds between two frames.
        width: pixels of one frame.
        height: pixels of one frame.
        rows: frames from top to bottom.
        columns: frames from left to right.
    """

    url: str | None = field(default=None, repr=url_repr)
    interval: float | None = None
    width: int | None = None
    height: int | None = None
    rows: int | None = None
    columns: int | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class Playlist(Snapshot):
    """One rendition inside a playlist track."""

    name: str | None = None
    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class Track(Snapshot):
    """Something that plays along with a video: a subtitle, a playlist, a sheet of preview frames.

    Attributes:
        type: the server's word, such as "Subtitle", "Playlist" or "Preview Thumbnail".
        subtitle_type: "Auto Generated" or "Uploaded", for a subtitle.
        duration: seconds.
    """

    id: int | None = None
    type: str | None = None
    name: str | None = None
    url: str | None = field(default=None, repr=url_repr)
    bytes: int | None = None
    language: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    is_active: bool | None = None
    subtitle_type: str | None = None
    playlists: tuple[Playlist, ...] = ()
    preview_thumbnail: PreviewThumbnail | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)

    @property
    def is_subtitle(self) -> bool:
        """Whether this is a subtitle track."""
        return folded(self.type) == "subtitle"

    @property
    def is_generated_subtitle(self) -> bool:
        """Whether this is a subtitle track that the server generated from the sound."""
        return self.is_subtitle and folded(self.subtitle_type) == "auto generated"


@frozen(kw_only=True, repr=False, eq=False)
class InputFile(Snapshot):
    """Where the server took a video from. Once it was fetched, the server shows its own private path."""

    url: str | None = field(default=None, repr=url_repr)
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class OutputUrls(Snapshot):
    """Where one codec's renditions play from."""

    hls_url: str | None = field(default=None, repr=url_repr)
    dash_url: str | None = field(default=None, repr=url_repr)
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class Video(Snapshot):
    """The video of an asset.

    Attributes:
        status: the server's word, such as "Transcoding" or "Completed"; words nobody knew come through as they are.
        progress: percent as the server tells it; it may stay at 0 to the end, so conclude nothing from it.
        duration: seconds.
        playback_url: where it will play; it is filled in from the start, so it does not mean that the video is ready.
        resolutions: such as ("240p", "720p").
        output_urls: where it plays from, by codec.
    """

    status: str | None = None
    progress: float | None = None
    thumbnails: tuple[str, ...] = field(default=(), repr=urls_repr)
    playback_url: str | None = field(default=None, repr=url_repr)
    dash_url: str | None = field(default=None, repr=url_repr)
    preview_thumbnail_url: str | None = field(default=None, repr=url_repr)
    cover_thumbnail_url: str | None = field(default=None, repr=url_repr)
    format: str | None = None
    resolutions: tuple[str, ...] = ()
    video_codec: str | None = None
    audio_codec: str | None = None
    enable_drm: bool | None = None
    tracks: tuple[Track, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    transmux_only: bool | None = None
    duration: float | None = None
    content_protection_type: str | None = None
    generate_subtitle: bool | None = None
    video_codecs: tuple[str, ...] = ()
    output_urls: Mapping[str, OutputUrls] = field(factory=dict[str, OutputUrls], hash=False)
    extra: Extra = field(default=NO_EXTRA, hash=False)

    @property
    def subtitles(self) -> tuple[Track, ...]:
        """The subtitle tracks, uploaded and generated."""
        return tuple(track for track in self.tracks if track.is_subtitle)


@frozen(kw_only=True, repr=False, eq=False)
class Activity(Snapshot):
    """Something that happened to a live stream.

    Attributes:
        status: the server's word, such as "On Publish" or "Stopped".
        timestamp: as the server shows it, such as "March 05, 2026, 10:30 AM". It names no time zone, hence this is
            text and no `datetime`.
    """

    status: str | None = None
    timestamp: str | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class LiveStream(Snapshot):
    """The live stream of an asset.

    Attributes:
        rtmp_url: where to send the stream to; empty until the server runs.
        stream_key: the secret that lets one stream to it; None until the server runs.
        status: the server's word; "Completed" ends the broadcast, not the work on its recording.
        start: as the server shows it. It names no time zone, hence this is text and no `datetime`.
        activities: what happened to it, in the server's order.
    """

    rtmp_url: str | None = field(default=None, repr=url_repr)
    stream_key: str | None = field(default=None, repr=hidden_repr)
    status: str | None = None
    hls_url: str | None = field(default=None, repr=url_repr)
    dash_url: str | None = field(default=None, repr=url_repr)
    start: str | None = None
    transcode_recorded_video: bool | None = None
    enable_drm_for_recording: bool | None = None
    chat_embed_url: str | None = field(default=None, repr=url_repr)
    chat_room_id: str | None = None
    chat_transcript_url: str | None = field(default=None, repr=url_repr)
    resolutions: tuple[str, ...] = ()
    enable_drm: bool | None = None
    enable_llhls: bool | None = None
    latency: str | None = None
    notice_message: str | None = field(default=None, repr=text_repr)
    activities: tuple[Activity, ...] = ()
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class FolderRef(Snapshot):
    """The folder that an asset lies in."""

    # The only documented value of ``parent`` besides null is an object; a bare uuid in its place is understood too.
    _text_field: ClassVar[str] = "uuid"

    title: str | None = None
    uuid: str | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class Asset(Snapshot):
    """A video, a live stream or a folder.

    Lists, details and the answers to requests show different keys of the same asset. What was not shown is None or
    empty; what is not modelled here is in `extra`.

    Attributes:
        type: "video", "livestream" or "folder".
        bytes: size of the file.
        parent_id: uuid of the folder that it lies in; None is the root.
        average_watched_time: seconds.
        total_watch_time: seconds.
        download_url: signed, hence it runs out.
    """

    id: str
    title: str | None = None
    bytes: int | None = None
    type: str | None = None
    video: Video | None = None
    live_stream: LiveStream | None = None
    parent: FolderRef | None = None
    parent_id: str | None = None
    views_count: int | None = None
    average_watched_time: float | None = None
    total_watch_time: float | None = None
    unique_viewers_count: int | None = None
    download_url: str | None = field(default=None, repr=url_repr)
    folder_tree: Any = field(default=None, hash=False, repr=data_repr)
    drm_content_id: str | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)

    @property
    def status(self) -> str | None:
        """The status of the video, else that of the live stream, as the server words it."""
        part = self.video or self.live_stream
        return part.status if part is not None else None

    @property
    def duration(self) -> float | None:
        """The duration of the video in seconds, where there is a video and it is known."""
        return self.video.duration if self.video is not None else None

    @property
    def subtitles(self) -> tuple[Track, ...]:
        """The subtitle tracks of the video, uploaded and generated."""
        return self.video.subtitles if self.video is not None else ()


@frozen(kw_only=True, repr=False, eq=False)
class Input(Snapshot):
    """Where the server shall download a new video from.

    Attributes:
        url: an absolute http or https URL that the server can reach.
    """

    url: str = field(repr=url_repr)
