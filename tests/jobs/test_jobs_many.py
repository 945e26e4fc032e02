"""Thousands of jobs: bounded looks at once, every one in its turn."""

import asyncio

import pytest
from job_support import assert_idle, ended, later, looks, now, sdk_tasks

from tpstreams_async import JobTimeoutError, Polling
from tpstreams_async.simulator import Fault

GET = ("GET", "assets/<id>/")


def most_at_once(sim, seconds):
    """Return how many requests were under way at once, when each took so many seconds."""
    begins = [record.at for record in sim.journal]
    events = sorted([(at, 1) for at in begins] + [(at + seconds - 0.001, -1) for at in begins])
    under_way = peak = 0
    for _, change in events:
        under_way += change
        peak = max(peak, under_way)
    return peak


async def test_a_thousand_jobs_take_a_bounded_number_of_looks_at_once(sim, connect):
    client = connect(polling=Polling(jitter=0, sweep=False))
    ids = [sim.add_asset() for _ in range(1000)]
    sim.faults.add(*GET, Fault.delay(1.0), times=None)
    assets = await client.jobs.gather(map(client.jobs.asset, ids))
    assert [asset.id for asset in assets] == ids
    assert sim.journal.total == 1000
    assert most_at_once(sim, 1.0) == 32
    # Nor are there fewer than there may be: 1000 looks, 32 a second.
    assert now() == pytest.approx(32, abs=0.1)
    await assert_idle(client)


@pytest.mark.parametrize("concurrency", [1, 7])
async def test_the_bound_is_the_callers(sim, connect, concurrency):
    client = connect(polling=Polling(jitter=0, concurrency=concurrency, sweep=False))
    sim.faults.add(*GET, Fault.delay(1.0), times=None)
    await client.jobs.gather(client.jobs.asset(sim.add_asset()) for _ in range(20))
    assert most_at_once(sim, 1.0) == concurrency


async def test_the_bound_holds_while_looks_fail_and_are_given_up(sim, connect):
    client = connect(polling=Polling(concurrency=5, failures=1000, sweep=False))
    ids = [sim.add_asset(status="Transcoding") for _ in range(60)]
    sim.faults.add(*GET, Fault.delay(1.0), times=None)
    tasks = [asyncio.create_task(client.jobs.asset(asset_id).result(timeout=30)) for asset_id in ids]
    for number, task in enumerate(tasks[::2]):
        later(number * 0.7, task.cancel)
    await ended(tasks)
    # A look that was given up is still being answered by the server when the next one begins.
    assert most_at_once(sim, 1.0) <= 10
    await assert_idle(client)


async def test_every_job_gets_its_turn(sim, connect):
    client = connect(polling=Polling(interval=1, growth=1, concurrency=4, sweep=False))
    ids = [sim.add_asset(status="Transcoding") for _ in range(40)]
    sim.faults.add(*GET, Fault.delay(1.0), times=None)
    tasks = [asyncio.create_task(client.jobs.asset(asset_id).result(timeout=100)) for asset_id in ids]
    await ended(tasks)
    counts = [len(looks(sim, asset_id)) for asset_id in ids]
    # 400 looks in 100 s: 10 for each, give or take.
    assert min(counts) >= 9
    assert max(counts) <= 12


async def test_silent_jobs_do_not_keep_the_others_from_their_end(sim, connect):
    client = connect(polling=Polling(jitter=0, concurrency=4, sweep=False))
    silent = [sim.add_asset() for _ in range(3)]
    for asset_id in silent:
        sim.faults.add("GET", f"assets/{asset_id}/", Fault.stall(), times=None)
    stuck = [asyncio.create_task(client.jobs.asset(asset_id).result(timeout=300)) for asset_id in silent]
    await asyncio.sleep(1)
    await client.jobs.gather(client.jobs.asset(sim.add_asset()) for _ in range(50))
    assert now() == 1
    assert {type(error) for error in await ended(stuck)} == {JobTimeoutError}


async def test_one_task_looks_after_all_of_them(sim, client):
    ids = [sim.add_asset(status="Transcoding") for _ in range(500)]
    wait = asyncio.create_task(client.jobs.gather(map(client.jobs.asset, ids)))
    await asyncio.sleep(1)
    assert len(sdk_tasks()) == 1
    wait.cancel()
    await ended([wait])
    await assert_idle(client)


async def test_hundreds_come_one_by_one(sim, client):
    ids = [sim.add_asset(status="Transcoding") for _ in range(300)]
    for number, asset_id in enumerate(ids):
        later((number * 37) % 300, sim.set_status, asset_id, "Completed")
    done = [job.id async for job in client.jobs.as_completed(map(client.jobs.asset, ids))]
    assert sorted(done) == sorted(ids)
    await assert_idle(client)
