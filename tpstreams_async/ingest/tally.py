"""How many rows are where."""

from collections.abc import Mapping
from typing import Final

from .._clock import Clock
from .ledger import State
from .results import IngestProgress

_GOING: Final = frozenset({State.PLANNED, State.SUBMITTING, State.UNKNOWN, State.SUBMITTED})


class Tally:
    """Counts the rows of a run, and how fast they come to their end.

    Args:
        clock: where it takes the time from.
        wait: whether a row has come to its end only when its asset has.
    """

    def __init__(self, clock: Clock, *, wait: bool) -> None:
        self._clock = clock
        self._going = _GOING if wait else _GOING - {State.SUBMITTED}
        self._rows: dict[State, int] = dict.fromkeys(State, 0)
        self._ended = 0
        self._began: float | None = None
        self._over = False

    def __getitem__(self, state: State) -> int:
        return self._rows[state]

    @property
    def left(self) -> int:
        """How many rows have not come to their end."""
        return sum(self._rows[state] for state in self._going)

    def add(self, rows: Mapping[State, int]) -> None:
        """Count rows that are there."""
        for state, count in rows.items():
            self._rows[state] += count

    def begin(self) -> None:
        """Begin to measure the rate."""
        self._began = self._clock.monotonic()

    def end(self) -> None:
        """Take note that no row comes to its end any more."""
        self._over = True

    def move(self, was: State, became: State, count: int = 1) -> None:
        """Count rows that went from one state to another."""
        self._rows[was] -= count
        self._rows[became] += count
        if was in self._going and became not in self._going:
            self._ended += count

    def progress(self) -> IngestProgress:
        """Return how far the run is."""
        rows = self._rows
        elapsed = 0.0 if self._began is None else self._clock.monotonic() - self._began
        rate = self._ended / elapsed if elapsed > 0 else 0.0
        left = self.left
        seconds_left = 0.0 if not left and self._began is not None else None
        if left and rate and not self._over:
            seconds_left = left / rate
        return IngestProgress(
            planned=rows[State.PLANNED],
            sending=rows[State.SUBMITTING] + rows[State.UNKNOWN],
            processing=rows[State.SUBMITTED],
            completed=rows[State.COMPLETED],
            skipped=rows[State.SKIPPED],
            failed=rows[State.FAILED],
            held=rows[State.HELD],
            review=rows[State.NEEDS_REVIEW],
            rate=rate,
            seconds_left=seconds_left,
        )
