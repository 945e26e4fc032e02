"""Jobs that transcode from a URL or a bucket into a bucket, without an asset."""

from datetime import datetime
from typing import Any

from attrs import field, frozen

from .._redact import data_repr, text_repr, url_repr
from ._base import NO_EXTRA, Extra, Snapshot
from ._durations import seconds_of


@frozen(kw_only=True, repr=False, eq=False)
class TranscodingJob(Snapshot):
    """A job that transcodes a file into a bucket of yours. ``client.jobs.transcoding(job)`` awaits it.

    Attributes:
        status: the server's word, such as "Queued" or "Completed", in any case.
        resolutions: such as ("240p", "720p").
        video_duration: as the server shows it, such as ``120`` or ``"00:01:43"``; None until it knows. See `duration`.
        drm_content_id: what a licence is asked for with; None without DRM. Only the answer to the creation and webhooks
            are known to have it, so keep it.
        input_url: where the file is taken from, or None.
        input_path: where in a bucket the file is taken from, or None. Its query holds credentials.
        output_path: where in a bucket the renditions go. Its query holds credentials.
        start_time: when the work began.
        end_time: when the work ended.
        error_message: the server's words about a job that failed.
        client_metadata: what was given when the job was created.
    """

    id: str
    status: str | None = None
    resolutions: tuple[str, ...] = ()
    video_duration: Any = field(default=None, hash=False, repr=data_repr)
    enable_drm: bool | None = None
    drm_content_id: str | None = None
    input_url: str | None = field(default=None, repr=url_repr)
    input_path: str | None = field(default=None, repr=url_repr)
    output_path: str | None = field(default=None, repr=url_repr)
    start_time: datetime | None = None
    end_time: datetime | None = None
    error_message: str | None = field(default=None, repr=text_repr)
    client_metadata: Any = field(default=None, hash=False, repr=data_repr)
    extra: Extra = field(default=NO_EXTRA, hash=False)

    @property
    def duration(self) -> float | None:
        """The duration of the video in seconds, where the server tells it in a form that is known."""
        return seconds_of(self.video_duration)
