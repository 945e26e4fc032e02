"""Random histories of many jobs, their server and their webhooks, with the laws of waiting checked at each step.

There is no network here: what the watcher does with what it sees is the matter, and hours of it.
"""

import asyncio
import gc
import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from job_support import turns
from watcher_waits import LONGEST_PAUSE, Waits
from watcher_world import ODD_ROWS, FakeServer, ListStyle, State, VirtualLoop

from tpstreams_async import (
    AuthenticationError,
    DecodeError,
    NotFoundError,
    PermissionDeniedError,
    Polling,
    RateLimitedError,
    ServerError,
    TransportError,
)
from tpstreams_async._words import folded
from tpstreams_async.codec import structure
from tpstreams_async.models import Asset

_REQUEST = {"method": "GET", "url": "https://api.example/"}
FAULTS = {
    "slow down": lambda: RateLimitedError("Slow down.", status=429, retry_after=LONGEST_PAUSE, **_REQUEST),
    "slow down at once": lambda: RateLimitedError("Slow down.", status=429, **_REQUEST),
    "503": lambda: ServerError("Unavailable.", status=503, retry_after=3.0, **_REQUEST),
    "reset": lambda: TransportError("Connection reset.", **_REQUEST),
    "page": lambda: DecodeError("the answer is not JSON"),
    "missing": lambda: NotFoundError("Not found.", status=404, **_REQUEST),
    "refused": lambda: PermissionDeniedError("No.", status=403, **_REQUEST),
    "token": lambda: AuthenticationError("No.", status=401, **_REQUEST),
}
POLICIES = {
    "usual": Polling(concurrency=4),
    "in step": Polling(jitter=0.0, concurrency=2, failures=1, not_found_grace=5, hint_memory=20),
    "steady": Polling(
        interval=5, growth=1.0, interval_max=5, jitter=0.3, concurrency=1, hint_slowdown=10, hint_memory=60
    ),
    "wide": Polling(interval=1, growth=3.0, interval_max=20, jitter=0.5, concurrency=32, failures=2, hint_memory=0),
    "single": Polling(interval=0.5, growth=1.2, interval_max=10, jitter=0.1, concurrency=8, last_look=1, sweep=False),
    "wild": Polling(
        interval=4, growth=2.0, interval_max=60, jitter=1.0, concurrency=3, not_found_grace=0, hint_slowdown=1
    ),
}
LATENCIES = [(0.05,), (0.02, 0.2), (0.05, 0.3, 3.0), (1.0,), (3.0,)]
COURSE = "5b1f2c3d-0000-4000-8000-000000000001"
GHOST = "GhostGhost1"

numbers = st.integers(0, 400)
seconds = st.one_of(
    st.sampled_from([0.0, 0.01, 0.03, 0.3, 1.6, 2.0, 5.0, 30.0, 120.0]), st.floats(0, 60).map(lambda at: round(at, 2))
)
limits = st.one_of(st.sampled_from([0.0, 3.0, 60.0, 300.0, 900.0]), st.floats(0, 400).map(lambda at: round(at, 2)))
kinds = st.sampled_from(["asset"] * 5 + ["detail", "until", "subtitle", "recording"])
at_work = st.sampled_from(["Queued", "Transcoding", "not_started", "PROCESSING", "Brand New Word", ""])
ends = st.sampled_from(["Completed", "Error", "COMPLETED", "error", " completed "])
progresses = st.sampled_from([0, 0, 12, 55.5, 100, None])


