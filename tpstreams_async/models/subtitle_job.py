"""Jobs that make subtitles for a file at a URL, without an asset."""

from datetime import datetime
from typing import Any

from attrs import field, frozen

from .._redact import data_repr, text_repr, url_repr
from ._base import NO_EXTRA, Extra, Snapshot
from ._durations import seconds_of


@frozen(kw_only=True, repr=False, eq=False)
class SubtitleJob(Snapshot):
    """A job that makes subtitles for a file. ``client.jobs.subtitle_job(job)`` awaits it.

    Attributes:
        url: where the file is taken from.
        language: of the subtitles, such as "en".
        status: the server's word, such as "Queued" or "Completed", in any case.
        subtitle_url: where the subtitles are, once they are.
        audio_duration: as the server shows it, such as ``"00:02:00.000000"``; None until it knows. See `duration`.
        error_code: the server's name for what went wrong.
        error_message: the server's words about a job that failed.
        client_metadata: what was given when the job was created.
        created: when the job was created.
    """

    id: str
    url: str | None = field(default=None, repr=url_repr)
    language: str | None = None
    status: str | None = None
    subtitle_url: str | None = field(default=None, repr=url_repr)
    audio_duration: str | None = None
    error_code: str | None = None
    error_message: str | None = field(default=None, repr=text_repr)
    client_metadata: Any = field(default=None, hash=False, repr=data_repr)
    created: datetime | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)

    @property
    def duration(self) -> float | None:
        """The duration of the sound in seconds, where the server tells it in a form that is known."""
        return seconds_of(self.audio_duration)
