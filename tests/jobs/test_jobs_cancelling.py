"""Cancelling a wait: the cancellation comes through, wherever the wait is, and the job goes on."""

import asyncio
import contextlib

import pytest
from job_support import assert_idle, ended, later, looks, now, sdk_tasks, turns

from tpstreams_async import JobFailedError
from tpstreams_async.simulator import Fault

GET = ("GET", "assets/<id>/")
SLOW = Fault.delay(5)


async def by_result(client, job):
    await job.result()


async def by_updates(client, job):
    async for _ in job.updates():
        pass


async def by_gather(client, job):
    await client.jobs.gather([job, client.jobs.asset(job.id), client.jobs.subtitle(job.id)])


async def by_gather_of_errors(client, job):
    await client.jobs.gather([job], return_exceptions=True)


async def by_as_completed(client, job):
    async for _ in client.jobs.as_completed([job, client.jobs.subtitle(job.id)]):
        pass


async def by_until(client, job):
    await client.jobs.until(job.id, lambda _: False)


WAITS = [by_result, by_updates, by_gather, by_gather_of_errors, by_as_completed, by_until]
every_wait = pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)


async def cancelled(client, task):
    task.cancel()
    await ended([task])
    assert task.cancelled()
    await assert_idle(client)


@every_wait
async def test_before_it_began(sim, client, wait):
    task = asyncio.create_task(wait(client, client.jobs.asset(sim.add_asset(status="Transcoding"))))
    await cancelled(client, task)
    assert sim.journal.total == 0


@every_wait
@pytest.mark.parametrize("rounds", range(1, 13))
async def test_on_the_way_to_the_first_answer(sim, client, wait, rounds):
    task = asyncio.create_task(wait(client, client.jobs.asset(sim.add_asset(status="Transcoding"))))
    await turns(rounds)
    await cancelled(client, task)


@every_wait
async def test_during_a_look(sim, client, wait):
    sim.faults.add(*GET, SLOW, times=None)
    task = asyncio.create_task(wait(client, client.jobs.asset(sim.add_asset(status="Transcoding"))))
    await asyncio.sleep(2)
    await cancelled(client, task)
    assert now() == 2


@every_wait
async def test_between_two_looks(sim, client, wait):
    task = asyncio.create_task(wait(client, client.jobs.asset(sim.add_asset(status="Transcoding"))))
    await asyncio.sleep(1)
    await cancelled(client, task)
    assert now() == 1


@every_wait
async def test_during_a_retry(sim, client, wait):
    sim.faults.add(*GET, Fault.status(429, headers={"Retry-After": "20"}), times=None)
    task = asyncio.create_task(wait(client, client.jobs.asset(sim.add_asset(status="Transcoding"))))
    await asyncio.sleep(3)
    await cancelled(client, task)