class Watching(RuleBasedStateMachine):
    """A watcher, its server, its webhooks, and those who wait."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.sound = False
        self.ids: list[str] = []
        self.deliveries: list[tuple[str, dict[str, Any]]] = []
        self.last_delivery: dict[str, Any] = {}

    @initialize(
        seed=numbers,
        policy=st.sampled_from([*POLICIES]),
        patient=st.booleans(),
        count=st.sampled_from([3, 30, 120]),
        in_course=st.sampled_from([0, 50]),
        latencies=st.sampled_from(LATENCIES),
    )
    def begin(
        self, seed: int, policy: str, patient: bool, count: int, in_course: int, latencies: tuple[float, ...]
    ) -> None:
        self.patient = patient
        self.server = FakeServer(self.loop, seed)
        self.waits = Waits(self.loop, self.server, POLICIES[policy])
        self.answer_as_fast(latencies)
        self.ids = [f"Asset{number:06}" for number in range(count)]
        for number, asset_id in enumerate(self.ids):
            self.server.put(asset_id, State(folder=COURSE if number < in_course else None))
        self.sound = True

    def teardown(self) -> None:
        try:
            if not self.sound:
                return
            if self.patient:
                self._calm_down()
                self._pass(10_000.0)
                self.waits.hold()
                assert not self.waits.tasks, "a wait has no end"
            self._run(self._close())
            gc.collect()
            self._pass(1000.0)  # those who read slowly have to come back to notice
            self.waits.hold()
            assert not self.waits.open
        finally:
            self.loop.complaints.clear()
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.run_until_complete(turns())
            self.loop.close()

    # The server

    @rule(count=st.sampled_from([1, 1, 3, 40]), status=at_work, folder=st.sampled_from([None, COURSE]))
    def create(self, count: int, status: str, folder: str | None) -> None:
        for number in range(len(self.ids), min(len(self.ids) + count, 250)):
            self.ids.append(f"Asset{number:06}")
            self.server.put(self.ids[-1], State(status=status, folder=folder))

    @rule(stream=st.sampled_from(["Not Started", "Streaming"]))
    def create_stream(self, stream: str) -> None:
        self.ids.append(f"Live{len(self.ids):07}")
        self.server.put(self.ids[-1], State(type="livestream", status=None, stream=stream))

    @rule(number=numbers, status=st.one_of(at_work, ends), progress=progresses)
    def show(self, number: int, status: str, progress: float | None) -> None:
        self._change(number, status=status, progress=progress)

    @rule(number=numbers, count=st.integers(1, 100), status=st.one_of(at_work, ends))
    def show_many(self, number: int, count: int, status: str) -> None:
        for each in range(number, number + count):
            self._change(each, status=status)

    @rule(number=numbers, stream=st.sampled_from(["Streaming", "Completed", "Error", "Recording"]))
    def broadcast(self, number: int, stream: str) -> None:
        if self._state(number) is not None and self._state(number).stream is not None:
            self._change(number, stream=stream)

    @rule(number=numbers)
    def add_subtitle(self, number: int) -> None:
        self._change(number, subtitle=True)

    @rule(number=numbers, folder=st.sampled_from([None, COURSE]))
    def move(self, number: int, folder: str | None) -> None:
        self._change(number, folder=folder)

    @rule(number=numbers)
    def delete(self, number: int) -> None:
        if self._state(number) is not None:
            self.server.put(self._id(number), None)

    @rule(
        size=st.sampled_from([10, 50, 100]),
        paging=st.sampled_from(["offset", "offset", "offset", "none", "bare"]),
        count=st.sampled_from(["right", "right", "few", "huge", "negative", "missing", "text"]),
        lost=st.sampled_from([0, 0, 2, 10]),
        repeated=st.booleans(),
        shuffled=st.booleans(),
    )
    def list_otherwise(self, **style: Any) -> None:
        self.server.style = ListStyle(**style, odd=self.server.style.odd)

    @rule(number=numbers, count=st.sampled_from([1, 40, 250]), how=st.sampled_from([*ODD_ROWS]))
    def spoil_rows(self, number: int, count: int, how: str) -> None:
        for each in range(number, number + count):
            self.server.style.odd[self._id(each)] = how

    @rule(number=numbers, names=st.lists(st.sampled_from([*FAULTS, "503", "reset", "slow down"]), max_size=7))
    def fail(self, number: int, names: list[str]) -> None:
        self.server.faults[self._id(number)].extend(FAULTS[name]() for name in names)

    @rule(names=st.lists(st.sampled_from([*FAULTS]), max_size=4))
    def fail_to_list(self, names: list[str]) -> None:
        self.server.list_faults.extend(FAULTS[name]() for name in names)

    @rule(latencies=st.sampled_from(LATENCIES))
    def answer_as_fast(self, latencies: tuple[float, ...]) -> None:
        self.server.latencies = latencies
        # What is under way now may still take as long as it did before.
        self.waits.jumped = max(self.waits.jumped, self.loop.now + 2 * self.waits.slowest)
        self.waits.slowest = max(latencies)

    # Those who wait

    @rule(number=numbers, kind=kinds, timeout=limits)
    def wait(self, number: int, kind: str, timeout: float) -> None:
        self._start(self.waits.result((self._id(number), kind), timeout))

    @rule(
        number=numbers,
        kind=kinds,
        timeout=limits,
        pause=st.sampled_from([0.0, 0.0, 1.0, 20.0]),
        patience=st.sampled_from([None, None, 0.04, 1.0, 8.0]),
        most=st.sampled_from([1, 3, 1000]),
    )
    def read(self, number: int, kind: str, timeout: float, pause: float, patience: float | None, most: int) -> None:
        self._start(self.waits.read((self._id(number), kind), timeout, pause, patience, most))

    @rule(
        number=numbers,
        count=st.sampled_from([3, 20, 40, 200]),
        kind=st.one_of(st.just("asset"), kinds),
        timeout=limits,
        way=st.sampled_from(["gather", "as_completed", "tasks"]),
    )
    @precondition(lambda self: len(self.waits.open) < 250)
    def wait_for_many(self, number: int, count: int, kind: str, timeout: float, way: str) -> None:
        specs = [(self._id(each), kind) for each in range(number, number + min(count, len(self.ids)))]
        if way == "tasks":
            for spec in specs:
                self._start(self.waits.result(spec, timeout))
        else:
            self._start(getattr(self.waits, way)(specs, timeout))

    @rule(number=numbers, count=st.sampled_from([10, 30, 200]), timeout=limits)
    @precondition(lambda self: len(self.waits.open) < 250)
    def begin_anew(self, number: int, count: int, timeout: float) -> None:
        """What had ended is at work again, and somebody waits for that."""
        wanted = [self._id(each) for each in range(number, number + min(count, len(self.ids)))]
        for asset_id in wanted:
            if asset_id in self.server.states and self.server.states[asset_id].stream is None:
                self.server.change(asset_id, status="Transcoding", progress=0)
        self._start(self.waits.as_completed([(asset_id, "asset") for asset_id in wanted], timeout))

    @rule(number=numbers, count=st.sampled_from([10, 40]), delay=st.sampled_from([0.01, 0.04, 2.0]))
    @precondition(lambda self: len(self.waits.open) < 250)
    def overtake_a_page(self, number: int, count: int, delay: float) -> None:
        """What had ended is begun anew while a page that shows its end is under way to somebody else."""
        self.show_many(number + count, count, "Completed")
        self.wait_for_many(number, count, "asset", 300.0, "gather")
        self._pass(delay)
        self.begin_anew(number + count, count, 60.0)

    @rule(number=numbers, count=st.sampled_from([10, 200]), regret=st.sampled_from([0.0, 0.01, 0.3, 3.0]))
    @precondition(lambda self: len(self.waits.open) < 250)
    def change_ones_mind(self, number: int, count: int, regret: float) -> None:
        """Many are awaited, and a moment later they are not."""
        wanted = [self._id(each) for each in range(number, number + min(count, len(self.ids)))]
        self._start(self.waits.gather([(asset_id, "asset") for asset_id in wanted], 900.0))
        task = self.waits.tasks[-1]
        self._pass(regret)
        if task.cancel():
            self.waits.cancelled.add(task)

    @rule(number=numbers, count=st.sampled_from([1, 30, 300]))
    @precondition(lambda self: self.waits.tasks)
    def cancel(self, number: int, count: int) -> None:
        tasks = self.waits.tasks
        for task in [tasks[each % len(tasks)] for each in range(number, number + min(count, len(tasks)))]:
            if task.cancel():
                self.waits.cancelled.add(task)

    # Webhooks

    @rule(number=numbers, form=st.sampled_from(["bytes", "dict", "asset", "id"]), trust=st.booleans())
    def deliver(self, number: int, form: str, trust: bool) -> None:
        state = self._state(number)
        if state is not None:
            body = state.payload(self._id(number), whole=False)
            self.deliveries.append((self._id(number), body))
            self._hint(self._id(number), body, form, trust=trust and form != "id")

    @rule(number=numbers, status=ends, form=st.sampled_from(["bytes", "id"]))
    def finish_and_tell(self, number: int, status: str, form: str) -> None:
        self._change(number, status=status)
        self.deliver(number, form, trust=False)

    @rule(number=numbers, form=st.sampled_from(["bytes", "dict"]), trust=st.booleans())
    @precondition(lambda self: self.deliveries)
    def deliver_again(self, number: int, form: str, trust: bool) -> None:
        asset_id, body = self.deliveries[number % len(self.deliveries)]
        # A late delivery of an end is the word of whoever delivered it; any other must not be believed.
        goes_on = body["video"] is not None and folded(body["video"]["status"]) not in ("completed", "error")
        self._hint(asset_id, body, form, trust=trust and goes_on)

    @rule(asset_id=st.sampled_from([GHOST, "Elsewhere12"]))
    def deliver_what_is_elsewhere(self, asset_id: str) -> None:
        self._hint(asset_id, State().payload(asset_id, whole=False), "dict", trust=False)

    # Time

    @rule(duration=seconds)
    def pass_time(self, duration: float) -> None:
        self._pass(duration)
        self._run(turns(20))
        self.waits.hold_still()

    @rule(duration=st.sampled_from([1.0, 60.0, 3600.0]))
    def sleep_as_a_machine_does(self, duration: float) -> None:
        """Time goes by, and nobody was awake to notice."""
        before = self.loop.now
        self.loop.now = now = before + duration
        for wait in self.waits.open:
            if wait.limit > before:
                wait.limit = max(wait.limit, now + self.waits.polling.last_look) if wait.deadline < now else wait.limit
        self.waits.jumped = now

    @invariant()
    def all_is_well(self) -> None:
        if self.sound:
            if all(task.done() for task in self.waits.tasks):
                self._run(turns(20))
            self.sound = False
            self.waits.hold()
            self.sound = True

    def _id(self, number: int) -> str:
        """Return an asset, or one that there is not, or for a high number one that is awaited."""
        if number >= 250 and number < 400 and self.waits.open:
            return self.waits.open[number % len(self.waits.open)].asset_id
        return GHOST if number == 400 else self.ids[number % len(self.ids)]

    def _state(self, number: int) -> Any:
        return self.server.states.get(self._id(number))

    def _change(self, number: int, **changes: Any) -> None:
        state = self._state(number)
        if state is not None:
            if state.status is None and state.stream in ("Not Started", "Streaming"):
                changes.pop("status", None)
            self.server.change(self._id(number), **changes)

    def _start(self, story: Any) -> None:
        self.waits.start(story)
        self._run(turns(3))

    def _hint(self, asset_id: str, body: dict[str, Any], form: str, *, trust: bool) -> None:
        state = self.server.states.get(asset_id)
        if trust and state is not None and body == state.payload(asset_id, whole=False):
            self.waits.trusted[asset_id].append((self.loop.time(), state))
        text = json.dumps(body)
        given: Any = {"bytes": text.encode(), "dict": body, "id": asset_id, "asset": None}[form]
        if form == "asset":
            given = structure(Asset, body)
        mark = {"id": object(), "asset": given}.get(form, text)
        if mark != self.last_delivery.get(asset_id):
            self.waits.news[asset_id] = self.loop.time()
        self.last_delivery[asset_id] = mark
        self.waits.hints[asset_id] += 1

        async def hint() -> bool:
            return self.waits.watcher.hint(given, trust_payload=trust)

        anyone = any(wait.asset_id == asset_id for wait in self.waits.open)
        awaited = self._run(hint())
        if not anyone:
            assert not awaited
        if any(wait.asset_id == asset_id and wait.prompt for wait in self.waits.open):
            assert awaited

    def _calm_down(self) -> None:
        self.server.faults.clear()
        self.server.list_faults.clear()
        for number in range(len(self.ids)):
            self._change(number, status="Completed")

    async def _close(self) -> None:
        self.waits.closed = True
        await self.waits.watcher.aclose()
        await turns()

    def _pass(self, duration: float) -> None:
        until = self.loop.now + duration
        self._run(asyncio.sleep(duration))
        assert self.loop.now >= until - 1e-6

    def _run(self, story: Any) -> Any:
        self.sound = False
        result = self.loop.run_until_complete(story)
        self.sound = True
        return result


TestWatching = Watching.TestCase
TestWatching.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
