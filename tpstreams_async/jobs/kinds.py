"""The kinds of jobs, as data: how to look at one, and what ends it."""

import enum
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeVar

from attrs import frozen

from .._validate import identifier, show
from .._words import folded
from ..config import Polling
from ..errors import InvalidInputError
from ..models import Asset, TrimStatus
from ..resources.assets import Assets

T = TypeVar("T")


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


@frozen(kw_only=True)
class Look:
    """One look, judged.

    Attributes:
        status: the server's word, or for a kind that has none "Pending" or "Completed".
        progress: percent, where the server tells.
        known: whether the status is a word that is documented or was seen before.
        reason: why it failed, where there is more to say than the status.
    """

    stage: Stage
    status: str | None
    progress: float | None = None
    known: bool = True
    reason: str | None = None


@frozen(kw_only=True)
class Words:
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


@frozen(kw_only=True, eq=False)
class Kind(Generic[T]):
    """The rules of a kind of job.

    Attributes:
        name: the first part of a ref.
        look: asks the server once, by the id of the asset.
        judge: what a look means for the job with this run (which is None while it is not known).
        run_of: which run a snapshot speaks of, for kinds of which an asset can have several in turn.
        timeout: the default limit of a wait in seconds.
        resumable: whether a ref says all there is to know.
    """

    name: str
    look: Callable[[Assets, str], Awaitable[T]]
    judge: Callable[[T, int | None], Look]
    timeout: Callable[[Polling], float]
    run_of: Callable[[T], int | None] | None = None
    resumable: bool = True


_RUN: Final = re.compile(r"[0-9]{1,18}")


@frozen(kw_only=True)
class Key:
    """Which job: two handles with the same key share their looks.

    Attributes:
        run: the server's number of the job, for kinds of which an asset can have several in turn.
        own: tells apart jobs that share nothing, as each condition of `until` is its own.
    """

    kind: str
    id: str
    run: int | None = None
    own: int | None = None

    @property
    def ref(self) -> str:
        """The job as text."""
        return f"{self.kind}:{self.id}" + ("" if self.run is None else f":{self.run}")


_FOLDER: Final = Look(stage=Stage.FAILED, status=None, reason="it is a folder; wait for the videos in it")


def _judge_asset(asset: Asset, _: int | None) -> Look:
    if asset.type == "folder":
        return _FOLDER
    if asset.video is None:
        return Look(stage=Stage.PENDING, status=asset.status)
    stage, known = VIDEO_WORDS.stage(asset.video.status)
    return Look(stage=stage, status=asset.video.status, progress=asset.video.progress, known=known)


def _judge_trim(trim: TrimStatus, run: int | None) -> Look:
    if run is None or trim.id is None or trim.id < run:
        return Look(stage=Stage.STALE, status=None)
    if trim.id > run:
        return Look(stage=Stage.SUPERSEDED, status=trim.status_display, reason=f"trim {trim.id} is newer than {run}")
    stage, known = TRIM_WORDS.stage(trim.status_display)
    return Look(stage=stage, status=trim.status_display, known=known)


def _judge_subtitle(asset: Asset, _: int | None) -> Look:
    if asset.type == "folder":
        return _FOLDER
    video = asset.video
    if video is not None and any(track.is_generated_subtitle for track in video.tracks):
        return Look(stage=Stage.SUCCEEDED, status="Completed")
    if video is not None and VIDEO_WORDS.stage(video.status)[0] is Stage.FAILED:
        return Look(
            stage=Stage.FAILED,
            status=video.status,
            reason="its video failed, so there is nothing to listen to",
        )
    return Look(stage=Stage.PENDING, status="Pending")


ASSET: Final[Kind[Asset]] = Kind(
    name="asset",
    look=lambda assets, asset_id: assets.get(asset_id),
    judge=_judge_asset,
    timeout=lambda polling: polling.asset_timeout,
)
TRIM: Final[Kind[TrimStatus]] = Kind(
    name="trim",
    look=lambda assets, asset_id: assets.trim_status(asset_id),
    judge=_judge_trim,
    timeout=lambda polling: polling.trim_timeout,
    run_of=lambda trim: trim.id,
)
SUBTITLE: Final[Kind[Asset]] = Kind(
    name="subtitle",
    look=lambda assets, asset_id: assets.get(asset_id),
    judge=_judge_subtitle,
    timeout=lambda polling: polling.subtitle_timeout,
)

KINDS: Final[dict[str, Kind[Any]]] = {kind.name: kind for kind in (ASSET, TRIM, SUBTITLE)}


def check_predicate(predicate: Any) -> None:
    """Raise `InvalidInputError` unless it is a plain function."""
    if not callable(predicate) or inspect.iscoroutinefunction(predicate):
        raise InvalidInputError("predicate", f"must be a plain function of an Asset, not {show(predicate)}")


def until_kind(predicate: Callable[[Asset], object]) -> Kind[Asset]:
    """Make the kind of a job that ends when a condition on an asset is true."""

    def judge(asset: Asset, _: int | None) -> Look:
        answer = predicate(asset)
        if inspect.isawaitable(answer):
            if inspect.iscoroutine(answer):
                answer.close()
            raise InvalidInputError(
                "predicate", "must be a plain function, as what an async one returns is always true"
            )
        stage = Stage.SUCCEEDED if answer else Stage.PENDING
        return Look(stage=stage, status=asset.status, progress=asset.video.progress if asset.video else None)

    return Kind(
        name="until",
        look=lambda assets, asset_id: assets.get(asset_id),
        judge=judge,
        timeout=lambda polling: polling.asset_timeout,
        resumable=False,
    )


def parse_ref(ref: Any) -> tuple[Kind[Any], Key]:
    """Read a job's ref.

    Raises:
        InvalidInputError: it is none.
    """
    parts: list[str] = ref.split(":") if isinstance(ref, str) else []
    kind = KINDS.get(parts[0]) if parts else None
    if kind is None or len(parts) not in (2, 3):
        known = ", ".join(f"{kind.name}:<id>" + ("[:<number>]" if kind.run_of else "") for kind in KINDS.values())
        raise InvalidInputError("ref", f"must be the ref of a job ({known}), not {show(ref)}")
    run: int | None = None
    if len(parts) == 3:
        if kind.run_of is None or not _RUN.fullmatch(parts[2]):
            raise InvalidInputError(
                "ref", f"{show(ref)} ends in {show(parts[2])}, which is no number of a job of this kind"
            )
        run = int(parts[2])
    return kind, Key(kind=kind.name, id=identifier("ref", parts[1]), run=run)
