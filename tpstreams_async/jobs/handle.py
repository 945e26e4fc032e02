"""What a job handle remembers, and how it begins to wait."""

from collections import deque
from typing import Any, Generic, TypeVar, cast

from attrs import define, evolve

from .._numbers import is_number
from .._validate import show
from ..errors import InvalidInputError
from .endings import Glimpse
from .keys import Key
from .kinds import Kind
from .scheduler import Scheduler
from .waiter import End, Update, Waiter
from .watch import Watch

T = TypeVar("T")


@define(kw_only=True, eq=False)
class Handle(Generic[T]):
    """The inner half of a `Job`.

    Attributes:
        run: which run it stands for; learned from the first look where the key does not say.
        folder: where the asset was known to lie when the handle was made; see `Watch.folder`.
        seen: what was last seen.
        end: how the job ended, once it did.
        leftover: an error that ended a wait, not the job, and that the next one who waits shall get.
    """

    scheduler: Scheduler
    kind: Kind[T]
    key: Key
    run: int | str | None
    default_timeout: float
    folder: str | None = None
    seen: T | Glimpse | None = None
    end: End | None = None
    leftover: BaseException | None = None

    @property
    def ref(self) -> str:
        """The job as text."""
        return self.pinned.ref

    @property
    def pinned(self) -> Key:
        """Which job, with the run where it is known by now."""
        return self.key if self.run == self.key.run else evolve(self.key, run=self.run)

    @property
    def latest(self) -> T | None:
        """What was last seen, as a model."""
        # Only kinds whose model is an asset are looked at in lists.
        return cast("T", self.seen.model(self.key.id)) if isinstance(self.seen, Glimpse) else self.seen

    def limit(self, timeout: Any) -> float:
        """Return how long to wait in seconds. It is finite: every wait must end."""
        if timeout is None:
            return self.default_timeout
        if not is_number(timeout) or timeout < 0:
            raise InvalidInputError("timeout", f"must be a finite number of seconds, 0 or more, not {show(timeout)}")
        return float(timeout)

    def begin(
        self,
        job: Any,
        timeout: float | None,
        *,
        updates: deque[Update[Any]] | None = None,
        again: Watch | None = None,
        final: float | None = None,
    ) -> Waiter:
        """Begin to wait, on behalf of a job. It must be told to `leave` afterwards.

        Args:
            job: the public half of this handle, for errors.
            timeout: seconds; None for the kind's default.
            updates: where to put updates, for those who want them.
            again: the watch that was left a moment ago, for those who come back.
            final: loop time at which the last look must be over, for those who left during it.
        """
        waiter = Waiter(self, job, self.limit(timeout), updates=updates, final=final)
        waiter.watch = again
        if self.leftover is not None:
            error, self.leftover = self.leftover, None
            waiter.fail(error)
        elif self.end is not None:
            waiter.end(self.end)
        else:
            self.scheduler.join(self.pinned, self.kind, self.folder, waiter)
        return waiter

    def leave(self, waiter: Waiter) -> None:
        """Stop waiting."""
        self.scheduler.leave(waiter)

    def saw(self, snapshot: Any, run: int | str | None) -> None:
        """Take note of a look."""
        self.seen = snapshot
        self.run = run if self.run is None else self.run

    def keep(self, error: BaseException | None) -> None:
        """Keep an error that is not the job's own end for the next one who waits."""
        self.leftover = error if self.end is None else None
