"""Generated subtitles are awaited until their track is there."""

import pytest
from job_support import assert_idle, looks, now, page

from tpstreams_async import JobFailedError, JobTimeoutError
from tpstreams_async.simulator import Fault

GET = ("GET", "assets/<id>/")
VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"


def track(subtitle_type, kind="Subtitle"):
    return {"id": 1, "type": kind, "name": "English", "subtitle_type": subtitle_type}


async def test_it_ends_when_the_generated_track_is_there(sim, client):
    asset_id = sim.add_asset()
    asset = await client.jobs.subtitle(await client.assets.generate_subtitle(asset_id))
    assert [track.subtitle_type for track in asset.video.subtitles] == ["Auto Generated"]
    assert looks(sim, asset_id) == [0, 2, 5]
    await assert_idle(client)


async def test_it_waits_through_the_processing_of_a_new_video(sim, client):
    created = await client.assets.create(
        inputs=["https://origin.example/clip.mp4"], resolutions=["240p"], generate_subtitle=True
    )
    asset = await client.jobs.subtitle(created)
    assert asset.video.status == "Completed"
    assert asset.video.subtitles
    assert now() >= 10


async def test_an_uploaded_track_does_not_count(sim, client):
    asset_id = sim.add_asset()
    await client.assets.upload_subtitle(asset_id, VTT, name="English", language="en")
    with pytest.raises(JobTimeoutError) as caught:
        await client.jobs.subtitle(asset_id).result(timeout=60)
    assert [track.subtitle_type for track in caught.value.snapshot.video.subtitles] == ["Uploaded"]


async def test_a_generated_track_counts_beside_an_uploaded_one(sim, client):
    asset_id = sim.add_asset()
    await client.assets.upload_subtitle(asset_id, VTT, name="English", language="en")
    await client.assets.generate_subtitle(asset_id)
    asset = await client.jobs.subtitle(asset_id)
    assert {track.subtitle_type for track in asset.video.subtitles} == {"Auto Generated", "Uploaded"}


@pytest.mark.parametrize("word", ["Auto Generated", "auto generated", "Auto-Generated", "AUTO GENERATED"])
async def test_the_word_may_be_written_in_any_case(sim, client, word):
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(200, body=page(sim, asset_id, tracks=[track(word)])), times=None)
    (found,) = (await client.jobs.subtitle(asset_id).result(timeout=0)).subtitles
    assert found.subtitle_type == word


@pytest.mark.parametrize(
    "tracks",
    [
        [],
        [track("Uploaded")],
        [track(None)],
        [track("Generated")],
        [track("Auto Generated", kind="Playlist")],
        [track("Auto Generated", kind=None)],
    ],
)
async def test_no_other_track_ends_it(sim, client, tracks):
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(200, body=page(sim, asset_id, tracks=tracks)), times=None)
    with pytest.raises(JobTimeoutError):
        await client.jobs.subtitle(asset_id).result(timeout=20)


async def test_a_video_that_failed_has_nothing_to_listen_to(sim, client):
    job = client.jobs.subtitle(sim.add_asset(status="Error"))
    with pytest.raises(JobFailedError, match="video failed") as caught:
        await job
    assert caught.value.snapshot.video.status == "Error"
    assert now() == 0


async def test_a_folder_has_nothing_to_listen_to(sim, client):
    with pytest.raises(JobFailedError, match="folder"):
        await client.jobs.subtitle(sim.add_folder("Lessons"))
    assert now() == 0


async def test_a_track_of_a_failed_video_counts_all_the_same(sim, client):
    asset_id = sim.add_asset()
    body = page(sim, asset_id, status="Error", tracks=[track("Auto Generated")])
    sim.faults.add(*GET, Fault.status(200, body=body), times=None)
    seen = await client.jobs.subtitle(asset_id)
    assert (seen.status, len(seen.subtitles)) == ("Error", 1)


async def test_a_video_that_is_completed_ends_nothing(sim, client):
    with pytest.raises(JobTimeoutError):
        await client.jobs.subtitle(sim.add_asset()).result(timeout=20)


async def test_its_updates_say_pending_and_completed(sim, client):
    asset_id = sim.add_asset()
    await client.assets.generate_subtitle(asset_id)
    updates = [update async for update in client.jobs.subtitle(asset_id).updates()]
    assert [(update.status, update.progress, update.terminal) for update in updates] == [
        ("Pending", None, False),
        ("Completed", None, True),
    ]
