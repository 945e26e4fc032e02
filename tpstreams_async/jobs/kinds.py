"""The kinds of jobs, as data: how to look at one, and what ends it."""

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from attrs import frozen

from .._validate import identifier, resolutions, show
from ..config import Polling
from ..errors import InvalidInputError
from ..models import Asset, TrimStatus
from ..resources.all import Resources
from . import judges
from .keys import Key
from .looks import Look, Stage, Subject

if TYPE_CHECKING:
    from ..models import SubtitleJob, TranscodingJob

T = TypeVar("T")


@frozen(kw_only=True, eq=False)
class Kind(Generic[T]):
    """The rules of a kind of job.

    Attributes:
        name: the first part of a ref.
        look: asks the server once, by the id of what the job works on, or of the job itself.
        judge: what a look means for the job with this run (which is None while it is not known).
        timeout: the default limit of a wait in seconds.
        shows: what `look` shows, where that is delivered too, so that a delivery can be judged as well; else None.
        glance: what a row of the list of assets means, if that tells as much as a look.
        settle: seconds for which a success that no work was seen to precede must be there before it counts, as the
            server may go on showing the end of what was before.
        run_of: which run a snapshot speaks of, for kinds of which an asset can have several in turn.
        read_run: reads the last part of a ref, for kinds that have one; raises `InvalidInputError`.
        run_word: what that part is, for messages.
        needs_run: whether there is no job without it.
        told: whether deliveries tell how it goes, so that it may be looked at more seldom while they come.
        resumable: whether a ref says all there is to know.
    """

    name: str
    look: Callable[[Resources, str], Awaitable[T]]
    judge: Callable[[T, Any], Look]
    timeout: Callable[[Polling], float]
    shows: Subject | None = Subject.ASSET
    glance: Callable[[judges.Glance], Look] | None = None
    settle: Callable[[Polling], float] | None = None
    run_of: Callable[[T], int | None] | None = None
    read_run: Callable[[str], int | str] | None = None
    run_word: str = "number"
    needs_run: bool = False
    told: bool = True
    resumable: bool = True


_RUN: Final = re.compile(r"[0-9]{1,18}")


def _look_at_asset(resources: Resources, asset_id: str) -> Awaitable[Asset]:
    return resources.assets.get(asset_id)


def read_resolutions(value: Any, name: str = "resolutions") -> str:
    """Return resolutions as the run of a job that waits for their deletion, such as ``"240p-480p"``.

    Raises:
        InvalidInputError: they are none.
    """
    return "-".join(sorted(set(resolutions(name, value)), key=lambda resolution: int(resolution[:-1])))


def _read_deleted(part: str) -> str:
    run = read_resolutions(part.split("-"), "ref")
    if run != part:
        raise InvalidInputError("ref", f"must name each resolution once, the smallest first: {run}")
    return run


def _read_number(part: str) -> int:
    if not _RUN.fullmatch(part):
        raise InvalidInputError("ref", f"ends in {show(part)}, which is no number")
    return int(part)


