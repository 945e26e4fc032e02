"""How a run is stopped: nothing more is sent, what is under way has its time, and the ledger says what is so."""

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from run_support import manifest, run

from tpstreams_async import InvalidInputError, LedgerError
from tpstreams_async.ingest.ledger import Ledger
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.usefixtures("ledger_in_the_loop")
BULK = "assets/videos/bulk-create/"
#: A batch of five at a time, and no waiting for what was created.
STEADY: Any = {"wait": False, "concurrency": 1, "batch_size": 5}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "videos.ledger"


def in_ledger(ledger: Path) -> dict[str, int]:
    with contextlib.closing(sqlite3.connect(ledger)) as connection:
        return dict(connection.execute("SELECT state, count(*) FROM videos GROUP BY state"))


def later(seconds: float, call: Any) -> None:
    asyncio.get_running_loop().call_later(seconds, call)


@pytest.mark.looptime
async def test_what_is_under_way_is_told_and_nothing_more_is_sent(
    sim: Simulator, client: Any, ledger: Path, looptime: Any
) -> None:
    sim.faults.add("POST", BULK, Fault.delay(20, when="after"), skip=1)
    going = client.ingest(manifest(30), ledger=ledger, **STEADY)
    later(10, going.stop)
    results = [result async for result in going]
    assert 20 <= float(looptime) < 25
    assert (len(results), going.stopped) == (10, True)
    assert in_ledger(ledger) == {"submitted": 10, "planned": 20}
    assert sim.journal.count("POST") == 2
    again = client.ingest(manifest(30), ledger=ledger, **STEADY)
    assert [result.earlier async for result in again].count(True) == 10
    assert (len(sim.assets), again.stopped) == (30, False)


