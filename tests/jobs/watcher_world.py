"""A server of assets without sockets, in virtual time without pauses: an hour of it takes milliseconds."""

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define, evolve, field, frozen

from tpstreams_async import Asset, NotFoundError, TPStreamsError
from tpstreams_async._sketches import Sketches
from tpstreams_async._words import folded
from tpstreams_async.codec import dumps, structure

#: Rounds of the loop at one moment, after which it counts as going in circles.
_ROUNDS = 20_000
#: What only the asset's own page shows.
WHOLE = "only on the asset's own page"


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that never sleeps: when nothing is ready, the moment of the next timer has come."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.complaints: list[dict[str, Any]] = []
        self._rounds = 0
        self._selector: Any
        self._selector.select = self._select
        self.set_exception_handler(lambda _, context: self.complaints.append(context))

    def time(self) -> float:
        return self.now

    def _select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("something waits for ever")
        self._rounds = 0 if timeout > 0 else self._rounds + 1
        if self._rounds > _ROUNDS:
            raise RuntimeError("the loop goes in circles")
        self.now += max(0.0, timeout)
        return []

    def _write_to_self(self) -> None:
        """Nobody sleeps who had to be woken."""


@frozen
class State:
    """An asset at one moment.

    Attributes:
        status: of its video; None if it has none.
        stream: the status of its live stream; None if it has none.
    """

    type: str = "video"
    folder: str | None = None
    status: str | None = "Queued"
    progress: int | float | None = 0
    subtitle: bool = False
    stream: str | None = None

    def payload(self, asset_id: str, *, whole: bool) -> dict[str, Any]:
        """Return it as the server shows it: in a list, or the whole of it."""
        track = {"id": 7, "type": "Subtitle", "subtitle_type": "Auto Generated", "language": "en"}
        video = {"status": self.status, "progress": self.progress, "tracks": [track] if self.subtitle else []}
        row: dict[str, Any] = {
            "id": asset_id,
            "title": f"Title of {asset_id}",
            "type": self.type,
            "parent_id": self.folder,
            "video": None if self.status is None else video,
            "live_stream": None if self.stream is None else {"status": self.stream, "rtmp_url": "rtmp://live.example"},
        }
        return {**row, "folder_tree": WHOLE} if whole else row

    def verdict(self, kind: str) -> str:
        """Return what it means for a job of a kind: that is told anew here, and not taken from the package."""
        video, stream = folded(self.status), folded(self.stream)
        by_video = {"completed": "succeeded", "error": "failed"}.get(video, "pending")
        if self.type == "folder" and kind != "until":
            return "failed"
        if kind == "until":
            return "succeeded" if video == "completed" else "pending"
        if kind == "subtitle" and self.subtitle and self.status is not None:
            return "succeeded"
        if kind == "subtitle":
            return "failed" if video == "error" else "pending"
        if kind == "recording" and self.stream is not None and self.status is None:
            return "failed" if stream == "error" else "pending"
        return by_video


def _without(key: str) -> Any:
    return lambda row: {name: value for name, value in row.items() if name != key}


def _video_with(key: str, value: Any) -> Any:
    return lambda row: {**row, "video": {**row["video"], key: value}} if row["video"] else row


#: Rows from which nothing, or not all, can be told. None of them tells a lie.
ODD_ROWS: dict[str, Any] = {
    "no id": _without("id"),
    "id is a number": lambda row: {**row, "id": 17},
    "id is null": lambda row: {**row, "id": None},
    "row is null": lambda row: None,
    "row is text": lambda row: row["id"],
    "row is a list": lambda row: [row],
    "no video": _without("video"),
    "video is text": lambda row: {**row, "video": "Completed"},
    "status is a number": _video_with("status", 3),
    "status is null": _video_with("status", None),
    "progress is text": _video_with("progress", "half"),
    "tracks are text": _video_with("tracks", "none"),
    "type is a list": lambda row: {**row, "type": ["video"]},
    "type is an object": lambda row: {**row, "type": {"name": "video"}},
}


@define(kw_only=True)
class ListStyle:
    """How the server lists.

    Attributes:
        size: rows on a page.
        paging: "offset" as it should be, "none" where the first page is always sent, "bare" for one array of all rows.
        count: "right", "few", "huge", "negative", or "missing", "text".
        lost: of so many rows one is missed.
        repeated: whether each page ends with the first row of the page once more.
        shuffled: whether the order is another for each page.
        odd: rows by id that are spoiled, and how.
    """

    size: int = 100
    paging: str = "offset"
    count: Any = "right"
    lost: int = 0
    repeated: bool = False
    shuffled: bool = False
    odd: dict[str, str] = field(factory=dict)


@define(eq=False)
class Request:
    """A request: for an asset, or for a page of a folder.

    Attributes:
        answer: what came of it, such as "asset", "404" or the name of an error; empty while it is under way.
    """

    what: str | None
    began: float
    offset: int = 0
    ended: float = float("inf")
    answer: str = ""
    single: bool = True


