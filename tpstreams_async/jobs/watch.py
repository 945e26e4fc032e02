"""A job that is being watched: what was seen of it, and how that ends."""

import asyncio
from typing import Any, Final, NamedTuple

from attrs import define, field

from .._sketches import Sketch
from .._validate import show
from .._words import folded
from ..config import Polling
from ..errors import (
    APIError,
    AuthenticationError,
    ClientClosedError,
    JobError,
    JobFailedError,
    JobPollError,
    JobSupersededError,
    JobTimeoutError,
    JobVanishedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    RequestTimeoutError,
    TPStreamsError,
)
from ..models import Asset, Video
from .keys import Key
from .kinds import Kind
from .looks import Look, Stage
from .waiter import End, Update, Waiter

_NOT_FOUND: Final = "the id or the organization is wrong, or it was deleted, or it is not visible yet"
#: What the server says of whatever does not exist.
_USUAL: Final = "not found"


class Glimpse(NamedTuple):
    """What a row of a list showed of a job that goes on."""

    status: str | None
    progress: float | None

    def model(self, asset_id: str) -> Asset:
        """Return it as a model."""
        return Asset(id=asset_id, type="video", video=Video(status=self.status, progress=self.progress))


@define(kw_only=True, eq=False)
class Watch:
    """A job under watch.

    Attributes:
        run: which run is waited for; learned from the first look where the key does not say.
        began: loop time of the beginning.
        due: loop time of the next look; None while one is under way, or about to be.
        believes: loop time from which on a page must have been asked for to tell something: that of the beginning, of
            the last look, or of the last hint.
        look: the look that is under way.
        unchanged: looks in a row that showed nothing new.
        failures: looks in a row that failed.
        seen: whether any look found it.
        worked: whether any look showed the server at work.
        folder: uuid of the folder that it lies in, "" for the root, None if that is not known.
        row: what a list would show of it as it was last seen.
        hint: loop time of a hint that is to be confirmed by a look, and the status that it told.
        hinted: loop time of the last hint that was confirmed.
        again: whether a hint came that the look under way may be too early for.
        settles_from: loop time at which the last one came who waits for it.
        patient_until: loop time before which the server does not want to be asked again.
        expiring: whether the time of somebody who waited for it was over.
    """

    key: Key
    kind: Kind[Any]
    began: float
    run: int | str | None = None
    due: float | None = None
    believes: float = 0.0
    look: "asyncio.Task[None] | None" = None
    waiters: set[Waiter] = field(factory=set[Waiter])
    unchanged: int = 0
    failures: int = 0
    seen: bool = False
    snapshot: Any = None
    shown: Glimpse | None = None
    last_update: Update[Any] | None = None
    last_error: BaseException | None = None
    ended: bool = False
    worked: bool = False
    folder: str | None = None
    row: Sketch | None = None
    hint: tuple[float, str | None] | None = None
    hinted: float | None = None
    again: bool = False
    settles_from: float = 0.0
    patient_until: float = 0.0
    expiring: bool = False

    @property
    def ref(self) -> str | None:
        """The text from which the wait can be resumed."""
        if not self.kind.resumable:
            return None
        return Key(kind=self.key.kind, id=self.key.id, run=self.run).ref

    @property
    def name(self) -> str:
        """The job, for messages."""
        work = self.key.kind if self.key.kind.endswith("_job") else f"{self.key.kind} job"
        return f"{work} of {self.key.id}" + (f" (run {self.run})" if self.run is not None else "")

    @property
    def last_seen(self) -> str:
        """What was last seen, for messages."""
        return f"last seen {show(self.shown.status)}" if self.shown is not None else "never seen"

    @property
    def latest(self) -> Any:
        """What was last seen, as a model."""
        if self.snapshot is None and self.shown is not None:
            return self.shown.model(self.key.id)
        return self.snapshot

    @property
    def wants_whole(self) -> bool:
        """Whether somebody is to get the whole of what is seen, before the end too."""
        if self.snapshot is not None:
            return True
        for waiter in self.waiters:  # noqa: SIM110 - in a sweep, `any` would take twice as long
            if waiter.updates is not None:
                return True
        return False

    def confirm_hint(self, now: float) -> float | None:
        """Compare what was seen with the last hint. Return how many seconds ago the last one was that proved right.

        What a hint told may not show at once. Until it does, the next look must not be slowed down because of it.
        """
        if self.last_error is not None:
            return None
        if self.hint is not None:
            at, status = self.hint
            if self.unchanged == 0 or (self.shown and status and folded(status) == folded(self.shown.status)):
                self.hinted = at
            else:
                self.unchanged = 0
            self.hint = None
        return None if self.hinted is None else now - self.hinted

    def found(self, look: Look, snapshot: Any, now: float, polling: Polling) -> End | None:
        """Take note of a look that found it. Return how the job ended, if it did."""
        self.seen, self.failures, self.last_error = True, 0, None
        if look.stage is Stage.STALE:
            self.unchanged += 1
            return None
        settle = self.kind.settle
        if look.stage is Stage.PENDING:
            self.worked = True
        early = settle is not None and not self.worked and now - self.settles_from < settle(polling)
        # The server may still show how earlier work ended; a reason is our own, and says that there can be no work.
        stage = Stage.PENDING if early and look.reason is None else look.stage
        self._tell(look, stage, snapshot, now)
        if stage is Stage.SUCCEEDED:
            return End(snapshot=snapshot, update=self.last_update)
        if stage in (Stage.FAILED, Stage.CANCELLED):
            return self.failed(look.status, look.reason)
        return self.superseded(look.reason) if stage is Stage.SUPERSEDED else None

    def missed(self, error: TPStreamsError, now: float, polling: Polling) -> End | None:
        """Take note of a look that failed. Return how waiting ends, if it does."""
        self.last_error = error
        if isinstance(error, ClientClosedError):
            return End(snapshot=self.latest, error=lambda _: ClientClosedError(CLOSED), final=False)
        if isinstance(error, NotFoundError):
            in_grace = now - self.began < polling.not_found_grace
            return self.vanished(error) if self.seen or not in_grace else None
        if isinstance(error, (AuthenticationError, PermissionDeniedError)):
            return self.unreachable(error)
        # That the client held the look back, so that nobody was asked, says nothing of the job.
        patience = isinstance(error, RateLimitedError) or (isinstance(error, RequestTimeoutError) and error.held_back)
        self.failures += not patience
        self.unchanged += 1
        self.patient_until = now + min(retry_after_of(error), polling.retry_after_max)
        return self.unreachable(error) if self.failures > polling.failures else None

    def _tell(self, look: Look, stage: Stage, snapshot: Any, now: float) -> None:
        """Note what was seen, and hand it over where it is news."""
        shown = Glimpse(look.status, look.progress)
        news = self.shown != shown or stage is not Stage.PENDING
        self.unchanged = 0 if self.shown is None or self.shown.status != shown.status else self.unchanged + 1
        self.shown, self.snapshot = shown, snapshot
        for waiter in self.waiters:
            waiter.handle.saw(shown if snapshot is None else snapshot, self.run)
        if snapshot is None:
            self.last_update = None
        elif news and stage is not Stage.SUPERSEDED:
            ended = stage is not Stage.PENDING
            self.last_update = Update(
                status=look.status,
                progress=look.progress,
                elapsed=now - self.began,
                snapshot=snapshot,
                terminal=ended,
                outcome=stage.value if ended else None,
                began=self.began,
            )
            for waiter in self.waiters:
                waiter.notify(self.last_update)

    @property
    def way_on(self) -> str:
        """How to wait on, for messages."""
        if self.ref is None:
            return "To wait on, await the same job again, or make it anew with client.jobs.until(...)"
        return f"It may go on at the server; wait on with client.jobs.resume({self.ref!r})"

    def failed(self, status: str | None, reason: str | None) -> End:
        """Make the end of a job that failed."""
        why = reason or f"the server says {show(status)}. See .snapshot, mend the cause, and ask for it anew"
        return self._end(JobFailedError, f"the {self.name} failed: {why}")

    def superseded(self, reason: str | None) -> End:
        """Make the end of a job whose place another took."""
        return self._end(
            JobSupersededError,
            f"the {self.name} was replaced ({reason}), so its own outcome can't be seen. Wait for the newer one",
        )

    def vanished(self, cause: NotFoundError) -> End:
        """Make the end of a job whose object is gone."""
        story = "was deleted while it was waited for" if self.seen else _not_found(cause)
        text = f"{self.key.id}, for which the {self.name} was awaited, {story}. There is nothing left to wait for"
        return self._end(JobVanishedError, text, cause)

    def unreachable(self, cause: BaseException) -> End:
        """Make the end of a wait during which looking failed for good."""
        why = f"{type(cause).__name__}: {cause}".rstrip(". ")
        text = f"could not look at the {self.name} any more ({self.last_seen}): {why}. {self.way_on}"
        return self._end(JobPollError, text, cause, final=False)

    def timed_out(self, waiter: Waiter) -> JobTimeoutError:
        """Make the error of one waiter whose time is over."""
        if not self.seen and isinstance(self.last_error, NotFoundError):
            state = f"{self.key.id} {_not_found(self.last_error)}"
        elif self.last_error is not None:
            why = f"{self.last_error}".rstrip(". ")
            state = f"{self.last_seen}, and the last look at it failed ({why}). {self.way_on}"
        else:
            state = f"{self.last_seen}. {self.way_on}"
        error = JobTimeoutError(
            f"the {self.name} had not ended after {waiter.timeout:g} s: {state}",
            job=waiter.job,
            ref=self.ref,
            snapshot=self.latest,
        )
        error.__cause__ = self.last_error
        return error

    def _end(
        self, kind: type[JobError], message: str, cause: BaseException | None = None, *, final: bool = True
    ) -> End:
        ref, snapshot, update = self.ref, self.latest, self.last_update
        if update is not None and not update.terminal:
            update = None

        def make(job: Any) -> JobError:
            # One for each waiter: a shared exception would collect everyone's tracebacks.
            error = kind(message, job=job, ref=ref, snapshot=snapshot)
            error.__cause__ = cause
            return error

        return End(snapshot=snapshot, update=update, error=make, final=final)


def _not_found(error: NotFoundError) -> str:
    """Say that something was not found, and what the server said to that if it is more than just that."""
    said = (error.detail or "").rstrip(". ")
    more = f"; the server says: {said}" if folded(said) not in ("", _USUAL) else ""
    return f"was not found (404{more}): {_NOT_FOUND}"


def retry_after_of(error: TPStreamsError) -> float:
    """Return the seconds that the server asked for."""
    return (error.retry_after or 0.0) if isinstance(error, APIError) else 0.0


CLOSED: Final = (
    "the client was closed while a job was waited for. The job goes on at the server; resume its ref with a new client"
)
