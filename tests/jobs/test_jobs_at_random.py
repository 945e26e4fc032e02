"""Random histories of the server, the network and the callers, in virtual time: whatever happens, waits end well."""

import asyncio
import gc
import random
from itertools import pairwise
from typing import Any

import looptime
import pytest
from attrs import define, field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from job_support import Watched, sdk_tasks, turns

from tpstreams_async import (
    Asset,
    JobFailedError,
    JobPollError,
    JobTimeoutError,
    JobVanishedError,
    Polling,
    Retry,
    TPStreams,
)
from tpstreams_async._clock import Clock
from tpstreams_async.simulator import Fault, Simulator

#: The longest wait that is asked for, and what may come on top of it.
LIMIT, SLACK = 400.0, 6.0
FAULTS = {
    "503": Fault.status(503),
    "slow down": Fault.status(429, headers={"Retry-After": "40"}),
    "reset": Fault.reset(),
    "cut": Fault.cut(),
    "page": Fault.html(200),
    "late": Fault.delay(7),
    "silent": Fault.stall(90),
    "missing": Fault.status(404),
    "refused": Fault.status(403),
}
ENDS = (JobFailedError, JobPollError, JobTimeoutError, JobVanishedError)

moments = st.floats(0, 300, allow_nan=False).map(lambda seconds: round(seconds, 2))
statuses = st.sampled_from(["Queued", "Transcoding", "Transcoding", "not_started", "Odd", "Completed", "ERROR"])
assets = st.integers(0, 2)
steps = st.one_of(
    st.tuples(st.just("status"), moments, assets, statuses),
    st.tuples(st.just("fault"), moments, assets, st.sampled_from(sorted(FAULTS)), st.integers(1, 8)),
    st.tuples(st.just("delete"), moments, assets),
    st.tuples(st.just("wait"), moments, assets, st.floats(0, LIMIT), st.booleans()),
    st.tuples(st.just("follow"), moments, assets, st.floats(0, LIMIT), st.floats(0, 30)),
    st.tuples(st.just("leave"), moments, assets, st.integers(1, 3)),
    st.tuples(st.just("cancel"), moments, st.integers(0, 10)),
)


@define
class Story:
    """One history as it is played."""

    sim: Simulator
    client: TPStreams
    ids: list[str]
    waits: list[asyncio.Task[Any]] = field(factory=list)
    late: list[float] = field(factory=list)
    cancelled: set[asyncio.Task[Any]] = field(factory=set)

    async def play(self, script: list[tuple[Any, ...]]) -> None:
        """Do every step at its moment, then let all waits end."""
        loop = asyncio.get_running_loop()
        for name, at, *rest in script:
            loop.call_at(at, getattr(self, name), *rest)
        await asyncio.sleep(301)
        await asyncio.sleep(LIMIT + SLACK)
        await turns()

    def status(self, number: int, status: str) -> None:
        if self.ids[number] in self.sim.assets:
            self.sim.set_status(self.ids[number], status)

    def fault(self, number: int, name: str, times: int) -> None:
        self.sim.faults.add("GET", f"assets/{self.ids[number]}/", FAULTS[name], times=times)

    def delete(self, number: int) -> None:
        if self.ids[number] in self.sim.assets:
            self.sim.delete_asset(self.ids[number])

    def wait(self, number: int, limit: float, as_until: bool) -> None:
        job = self.client.jobs.asset(self.ids[number])
        if as_until:
            job = self.client.jobs.until(self.ids[number], lambda asset: asset.video.status == "Completed")
        self._begin(job.result(timeout=limit), limit)

    def follow(self, number: int, limit: float, pause: float) -> None:
        # A reader that pauses sees the end late: at most one pause for each change there can be.
        self._begin(self._follow(number, limit, pause), limit + 30 * (pause + 1))

    async def _follow(self, number: int, limit: float, pause: float) -> Any:
        job = self.client.jobs.asset(self.ids[number])
        seen = []
        async for update in job.updates(timeout=limit):
            assert not (seen and seen[-1].terminal), "an update came after the last one"
            seen.append(update)
            await asyncio.sleep(pause)
        assert seen[-1].terminal
        assert seen[-1].outcome in ("succeeded", "failed")
        shown = [(update.status, update.progress) for update in seen if not update.terminal]
        assert all(before != after for before, after in pairwise(shown))
        assert [update.elapsed for update in seen] == sorted(update.elapsed for update in seen)
        return await job

    def leave(self, number: int, steps: int) -> None:
        async def go() -> None:
            async for _ in self.client.jobs.asset(self.ids[number]).updates(timeout=LIMIT):
                nonlocal steps
                steps -= 1
                if not steps:
                    break

        self._begin(go(), LIMIT)

    def cancel(self, number: int) -> None:
        if number < len(self.waits):
            task = self.waits[number]
            if task.cancel():
                self.cancelled.add(task)

    def _begin(self, wait: Any, limit: float) -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(wait)
        self.waits.append(task)
        latest = loop.time() + limit + SLACK
        task.add_done_callback(lambda _: self.late.append(latest) if loop.time() > latest else None)


