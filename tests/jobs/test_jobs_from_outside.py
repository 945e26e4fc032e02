"""What others do to our tasks and handles: the wait still ends, and tells."""

import asyncio

import pytest
from job_support import assert_idle, sdk_tasks

from tpstreams_async import InvalidInputError, JobPollError
from tpstreams_async.simulator import Fault


async def test_a_job_of_another_client_is_looked_at_by_that_client(sim, connect):
    here, there = connect(), connect()
    asset_id = sim.add_asset(status="Transcoding")
    asyncio.get_running_loop().call_later(5, sim.set_status, asset_id, "Completed")
    own = asyncio.create_task(here.jobs.asset(asset_id).result())
    (other,) = await here.jobs.gather([there.jobs.asset(asset_id)])
    assert other.status == "Completed"
    assert (await own).status == "Completed"
    await assert_idle(here)
    await assert_idle(there)


async def test_waits_end_when_somebody_cancels_the_task_that_looks(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    job = client.jobs.asset(asset_id)
    waiting = asyncio.create_task(job.result())
    await asyncio.sleep(1)
    for task in sdk_tasks():
        task.cancel()
    with pytest.raises(JobPollError, match="from outside"):
        await waiting
    sim.set_status(asset_id, "Completed")
    assert (await job).status == "Completed"


async def test_a_wait_ends_when_somebody_cancels_its_look(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add("GET", "assets/<id>/", Fault.delay(5))
    waiting = asyncio.create_task(client.jobs.asset(asset_id).result())
    before = asyncio.all_tasks()
    await asyncio.sleep(1)
    looks = [task for task in asyncio.all_tasks() - before if "_look" in repr(task.get_coro())]
    assert len(looks) == 1
    looks[0].cancel()
    with pytest.raises(JobPollError, match="from outside"):
        await waiting


@pytest.mark.parametrize("given", ["abc", None, 7])
async def test_what_is_no_job_is_named(client, given):
    with pytest.raises(InvalidInputError, match=r"jobs\[1\]"):
        await client.jobs.gather([client.jobs.asset("abc"), given])
    with pytest.raises(InvalidInputError, match=r"jobs\[0\]"):
        async for _ in client.jobs.as_completed([given]):
            pass
    await assert_idle(client)
