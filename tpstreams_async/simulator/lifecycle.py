"""The state machines: what an asset is at a moment of the clock.

Nothing here runs. An asset keeps the moments at which things began, and its state is worked out from them and
the present moment whenever somebody asks; so thousands of assets cost nothing while nobody looks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs

from .live import Live
from .settings import Settings

NOT_STARTED = "Not Started"
UPLOADING = "Uploading"
QUEUED = "Queued"
PROCESSING = "Processing"
TRANSCODING = "Transcoding"
COMPLETED = "Completed"
ERROR = "Error"
PENDING = "Pending"

STATUS_NUMBERS = {PENDING: 1, PROCESSING: 2, COMPLETED: 3, "Failed": 4, "Cancelled": 5}
"""Numbers of a trim's states; any other word is shown as 0."""

_TRIM_FAILURES = frozenset({"failed", "error", "cancelled"})

AUTO_GENERATED = "Auto Generated"
UPLOADED = "Uploaded"


@attrs.define(eq=False)
class Subtitle:
    """A subtitle track that is there."""

    id: int
    name: str
    language: str
    size_bytes: int
    subtitle_type: str


@attrs.define(eq=False)
class Trim:
    """A trim job; `requested_at` is a moment of the clock, `forced` a status set by hand."""

    id: int
    start_time: float | None
    end_time: float | None
    requested_at: float
    task_id: str
    forced: str | None = None

    def status(self, now: float, seconds: float) -> str:
        """Return the status at `now` of a trim that takes `seconds`."""
        if self.forced is not None:
            return self.forced
        elapsed = now - self.requested_at
        if elapsed >= seconds:
            return COMPLETED
        return PENDING if elapsed < seconds * 0.25 else PROCESSING


@attrs.define(eq=False)
class Edit:
    """A trim or a revert under way; `duration` is what the video has when it is done."""

    began: float
    seconds: float
    duration: int | None
    trim: Trim | None


@attrs.frozen
class Deletion:
    """Resolutions that are to be deleted, `at` a moment of the clock."""

    at: float
    resolutions: tuple[str, ...]


def _changed(video: Video, _: attrs.Attribute[Any], value: Any) -> Any:
    video.revision += 1
    return value


