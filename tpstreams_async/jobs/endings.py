"""How waiting for a job ends, in words: what is said of a watch, and the errors that say how to go on."""

from typing import Any, Final, NamedTuple

from .._validate import show
from .._words import folded
from ..errors import (
    JobError,
    JobFailedError,
    JobPollError,
    JobSupersededError,
    JobTimeoutError,
    JobVanishedError,
    NotFoundError,
)
from ..models import Asset, Video
from .keys import Key
from .kinds import Kind
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


class Endings:
    """The part of a watch that finds words for it; see `Watch` for its attributes."""

    __slots__ = ()

    key: Key
    kind: Kind[Any]
    run: int | str | None
    seen: bool
    snapshot: Any
    shown: Glimpse | None
    last_update: Update[Any] | None
    last_error: BaseException | None

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
