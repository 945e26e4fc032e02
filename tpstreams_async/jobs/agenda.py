"""Which looks are due when."""

import heapq

from .watch import Watch


class Agenda:
    """Watches by the moment of their next look.

    Many share a moment, so this is a heap of moments: planning a watch costs little, and keeping it next to nothing.
    An entry is void when its watch ended, or was planned anew since.
    """

    def __init__(self) -> None:
        self._moments: list[float] = []
        self._at: dict[float, list[Watch]] = {}

    def __bool__(self) -> bool:
        return bool(self._moments)

    def __len__(self) -> int:
        return sum(map(len, self._at.values()))

    @property
    def next(self) -> float | None:
        """The next moment at which something may be due."""
        return self._moments[0] if self._moments else None

    def plan(self, watch: Watch, at: float) -> None:
        """Plan the next look at a watch, in place of the one that was planned."""
        watch.due = at
        self.moment(at).append(watch)

    def moment(self, at: float) -> list[Watch]:
        """Return those that are planned for a moment, to be added to, each with this moment as its `due`."""
        together = self._at.get(at)
        if together is None:
            together = self._at[at] = []
            heapq.heappush(self._moments, at)
        return together

    def take(self, reached: float) -> list[Watch]:
        """Take out those that are due, the first one first."""
        due: list[Watch] = []
        while self._moments and self._moments[0] <= reached:
            at = heapq.heappop(self._moments)
            for watch in self._at.pop(at):
                if watch.due == at and not watch.ended:
                    watch.due = None
                    due.append(watch)
        return due

    def clear(self) -> None:
        """Forget everything."""
        self._moments.clear()
        self._at.clear()
