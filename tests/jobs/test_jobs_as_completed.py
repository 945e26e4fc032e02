"""Many jobs at once, each as it ends."""

import asyncio
import gc

import pytest
from job_support import Watched, assert_idle, later, looks, now, script, turns

from tpstreams_async import JobFailedError, JobTimeoutError, JobVanishedError


def some(sim, count, status="Transcoding"):
    return [sim.add_asset(status=status) for _ in range(count)]


async def test_jobs_come_in_the_order_in_which_they_end(sim, client):
    ids = some(sim, 4)
    for asset_id, seconds in zip(ids, (60, 12, 90, 30), strict=True):
        script(sim, asset_id, {seconds: "Completed"})
    jobs = [client.jobs.asset(asset_id) for asset_id in ids]
    order = [jobs.index(job) async for job in client.jobs.as_completed(jobs)]
    assert order == [1, 3, 0, 2]
    await assert_idle(client)


async def test_it_yields_the_very_handles(sim, client):
    jobs = [client.jobs.asset(asset_id) for asset_id in some(sim, 3, "Completed")]
    yielded = [job async for job in client.jobs.as_completed(jobs)]
    assert {id(job) for job in yielded} == {id(job) for job in jobs}


async def test_each_comes_as_soon_as_it_ended(sim, client):
    ids = some(sim, 2)
    script(sim, ids[0], {1: "Completed"})
    script(sim, ids[1], {28: "Completed"})
    times = []
    async for _ in client.jobs.as_completed(client.jobs.asset(asset_id) for asset_id in ids):
        times.append(now())
    assert times == pytest.approx([2, 41.562], abs=0.002)


async def test_awaiting_what_was_yielded_gives_the_result_at_once(sim, client):
    ids = some(sim, 3)
    for number, asset_id in enumerate(ids):
        script(sim, asset_id, {1 + number: "Completed"})
    async for job in client.jobs.as_completed([client.jobs.asset(asset_id) for asset_id in ids]):
        asked, at = sim.journal.total, now()
        assert job.done
        assert (await job).id == job.id
        assert (sim.journal.total, now()) == (asked, at)


async def test_awaiting_what_was_yielded_gives_the_error_at_once(sim, client):
    failed, vanished, slow = some(sim, 3)
    script(sim, failed, {1: "Error"})
    later(4, sim.delete_asset, vanished)
    errors = []
    async for job in client.jobs.as_completed(map(client.jobs.asset, (slow, vanished, failed)), timeout=20):
        asked, at = sim.journal.total, now()
        with pytest.raises((JobFailedError, JobVanishedError, JobTimeoutError)) as caught:
            await job
        assert caught.value.job is job
        assert (sim.journal.total, now()) == (asked, at)
        errors.append(type(caught.value))
    assert errors == [JobFailedError, JobVanishedError, JobTimeoutError]
    await assert_idle(client)


async def test_a_job_that_was_late_can_be_awaited_again(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {60: "Completed"})
    job = client.jobs.asset(asset_id)
    async for late in client.jobs.as_completed([job], timeout=10):
        with pytest.raises(JobTimeoutError):
            await late
    assert (await job).video.status == "Completed"


async def test_one_that_fails_does_not_end_the_others(sim, client):
    bad, good = sim.add_asset(status="Error"), sim.add_asset(status="Transcoding")
    script(sim, good, {10: "Completed"})
    ids = [job.id async for job in client.jobs.as_completed([client.jobs.asset(good), client.jobs.asset(bad)])]
    assert ids == [bad, good]


async def test_nothing_to_wait_for_is_no_loop(sim, client):
    assert [job async for job in client.jobs.as_completed([])] == []
    assert sim.journal.total == 0


async def test_nothing_is_watched_before_the_first_step(sim, client):
    loop = client.jobs.as_completed([client.jobs.asset(sim.add_asset())])
    await asyncio.sleep(5)
    assert sim.journal.total == 0
    await loop.aclose()


async def test_jobs_that_ended_before_come_at_once(sim, client):
    jobs = [client.jobs.asset(asset_id) for asset_id in some(sim, 3, "Completed")]
    await client.jobs.gather(jobs)
    asked = sim.journal.total
    assert [job async for job in client.jobs.as_completed(jobs)] == jobs
    assert sim.journal.total == asked


async def test_one_job_may_be_there_many_times(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {4: "Completed"})
    job, same = client.jobs.asset(asset_id), client.jobs.asset(asset_id)
    yielded = [job async for job in client.jobs.as_completed([job, same, job])]
    assert sorted(map(id, yielded)) == sorted(map(id, [job, job, same]))
    assert looks(sim, asset_id) == [0, 2, 5]


async def test_leaving_the_loop_ends_the_waits_for_the_rest(sim, client):
    done, *rest = [sim.add_asset(), *some(sim, 5)]
    async for job in client.jobs.as_completed(map(client.jobs.asset, (done, *rest))):
        assert job.id == done
        break
    gc.collect()
    await assert_idle(client)
    asked = sim.journal.total
    await asyncio.sleep(100)
    assert sim.journal.total == asked


async def test_closing_the_loop_ends_the_waits_at_once(sim, client):
    loop = client.jobs.as_completed(map(client.jobs.asset, [sim.add_asset(), *some(sim, 5)]))
    await anext(loop)
    await loop.aclose()
    assert Watched(client).jobs == 0
    await assert_idle(client)


async def test_an_error_inside_the_loop_ends_the_waits(sim, client):
    async def go_through():
        async for _ in client.jobs.as_completed(map(client.jobs.asset, [sim.add_asset(), *some(sim, 5)])):
            raise LookupError

    with pytest.raises(LookupError):
        await go_through()
    gc.collect()
    await assert_idle(client)


async def test_a_slow_loop_misses_nothing(sim, client):
    ids = some(sim, 4)
    for number, asset_id in enumerate(ids):
        script(sim, asset_id, {3 + 30 * number: "Completed"})
    seen = []
    async for job in client.jobs.as_completed(map(client.jobs.asset, ids)):
        seen.append(job.id)
        await asyncio.sleep(500)
    assert seen == ids


async def test_an_iterable_that_breaks_leaves_nothing_behind(sim, client):
    def jobs():
        yield client.jobs.asset(sim.add_asset(status="Transcoding"))
        raise LookupError

    with pytest.raises(LookupError):
        _ = [job async for job in client.jobs.as_completed(jobs())]
    await assert_idle(client)


async def test_those_that_end_in_the_same_look_all_come(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {4: "Completed"})
    jobs = [client.jobs.asset(asset_id) for _ in range(50)]
    yielded = [job async for job in client.jobs.as_completed(jobs)]
    assert sorted(map(id, yielded)) == sorted(map(id, jobs))
    await turns()
