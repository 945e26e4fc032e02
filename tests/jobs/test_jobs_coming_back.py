"""A reader of updates that was cancelled and comes back goes on where it was, and disturbs nobody."""

import asyncio

import pytest
from job_support import assert_idle, looks

from tpstreams_async import JobFailedError


async def leave(updates):
    """Take a step and be cancelled in it."""
    step = asyncio.create_task(anext(updates))
    await asyncio.sleep(0.2)
    step.cancel()
    await asyncio.gather(step, return_exceptions=True)


async def test_a_reader_of_a_trim_that_comes_back_takes_no_watch_from_another(sim, client):
    asset_id = sim.add_asset()
    await client.assets.trim(asset_id, start_time=0, end_time=10)
    sim.set_trim_status(asset_id, "Processing")
    updates = client.jobs.trim(asset_id).updates()
    await anext(updates)
    await leave(updates)
    other = asyncio.create_task(client.jobs.trim(asset_id).result())
    await asyncio.sleep(0.1)
    await leave(updates)
    await updates.aclose()
    sim.set_trim_status(asset_id, "Completed")
    assert (await other).status_display == "Completed"
    await assert_idle(client)


async def test_what_another_reader_saw_meanwhile_is_not_missed(sim, client):
    asset_id = sim.add_asset(status="Queued")
    job = client.jobs.asset(asset_id)
    first, second = job.updates(), job.updates()
    await anext(first)
    await anext(second)
    await leave(first)
    sim.set_status(asset_id, "Transcoding")
    assert (await anext(second)).status == "Transcoding"
    await leave(second)
    async with asyncio.timeout(1):
        assert (await anext(first)).status == "Transcoding"
    await first.aclose()
    await second.aclose()


@pytest.mark.parametrize("end", ["Completed", "Error"])
async def test_the_end_is_shown_to_one_who_was_away(sim, client, end):
    asset_id = sim.add_asset(status="Queued")
    job = client.jobs.asset(asset_id)
    updates = job.updates()
    await anext(updates)
    await leave(updates)
    sim.set_status(asset_id, end)
    await asyncio.gather(job.result(), return_exceptions=True)
    shown = [(update.status, update.terminal) async for update in updates]
    assert shown == [(end, True)]


async def test_readers_of_one_trim_that_come_back_share_the_looks(sim, client):
    asset_id = sim.add_asset()
    await client.assets.trim(asset_id, start_time=0, end_time=10)
    sim.set_trim_status(asset_id, "Processing")
    job = client.jobs.trim(asset_id)
    readers = [job.updates() for _ in range(3)]
    for reader in readers:
        await anext(reader)
    for reader in readers:
        await leave(reader)
    before = sim.journal.count("GET", "assets/<id>/trim/status/")
    steps = [asyncio.create_task(anext(reader)) for reader in readers]
    await asyncio.sleep(2.5)
    assert sim.journal.count("GET", "assets/<id>/trim/status/") - before <= 2
    for step in steps:
        step.cancel()
    await asyncio.gather(*steps, return_exceptions=True)
    for reader in readers:
        await reader.aclose()


@pytest.mark.parametrize("error", [StopIteration(), asyncio.CancelledError(), KeyError("x")])
async def test_whatever_a_condition_raises_ends_its_own_wait_alone(sim, client, error):
    asset_id, other_id = sim.add_asset(status="Transcoding"), sim.add_asset(status="Transcoding")
    other = asyncio.create_task(client.jobs.asset(other_id).result())

    def raising(_):
        raise error

    with pytest.raises(Exception):  # noqa: B017, PT011 - which one depends on what was raised; that it comes is the point
        async with asyncio.timeout(5):
            await client.jobs.until(asset_id, raising)
    assert asyncio.get_running_loop().time() < 5
    sim.set_status(other_id, "Error")
    with pytest.raises(JobFailedError):
        await other
    assert len(looks(sim, asset_id)) == 1