@attrs.define(eq=False, on_setattr=_changed)
class Video:
    """A video from the moment it was created.

    `fetched_at` is the moment at which its file was there (it may lie ahead when nothing is really fetched),
    `failed` says that the file could not be had, `uploaded` that it is not fetched but uploaded: such a video begins
    when its file is there, and until then never. `original_duration` is in whole seconds. Setting anything makes
    a new `revision`, so what hangs on it can tell that it is out of date; hence nothing here can be changed in place.
    """

    source_url: str
    resolutions: tuple[str, ...]
    protection: str | None
    generate_subtitle: bool
    began: float
    track_ids: tuple[int, int, int]
    processing_seconds: float
    fetched_at: float | None = None
    failed: bool = False
    uploaded: bool = False
    size_bytes: int | None = None
    original_duration: int | None = None
    duration: int | None = None
    trimmed: bool = False
    forced: str | None = None
    edit: Edit | None = None
    trim: Trim | None = None
    earlier_trim: Trim | None = None
    stale_for: float = 0.0
    asked_subtitle_at: float | None = None
    subtitles: tuple[Subtitle, ...] = ()
    cover_url: str | None = None
    deletions: tuple[Deletion, ...] = ()
    last_deletion: Deletion | None = None
    revision: int = attrs.field(default=0, on_setattr=attrs.setters.NO_OP)

    def fetched(self, now: float) -> bool:
        """Tell whether the file has arrived."""
        return self.fetched_at is not None and now >= self.fetched_at

    def completed_at(self) -> float:
        """Return the moment at which processing ends: infinity while that is unknown or will never be."""
        if self.fetched_at is None or self.failed:
            return math.inf
        half = self.processing_seconds / 2
        return max(self.began + half, self.fetched_at) + half

    def processed(self, now: float) -> bool:
        """Tell whether the first processing has ended well, whatever happened since."""
        return now >= self.completed_at()

    def at_rest(self, now: float, settings: Settings) -> bool:
        """Tell whether the passing of time will change nothing any more."""
        if self.edit is not None or self.deletions or now < self.completed_at():
            return False
        return not self.wants_auto_subtitle() or now >= self.auto_subtitle_at(settings)

    def ingest_status(self, now: float) -> str:
        """Return the status as far as the first processing goes."""
        total = self.processing_seconds
        elapsed = now - self.began
        if elapsed < total * 0.1:
            return UPLOADING if self.uploaded and elapsed >= 0 else NOT_STARTED
        if elapsed < total * 0.2:
            return QUEUED
        if self.failed:
            return ERROR
        completed_at = self.completed_at()
        if now >= completed_at:
            return COMPLETED
        return TRANSCODING if now >= completed_at - total / 2 else PROCESSING

    def status(self, now: float, settings: Settings) -> str:
        """Return the status that the service shows."""
        if self.forced is not None:
            return self.forced
        status = self.ingest_status(now)
        edit = self.edit
        if edit is None or status != COMPLETED or not settings.busy_while_trimming:
            return status
        # The service is known to show Completed for a while after an edit was asked for.
        return TRANSCODING if now - edit.began >= edit.seconds * 0.25 else COMPLETED

    def progress(self, now: float, settings: Settings) -> int:
        """Return the progress, 0 to 100: that of the first processing."""
        if not settings.moving_progress or now < self.began:
            return 0
        half = self.processing_seconds / 2
        left = self.completed_at() - now
        if left <= 0:
            return 100
        if left <= half:
            return 50 + int(50 * (1 - left / half))
        return min(49, int(50 * (now - self.began) / half)) if half else 0

    def settle(self, now: float) -> None:
        """Let the edits and deletions that have come to their end take effect."""
        if self.edit is not None:
            self._settle_edit(now)
        for deletion in self.deletions:
            if now >= deletion.at:
                self.resolutions = tuple(r for r in self.resolutions if r not in deletion.resolutions)
                self.last_deletion = deletion
                self.deletions = tuple(d for d in self.deletions if d is not deletion)

    def remaining(self) -> set[str]:
        """Return the resolutions that are there and not about to be deleted."""
        return set(self.resolutions).difference(*(d.resolutions for d in self.deletions))

    def _settle_edit(self, now: float) -> None:
        edit = self.edit
        if edit is None:
            return
        forced = edit.trim.forced if edit.trim else None
        if forced is not None and forced != COMPLETED:
            # A job that was failed or held by hand never changes the video.
            self.edit = None if forced.lower() in _TRIM_FAILURES else edit
        elif forced == COMPLETED or now - edit.began >= edit.seconds:
            self.duration = edit.duration
            self.trimmed = edit.trim is not None
            self.edit = None

    def shown_trim(self, now: float) -> Trim | None:
        """Return the trim job that the status endpoint speaks of."""
        trim = self.trim
        if trim is not None and self.earlier_trim is not None and now - trim.requested_at < self.stale_for:
            return self.earlier_trim
        return trim

    def auto_subtitle_at(self, settings: Settings) -> float:
        """Return the moment at which the generated track appears: infinity when none is on its way."""
        if self.asked_subtitle_at is not None:
            return self.asked_subtitle_at + settings.subtitle_seconds
        if self.generate_subtitle:
            return self.completed_at() + settings.subtitle_seconds
        return math.inf

    def wants_auto_subtitle(self) -> bool:
        """Tell whether a generated track is there or on its way."""
        return self.generate_subtitle or self.asked_subtitle_at is not None

    def shown_subtitles(self, now: float, settings: Settings) -> Sequence[Subtitle]:
        """Return the subtitle tracks that are there."""
        if now < self.auto_subtitle_at(settings):
            return self.subtitles
        size = 80 * (self.original_duration or 1)
        return [Subtitle(self.track_ids[2], "English", "en", size, AUTO_GENERATED), *self.subtitles]


Kept = tuple[str | None, int, int, bytes]
"""JSON of an asset, after what it was made of: the parent, the video's revision and the store's moves of folders.

A plain tuple of plain values costs the garbage collector nothing, however many of them there are.
"""


@attrs.define(eq=False)
class Asset:
    """A row of the service: a video, a live stream, which has no video before it ends, or a folder.

    Times are moments of the clock.
    """

    id: str
    number: int
    title: str
    created_at: float
    visible_at: float
    parent_id: str | None = None
    video: Video | None = None
    live: Live | None = None
    kept_row: Kept | None = None
    kept_detail: Kept | None = None

    @property
    def kind(self) -> str:
        """The word for what it is."""
        if self.live is not None:
            return "livestream"
        return "folder" if self.video is None else "video"

    @property
    def is_folder(self) -> bool:
        """Whether other assets can lie in it."""
        return self.video is None and self.live is None
