"""Looks at many jobs at once, by pages of the list of assets, where that is cheaper than one by one."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

from .._sketches import Sketch, Sketches
from ..codec import loads, structure
from ..errors import ClientClosedError, DecodeError, RateLimitedError, TPStreamsError
from ..models import Asset
from ..resources import Rows
from .desk import Desk
from .judges import Glance, sketch_glance
from .listing import Listing, choose
from .looks import Look, Stage
from .sweep import Sweep
from .watch import Watch

#: Sketches that are judged, and of which the parts are kept, only once.
_MOST_SHARED: Final = 4096
#: Errors that say something of all requests, and not of this list.
_PAUSING: Final = (RateLimitedError, ClientClosedError)


class Sweeper:
    """Decides who is looked for in which list, and reads its pages."""

    def __init__(self, desk: Desk, rows: Rows, interval: float) -> None:
        self._desk = desk
        self._rows = rows
        self._interval = interval
        self._listings: dict[str | None, Listing] = {None: Listing(folder=None, interval=interval)}
        self._sweeps: list[Sweep] = []
        #: Due while a sweep is under way, which may meet them; else they have their turn after it.
        self._held: list[Watch] = []
        self._judged: dict[tuple[Callable[[Glance], Look], Glance], tuple[Look, Sketch]] = {}

    @property
    def idle(self) -> bool:
        """Whether no sweep is under way."""
        return not self._sweeps

    def take(self, due: list[Watch]) -> list[Watch]:
        """Take over those that are to be found in a list. Return the others."""
        if self._sweeps:
            self._held += due
            return []
        counts = Counter([watch.folder for watch in due])
        for folder in counts:
            self._listings.setdefault(folder, Listing(folder=folder, interval=self._interval))
        chosen = choose(counts, self._listings, asyncio.get_running_loop().time())
        if None in chosen:
            self._begin(None, due)
            return []
        for folder in chosen:
            self._begin(folder, [watch for watch in due if watch.folder == folder])
        return [watch for watch in due if watch.folder not in chosen]

    def next_page(self) -> Coroutine[Any, Any, None] | None:
        """Return the reading of the next page, or None if there is nothing to read, or not yet."""
        for sweep in self._sweeps:
            offset = sweep.next_offset()
            if offset is not None:
                sweep.asked()
                return self._read(sweep, offset)
        return None

    def conclude(self) -> None:
        """Let those have their turn who were missed by the sweeps that are over, and those who waited for that.

        A sweep is over after its last page, and also when the last one leaves for whom it was to be.
        """
        for sweep in [sweep for sweep in self._sweeps if sweep.over]:
            sweep.conclude(asyncio.get_running_loop().time())
            self._sweeps.remove(sweep)
            self._desk.look_singly(_still_due(sweep.missing))
        if self._held and not self._sweeps:
            held, self._held = _still_due(self._held), []
            self._desk.look_singly(self.take(held) if held else [])

    def drop(self, watch: Watch) -> None:
        """Look no more for a watch that ended."""
        for sweep in self._sweeps:
            sweep.missing.discard(watch)

    def clear(self) -> None:
        """Forget what is under way; what was learned of the lists stays."""
        self._sweeps.clear()
        self._held.clear()

    def _begin(self, folder: str | None, watches: list[Watch]) -> None:
        self._sweeps.append(
            Sweep(listing=self._listings[folder], missing=set(watches), began=asyncio.get_running_loop().time())
        )

    async def _read(self, sweep: Sweep, offset: int) -> None:
        asked = asyncio.get_running_loop().time()
        try:
            page = await self._rows.sketches(sweep.listing.folder, offset)
        except TPStreamsError as error:
            self._failed(sweep, error)
        else:
            before = len(sweep.missing)
            self._take(page, sweep, asked)
            sweep.took(page, before - len(sweep.missing))

    def _take(self, page: Sketches, sweep: Sweep, asked: float) -> None:
        """Show each row of a page to those that it is about. What most rows go through is kept short."""
        desk, missing, now = self._desk, sweep.missing, asyncio.get_running_loop().time()
        watches_of = desk.table.by_asset.get
        desk.turn_page()
        for number, sketch in enumerate(page.results):
            if sketch is None:
                continue
            for watch in watches_of(sketch.id, ()):
                if watch.look is not None or watch.believes > asked:
                    continue
                if sketch == watch.row and watch.last_error is None:
                    missing.discard(watch)
                    desk.same(watch, now, sweep.began)
                else:
                    self._show(sweep, watch, now, page, number)

    def _show(self, sweep: Sweep, watch: Watch, now: float, page: Sketches, number: int) -> None:
        """Show a row to a watch to which it may be news."""
        sketch, judge = page.results[number], watch.kind.glance
        glance = None if sketch is None else sketch_glance(sketch)
        if sketch is None or glance is None or judge is None:
            return
        look, shared = self._judged.get((judge, glance)) or self._judge(judge, glance, sketch)
        ended = look.stage is not Stage.PENDING
        whole = ended or watch.wants_whole
        snapshot = _whole(page.row(number)) if whole else None
        if (whole and snapshot is None) or (ended and watch.key.detail):
            if ended and watch.due is not None:
                self._desk.look_singly([watch])
            return
        sweep.missing.discard(watch)
        watch.row = None if ended else Sketch(id=watch.key.id, type=shared.type, video=shared.video)
        self._desk.found(watch, look, snapshot, now, since=sweep.began)

    def _judge(self, judge: Callable[[Glance], Look], glance: Glance, sketch: Sketch) -> tuple[Look, Sketch]:
        """Judge what a row shows, for all that show the same. Return the sketch too, whose parts they can share."""
        if len(self._judged) >= _MOST_SHARED:
            self._judged.clear()
        judged = self._judged[judge, glance] = judge(glance), sketch
        return judged

    def _failed(self, sweep: Sweep, error: TPStreamsError) -> None:
        """Give up a sweep: whether the jobs themselves can be looked at is for looks of their own to tell."""
        sweep.gave_up()
        if isinstance(error, _PAUSING):
            due, sweep.missing = _still_due(sweep.missing), set()
            for watch in due:
                self._desk.missed(watch, error)


def _still_due(watches: Iterable[Watch]) -> list[Watch]:
    """Leave out those that ended, or had a look of their own, since they were due."""
    return [watch for watch in watches if watch.due is None and watch.look is None and not watch.ended]


def _whole(row: bytes) -> Asset | None:
    try:
        return structure(Asset, loads(row))
    except DecodeError:
        return None
