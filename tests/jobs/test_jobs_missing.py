"""Something that is not there: not yet, not any more, or never."""

import asyncio

import pytest
from job_support import assert_idle, collect, later, looks, now, turns

from tpstreams_async import JobTimeoutError, JobVanishedError, NotFoundError, Polling
from tpstreams_async.simulator import Fault

URL = "https://origin.example/clip.mp4"
GET = ("GET", "assets/<id>/")


class TestNotYetVisible:
    @pytest.fixture
    def simulator_options(self):
        return {"visible_after": 20.0}

    async def test_a_new_asset_may_be_missing_for_a_while(self, sim, client):
        created = await client.assets.create(inputs=[URL], resolutions=["240p"])
        asset = await client.jobs.asset(created)
        assert asset.video.status == "Completed"
        assert sum(record.status == 404 for record in sim.journal) > 5
        assert 20 <= now() <= 23

    async def test_nothing_is_shown_of_it_before(self, sim, client):
        created = await client.assets.create(inputs=[URL], resolutions=["240p"])
        job = client.jobs.asset(created)
        updates = [update async for update in job.updates()]
        assert [update.status for update in updates] == ["Completed"]
        assert updates[0].elapsed >= 20

    async def test_the_patience_is_the_callers(self, connect):
        client = connect(polling=Polling(jitter=0, not_found_grace=9))
        created = await client.assets.create(inputs=[URL], resolutions=["240p"])
        with pytest.raises(JobVanishedError):
            await client.jobs.asset(created)
        assert 9 <= now() <= 12

    async def test_without_patience_it_is_missing_at_once(self, connect):
        client = connect(polling=Polling(jitter=0, not_found_grace=0))
        created = await client.assets.create(inputs=[URL], resolutions=["240p"])
        with pytest.raises(JobVanishedError):
            await client.jobs.asset(created)
        assert now() == 0


async def test_what_never_shows_up_vanished_when_patience_ends(sim, client):
    job = client.jobs.asset("nowhere")
    with pytest.raises(JobVanishedError) as caught:
        await job
    error = caught.value
    assert 30 <= now() <= 33
    assert isinstance(error.__cause__, NotFoundError)
    assert (error.job, error.ref, error.snapshot) == (job, "asset:nowhere", None)
    assert "nowhere" in str(error)
    assert job.done
    await assert_idle(client)


async def test_a_wait_may_end_before_patience_does(client):
    job = client.jobs.asset("nowhere")
    with pytest.raises(JobTimeoutError):
        await job.result(timeout=10)
    assert not job.done


async def test_what_was_seen_and_is_gone_vanished_at_once(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    later(4, sim.delete_asset, asset_id)
    job = client.jobs.asset(asset_id)
    with pytest.raises(JobVanishedError, match="deleted") as caught:
        await job
    assert looks(sim, asset_id) == [0, 2, 5]
    assert caught.value.snapshot.video.status == "Transcoding"
    assert isinstance(caught.value.__cause__, NotFoundError)
    await assert_idle(client)


async def test_deleting_it_with_the_same_client_ends_the_wait(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    wait = asyncio.create_task(client.jobs.asset(asset_id).result())
    await asyncio.sleep(1)
    await client.assets.delete(asset_id)
    with pytest.raises(JobVanishedError):
        await wait
    assert now() == 2


async def test_a_blip_of_missing_is_not_mistaken_while_nothing_was_seen(sim, client):
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(404), times=3)
    assert (await client.jobs.asset(asset_id)).id == asset_id
    assert len(looks(sim, asset_id)) == 4


async def test_other_failures_do_not_use_up_patience_or_its_end(sim, client):
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(404))
    sim.faults.add(*GET, Fault.status(503), times=4)
    sim.faults.add(*GET, Fault.status(404))
    assert (await client.jobs.asset(asset_id)).id == asset_id


async def test_those_who_join_late_share_the_patience_of_the_first(client):
    async def vanish(seconds):
        await asyncio.sleep(seconds)
        with pytest.raises(JobVanishedError):
            await client.jobs.asset("nowhere")
        return now()

    first, late = await asyncio.gather(vanish(0), vanish(25))
    assert first == late


async def test_its_updates_end_with_the_error(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    later(4, sim.delete_asset, asset_id)
    shown = []
    with pytest.raises(JobVanishedError):
        await collect(client.jobs.asset(asset_id).updates(), shown)
    assert shown == ["Transcoding"]


async def test_a_vanished_job_stays_vanished(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    job = client.jobs.asset(asset_id)
    wait = asyncio.create_task(job.result())
    await turns(50)
    sim.delete_asset(asset_id)
    with pytest.raises(JobVanishedError):
        await wait
    asked = sim.journal.total
    with pytest.raises(JobVanishedError):
        await job
    assert sim.journal.total == asked


async def test_an_organization_that_does_not_exist_is_missing_too(sim, connect):
    client = connect()
    stranger = type(client)("stranger", sim.token, base_url=sim.url, polling=Polling(jitter=0))
    async with stranger:
        with pytest.raises(JobVanishedError):
            await stranger.jobs.asset(sim.add_asset())
