"""What ends a job: for each kind, what a look at it means."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from .. import _redact
from .._sketches import Sketch, VideoSketch
from .._validate import show
from ..models import Asset, TrimStatus, Video
from .looks import LIVE_WORDS, SUBTITLE_JOB_WORDS, TRANSCODING_WORDS, TRIM_WORDS, VIDEO_WORDS, Look, Stage, Words

if TYPE_CHECKING:
    from ..models import SubtitleJob, TranscodingJob

#: Of a row of the list as it came: type, whether there is a video, its status and its progress.
Glance = tuple[Any, bool, Any, Any]

#: Characters of the server's words about a failure that a message shows.
_SHOWN_REASON: Final = 500


_FOLDER: Final = Look(stage=Stage.FAILED, status=None, reason="it is a folder; wait for the videos in it")
_NO_STREAM: Final = Look(stage=Stage.FAILED, status=None, reason="it is a video, and no live stream")


def glance_of(asset: Asset) -> Glance:
    """Return of a whole asset what can be seen in a row of the list."""
    video = asset.video
    if video is None:
        return asset.type, False, asset.status, None
    return asset.type, True, video.status, video.progress


def sketch_of(asset: Asset) -> Sketch | None:
    """Return what of a whole asset would be read in a row of the list, or None if that would not be relied on."""
    video = asset.video
    if video is None:
        return None
    return Sketch(id=asset.id, type=asset.type, video=VideoSketch(status=video.status, progress=video.progress))


def row_glance(row: Mapping[str, Any]) -> Glance | None:
    """Return what a row of the list shows, or None if that is not to be relied on."""
    video = row.get("video")
    if video is not None:
        members = cast("dict[str, Any]", video) if type(video) is dict else {}
        video = VideoSketch(status=members.get("status"), progress=members.get("progress"))
    return sketch_glance(Sketch(id="", type=row.get("type"), video=video))


def sketch_glance(sketch: Sketch) -> Glance | None:
    """Return what the parts of a row show, or None if that is not to be relied on."""
    kind, video = sketch.type, sketch.video
    if video is None:
        # A live stream without a recording has its status elsewhere: the whole asset tells more.
        return (kind, False, None, None) if kind == "folder" else None
    usable = type(video.status) is str and (kind is None or type(kind) is str)
    usable = usable and (video.progress is None or type(video.progress) in (int, float))
    return (kind, True, video.status, video.progress) if usable else None


def judge_glance(glance: Glance) -> Look:
    """Judge a video by its status."""
    kind, has_video, status, progress = glance
    if kind == "folder":
        return _FOLDER
    if not has_video:
        return Look(stage=Stage.PENDING, status=status)
    stage, known = VIDEO_WORDS.stage(status)
    return Look(stage=stage, status=status, progress=progress, known=known)


def judge_asset(asset: Asset, _: None) -> Look:
    """Judge the processing of a video."""
    return judge_glance(glance_of(asset))


def judge_trim(trim: TrimStatus, run: int | None) -> Look:
    """Judge a trim; the server may still show an earlier one."""
    if run is None or trim.id is None or trim.id < run:
        return Look(stage=Stage.STALE, status=None)
    if trim.id > run:
        return Look(stage=Stage.SUPERSEDED, status=trim.status_display, reason=f"trim {trim.id} is newer than {run}")
    stage, known = TRIM_WORDS.stage(trim.status_display)
    return Look(stage=stage, status=trim.status_display, known=known)


def judge_subtitle(asset: Asset, _: None) -> Look:
    """Judge the generating of a subtitle: the server shows the track when it is done, and nothing before."""
    if asset.type == "folder":
        return _FOLDER
    video = asset.video
    if video is not None and any(track.is_generated_subtitle for track in video.tracks):
        return Look(stage=Stage.SUCCEEDED, status="Completed")
    return _failed_with(video, "its video failed, so there is nothing to listen to") or _PENDING


def judge_deleted(asset: Asset, run: str) -> Look:
    """Judge the deletion of resolutions: they are gone when it is done. A video that shows none is no proof."""
    if asset.type == "folder":
        return _FOLDER
    video = asset.video
    if video is not None and video.resolutions:
        there = {resolution.lower() for resolution in video.resolutions}
        if there.isdisjoint(run.split("-")):
            return Look(stage=Stage.SUCCEEDED, status="Completed")
    return _failed_with(video, "its video failed, so nothing can be deleted from it") or _PENDING


def judge_live_server(asset: Asset, _: None) -> Look:
    """Judge the start of a live stream's server: it is ready when it says where and how to stream."""
    if asset.type == "folder":
        return _FOLDER
    stream = asset.live_stream
    if stream is None:
        return _NO_STREAM if asset.type == "video" else _PENDING
    stage, known = LIVE_WORDS.stage(stream.status)
    if stage is Stage.SUCCEEDED:
        reason = "the broadcast is over. Create another live stream"
        return Look(stage=Stage.FAILED, status=stream.status, reason=reason)
    if stage is Stage.PENDING and stream.rtmp_url and stream.stream_key is not None:
        stage = Stage.SUCCEEDED
    return Look(stage=stage, status=stream.status, known=known)


def judge_recording(asset: Asset, _: None) -> Look:
    """Judge a recording: it is ready when its video is, and not when the broadcast is over."""
    stream, video = asset.live_stream, asset.video
    broadcast, known = LIVE_WORDS.stage(stream.status if stream is not None else None)
    over = broadcast is not Stage.PENDING or (
        video is not None and VIDEO_WORDS.stage(video.status)[0] is not Stage.PENDING
    )
    if stream is None or asset.type == "folder" or (video is not None and over):
        return judge_asset(asset, None)
    reason = None
    if stream.transcode_recorded_video is False:
        reason = "this live stream keeps no recording (transcode_recorded_video is off)"
    elif broadcast is Stage.FAILED:
        reason = "the broadcast failed, so there is no recording"
    elif broadcast is Stage.SUCCEEDED:
        reason = "the broadcast is over, and nothing came of a recording: it may never have begun"
    stage = Stage.PENDING if reason is None else Stage.FAILED
    # The recording may show a moment later than the end of the broadcast.
    doubtful = broadcast is Stage.SUCCEEDED and stream.transcode_recorded_video is not False
    return Look(stage=stage, status=stream.status, known=known, reason=reason, doubtful=doubtful)


def judge_transcoding(job: "TranscodingJob", _: None) -> Look:
    """Judge a transcoding job by its status."""
    return _judge_job(TRANSCODING_WORDS, job.status, job.error_message)


def judge_subtitle_job(job: "SubtitleJob", _: None) -> Look:
    """Judge a subtitle job by its status."""
    return _judge_job(SUBTITLE_JOB_WORDS, job.status, job.error_code, job.error_message)


def _judge_job(words: Words, status: str | None, *said: str | None) -> Look:
    stage, known = words.stage(status)
    why = " ".join(text for text in said if text)
    reason = None
    if stage in (Stage.FAILED, Stage.CANCELLED) and why:
        reason = f"the server says {show(status)}: {_redact.text(why)[:_SHOWN_REASON]}"
    return Look(stage=stage, status=status, known=known, reason=reason)


_PENDING: Final = Look(stage=Stage.PENDING, status="Pending")


def _failed_with(video: Video | None, reason: str) -> Look | None:
    if video is not None and VIDEO_WORDS.stage(video.status)[0] is Stage.FAILED:
        return Look(stage=Stage.FAILED, status=video.status, reason=reason)
    return None
