"""Subtitle jobs: files of which the words are written down, without an asset."""

from __future__ import annotations

from typing import Any

import attrs

from .clock import Calendar

QUEUED = "Queued"
PROCESSING = "Processing"
COMPLETED = "Completed"

_FILES = "https://media.simulator.example/private/subtitle_jobs"
"""Where subtitles lie; nothing answers there."""


@attrs.define(eq=False)
class SubtitleJob:
    """A subtitle job; `created_at` is a moment of the clock.

    `seconds` is how long it takes, the first fifth of it in the queue. `forced` is a status set by hand;
    `duration` is that of its input, in seconds.
    """

    id: str
    url: str
    client_metadata: dict[str, Any] | None
    created_at: float
    seconds: float
    duration: int
    forced: str | None = None
    error_code: str | None = None
    error_message: str | None = None

    def status(self, now: float) -> str:
        """Return the status at `now`."""
        if self.forced is not None:
            return self.forced
        elapsed = now - self.created_at
        if elapsed >= self.seconds:
            return COMPLETED
        return PROCESSING if elapsed >= self.seconds * 0.2 else QUEUED

    def row(self, now: float, calendar: Calendar) -> dict[str, Any]:
        """Return the job as the API shows it."""
        status = self.status(now)
        done = status.lower() == COMPLETED.lower()
        minutes, seconds = divmod(self.duration, 60)
        return {
            "id": self.id,
            "url": self.url,
            "language": "en",
            "status": status,
            "subtitle_url": f"{_FILES}/{self.id}.vtt" if done else None,
            "audio_duration": f"00:{minutes:02}:{seconds:02}.000000" if done else None,
            "error_code": self.error_code,
            "error_message": self.error_message,
            "client_metadata": self.client_metadata,
            "created": calendar.utc(self.created_at),
        }
