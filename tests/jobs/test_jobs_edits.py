"""Work on a finished video whose end the server does not name: reverts of trims, and deletions of resolutions."""

import asyncio

import pytest
from job_support import assert_idle, later, looks, now, script

from tpstreams_async import InvalidInputError, JobFailedError, JobTimeoutError, NotFoundError, Polling


@pytest.fixture
async def trimmed(sim, client):
    """Return a video of 60 s that was trimmed to 30."""
    asset_id = sim.add_asset(duration=60)
    await client.jobs.trim(await client.assets.trim(asset_id, end_time=30))
    return asset_id


async def test_a_revert_is_awaited(sim, client, trimmed):
    revert = await client.assets.revert_trim(trimmed)
    assert revert.asset_id == trimmed
    asset = await client.jobs.revert_trim(revert)
    assert asset.duration == 60
    await assert_idle(client)


async def test_what_was_completed_before_is_not_taken_for_the_revert(sim, client):
    # The server still shows Completed when the work was asked for, and works from 5 s on.
    asset_id = sim.add_asset()
    script(sim, asset_id, {5: "Transcoding", 45: "Completed"})
    asset = await client.jobs.revert_trim(asset_id)
    assert asset.status == "Completed"
    assert now() > 45


async def test_a_revert_that_nobody_saw_at_work_is_believed_after_a_while(sim, client):
    asset_id = sim.add_asset()
    await client.jobs.revert_trim(asset_id)
    assert Polling().settle <= now() < Polling().settle + 15


async def test_a_revert_can_fail(sim, client, trimmed):
    revert = await client.assets.revert_trim(trimmed)
    later(1, sim.set_status, trimmed, "Error")
    with pytest.raises(JobFailedError):
        await client.jobs.revert_trim(revert)


async def test_a_revert_can_be_awaited_elsewhere(sim, client, connect, trimmed):
    ref = client.jobs.revert_trim(await client.assets.revert_trim(trimmed)).ref
    assert (await connect().jobs.resume(ref)).duration == 60


async def test_deleted_resolutions_are_awaited(sim, client):
    asset_id = sim.add_asset(resolutions=("240p", "480p", "720p"))
    deletion = await client.assets.delete_resolutions(asset_id, ["240p", "720p"])
    assert deletion.asset_id == asset_id
    assert [(item.resolution, item.status) for item in deletion.resolutions] == [(240, "queued"), (720, "queued")]
    job = client.jobs.resolutions_deleted(deletion)
    assert job.ref == f"resolutions_deleted:{asset_id}:240p-720p"
    asset = await job
    assert asset.video.resolutions == ("480p",)
    await assert_idle(client)


async def test_they_can_be_named_in_place_of_the_answer(sim, client, connect):
    asset_id = sim.add_asset(resolutions=("240p", "480p"))
    await client.assets.delete_resolutions(asset_id, "240p")
    job = client.jobs.resolutions_deleted(await client.assets.get(asset_id), "240p")
    assert (await job).video.resolutions == ("480p",)
    assert (await connect().jobs.resume(job.ref)).video.resolutions == ("480p",)


async def test_one_that_stays_is_waited_for(sim, client):
    asset_id = sim.add_asset(resolutions=("240p", "480p"))
    with pytest.raises(JobTimeoutError):
        await client.jobs.resolutions_deleted(asset_id, ["240p"]).result(timeout=30)


async def test_its_delivery_is_a_hint(sim, connect):
    client = connect(polling=Polling(interval=10, jitter=0))
    asset_id = sim.add_asset(resolutions=("240p", "480p"))
    deletion = await client.assets.delete_resolutions(asset_id, ["240p"])
    later(2.5, lambda: client.jobs.hint(sim.resolutions_delivery(asset_id), trust_payload=True))
    await client.jobs.resolutions_deleted(deletion)
    assert now() == pytest.approx(2.5, abs=0.05)
    assert looks(sim, asset_id) == [0, 2.5]


@pytest.mark.parametrize("resolutions", [None, [], ["100p"], [240], "", 5])
async def test_what_is_no_resolution_is_refused(sim, client, resolutions):
    with pytest.raises(InvalidInputError):
        client.jobs.resolutions_deleted("abc234DEF56", resolutions)
    if resolutions is not None:
        with pytest.raises(InvalidInputError):
            await client.assets.delete_resolutions("abc234DEF56", resolutions)
    assert not list(sim.journal)


@pytest.mark.parametrize(
    "ref",
    [
        "resolutions_deleted:abc234DEF56",
        "resolutions_deleted:abc234DEF56:",
        "resolutions_deleted:abc234DEF56:480p-240p",
        "resolutions_deleted:abc234DEF56:240",
        "revert_trim:abc234DEF56:7",
        "until:abc234DEF56",
    ],
)
async def test_refs_that_say_too_little_or_too_much_are_refused(client, ref):
    with pytest.raises(InvalidInputError):
        client.jobs.resume(ref)


async def test_deleting_from_nowhere_is_an_error(client):
    with pytest.raises(NotFoundError):
        await client.assets.delete_resolutions("nowhere", ["240p"])


async def test_how_earlier_work_failed_is_not_taken_for_the_revert(sim, client):
    asset_id = sim.add_asset(status="Error")
    script(sim, asset_id, {5: "Transcoding", 45: "Completed"})
    asset = await client.jobs.revert_trim(asset_id)
    assert (asset.status, now() >= 45) == ("Completed", True)


async def test_a_failure_that_stays_is_believed_after_a_while(sim, client):
    asset_id = sim.add_asset(status="Error")
    with pytest.raises(JobFailedError):
        await client.jobs.revert_trim(asset_id)
    assert 30 <= now() <= 60


async def test_nobody_waits_for_the_revert_of_a_folder(sim, client):
    with pytest.raises(JobFailedError, match="folder"):
        await client.jobs.revert_trim(sim.add_folder("Folder"))
    assert now() == 0


async def test_who_comes_later_is_not_told_of_what_was_there_before_he_came(sim, client):
    asset_id = sim.add_asset()
    first = asyncio.create_task(client.jobs.revert_trim(asset_id).result())
    await asyncio.sleep(29)
    script(sim, asset_id, {20: "Transcoding", 40: "Completed"})
    await client.jobs.revert_trim(asset_id)
    assert now() >= 29 + 40
    await first
