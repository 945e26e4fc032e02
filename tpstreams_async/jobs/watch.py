"""A job that is being watched: what was seen of it, and how that ends."""

import asyncio
from typing import Any, Final

from attrs import define, field

from .._sketches import Sketch
from .._words import folded
from ..config import Polling
from ..errors import (
    APIError,
    AuthenticationError,
    ClientClosedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    RequestTimeoutError,
    TPStreamsError,
)
from .endings import Endings, Glimpse
from .keys import Key
from .kinds import Kind
from .looks import Look, Stage
from .waiter import End, Update, Waiter


@define(kw_only=True, eq=False)
class Watch(Endings):
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
        doubted: loop time from which on every look showed a doubtful end.
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
    doubted: float | None = None
    expiring: bool = False

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
        if not self.kind.told:
            self.hint = None
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
        if not look.doubtful:
            self.doubted = None
        elif self.doubted is None:
            self.doubted = now
        early = early or (self.doubted is not None and now - self.doubted < polling.recording_settle)
        # The server may still show how earlier work ended; a reason is our own, and says that there can be no work.
        stage = Stage.PENDING if early and (look.reason is None or look.doubtful) else look.stage
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


def retry_after_of(error: TPStreamsError) -> float:
    """Return the seconds that the server asked for."""
    return (error.retry_after or 0.0) if isinstance(error, APIError) else 0.0


CLOSED: Final = (
    "the client was closed while a job was waited for. The job goes on at the server; resume its ref with a new client"
)