class FakeServer:
    """Assets, and what is shown of them when; answers take time and may be errors.

    It stands for `Assets` and `Rows`.

    Attributes:
        crowd: returns how many jobs are awaited now that a list can show.
        in_vain: walks through a list that went on although they could not pay.
    """

    def __init__(self, loop: VirtualLoop, seed: int) -> None:
        self.loop = loop
        self.chance = random.Random(seed)
        self.states: dict[str, State] = {}
        self.history: dict[str, list[tuple[float, State | None]]] = defaultdict(list)
        self.style = ListStyle()
        self.latencies: tuple[float, ...] = (0.05,)
        self.faults: dict[str, deque[TPStreamsError]] = defaultdict(deque)
        self.list_faults: deque[TPStreamsError] = deque()
        self.faulty_at: dict[str | None, float] = {}
        self.gets: dict[str, list[Request]] = defaultdict(list)
        self.pages: list[Request] = []
        self.crowd: Callable[[], int] = lambda: 0
        self.in_vain: list[str] = []
        self._walks: dict[str | None, tuple[int, int]] = {}
        self.under_way: list[Request] = []
        self.most_under_way = 0

    def put(self, asset_id: str, state: State | None) -> None:
        """Make, change or delete an asset."""
        if state is None:
            self.states.pop(asset_id, None)
        else:
            self.states[asset_id] = state
        self.history[asset_id].append((self.loop.time(), state))

    def change(self, asset_id: str, **changes: Any) -> None:
        self.put(asset_id, evolve(self.states[asset_id], **changes))

    def shown(self, asset_id: str, since: float) -> list[State | None]:
        """Return what was true of an asset at any time since a moment."""
        history: list[tuple[float, State | None]] = [(0.0, None), *self.history[asset_id]]
        ends = [at for at, _ in history[1:]] + [float("inf")]
        return [state for (_, state), end in zip(history, ends, strict=True) if end > since]

    def steady_since(self, asset_id: str, verdict: str, kind: str) -> float:
        """Return since when an asset means the same for a kind of job."""
        since = self.loop.time()
        for at, state in reversed(self.history[asset_id]):
            if (state.verdict(kind) if state is not None else "vanished") != verdict:
                return since
            since = at
        return since if self.history[asset_id] else 0.0

    async def get(self, asset_id: str) -> Asset:
        request = Request(asset_id, self.loop.time())
        self.gets[asset_id].append(request)
        with self._counted(request):
            await self._travel()
            if self.faults[asset_id]:
                raise self._fault(asset_id, self.faults[asset_id], request)
            state = self.states.get(asset_id)
            await self._travel()
            if state is None:
                request.answer = "404"
                raise NotFoundError("Not found.", status=404, method="GET", url="assets")
            request.answer = "asset"
            return structure(Asset, state.payload(asset_id, whole=True))

    async def sketches(self, folder: str | None, offset: int) -> Sketches:
        request = Request(folder, self.loop.time(), offset, single=False)
        self.pages.append(request)
        self._count_page(folder, offset)
        with self._counted(request):
            await self._travel()
            if self.list_faults:
                raise self._fault(None, self.list_faults, request)
            rows = [
                (asset_id, state)
                for asset_id, state in reversed(self.states.items())
                if folder is None or (state.folder or "") == folder
            ]
            envelope = self._page(rows, offset)
            await self._travel()
            request.answer = "page"
            return Sketches(dumps(envelope))

    def _count_page(self, folder: str | None, offset: int) -> None:
        """Each page but the first few has to find one that is looked for, or to be one of fewer than those."""
        pages, most = self._walks[folder] if offset else (0, 3 + self.crowd())
        self._walks[folder] = pages + 1, most
        if pages + 1 > most:
            self.in_vain.append(f"page {pages + 1} of {folder!r}, where {most} would do")

    def _page(self, rows: list[tuple[str, State]], offset: int) -> Any:
        style = self.style
        total = len(rows)
        if style.shuffled:
            self.chance.shuffle(rows)
        start = 0 if style.paging == "none" else offset
        part = rows if style.paging == "bare" else rows[start : start + style.size]
        if style.lost:
            part = [row for row in part if self.chance.randrange(style.lost)]
        if style.repeated and part:
            part = [*part, part[0]]
        shown: list[Any] = []
        for asset_id, state in part:
            odd = ODD_ROWS.get(style.odd.get(asset_id, ""))
            row = state.payload(asset_id, whole=False)
            shown.append(odd(row) if odd else row)
        if style.paging == "bare":
            return shown
        counts = {"right": total, "few": total // 3, "huge": 10**9, "negative": -5, "text": f"{total}", "missing": None}
        more = "https://api.example/?offset=more" if start + style.size < total else None
        return {"results": shown, "count": counts[style.count], "next": more}

    def _fault(self, what: str | None, faults: deque[TPStreamsError], request: Request) -> TPStreamsError:
        error = faults.popleft()
        request.answer = f"{getattr(error, 'status', type(error).__name__)}"
        self.faulty_at[what] = self.loop.time()
        return error

    async def _travel(self) -> None:
        try:
            await asyncio.sleep(self.chance.choice(self.latencies) / 2)
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # a connection takes its time to be closed
            raise

    @contextmanager
    def _counted(self, request: Request) -> Iterator[None]:
        self.under_way.append(request)
        self.most_under_way = max(self.most_under_way, len(self.under_way))
        try:
            yield
        finally:
            request.ended = self.loop.time()
            self.under_way.remove(request)

    def oldest_under_way(self, asset_id: str) -> float:
        """Return when the oldest request began that may yet show an asset."""
        pages = set(self.pages[-20:])
        began = [request.began for request in self.under_way if request.what == asset_id or request in pages]
        return min(began, default=self.loop.time())
