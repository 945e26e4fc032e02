"""Closing a client ends every wait."""

import asyncio

import pytest
from job_support import Watched, assert_idle, ended, now, sdk_tasks, turns

from tpstreams_async import ClientClosedError
from tpstreams_async.simulator import Fault

GET = ("GET", "assets/<id>/")


async def by_await(client, job):
    return await job


async def by_result(client, job):
    return await job.result(timeout=3600)


async def by_updates(client, job):
    return [update async for update in job.updates()]


async def by_gather(client, job):
    return await client.jobs.gather([job, client.jobs.asset(job.id)])


async def by_as_completed(client, job):
    return [await job async for job in client.jobs.as_completed([job])]


async def by_until(client, job):
    return await client.jobs.until(job.id, lambda _: False)


WAITS = [by_await, by_result, by_updates, by_gather, by_as_completed, by_until]
every_wait = pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)


@every_wait
async def test_it_ends_a_wait_between_two_looks(sim, client, wait):
    task = asyncio.create_task(wait(client, client.jobs.asset(sim.add_asset(status="Transcoding"))))
    await asyncio.sleep(3)
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await task
    assert now() == 3
    assert not sdk_tasks()
    assert not Watched(client).waiting


@every_wait
async def test_it_ends_a_wait_during_a_look(sim, client, wait):
    sim.faults.add(*GET, Fault.stall(), times=None)
    task = asyncio.create_task(wait(client, client.jobs.asset(sim.add_asset(status="Transcoding"))))
    await asyncio.sleep(3)
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await task
    assert now() == 3
    assert not sdk_tasks()


@every_wait
async def test_it_ends_a_wait_during_a_retry(sim, client, wait):
    sim.faults.add(*GET, Fault.status(429, headers={"Retry-After": "20"}), times=None)
    task = asyncio.create_task(wait(client, client.jobs.asset(sim.add_asset(status="Transcoding"))))
    await asyncio.sleep(3)
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await task
    assert now() == 3
    assert not sdk_tasks()


@every_wait
async def test_it_ends_a_wait_that_has_just_begun(sim, client, wait):
    task = asyncio.create_task(wait(client, client.jobs.asset(sim.add_asset(status="Transcoding"))))
    await turns(1)
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await task
    assert sim.journal.total == 0


@every_wait
async def test_no_wait_begins_after_it(sim, client, wait):
    job = client.jobs.asset(sim.add_asset())
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await wait(client, job)
    assert sim.journal.total == 0
    assert not sdk_tasks()


@every_wait
async def test_no_wait_begins_while_it_is_under_way(sim, client, wait):
    held = asyncio.create_task(client.jobs.asset(sim.add_asset(status="Transcoding")).result())
    await asyncio.sleep(1)
    asked = sim.journal.total
    await client.jobs.aclose()
    with pytest.raises(ClientClosedError):
        await wait(client, client.jobs.asset(sim.add_asset()))
    assert sim.journal.total == asked
    await ended([held])


async def test_leaving_the_block_ends_waits(sim, connect):
    async with connect() as client:
        task = asyncio.create_task(client.jobs.asset(sim.add_asset(status="Transcoding")).result())
        await asyncio.sleep(1)
    with pytest.raises(ClientClosedError):
        await task


async def test_the_error_tells_that_the_job_goes_on(sim, client):
    job = client.jobs.asset(sim.add_asset(status="Transcoding"))
    task = asyncio.create_task(job.result())
    await asyncio.sleep(1)
    await client.aclose()
    with pytest.raises(ClientClosedError, match="goes on at the server"):
        await task
    assert not job.done
    assert job.latest.video.status == "Transcoding"


async def test_another_client_waits_on(sim, connect):
    first, second = connect(), connect()
    asset_id = sim.add_asset(status="Transcoding")
    job = first.jobs.asset(asset_id)
    task = asyncio.create_task(job.result())
    await asyncio.sleep(1)
    await first.aclose()
    await ended([task])
    sim.set_status(asset_id, "Completed")
    assert (await second.jobs.resume(job.ref)).video.status == "Completed"


