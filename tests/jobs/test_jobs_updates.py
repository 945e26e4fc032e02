"""The changes of a job, each once, the last one terminal."""

import asyncio

import pytest
from job_support import assert_idle, collect, ended, later, looks, now, page, script

from tpstreams_async import Asset, JobFailedError, JobPollError, JobTimeoutError, Retry
from tpstreams_async.simulator import Fault

GET = ("GET", "assets/<id>/")


def shown(updates):
    return [(update.status, update.terminal, update.outcome) for update in updates]


async def test_each_change_comes_once_and_the_last_one_is_terminal(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {6: "Transcoding", 40: "Completed"})
    updates = [update async for update in client.jobs.asset(asset_id).updates()]
    assert shown(updates) == [
        ("Queued", False, None),
        ("Transcoding", False, None),
        ("Completed", True, "succeeded"),
    ]
    assert len(looks(sim, asset_id)) > 5
    await assert_idle(client)


async def test_an_update_has_the_snapshot_and_the_time_of_its_look(sim, client):
    await asyncio.sleep(100)
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Transcoding", 8: "Completed"})
    job = client.jobs.asset(asset_id)
    updates = [update async for update in job.updates()]
    assert [update.elapsed for update in updates] == pytest.approx([0, 5, 10], abs=0.002)
    assert all(isinstance(update.snapshot, Asset) for update in updates)
    assert [update.snapshot.video.status for update in updates] == ["Queued", "Transcoding", "Completed"]
    assert updates[-1].snapshot is job.latest


