"""What runs that are killed meet with at the server, and what holds of the ledger and of the server at any moment."""

import asyncio
import contextlib
import json
import sqlite3
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ledger_support import as_the_system_has_it, broken_moves
from run_crash import BAD, GOOD, SETTLE

from tpstreams_async.simulator import Fault, Simulator, front
from tpstreams_async.simulator.answers import Answer, detail

BULK = "assets/videos/bulk-create/"
#: Seconds after which a server that has given up on a request has done it all the same.
LATE = SETTLE / 2
OTHER = "Somebody else's"

_answer: Callable[..., Answer] = front.answer


class Scene:
    """A simulator in which things go wrong, and the ledger of the runs that meet with it.

    Args:
        sim: it.
        ledger: their ledger.
        late: which creation of those that are not refused is answered with 504 and done some time later; from 1.
        late_by: seconds; None is up to the next request that creates something.
        others: how many assets somebody else creates right after the first creation.
        vague: whether the first request of several rows is refused with no word about which of them is wrong.
    """

    def __init__(
        self,
        sim: Simulator,
        ledger: Path,
        *,
        late: int = 0,
        late_by: float | None = LATE,
        others: int = 0,
        vague: bool = False,
    ) -> None:
        self.sim = sim
        self.ledger = ledger
        self.foreign = {sim.add_asset(title=GOOD[0])}
        self._keys: set[str] = set()
        self._late = late
        self._late_by = late_by
        self._put_off: Callable[[], Any] | None = None
        self._others = others
        self._vague = vague
        self._creations = 0

    def answered(self, service: Any, incoming: Any) -> Answer:
        """Answer a request."""
        if incoming.method != "POST":
            return _answer(service, incoming)
        if self._vague and len(json.loads(incoming.body)) > 1:
            self._vague = False
            return detail(400, "Something is wrong.").answer
        if self._put_off is not None:
            self._put_off()
            self._put_off = None
        self._creations += 1
        if self._creations == self._late:
            create = partial(_answer, service, incoming)
            if self._late_by is None:
                self._put_off = create
            else:
                asyncio.get_running_loop().call_later(self._late_by, create)
            return Answer(504)
        done = _answer(service, incoming)
        for _ in range(self._others):
            self.foreign.add(self.sim.add_asset(title=OTHER))
        self._others = 0
        return done

    def rows(self) -> tuple[dict[str, tuple[str, str, str | None]], list[object]]:
        """Return of each row the title, the state and the asset, and what is wrong in its history; as of now."""
        if not self.ledger.exists():
            return {}, []
        with tempfile.TemporaryDirectory() as folder:
            copy = as_the_system_has_it(self.ledger, Path(folder) / "copy")
            with contextlib.closing(sqlite3.connect(copy)) as connection:
                rows = connection.execute("SELECT key, title, state, asset_id FROM videos").fetchall()
                return {key: tuple(rest) for key, *rest in rows}, broken_moves(connection)

    def situation(self) -> tuple[object, ...] | None:
        """Return what a run finds that begins now, if it does not know of some row what has become of it."""
        rows, _ = self.rows()
        states = sorted((title, state) for title, state, _ in rows.values())
        if not any(state in ("submitting", "unknown") for _, state in states):
            return None
        return (*states, *sorted(self.titles().items()), self.sim.faults.waiting)

    def titles(self) -> Counter[str]:
        """Count the assets that runs have created, by their title."""
        return Counter(str(asset["title"]) for key, asset in self.sim.assets.items() if key not in self.foreign)

    def wrong(self) -> list[str]:
        """Return what is not as it has to be, at whatever moment."""
        rows, breaks = self.rows()
        gone = self._keys - {*rows}
        self._keys |= {*rows}
        titles = self.titles()
        found = [f"one asset a row: {titles}"] if any(count > 1 for count in titles.values()) else []
        found += [f"no row disappears: {gone}"] if gone else []
        found += [f"its own asset: {row}" for row in rows.values() if row[2] and not self._own(row[0], row[2])]
        # Two rows of one title there are none, so an asset's title says which row's it is.
        unsent = {title for title, state, _ in rows.values() if state in ("planned", "failed")}
        found += [f"no asset of what was not sent: {title}" for title in titles if title in unsent]
        found += [f"no move that there is not: {each}" for each in breaks]
        return found

    def _own(self, title: str, asset_id: str) -> bool:
        asset = {**self.sim.assets}.get(asset_id)
        return asset is not None and asset["title"] == title and asset_id not in self.foreign

    def wrong_at_the_end(self) -> list[str]:
        """Return what is not as it has to be when a run has come to its end."""
        results = json.loads(self.ledger.with_name("results").read_text())
        ends = sorted((title, state) for title, state, _ in results)
        found = [*self.wrong(), *[f"no error: {error}" for error in self.sim.errors]]
        if self.titles() != Counter(GOOD):
            found.append(f"all assets: {self.titles()}")
        if ends != sorted([(BAD["title"], "failed"), *[(title, "completed") for title in GOOD]]):
            found.append(f"all results: {ends}")
        found += [f"its own asset: {title}" for title, _, own in results if own and not self._own(title, own)]
        return found


#: Those that there are at the moment, by the identity of what answers in them.
_scenes: dict[int, Scene] = {}


def _answered(service: Any, incoming: Any) -> Answer:
    made = _scenes.get(id(service))
    return made.answered(service, incoming) if made else _answer(service, incoming)


@asynccontextmanager
async def scene(script: str, ledger: Path) -> AsyncIterator[Scene]:
    """Make a scene. In each, there is a row that is refused by its place, and an old asset with the title of another.

    - ``"lost"``: an answer is lost after the creation, and the server is away for a moment.
    - ``"late"``: a refusal that names no row, an answer that is a 502 though all was created, one that asks for
      patience, and a 504 after which the server goes on. Somebody else creates more than a page of assets meanwhile.
    - ``"later"``: the same, but the server goes on only when it is asked for the next creation.
    """
    options = {} if script == "lost" else {"page_size": 4, "max_page_size": 4}
    async with Simulator(fetch=False, processing_seconds=0, **options) as sim:
        if script == "lost":
            sim.faults.add("POST", BULK, Fault.reset(when="after"), Fault.status(503), skip=1)
            made = Scene(sim, ledger)
        else:
            sim.faults.add("POST", BULK, Fault.status(502, when="after"), Fault.status(429), skip=1)
            late_by = LATE if script == "late" else None
            made = Scene(sim, ledger, late=3, late_by=late_by, others=5, vague=True)
        service = sim.parts()[0]
        _scenes[id(service)] = made
        front.answer = _answered
        try:
            yield made
        finally:
            del _scenes[id(service)]
            if not _scenes:
                front.answer = _answer