async def test_during_the_last_look(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add(*GET, SLOW, skip=2)
    task = asyncio.create_task(client.jobs.asset(asset_id).result(timeout=3))
    await asyncio.sleep(4)
    await cancelled(client, task)
    assert looks(sim, asset_id) == [0, 2, 3]


@pytest.mark.parametrize("rounds", range(0, 8))
async def test_at_the_moment_of_the_end_it_is_either_cancelled_or_done(sim, client, rounds):
    asset_id = sim.add_asset(status="Transcoding")
    job = client.jobs.asset(asset_id)
    task = asyncio.create_task(job.result())
    await asyncio.sleep(1)
    sim.set_status(asset_id, "Completed")
    follower = job.updates()
    await anext(follower)
    await anext(follower)
    await turns(rounds)
    was_done = task.done()
    task.cancel()
    await ended([task])
    assert task.cancelled() is not was_done
    assert job.done


async def test_the_servers_work_goes_on(sim, client):
    asset = await client.assets.create(inputs=["https://origin.example/a.mp4"], resolutions=["240p"])
    job = client.jobs.asset(asset)
    task = asyncio.create_task(job.result())
    await asyncio.sleep(3)
    await cancelled(client, task)
    assert {record.method for record in sim.journal} == {"POST", "GET"}
    assert (await job).video.status == "Completed"


async def test_an_asyncio_timeout_takes_its_own_way(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    job = client.jobs.asset(asset_id)
    for limit in (0, 0.5, 2, 7):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(limit):
                await job
        await assert_idle(client)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(job, 3)
    await assert_idle(client)
    assert now() == 12.5


async def test_an_asyncio_timeout_around_updates_loses_none(sim, client):
    asset_id = sim.add_asset(status="Queued")
    later(6, sim.set_status, asset_id, "Transcoding")
    later(20, sim.set_status, asset_id, "Completed")
    updates = client.jobs.asset(asset_id).updates()
    shown = []
    while not shown or not shown[-1].terminal:
        try:
            async with asyncio.timeout(1):
                shown.append(await anext(updates))
        except TimeoutError:
            continue
    assert [update.status for update in shown] == ["Queued", "Transcoding", "Completed"]


async def test_steps_with_an_asyncio_timeout_each_cost_no_looks_and_no_time(sim, client):
    asset_id = sim.add_asset(status="Queued")
    later(30, sim.set_status, asset_id, "Transcoding")
    updates = client.jobs.asset(asset_id).updates()
    first = await anext(updates)
    second = None
    while second is None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                second = await anext(updates)
    # As without the timeouts: looks at 0, 2, 5, 9.5, 16.25, 26.375 and 41.5625, the last of which shows the change.
    assert len(looks(sim, asset_id)) == 7
    assert (first.elapsed, second.elapsed) == (0, pytest.approx(41.5625, abs=0.01))


async def test_a_task_group_cancels_the_others_when_one_job_fails(sim, client):
    bad, good = sim.add_asset(status="Error"), sim.add_asset(status="Transcoding")
    waits = []

    async def wait_for_both():
        async with asyncio.TaskGroup() as group:
            waits.append(group.create_task(client.jobs.asset(good).result()))
            group.create_task(client.jobs.asset(bad).result())

    with pytest.raises(ExceptionGroup) as caught:
        await wait_for_both()
    assert [type(error) for error in caught.value.exceptions] == [JobFailedError]
    assert waits[0].cancelled()
    await assert_idle(client)


async def test_a_task_that_shields_its_wait_can_be_cancelled_alone(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    later(5, sim.set_status, asset_id, "Completed")
    wait = asyncio.create_task(client.jobs.asset(asset_id).result())

    async def shielded():
        await asyncio.shield(wait)

    outer = asyncio.create_task(shielded())
    await asyncio.sleep(1)
    outer.cancel()
    await ended([outer])
    assert outer.cancelled()
    assert (await wait).video.status == "Completed"


async def test_cancelling_one_kind_of_wait_leaves_the_other_kinds_alone(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    later(20, sim.set_status, asset_id, "Completed")
    job = client.jobs.asset(asset_id)
    kept = asyncio.create_task(job.result())
    given_up = [asyncio.create_task(wait(client, job)) for wait in WAITS]
    await asyncio.sleep(3)
    for task in given_up:
        task.cancel()
    await ended(given_up)
    assert all(task.cancelled() for task in given_up)
    assert (await kept).video.status == "Completed"


async def test_nobody_is_cancelled_who_was_not(sim, client):
    """Whatever ends, ends in its own way: those who stay never see a cancellation."""
    ids = [sim.add_asset(status="Transcoding") for _ in range(10)]
    stay = [asyncio.create_task(client.jobs.asset(asset_id).result(timeout=60)) for asset_id in ids]
    leave = [asyncio.create_task(client.jobs.asset(asset_id).result()) for asset_id in ids]
    await asyncio.sleep(3)
    for task in leave:
        task.cancel()
    sim.set_status(ids[0], "Error")
    sim.delete_asset(ids[1])
    sim.set_status(ids[2], "Completed")
    results = await ended(stay)
    assert not any(task.cancelled() for task in stay)
    names = [type(result).__name__ for result in results]
    assert names == ["JobFailedError", "JobVanishedError", "Asset", *["JobTimeoutError"] * 7]
    assert not sdk_tasks()