async def test_a_change_of_progress_alone_is_a_change(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    for progress in (0, 0, 10, 10, 55.5):
        sim.faults.add(*GET, Fault.status(200, body=page(sim, asset_id, progress=progress)))
    later(40, sim.set_status, asset_id, "Completed")
    updates = [update async for update in client.jobs.asset(asset_id).updates()]
    assert [(update.status, update.progress) for update in updates] == [
        ("Transcoding", 0),
        ("Transcoding", 10),
        ("Transcoding", 55.5),
        ("Transcoding", 100),
        ("Completed", 100),
    ]


async def test_a_job_that_has_ended_shows_its_end_alone(sim, client):
    updates = [update async for update in client.jobs.asset(sim.add_asset()).updates()]
    assert shown(updates) == [("Completed", True, "succeeded")]


async def test_the_result_is_there_at_once_after_the_last_update(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {6: "Completed"})
    job = client.jobs.asset(asset_id)
    async for update in job.updates():
        if update.terminal:
            asked = sim.journal.total
            assert await job is update.snapshot
            assert sim.journal.total == asked


async def test_a_job_that_failed_ends_the_loop_and_then_raises(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {6: "Error"})
    job = client.jobs.asset(asset_id)
    updates = [update async for update in job.updates()]
    assert shown(updates) == [("Transcoding", False, None), ("Error", True, "failed")]
    asked = sim.journal.total
    with pytest.raises(JobFailedError) as caught:
        await job
    assert caught.value.snapshot is updates[-1].snapshot
    assert sim.journal.total == asked


async def test_an_ended_handle_shows_the_last_update_again(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {6: "Completed"})
    job = client.jobs.asset(asset_id)
    first = [update async for update in job.updates()]
    asked = sim.journal.total
    assert [update async for update in job.updates()] == first[-1:]
    assert [update async for update in job.updates()] == first[-1:]
    assert sim.journal.total == asked


async def test_an_ended_handle_that_failed_shows_so_again(sim, client):
    job = client.jobs.asset(sim.add_asset(status="Error"))
    with pytest.raises(JobFailedError):
        await job
    assert shown([update async for update in job.updates()]) == [("Error", True, "failed")]


async def test_nothing_comes_after_the_end(sim, client):
    updates = client.jobs.asset(sim.add_asset()).updates()
    assert (await anext(updates)).terminal
    for _ in range(3):
        with pytest.raises(StopAsyncIteration):
            await anext(updates)


async def test_a_late_joiner_begins_with_what_was_last_seen(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Transcoding", 30: "Completed"})
    first = asyncio.create_task(client.jobs.asset(asset_id).result())
    await asyncio.sleep(12)
    job = client.jobs.asset(asset_id)
    updates = job.updates()
    asked = sim.journal.total
    begin = await anext(updates)
    assert (begin.status, begin.elapsed, now()) == ("Transcoding", 5, 12)
    assert sim.journal.total == asked
    assert job.latest.video.status == "Transcoding"
    assert shown([update async for update in updates]) == [("Completed", True, "succeeded")]
    await first


async def test_a_slow_reader_loses_nothing(sim, client):
    asset_id = sim.add_asset(status="A")
    script(sim, asset_id, {4: "B", 8: "C", 12: "D", 16: "E", 20: "Completed"})
    seen = []
    async for update in client.jobs.asset(asset_id).updates():
        seen.append(update.status)
        await asyncio.sleep(100)
    assert seen == ["A", "B", "C", "D", "E", "Completed"]


async def test_a_slow_reader_does_not_hold_up_others(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Completed"})
    job = client.jobs.asset(asset_id)

    async def slow():
        async for _ in job.updates():
            await asyncio.sleep(1000)

    reader = asyncio.create_task(slow())
    await job
    assert now() < 10
    await reader


async def test_two_readers_get_all_of_it_each(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Transcoding", 12: "Completed"})
    job = client.jobs.asset(asset_id)

    async def read(pause):
        seen = []
        async for update in job.updates():
            seen.append(update)
            await asyncio.sleep(pause)
        return seen

    first, second, third = await asyncio.gather(read(0), read(0), read(50))
    assert first == second == third
    assert len(first) == 3
    assert len(looks(sim, asset_id)) == 6


async def test_a_limit_ends_the_loop_with_an_error(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Transcoding"})
    job = client.jobs.asset(asset_id)
    seen = []
    with pytest.raises(JobTimeoutError) as caught:
        await collect(job.updates(timeout=10), seen)
    assert seen == ["Queued", "Transcoding"]
    assert caught.value.job is job
    assert now() == 10
    await assert_idle(client)


async def test_the_limit_counts_from_the_first_step(sim, client):
    updates = client.jobs.asset(sim.add_asset(status="Queued")).updates(timeout=10)
    await asyncio.sleep(100)
    await anext(updates)
    with pytest.raises(JobTimeoutError):
        await anext(updates)
    assert now() == 110


async def test_what_was_seen_before_the_limit_is_not_lost_to_a_slow_reader(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {3: "Transcoding", 8: "Processing"})
    seen = []
    with pytest.raises(JobTimeoutError):
        await collect(client.jobs.asset(asset_id).updates(timeout=15), seen, pause=100)
    assert seen == ["Queued", "Transcoding", "Processing"]


async def test_the_last_look_at_the_limit_can_still_be_the_end(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {9.7: "Completed"})
    updates = [update async for update in client.jobs.asset(asset_id).updates(timeout=10)]
    assert shown(updates)[-1] == ("Completed", True, "succeeded")


async def test_the_loop_can_be_taken_up_again_after_an_error(sim, client):
    asset_id = sim.add_asset(status="Queued")
    job = client.jobs.asset(asset_id)
    with pytest.raises(JobTimeoutError):
        _ = [update async for update in job.updates(timeout=10)]
    script(sim, asset_id, {5: "Completed"})
    assert shown([update async for update in job.updates()]) == [
        ("Queued", False, None),
        ("Completed", True, "succeeded"),
    ]


async def test_looking_that_fails_for_good_ends_the_loop_with_an_error(sim, connect):
    client = connect(retry=Retry(attempts=1))
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add(*GET, Fault.status(503), times=None, skip=1)
    seen = []
    with pytest.raises(JobPollError):
        await collect(client.jobs.asset(asset_id).updates(), seen)
    assert seen == ["Transcoding"]


async def test_failed_looks_are_no_updates(sim, connect):
    client = connect(retry=Retry(attempts=1))
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {30: "Completed"})
    sim.faults.add(*GET, Fault.reset(), times=4, skip=1)
    updates = [update async for update in client.jobs.asset(asset_id).updates()]
    assert [update.status for update in updates] == ["Transcoding", "Completed"]


async def test_a_hundred_readers_see_the_same(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Transcoding", 12: "Completed"})

    async def read():
        return [update async for update in client.jobs.asset(asset_id).updates()]

    first, *rest = await ended(read() for _ in range(100))
    assert len(first) == 3
    assert all(seen == first for seen in rest)
