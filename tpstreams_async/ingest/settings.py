"""What a run is to do, and what it does it with."""

from typing import Literal, Protocol

from attrs import frozen

from .._clock import Clock
from ..jobs import JobWatcher
from ..resources import Finder
from ..resources.assets import Assets


@frozen(kw_only=True)
class Settings:
    """How a run goes about it; see ``client.ingest``. All is checked.

    Attributes:
        batch_size: rows in a request.
        concurrency: requests at once.
        wait: whether the assets are awaited.
        on_unknown: what becomes of rows whose answer was lost.
        settle: seconds.
        max_in_processing: assets at the server at once.
        existing: what becomes of rows for which there is a video already.
        dry_run: whether the source is only read.
        stop_on_signals: whether SIGINT and SIGTERM end the run.
        grace: seconds that requests under way have when it is to end.
    """

    batch_size: int
    concurrency: int
    wait: bool
    on_unknown: Literal["reconcile", "hold"]
    settle: float
    max_in_processing: int
    existing: Literal["create", "skip", "adopt"]
    dry_run: bool
    stop_on_signals: bool
    grace: float


@frozen(kw_only=True, eq=False)
class Tools:
    """The parts of a client that a run works with."""

    assets: Assets
    jobs: JobWatcher
    finder: Finder
    clock: Clock
    organization_id: str
    base_url: str


class Registry(Protocol):
    """Where a client keeps the runs that are under way."""

    def add(self, course: "Ending", /) -> None:
        """Take note of a run that begins."""
        ...

    def discard(self, course: "Ending", /) -> None:
        """Forget a run that has ended."""
        ...


class Ending(Protocol):
    """What a client needs of a run in order to close."""

    def stop(self, error: BaseException | None = None) -> None:
        """Let it come to its end."""
        ...

    async def ended(self) -> None:
        """Wait until it has ended, and its ledger is closed."""
        ...