def judge(story: Story) -> None:
    assert not story.late, "a wait ended after its limit"
    for task in story.waits:
        assert task.done(), "a wait did not end"
        assert task.cancelled() == (task in story.cancelled), "a cancellation was swallowed, or made up"
        if task.cancelled():
            continue
        error = task.exception()
        assert error is None or isinstance(error, ENDS), error
        result = None if error else task.result()
        assert result is None or (isinstance(result, Asset) and result.video.status == "Completed")


async def play(script: list[tuple[Any, ...]], seed: int) -> None:
    chance = random.Random(seed)
    async with Simulator(fetch=False) as sim:
        client = TPStreams(
            sim.organization_id,
            sim.token,
            base_url=sim.url,
            retry=Retry(attempts=2),
            polling=Polling(concurrency=2, failures=2, not_found_grace=20),
            _clock=Clock(uniform=chance.uniform),
        )
        async with client:
            story = Story(sim, client, [sim.add_asset(status="Queued") for _ in range(3)])
            await story.play(script)
            # Readers that pause may need a while for what is left to them.
            await asyncio.wait(story.waits or [asyncio.create_task(turns())], timeout=2000)
            judge(story)
            story.waits.clear()
            story.cancelled.clear()
            gc.collect()
            await turns()
            assert Watched(client).empty, "something is left of a wait"
            assert not sdk_tasks()
        assert not sim.errors


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, max_size=25), st.integers(0, 2**32))
def test_whatever_happens_every_wait_ends_well_and_nothing_is_left(script, seed):
    complaints: list[Any] = []
    loop: Any = looptime.new_event_loop(start=0.0, noop_cycles=50)
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(play(script, seed))
        gc.collect()
    assert not complaints


@pytest.mark.parametrize("seed", range(3))
def test_a_busy_day(seed):
    """One long history with a great many steps, which drawing examples would not reach."""
    chance = random.Random(seed)
    script: list[tuple[Any, ...]] = []
    for _ in range(400):
        at, number = round(chance.uniform(0, 300), 2), chance.randrange(3)
        script.append(
            chance.choice(
                [
                    ("status", at, number, chance.choice(["Queued", "Transcoding", "Odd"])),
                    ("fault", at, number, chance.choice(sorted(FAULTS)), chance.randrange(1, 4)),
                    ("wait", at, number, chance.uniform(0, LIMIT), chance.random() < 0.3),
                    ("follow", at, number, chance.uniform(0, LIMIT), chance.uniform(0, 10)),
                    ("leave", at, number, chance.randrange(1, 4)),
                    ("cancel", at, chance.randrange(200)),
                ]
            )
        )
    script.append(("status", 290.0, 0, "Completed"))
    script.append(("status", 290.0, 1, "Error"))
    script.append(("delete", 290.0, 2))
    loop: Any = looptime.new_event_loop(start=0.0, noop_cycles=50)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(play(script, seed))
