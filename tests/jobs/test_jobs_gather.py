"""Many jobs at once, their results in order."""

import asyncio

import pytest
from job_support import Watched, assert_idle, later, looks, now, script

from tpstreams_async import InvalidInputError, JobFailedError, JobTimeoutError, JobVanishedError


def some(sim, statuses):
    return [sim.add_asset(status=status) for status in statuses]


async def test_the_results_are_in_the_order_of_the_jobs(sim, client):
    ids = some(sim, ["Transcoding"] * 5)
    for number, asset_id in enumerate(reversed(ids)):
        script(sim, asset_id, {3 + 10 * number: "Completed"})
    assets = await client.jobs.gather([client.jobs.asset(asset_id) for asset_id in ids])
    assert [asset.id for asset in assets] == ids
    await assert_idle(client)


async def test_it_returns_when_the_last_one_ended(sim, client):
    ids = some(sim, ["Completed", "Transcoding", "Completed"])
    script(sim, ids[1], {100: "Completed"})
    await client.jobs.gather(map(client.jobs.asset, ids))
    assert 100 < now() < 140


async def test_nothing_to_wait_for_is_no_wait(sim, client):
    assert await client.jobs.gather([]) == []
    assert await client.jobs.gather(iter(()), return_exceptions=True) == []
    assert sim.journal.total == 0


@pytest.mark.parametrize("make", [list, tuple, iter, lambda jobs: (job for job in jobs), dict.fromkeys])
async def test_any_iterable_will_do(sim, client, make):
    ids = some(sim, ["Completed"] * 3)
    assets = await client.jobs.gather(make([client.jobs.asset(asset_id) for asset_id in ids]))
    assert [asset.id for asset in assets] == ids


async def test_different_kinds_can_be_mixed(sim, client):
    asset_id = sim.add_asset()
    start = await client.assets.trim(asset_id, end_time=30)
    results = await client.jobs.gather(
        [client.jobs.trim(start), client.jobs.asset(asset_id), client.jobs.until(asset_id, lambda a: a.bytes > 0)]
    )
    assert [type(result).__name__ for result in results] == ["TrimStatus", "Asset", "Asset"]


async def test_the_first_error_ends_it(sim, client):
    ids = some(sim, ["Transcoding", "Transcoding", "Error"])
    script(sim, ids[1], {4: "Error"})
    jobs = [client.jobs.asset(asset_id) for asset_id in ids]
    with pytest.raises(JobFailedError) as caught:
        await client.jobs.gather(jobs)
    assert caught.value.job is jobs[2]
    assert now() == 0
    await assert_idle(client)
    await asyncio.sleep(100)
    assert looks(sim, ids[0]) == [0]


async def test_the_first_error_leaves_other_waits_alone(sim, client):
    good, bad = some(sim, ["Transcoding", "Error"])
    script(sim, good, {20: "Completed"})
    job = client.jobs.asset(good)
    other = asyncio.create_task(job.result())
    with pytest.raises(JobFailedError):
        await client.jobs.gather([job, client.jobs.asset(bad)])
    assert (await other).video.status == "Completed"


async def test_after_an_error_the_same_jobs_can_be_awaited_again(sim, client):
    good, bad = some(sim, ["Transcoding", "Error"])
    jobs = [client.jobs.asset(good), client.jobs.asset(bad)]
    with pytest.raises(JobFailedError):
        await client.jobs.gather(jobs)
    script(sim, good, {20: "Completed"})
    assert (await jobs[0]).video.status == "Completed"


async def test_errors_can_take_the_places_of_results(sim, client):
    ids = some(sim, ["Completed", "Error", "Transcoding", "Transcoding"])
    later(3, sim.delete_asset, ids[2])
    script(sim, ids[3], {10: "Completed"})
    jobs = [client.jobs.asset(asset_id) for asset_id in ids]
    results = await client.jobs.gather(jobs, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["Asset", "JobFailedError", "JobVanishedError", "Asset"]
    assert (results[1].job, results[2].job) == (jobs[1], jobs[2])
    await assert_idle(client)


async def test_the_limit_is_that_of_each(sim, client):
    ids = some(sim, ["Completed", "Transcoding"])
    jobs = [client.jobs.asset(asset_id) for asset_id in ids]
    results = await client.jobs.gather(jobs, return_exceptions=True, timeout=10)
    assert [type(result).__name__ for result in results] == ["Asset", "JobTimeoutError"]
    assert now() == 10
    with pytest.raises(JobTimeoutError):
        await client.jobs.gather(jobs, timeout=10)
    assert now() == 20
    await assert_idle(client)


async def test_one_job_may_be_there_many_times(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {4: "Completed"})
    job = client.jobs.asset(asset_id)
    assets = await client.jobs.gather([job, job, client.jobs.asset(asset_id), job])
    assert len(assets) == 4
    assert len({id(asset) for asset in assets}) == 1
    assert looks(sim, asset_id) == [0, 2, 5]


async def test_jobs_that_ended_before_cost_nothing(sim, client):
    jobs = [client.jobs.asset(asset_id) for asset_id in some(sim, ["Completed", "Error"])]
    await client.jobs.gather(jobs, return_exceptions=True)
    asked = sim.journal.total
    results = await client.jobs.gather(jobs, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["Asset", "JobFailedError"]
    assert sim.journal.total == asked


async def test_an_iterable_that_breaks_leaves_nothing_behind(sim, client):
    def jobs():
        yield client.jobs.asset(sim.add_asset(status="Transcoding"))
        raise LookupError

    with pytest.raises(LookupError):
        await client.jobs.gather(jobs())
    await assert_idle(client)


async def test_a_limit_that_is_none_leaves_nothing_behind(sim, client):
    with pytest.raises(InvalidInputError):
        await client.jobs.gather([client.jobs.asset(sim.add_asset())], timeout=-1, return_exceptions=True)
    assert Watched(client).empty


async def test_gathers_may_overlap(sim, client):
    ids = some(sim, ["Transcoding"] * 4)
    for asset_id in ids:
        script(sim, asset_id, {12: "Completed"})
    jobs = [client.jobs.asset(asset_id) for asset_id in ids]
    first, second = await asyncio.gather(client.jobs.gather(jobs[:3]), client.jobs.gather(jobs[1:]))
    assert [asset.id for asset in first + second] == ids[:3] + ids[1:]
    assert {len(looks(sim, asset_id)) for asset_id in ids} == {5}


async def test_a_trim_and_its_vanished_video(sim, client):
    asset_id = sim.add_asset()
    start = await client.assets.trim(asset_id, end_time=30)
    later(1, sim.delete_asset, asset_id)
    results = await client.jobs.gather(
        [client.jobs.trim(start), client.jobs.subtitle(asset_id)], return_exceptions=True
    )
    assert [type(result) for result in results] == [JobVanishedError] * 2