@pytest.mark.looptime
async def test_a_refusal_that_comes_in_that_time_is_told_and_the_rest_is_given_back(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    rows = manifest(5)
    rows[2]["folder"] = "nowhere"
    sim.faults.add("POST", BULK, Fault.delay(5))
    going = client.ingest(rows, ledger=ledger, **STEADY)
    later(1, going.stop)
    assert [(result.line, result.state) async for result in going] == [(3, "failed")]
    assert in_ledger(ledger) == {"failed": 1, "planned": 4}


@pytest.mark.looptime
async def test_all_that_the_ledger_has_at_its_end_is_told_also_if_nobody_reads_in_time(
    sim: Simulator, client: Any, ledger: Path, looptime: Any
) -> None:
    going = client.ingest(manifest(1000), ledger=ledger, wait=False)
    results = [await anext(going)]
    await asyncio.sleep(5)  # by now, the run waits for who reads
    going.stop()
    await asyncio.sleep(40)
    assert going.stopped
    results += [result async for result in going]
    assert len({result.key for result in results}) == len(results) == len(sim.assets) == in_ledger(ledger)["submitted"]
    assert 256 < len(results) < 400


@pytest.mark.looptime
async def test_assets_in_processing_are_not_awaited_any_more(
    make_sim: Any, make_client: Any, ledger: Path, looptime: Any
) -> None:
    sim = await make_sim(processing_seconds=600)
    client = make_client(sim)
    going = client.ingest(manifest(5), ledger=ledger)
    later(10, going.stop)
    assert [result async for result in going] == []
    assert 10 <= float(looptime) < 11
    assert (going.stopped, going.progress.processing) == (True, 5)
    assert [result.state for result in await run(client, manifest(5), ledger)] == ["completed"] * 5
    assert sim.journal.count("POST") == 1


@pytest.mark.looptime
async def test_what_is_being_written_down_is_told(
    sim: Simulator, client: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    completed = Ledger.completed

    async def on_a_slow_disk(self: Ledger, key: str) -> None:
        later(1, going.stop)
        await asyncio.sleep(2)
        await completed(self, key)

    monkeypatch.setattr(Ledger, "completed", on_a_slow_disk)
    going = client.ingest(manifest(5), ledger=ledger)
    assert [result.state async for result in going] == ["completed"] * 5
    assert (going.progress.completed, going.stopped) == (5, False)


@pytest.mark.looptime
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("grace", [0, 3, 15.0])
async def test_the_grace_is_as_long_as_it_was_asked_to_be(
    grace: Any, when: Any, sim: Simulator, client: Any, ledger: Path, looptime: Any
) -> None:
    sim.faults.add("POST", BULK, Fault.stall(when=when), skip=1)
    going = client.ingest(manifest(15), ledger=ledger, grace=grace, **STEADY)
    later(10, going.stop)
    assert len([result async for result in going]) == 5
    assert 10 + grace <= float(looptime) < 10.5 + grace
    assert in_ledger(ledger) == {"submitted": 5, "submitting": 5, "planned": 5}
    assert len(await run(client, manifest(15), ledger)) == len(sim.assets) == 15


@pytest.mark.looptime
async def test_halves_that_were_not_sent_are_still_planned_when_the_other_is_broken_off(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.status(400, body={"detail": "No."}), Fault.stall())
    going = client.ingest(manifest(4), ledger=ledger, grace=0, **STEADY)
    later(10, going.stop)
    assert [result async for result in going] == []
    assert in_ledger(ledger) == {"submitting": 2, "planned": 2}


@pytest.mark.looptime
async def test_halves_that_were_created_are_told_when_the_other_is_broken_off(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.status(400, body={"detail": "No."}))
    sim.faults.add("POST", BULK, Fault.stall(), skip=1)
    going = client.ingest(manifest(4), ledger=ledger, grace=0, **STEADY)
    later(10, going.stop)
    assert [result.line async for result in going] == [1, 2]


@pytest.mark.looptime
async def test_a_run_whose_work_is_done_was_not_stopped(sim: Simulator, client: Any, ledger: Path) -> None:
    going = client.ingest(manifest(5), ledger=ledger, **STEADY)
    assert len([result async for result in going]) == 5
    going.stop()
    await going.aclose()
    assert not going.stopped
    sim.faults.add("POST", BULK, Fault.delay(5))
    last = client.ingest(manifest(10), ledger=ledger, **STEADY)
    later(1, last.stop)
    assert len([result async for result in last]) == 10
    assert not last.stopped, "the answer to its last request came in time"


async def test_a_run_that_is_stopped_before_its_first_step_never_begins(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    going = client.ingest(manifest(5), ledger=ledger)
    assert not going.stopped
    going.stop()
    assert [result async for result in going] == []
    async with client.ingest(manifest(5), ledger=ledger) as closed:
        pass
    assert going.stopped
    assert closed.stopped
    assert (len(sim.journal), list(ledger.parent.iterdir())) == (0, [])


@pytest.mark.looptime
async def test_a_dry_run_can_be_stopped(client: Any, ledger: Path) -> None:
    going = client.ingest(manifest(1000), ledger=ledger, dry_run=True)
    results = [await anext(going)]
    going.stop()
    results += [result async for result in going]
    assert 1 < len(results) < 1000
    assert going.stopped


@pytest.mark.looptime
async def test_that_the_ledger_cannot_be_written_is_told_also_by_a_run_that_is_stopped(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.delay(5))
    going = client.ingest(manifest(5), ledger=ledger, **STEADY)

    def stop() -> None:
        going.stop()
        with contextlib.closing(sqlite3.connect(ledger)) as connection, connection:
            connection.execute("UPDATE ledger SET runs = runs + 1")

    later(1, stop)
    with pytest.raises(LedgerError, match="taken this ledger over"):
        await anext(going)
    assert not going.stopped


@pytest.mark.looptime
async def test_what_the_server_says_to_a_run_that_is_stopped_is_no_error(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.delay(5))
    going = client.ingest(manifest(5), ledger=ledger, **STEADY)
    later(1, going.stop)
    later(2, sim._service.accounts.tokens.clear)
    assert [result async for result in going] == []
    assert sim.journal.requests("POST", BULK)[0].status == 401
    assert going.stopped
    assert in_ledger(ledger) == {"planned": 5}


async def cancelled(task: "asyncio.Task[Any]") -> None:
    with pytest.raises(asyncio.CancelledError):
        await task


async def iterate(going: Any) -> None:
    async with going:
        async for _ in going:
            pass


@pytest.mark.looptime
async def test_a_cancellation_goes_on_after_the_grace(sim: Simulator, client: Any, ledger: Path, looptime: Any) -> None:
    sim.faults.add("POST", BULK, Fault.delay(20, when="after"), skip=1)
    going = client.ingest(manifest(30), ledger=ledger, **STEADY)
    task = asyncio.ensure_future(iterate(going))
    later(10, task.cancel)
    await cancelled(task)
    assert 20 <= float(looptime) < 25
    assert in_ledger(ledger) == {"submitted": 10, "planned": 20}
    assert going.stopped


@pytest.mark.looptime
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_second_cancellation_breaks_off_what_is_under_way(
    times: int, sim: Simulator, client: Any, ledger: Path, looptime: Any
) -> None:
    sim.faults.add("POST", BULK, Fault.stall(when="after"), skip=1)
    going = client.ingest(manifest(15), ledger=ledger, **STEADY)
    task = asyncio.ensure_future(iterate(going))
    later(10, task.cancel)
    for _ in range(times):
        later(12, task.cancel)
    await cancelled(task)
    assert 12 <= float(looptime) < 12.5
    assert going.stopped
    assert in_ledger(ledger) == {"submitted": 5, "submitting": 5, "planned": 5}
    assert len(await run(client, manifest(15), ledger)) == len(sim.assets) == 15


@pytest.mark.looptime
async def test_a_group_of_tasks_that_fails_lets_a_run_end_well(
    sim: Simulator, client: Any, ledger: Path, looptime: Any
) -> None:
    sim.faults.add("POST", BULK, Fault.delay(20, when="after"))

    async def fail() -> None:
        await asyncio.sleep(10)
        raise ValueError

    async def together() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(iterate(client.ingest(manifest(10), ledger=ledger, **STEADY)))
            group.create_task(fail())

    with pytest.raises(ExceptionGroup):
        await together()
    assert 20 <= float(looptime) < 25
    assert in_ledger(ledger) == {"submitted": 5, "planned": 5}


@pytest.mark.looptime
async def test_a_source_that_hangs_while_it_is_closed_can_be_broken_off(
    client: Any, ledger: Path, looptime: Any
) -> None:
    async def source() -> AsyncIterator[Any]:
        try:
            yield manifest(1)[0]
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()

    task = asyncio.ensure_future(iterate(client.ingest(source(), ledger=ledger)))
    for seconds in (5, 10):
        later(seconds, task.cancel)
    await cancelled(task)
    assert float(looptime) == pytest.approx(10, abs=1)
    assert await run(client, manifest(1), ledger, dry_run=True)


@pytest.mark.looptime
async def test_whatever_a_source_raises_comes_through(sim: Simulator, client: Any, ledger: Path) -> None:
    class Unusual(BaseException):
        pass

    def source() -> Iterator[Any]:
        yield manifest(1)[0]
        raise Unusual

    with pytest.raises(Unusual):
        await run(client, source(), ledger)
    assert len(sim.journal) == 0


@pytest.mark.looptime
@pytest.mark.parametrize("steps", range(0, 60, 3))
async def test_a_run_that_is_cancelled_at_any_moment_leaves_a_ledger_to_go_on_with(
    steps: int, sim: Simulator, client: Any, ledger: Path
) -> None:
    task = asyncio.ensure_future(iterate(client.ingest(manifest(15), ledger=ledger, **STEADY)))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await cancelled(task)
    assert len(await run(client, manifest(15), ledger)) == len(sim.assets) == 15


@pytest.mark.looptime
async def test_a_step_that_takes_too_long_can_be_tried_again(sim: Simulator, client: Any, ledger: Path) -> None:
    sim.faults.add("POST", BULK, Fault.delay(20))
    going = client.ingest(manifest(5), ledger=ledger, **STEADY)
    timeouts = 0
    results: list[Any] = []
    while len(results) < 5:
        try:
            results.append(await asyncio.wait_for(anext(going), 3))
        except TimeoutError:
            timeouts += 1
    assert timeouts == 6
    with pytest.raises(StopAsyncIteration):
        await anext(going)
    assert not going.stopped


@pytest.mark.looptime
@pytest.mark.parametrize("wait", [True, False])
async def test_a_step_that_is_cancelled_at_any_moment_loses_no_result(
    wait: bool, sim: Simulator, client: Any, ledger: Path
) -> None:
    going = client.ingest(manifest(60), ledger=ledger, batch_size=2, concurrency=1, wait=wait)
    results: list[Any] = []

    async def step() -> None:
        results.append(await anext(going))

    cut = 0
    for turn in itertools.count():
        task: Any = asyncio.ensure_future(step())
        for _ in range(turn % 5):
            await asyncio.sleep(0)
        cut += task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and task.exception() is not None:
            break
        if wait:
            await asyncio.sleep(0.05)
    assert cut > 30
    assert sorted(result.line for result in results) == list(range(1, 61))


@pytest.mark.parametrize("grace", [-1, float("nan"), float("inf"), None, True, "30"])
async def test_the_grace_is_a_finite_number_of_seconds(grace: Any, client: Any, ledger: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"^grace: .*0 or more"):
        client.ingest(manifest(1), ledger=ledger, grace=grace)


@pytest.mark.looptime
async def test_a_row_whose_video_was_just_found_is_told_of_before_the_run_ends(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.reset(when="after"), times=None)
    going = client.ingest(manifest(3), ledger=ledger, wait=False, batch_size=1, concurrency=1, settle=5)
    results = [await anext(going)]
    going.stop()
    results += [result async for result in going]
    assert len(results) == in_ledger(ledger)["submitted"] > 1