async def test_thousands_of_waits_all_end(sim, client):
    asset_ids = [sim.add_asset(status="Transcoding") for _ in range(100)]
    tasks = [asyncio.create_task(client.jobs.asset(asset_id).result()) for asset_id in asset_ids for _ in range(20)]
    await asyncio.sleep(5)
    await client.aclose()
    assert {type(result) for result in await ended(tasks)} == {ClientClosedError}
    assert not sdk_tasks()


async def test_every_waiter_gets_an_error_of_its_own(sim, client):
    job = client.jobs.asset(sim.add_asset(status="Transcoding"))
    tasks = [asyncio.create_task(job.result()) for _ in range(5)]
    await asyncio.sleep(1)
    await client.aclose()
    assert len({id(error) for error in await ended(tasks)}) == 5


async def test_gather_with_errors_in_their_places_has_one_for_each(sim, client):
    jobs = [client.jobs.asset(sim.add_asset(status="Transcoding")) for _ in range(3)]
    task = asyncio.create_task(client.jobs.gather(jobs, return_exceptions=True))
    await asyncio.sleep(1)
    await client.aclose()
    assert [type(result) for result in await task] == [ClientClosedError] * 3


async def test_a_result_that_is_there_stays_there(sim, client):
    job = client.jobs.asset(sim.add_asset())
    asset = await job
    await client.aclose()
    assert await job is asset
    assert [update.status async for update in job.updates()] == ["Completed"]


async def test_closing_twice_or_at_once_does_no_harm(sim, client):
    task = asyncio.create_task(client.jobs.asset(sim.add_asset(status="Transcoding")).result())
    await asyncio.sleep(1)
    await asyncio.gather(client.aclose(), client.aclose())
    await client.aclose()
    assert [type(result) for result in await ended([task])] == [ClientClosedError]


async def test_closing_without_any_wait_does_no_harm(client):
    await client.aclose()
    assert not sdk_tasks()


async def test_a_client_may_be_closed_from_inside_a_condition(sim, client):
    closing = []

    def predicate(_):
        closing.append(asyncio.create_task(client.aclose()))
        return False

    with pytest.raises(ClientClosedError):
        await client.jobs.until(sim.add_asset(), predicate)
    await closing[0]


async def test_a_cancelled_close_can_be_repeated(sim, client):
    task = asyncio.create_task(client.jobs.asset(sim.add_asset(status="Transcoding")).result())
    await asyncio.sleep(1)
    closing = asyncio.create_task(client.aclose())
    await turns(1)
    closing.cancel()
    await ended([closing])
    await client.aclose()
    assert [type(result) for result in await ended([task])] == [ClientClosedError]
    assert not sdk_tasks()


async def test_a_wait_that_was_cancelled_at_the_same_moment_stays_cancelled(sim, client):
    task = asyncio.create_task(client.jobs.asset(sim.add_asset(status="Transcoding")).result())
    await asyncio.sleep(1)
    task.cancel()
    await client.aclose()
    await ended([task])
    assert task.cancelled()


def test_a_job_of_another_loop_cannot_be_awaited(make_offline):
    client = make_offline()
    job = client.jobs.asset("abc")

    async def begin():
        task = asyncio.create_task(job.result())
        await asyncio.sleep(0)
        task.cancel()
        await ended([task])

    async def wait():
        with pytest.raises(ClientClosedError, match="another event loop"):
            await job

    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(begin())
        second.run(wait())
        first.run(client.aclose())


async def test_the_tables_are_empty_when_all_was_waited_for_before_closing(sim, client):
    await client.jobs.gather(client.jobs.asset(sim.add_asset()) for _ in range(10))
    await assert_idle(client)
    await client.aclose()
    assert Watched(client).empty