ASSET: Final[Kind[Asset]] = Kind(
    name="asset",
    look=_look_at_asset,
    judge=judges.judge_asset,
    glance=judges.judge_glance,
    timeout=lambda polling: polling.asset_timeout,
)
TRIM: Final[Kind[TrimStatus]] = Kind(
    name="trim",
    look=lambda resources, asset_id: resources.assets.trim_status(asset_id),
    judge=judges.judge_trim,
    shows=None,
    timeout=lambda polling: polling.trim_timeout,
    run_of=lambda trim: trim.id,
    read_run=_read_number,
)
REVERT_TRIM: Final[Kind[Asset]] = Kind(
    name="revert_trim",
    look=_look_at_asset,
    judge=judges.judge_asset,
    settle=lambda polling: polling.settle,
    timeout=lambda polling: polling.trim_timeout,
)
SUBTITLE: Final[Kind[Asset]] = Kind(
    name="subtitle",
    look=_look_at_asset,
    judge=judges.judge_subtitle,
    timeout=lambda polling: polling.subtitle_timeout,
    told=False,
)
LIVE_SERVER: Final[Kind[Asset]] = Kind(
    name="live_server",
    look=_look_at_asset,
    judge=judges.judge_live_server,
    timeout=lambda polling: polling.live_server_timeout,
)
RECORDING: Final[Kind[Asset]] = Kind(
    name="recording",
    look=_look_at_asset,
    judge=judges.judge_recording,
    timeout=lambda polling: polling.recording_timeout,
)
RESOLUTIONS_DELETED: Final[Kind[Asset]] = Kind(
    name="resolutions_deleted",
    look=_look_at_asset,
    judge=judges.judge_deleted,
    timeout=lambda polling: polling.deletion_timeout,
    read_run=_read_deleted,
    run_word="240p-480p",
    needs_run=True,
)

TRANSCODING: Final["Kind[TranscodingJob]"] = Kind(
    name="transcoding",
    look=lambda resources, job_id: resources.transcoding_jobs.get(job_id),
    judge=judges.judge_transcoding,
    shows=Subject.TRANSCODING_JOB,
    timeout=lambda polling: polling.transcoding_timeout,
)
SUBTITLE_JOB: Final["Kind[SubtitleJob]"] = Kind(
    name="subtitle_job",
    look=lambda resources, job_id: resources.subtitle_jobs.get(job_id),
    judge=judges.judge_subtitle_job,
    shows=None,
    timeout=lambda polling: polling.subtitle_job_timeout,
    told=False,
)

KINDS: Final[dict[str, Kind[Any]]] = {
    kind.name: kind
    for kind in (
        ASSET,
        TRIM,
        REVERT_TRIM,
        SUBTITLE,
        LIVE_SERVER,
        RECORDING,
        RESOLUTIONS_DELETED,
        TRANSCODING,
        SUBTITLE_JOB,
    )
}


def check_predicate(predicate: Any) -> None:
    """Raise `InvalidInputError` unless it is a plain function."""
    if not callable(predicate) or inspect.iscoroutinefunction(predicate):
        raise InvalidInputError("predicate", f"must be a plain function of an Asset, not {show(predicate)}")


def until_kind(predicate: Callable[[Asset], object]) -> Kind[Asset]:
    """Make the kind of a job that ends when a condition on an asset is true."""

    def judge(asset: Asset, _: None) -> Look:
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
        look=_look_at_asset,
        judge=judge,
        timeout=lambda polling: polling.asset_timeout,
        told=False,
        resumable=False,
    )


def parse_ref(ref: Any) -> tuple[Kind[Any], Key]:
    """Read a job's ref.

    Raises:
        InvalidInputError: it is none.
    """
    parts: list[str] = ref.split(":") if isinstance(ref, str) else []
    kind = KINDS.get(parts[0]) if parts else None
    if kind is None or len(parts) not in (2, 3) or (kind.needs_run and len(parts) == 2):
        known = ", ".join(_pattern(kind) for kind in KINDS.values())
        raise InvalidInputError("ref", f"must be the ref of a job ({known}), not {show(ref)}")
    run: int | str | None = None
    if len(parts) == 3:
        try:
            if kind.read_run is None:
                raise InvalidInputError("ref", "has a part too much")
            run = kind.read_run(parts[2])
        except InvalidInputError:
            problem = f"{show(ref)} ends in {show(parts[2])}, which is no {kind.run_word} of a job of this kind"
            raise InvalidInputError("ref", problem) from None
    return kind, Key(kind=kind.name, id=identifier("ref", parts[1]), run=run)


def _pattern(kind: Kind[Any]) -> str:
    part = f":<{kind.run_word}>" if kind.needs_run else f"[:<{kind.run_word}>]"
    return f"{kind.name}:<id>" + ("" if kind.read_run is None else part)
