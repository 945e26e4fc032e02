"""Leaving the loop over a job's updates, in every way there is."""

import asyncio
import contextlib
import gc
import threading

import pytest
from job_support import Watched, assert_idle, ended, later, looks, now, turns

from tpstreams_async import ClientClosedError, JobTimeoutError, Polling
from tpstreams_async.simulator import Fault


async def test_nothing_is_watched_before_the_first_step(sim, client):
    updates = client.jobs.asset(sim.add_asset()).updates()
    await asyncio.sleep(10)
    assert sim.journal.total == 0
    assert Watched(client).empty
    assert aiter(updates) is updates


async def test_leaving_the_loop_ends_the_watch(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    async for _ in client.jobs.asset(asset_id).updates():
        break
    gc.collect()
    await assert_idle(client)
    await asyncio.sleep(100)
    assert looks(sim, asset_id) == [0]


async def test_an_iterator_that_is_held_goes_on_watching(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    updates = client.jobs.asset(asset_id).updates()
    await anext(updates)
    later(8, sim.set_status, asset_id, "Completed")
    await asyncio.sleep(100)
    assert (await anext(updates)).terminal


async def test_an_iterator_that_nobody_holds_any_more_stops_watching(sim, client):
    updates = client.jobs.asset(sim.add_asset(status="Transcoding")).updates()
    await anext(updates)
    assert Watched(client).waiting == 1
    del updates
    gc.collect()
    await assert_idle(client)


async def test_an_iterator_may_be_collected_in_another_thread(sim, client):
    held = [client.jobs.asset(sim.add_asset(status="Transcoding")).updates()]
    await anext(held[0])
    thread = threading.Thread(target=held.clear)
    thread.start()
    thread.join()
    await assert_idle(client)


async def test_an_error_inside_the_loop_ends_the_watch(sim, client):
    async def follow():
        async for _ in client.jobs.asset(sim.add_asset(status="Transcoding")).updates():
            raise LookupError

    with pytest.raises(LookupError):
        await follow()
    gc.collect()
    await assert_idle(client)


async def test_closing_it_ends_the_watch_at_once(sim, client):
    updates = client.jobs.asset(sim.add_asset(status="Transcoding")).updates()
    await anext(updates)
    await updates.aclose()
    await assert_idle(client)
    with pytest.raises(StopAsyncIteration):
        await anext(updates)
    await updates.aclose()


async def test_closing_it_before_the_first_step_keeps_it_from_looking(sim, client):
    updates = client.jobs.asset(sim.add_asset()).updates()
    await updates.aclose()
    assert [update async for update in updates] == []
    assert sim.journal.total == 0


async def test_closing_it_from_another_task_ends_a_step_that_waits(sim, client):
    updates = client.jobs.asset(sim.add_asset(status="Transcoding")).updates()

    async def follow():
        return [update.status async for update in updates]

    reader = asyncio.create_task(follow())
    await asyncio.sleep(1)
    await updates.aclose()
    async with asyncio.timeout(100_000):
        assert await reader == ["Transcoding"]
    assert now() == 1


async def test_two_tasks_on_one_iterator_do_not_wait_for_ever(sim, client):
    asset_id = sim.add_asset(status="Queued")
    later(4, sim.set_status, asset_id, "Transcoding")
    later(8, sim.set_status, asset_id, "Completed")
    updates = client.jobs.asset(asset_id).updates()

    async def step():
        try:
            return (await anext(updates)).status
        except StopAsyncIteration:
            return None
        except RuntimeError:
            # As with an async generator that is being waited for.
            return "busy"

    async with asyncio.timeout(100_000):
        results = await asyncio.gather(*(step() for _ in range(4)))
    assert "Queued" in results


async def test_leaving_one_loop_leaves_the_other_alone(sim, client):
    asset_id = sim.add_asset(status="Queued")
    later(20, sim.set_status, asset_id, "Completed")
    job = client.jobs.asset(asset_id)

    async def follow():
        return [update.status async for update in job.updates()]

    stays = asyncio.create_task(follow())
    async for _ in job.updates():
        break
    assert await stays == ["Queued", "Completed"]


async def test_cancelling_a_step_keeps_the_iterator_usable(sim, client):
    asset_id = sim.add_asset(status="Queued")
    updates = client.jobs.asset(asset_id).updates()
    await anext(updates)
    step = asyncio.ensure_future(anext(updates))
    await asyncio.sleep(1)
    step.cancel()
    await ended([step])
    later(1, sim.set_status, asset_id, "Completed")
    assert (await anext(updates)).status == "Completed"


async def test_an_update_that_came_while_nobody_stepped_is_there_without_waiting(sim, client):
    asset_id = sim.add_asset(status="Queued")
    updates = client.jobs.asset(asset_id).updates()
    await anext(updates)
    later(1, sim.set_status, asset_id, "Completed")
    await asyncio.sleep(50)
    assert (await anext(updates)).terminal
    assert now() == 50


async def test_closing_the_client_ends_an_iterator_that_is_held(sim, client):
    updates = client.jobs.asset(sim.add_asset(status="Transcoding")).updates()
    await anext(updates)
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await anext(updates)
    with pytest.raises(StopAsyncIteration):
        await anext(updates)


async def test_an_error_that_nobody_fetched_is_not_complained_about(sim, client):
    updates = client.jobs.asset(sim.add_asset(status="Transcoding")).updates(timeout=5)
    await anext(updates)
    await asyncio.sleep(100)
    del updates
    gc.collect()
    await turns()
    await assert_idle(client)


async def test_updates_and_the_result_have_limits_of_their_own(sim, client):
    asset_id = sim.add_asset(status="Queued")
    later(60, sim.set_status, asset_id, "Completed")
    job = client.jobs.asset(asset_id)
    updates = job.updates(timeout=5)
    result = asyncio.create_task(job.result())
    await anext(updates)
    with pytest.raises(JobTimeoutError):
        await anext(updates)
    assert (await result).video.status == "Completed"


async def test_a_reader_with_little_patience_reaches_its_limit_too(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add("GET", "assets/<id>/", Fault.delay(1), times=None)
    updates = client.jobs.asset(asset_id).updates(timeout=10)

    async def insist():
        while True:
            with contextlib.suppress(asyncio.TimeoutError):
                try:
                    await asyncio.wait_for(anext(updates), 0.5)
                except JobTimeoutError as error:
                    return error

    assert isinstance(await insist(), JobTimeoutError)
    # The limit, and one last look that may take its time.
    assert now() <= 10 + Polling().last_look + 0.5


async def test_elapsed_does_not_fall_when_others_began_anew_meanwhile(sim, client):
    asset_id = sim.add_asset(status="Queued")
    updates = client.jobs.asset(asset_id).updates()
    first = await anext(updates)
    later(50, sim.set_status, asset_id, "Transcoding")
    second = await anext(updates)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(updates), 1)
    other = asyncio.create_task(client.jobs.asset(asset_id).result())
    await asyncio.sleep(1)
    sim.set_status(asset_id, "Completed")
    last = await anext(updates)
    assert first.elapsed < second.elapsed < last.elapsed
    assert last.elapsed == pytest.approx(now(), abs=0.1)
    await other
