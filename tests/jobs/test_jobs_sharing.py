"""Those who wait for the same job share its looks."""

import asyncio
import gc
import weakref

import pytest
from job_support import Watched, assert_idle, ended, later, looks, now, script, trim_looks, turns

from tpstreams_async import JobFailedError, JobTimeoutError
from tpstreams_async.simulator import Fault

ALONE = [0, 2, 5, 9.5, 16.25, 26.375, 41.562]


@pytest.mark.parametrize("waiters", [1, 200])
async def test_many_waiters_take_as_many_looks_as_one(sim, client, waiters):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    assets = await asyncio.gather(*(client.jobs.asset(asset_id) for _ in range(waiters)))
    assert {asset.video.status for asset in assets} == {"Completed"}
    assert looks(sim, asset_id) == pytest.approx(ALONE, abs=0.002)
    await assert_idle(client)


async def test_one_handle_awaited_many_times_shares_too(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    job = client.jobs.asset(asset_id)
    await asyncio.gather(*(job.result() for _ in range(200)))
    assert looks(sim, asset_id) == pytest.approx(ALONE, abs=0.002)


async def test_all_kinds_of_waits_share(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    jobs = [client.jobs.asset(asset_id) for _ in range(4)]

    async def follow():
        return [update.status async for update in jobs[0].updates()]

    async def one_by_one():
        return [await job async for job in client.jobs.as_completed(jobs)]

    await asyncio.gather(follow(), one_by_one(), client.jobs.gather(jobs), jobs[3], client.jobs.asset(asset_id))
    assert looks(sim, asset_id) == pytest.approx(ALONE, abs=0.002)


async def test_a_resumed_job_shares_with_the_one_it_came_from(sim, client):
    asset_id = sim.add_asset()
    start = await client.assets.trim(asset_id, end_time=30)
    job = client.jobs.trim(start)
    await asyncio.gather(job, client.jobs.resume(job.ref), client.jobs.trim(start))
    assert trim_looks(sim, asset_id) == [0, 2, 4]


async def test_two_clients_share_nothing(sim, connect):
    asset_id = sim.add_asset()
    await asyncio.gather(connect().jobs.asset(asset_id), connect().jobs.asset(asset_id))
    assert looks(sim, asset_id) == [0, 0]


async def test_one_who_joins_late_takes_no_look_of_its_own(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    first = asyncio.create_task(client.jobs.asset(asset_id).result())
    await asyncio.sleep(12)
    job = client.jobs.asset(asset_id)
    late = asyncio.create_task(job.result())
    await turns()
    # What the others saw is there at once.
    assert job.latest.video.status == "Transcoding"
    await asyncio.gather(first, late)
    assert looks(sim, asset_id) == pytest.approx(ALONE, abs=0.002)


async def test_different_limits_end_different_waits(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    results = await ended(client.jobs.asset(asset_id).result(timeout=limit) for limit in (10, 20, 30, 60))
    assert [type(result).__name__ for result in results] == ["JobTimeoutError"] * 3 + ["Asset"]


async def test_waiters_with_one_limit_share_the_last_look(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    results = await ended(client.jobs.asset(asset_id).result(timeout=11) for _ in range(100))
    assert {type(result) for result in results} == {JobTimeoutError}
    assert len({id(result) for result in results}) == 100
    assert looks(sim, asset_id) == [0, 2, 5, 9.5, 11]


async def test_a_limit_that_one_waiter_reaches_costs_the_others_no_look(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    patient = asyncio.create_task(client.jobs.asset(asset_id).result())
    with pytest.raises(JobTimeoutError):
        await client.jobs.asset(asset_id).result(timeout=10)
    assert looks(sim, asset_id)[-1] == 10
    await patient
    assert len(looks(sim, asset_id)) <= len(ALONE) + 1


async def test_each_waiter_gets_an_error_of_its_own(sim, client):
    asset_id = sim.add_asset(status="Error")
    jobs = [client.jobs.asset(asset_id) for _ in range(20)]
    errors = await ended(jobs)
    assert {type(error) for error in errors} == {JobFailedError}
    assert [error.job for error in errors] == jobs
    assert len({id(error) for error in errors}) == 20


async def test_waiters_that_cancel_leave_the_others_alone(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    tasks = [asyncio.create_task(client.jobs.asset(asset_id).result()) for _ in range(200)]
    for number, task in enumerate(tasks[:-1]):
        later(number * 0.15, task.cancel)
    results = await ended(tasks)
    assert [task.cancelled() for task in tasks] == [True] * 199 + [False]
    assert results[-1].video.status == "Completed"
    assert looks(sim, asset_id) == pytest.approx(ALONE, abs=0.002)


async def test_the_first_waiter_is_nothing_special(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    first = asyncio.create_task(client.jobs.asset(asset_id).result())
    await asyncio.sleep(1)
    second = asyncio.create_task(client.jobs.asset(asset_id).result())
    await asyncio.sleep(1)
    first.cancel()
    assert (await second).video.status == "Completed"
    assert looks(sim, asset_id) == pytest.approx(ALONE, abs=0.002)


@pytest.mark.parametrize("waiters", [1, 50])
async def test_the_last_one_to_leave_stops_the_looks(sim, client, waiters):
    asset_id = sim.add_asset(status="Transcoding")
    tasks = [asyncio.create_task(client.jobs.asset(asset_id).result()) for _ in range(waiters)]
    await asyncio.sleep(6)
    for task in tasks:
        task.cancel()
    await ended(tasks)
    await assert_idle(client)
    await asyncio.sleep(600)
    assert looks(sim, asset_id) == [0, 2, 5]


async def test_the_last_one_to_leave_ends_the_look_under_way(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add("GET", "assets/<id>/", Fault.delay(10))
    task = asyncio.create_task(client.jobs.asset(asset_id).result())
    await asyncio.sleep(1)
    task.cancel()
    await ended([task])
    await assert_idle(client)
    assert now() == 1


async def test_what_was_waited_for_can_be_freed(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    job = client.jobs.asset(asset_id)
    with pytest.raises(JobTimeoutError):
        await job.result(timeout=20)
    handle, snapshot = weakref.ref(job), weakref.ref(job._handle)
    del job
    await turns()
    gc.collect()
    assert (handle(), snapshot()) == (None, None)


async def test_waiting_for_one_job_frees_what_was_waited_for_before(sim, client):
    lasting = asyncio.create_task(client.jobs.asset(sim.add_asset(status="Transcoding")).result())
    for _ in range(100):
        await client.jobs.asset(sim.add_asset())
    await turns()
    assert Watched(client).jobs == 1
    assert Watched(client).planned <= 1
    lasting.cancel()
    await ended([lasting])


async def test_waits_given_up_leave_nothing_that_grows(sim, client):
    lasting = asyncio.create_task(client.jobs.asset(sim.add_asset(status="Transcoding")).result())
    asset_id = sim.add_asset(status="Transcoding")
    for _ in range(300):
        with pytest.raises(JobTimeoutError):
            await client.jobs.asset(asset_id).result(timeout=1)
    assert Watched(client).jobs == 1
    # What was planned and is void now may linger until it is due, not longer.
    assert Watched(client).planned < 10
    lasting.cancel()
    await ended([lasting])


async def test_the_same_asset_awaited_in_two_ways_is_two_jobs(sim, client):
    asset_id = sim.add_asset()
    await client.assets.generate_subtitle(asset_id)
    playable, subtitled = await asyncio.gather(client.jobs.asset(asset_id), client.jobs.subtitle(asset_id))
    assert not playable.video.subtitles
    assert subtitled.video.subtitles
