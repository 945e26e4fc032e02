"""A video is awaited until it can be played."""

import asyncio

from job_support import assert_idle, looks, now, script

from tpstreams_async import Asset

URL = "https://origin.example/clip.mp4"


async def test_awaiting_a_new_asset_returns_the_finished_one(sim, client):
    created = await client.assets.create(inputs=[URL], resolutions=["240p"], title="Clip")
    asset = await client.jobs.asset(created)
    assert isinstance(asset, Asset)
    assert asset.id == created.id
    assert asset.title == "Clip"
    assert asset.video.status == "Completed"
    assert asset.video.duration > 0
    assert created.video.status == "Not Started"


async def test_it_is_awaited_by_id_too(sim, client):
    asset_id = sim.add_asset("From before")
    asset = await client.jobs.asset(asset_id)
    assert (asset.id, asset.title) == (asset_id, "From before")


async def test_the_first_look_is_at_once(sim, client):
    await asyncio.sleep(7)
    asset_id = sim.add_asset()
    await client.jobs.asset(asset_id)
    assert looks(sim, asset_id) == [7]
    assert now() == 7


async def test_nothing_is_left_when_it_ended(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {10: "Completed"})
    await client.jobs.asset(asset_id)
    await assert_idle(client)
    asked = sim.journal.total
    await asyncio.sleep(3600)
    assert sim.journal.total == asked


async def test_the_result_is_what_the_last_look_showed(sim, client):
    asset_id = sim.add_asset(status="Transcoding", duration=90)
    script(sim, asset_id, {10: "Completed"})
    job = client.jobs.asset(asset_id)
    asset = await job
    assert asset.video.duration == 90
    assert asset.download_url
    assert job.latest is asset
    assert job.done


async def test_awaiting_an_ended_job_again_asks_nobody(sim, client):
    asset_id = sim.add_asset()
    job = client.jobs.asset(asset_id)
    asset = await job
    asked = sim.journal.total
    assert await job is asset
    assert await job.result() is asset
    assert await job.result(timeout=0) is asset
    assert sim.journal.total == asked


async def test_latest_shows_what_was_seen_so_far(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {3: "Transcoding", 20: "Completed"})
    job = client.jobs.asset(asset_id)
    assert job.latest is None
    wait = asyncio.create_task(job.result())
    await asyncio.sleep(1)
    assert job.latest.video.status == "Queued"
    await asyncio.sleep(9)
    assert job.latest.video.status == "Transcoding"
    assert not job.done
    await wait
    assert job.latest.video.status == "Completed"
    assert job.done


async def test_a_job_is_awaitable_wherever_asyncio_takes_one(sim, client):
    first, second = sim.add_asset(), sim.add_asset()
    script(sim, second, {0: "Transcoding", 5: "Completed"})
    one, two = await asyncio.gather(client.jobs.asset(first), client.jobs.asset(second))
    assert (one.id, two.id) == (first, second)
    assert (await asyncio.wait_for(client.jobs.asset(first), 5)).id == first
    assert (await asyncio.shield(client.jobs.asset(first))).id == first


async def test_results_can_be_awaited_in_a_task_group(sim, client):
    ids = [sim.add_asset(status="Transcoding") for _ in range(5)]
    for number, asset_id in enumerate(ids):
        script(sim, asset_id, {5 + number: "Completed"})
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.jobs.asset(asset_id).result()) for asset_id in ids]
    assert [task.result().id for task in tasks] == ids
