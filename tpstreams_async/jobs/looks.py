"""What a look at a job says: the stages, and the server's words for them."""

import enum
from typing import Final, NamedTuple

from .._words import folded


class Stage(enum.Enum):
    """What a look says about a job."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    #: A newer job took its place.
    SUPERSEDED = "superseded"
    #: The look showed an earlier job: it says nothing about this one.
    STALE = "stale"


class Subject(enum.Enum):
    """What a delivery can show."""

    ASSET = "asset"
    TRANSCODING_JOB = "transcoding job"


class Look(NamedTuple):
    """One look, judged.

    Attributes:
        status: the server's word, or for a kind that has none "Pending" or "Completed".
        progress: percent, where the server tells.
        known: whether the status is a word that is documented or was seen before.
        reason: why it failed, where there is more to say than the status.
        doubtful: whether it is an end only if it stays like that for a while (`Polling.recording_settle`).
    """

    stage: Stage
    status: str | None
    progress: float | None = None
    known: bool = True
    reason: str | None = None
    doubtful: bool = False


class Words(NamedTuple):
    """What the server's words mean, in lower case and with spaces."""

    pending: frozenset[str]
    succeeded: frozenset[str]
    failed: frozenset[str]
    cancelled: frozenset[str] = frozenset()

    def stage(self, status: str | None) -> tuple[Stage, bool]:
        """Return the stage that a status means, and whether the status is known. An unknown one ends nothing."""
        word = folded(status)
        if word in self.succeeded:
            return Stage.SUCCEEDED, True
        if word in self.failed:
            return Stage.FAILED, True
        if word in self.cancelled:
            return Stage.CANCELLED, True
        return Stage.PENDING, not word or word in self.pending


VIDEO_WORDS: Final = Words(
    pending=frozenset({"not started", "queued", "processing", "uploading", "transcoding"}),
    succeeded=frozenset({"completed"}),
    failed=frozenset({"error"}),
)
TRIM_WORDS: Final = Words(
    pending=frozenset({"pending", "queued", "processing", "in progress"}),
    succeeded=frozenset({"completed", "success", "succeeded"}),
    failed=frozenset({"failed", "error"}),
    cancelled=frozenset({"cancelled"}),
)
LIVE_WORDS: Final = Words(
    pending=frozenset({"not started", "available", "streaming", "recording", "disconnected", "running", "stopped"}),
    succeeded=frozenset({"completed"}),
    failed=frozenset({"error"}),
)
TRANSCODING_WORDS: Final = Words(
    pending=frozenset({"queued", "transcoding"}),
    succeeded=frozenset({"completed"}),
    failed=frozenset({"error"}),
    cancelled=frozenset({"cancelled"}),
)
SUBTITLE_JOB_WORDS: Final = Words(
    pending=frozenset({"queued", "processing"}),
    succeeded=frozenset({"completed"}),
    failed=frozenset({"failed", "error"}),
)
