"""Noticing changes of states, which nothing brings about but the clock and whoever asks for something.

Nothing is looked at before somebody wants to be told. From then on each thing is looked at when it was touched and
at the moments at which time may have changed it, in the order of these moments, also when the clock jumped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Any, NamedTuple, Protocol

import attrs

from .clock import Clock

_MARGIN = 1e-6
"""Seconds after a moment at which a thing is looked at again: sums of seconds are rounded."""


class Subject(Protocol):
    """Something whose changes are told."""

    @property
    def id(self) -> str:
        """What it is known by; no two subjects have the same."""
        ...

    def state(self, now: float) -> object:
        """Return what can be compared to tell a change; None when it is not there any more."""
        ...

    def moments(self) -> Iterable[float]:
        """Return all moments, past or to come, at which the passing of time changes the state."""
        ...

    def rows(self, before: object, now: float) -> Sequence[dict[str, Any]]:
        """Return what is told of the way from the state `before`, which is None for something new."""
        ...


@attrs.frozen
class News:
    """A change of a subject at a moment of the clock, and what is told of it."""

    subject_id: str
    at: float
    row: dict[str, Any]


class _Known(NamedTuple):
    state: object
    next_at: float


class _Look(NamedTuple):
    at: float
    number: int
    subject: Subject
    touched: bool


class Changes:
    """Notices changes while it is `active`. To be used under the service's lock.

    `on_news` is called whenever something may have to be done.
    """

    def __init__(self, clock: Clock) -> None:
        self.active: bool = False
        self.on_news: Callable[[], object] | None = None
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._looks: list[_Look] = []
        self._count = 0
        self._news: list[News] = []

    def begin(self, subjects: Iterable[Subject]) -> None:
        """Begin to notice changes; the present states of `subjects` are none."""
        self.active = True
        now = self._clock.now()
        for subject in subjects:
            self._note(subject, subject.state(now), now)
        self._wake()

    def end(self) -> None:
        """Notice nothing any more, and forget everything."""
        self.active = False
        self._known.clear()
        self._looks.clear()
        self._news.clear()

    def touch(self, subject: Subject) -> None:
        """Note that something is done to `subject` right now, under the same lock, or that it is new."""
        if self.active:
            self._plan(self._clock.now(), subject, touched=True)
            self._wake()

    def look(self) -> None:
        """Notice what has changed until now. To be called before anything else is done to a subject."""
        if not self.active:
            return
        now = self._clock.now()
        while self._looks and self._looks[0].at <= now:
            look = heappop(self._looks)
            known = self._known.get(look.subject.id)
            if look.touched or (known is not None and known.next_at == look.at):
                self._look_at(look.subject, look.at)

    def take(self) -> Sequence[News]:
        """Return what was noticed since the last time, oldest first."""
        news, self._news = self._news, []
        return news

    def next_at(self) -> float:
        """Return the next moment at which to look; infinity if time alone will change nothing."""
        return self._looks[0].at if self._looks else math.inf

    def _look_at(self, subject: Subject, at: float) -> None:
        known = self._known.get(subject.id)
        before = None if known is None else known.state
        state = subject.state(at)
        if state is None:
            self._known.pop(subject.id, None)
            return
        if state != before:
            self._news += [News(subject.id, at, row) for row in subject.rows(before, at)]
        self._note(subject, state, at)

    def _note(self, subject: Subject, state: object, at: float) -> None:
        ahead = [m for moment in subject.moments() for m in (moment, moment + _MARGIN) if at < m < math.inf]
        known = self._known[subject.id] = _Known(state, min(ahead, default=math.inf))
        if ahead:
            self._plan(known.next_at, subject, touched=False)

    def _plan(self, at: float, subject: Subject, *, touched: bool) -> None:
        self._count += 1
        heappush(self._looks, _Look(at, self._count, subject, touched))

    def _wake(self) -> None:
        if self.on_news is not None:
            self.on_news()
