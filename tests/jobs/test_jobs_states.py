"""What the server's words mean for a video."""

import asyncio
import logging

import pytest
from job_support import looks, now, page, script

from tpstreams_async import JobFailedError, JobTimeoutError
from tpstreams_async.simulator import Fault

GET = ("GET", "assets/<id>/")


async def still_waiting(job, seconds=20):
    with pytest.raises(JobTimeoutError) as caught:
        await job.result(timeout=seconds)
    return caught.value


@pytest.mark.parametrize(
    "status",
    ["Not Started", "NOT_STARTED", "not started", "Queued", "QUEUED", "Processing", "Uploading", "Transcoding", ""],
)
async def test_these_words_keep_one_waiting_in_silence(sim, client, caplog, status):
    error = await still_waiting(client.jobs.asset(sim.add_asset(status=status)))
    assert error.snapshot.video.status == status
    assert not caplog.records


@pytest.mark.parametrize("status", ["Completed", "completed", "COMPLETED", " completed "])
async def test_these_words_mean_success(sim, client, status):
    asset = await client.jobs.asset(sim.add_asset(status=status)).result(timeout=0)
    assert asset.video.status == status


@pytest.mark.parametrize("status", ["Error", "error", "ERROR"])
async def test_these_words_mean_failure(sim, client, status):
    asset_id = sim.add_asset(status=status)
    job = client.jobs.asset(asset_id)
    with pytest.raises(JobFailedError) as caught:
        await job
    error = caught.value
    assert repr(status) in str(error)
    assert error.job is job
    assert error.ref == f"asset:{asset_id}"
    assert error.snapshot.video.status == status
    assert job.latest is error.snapshot


async def test_a_failure_is_final(sim, client):
    asset_id = sim.add_asset(status="Error")
    job = client.jobs.asset(asset_id)
    first, second = [await asyncio.gather(job, return_exceptions=True) for _ in range(2)]
    assert type(first[0]) is type(second[0]) is JobFailedError
    assert first[0] is not second[0]
    assert job.done
    assert looks(sim, asset_id) == [0]


async def test_a_video_that_fails_on_its_way_ends_the_wait(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {30: "Error"})
    with pytest.raises(JobFailedError):
        await client.jobs.asset(asset_id)
    assert 30 <= now() <= 60


@pytest.mark.parametrize("status", ["On Holiday", "Failed", "Cancelled", "Success", "Completed soon", "None"])
async def test_a_word_that_nobody_knows_ends_nothing(sim, client, status):
    asset_id = sim.add_asset(status=status)
    script(sim, asset_id, {40: "Completed"})
    asset = await client.jobs.asset(asset_id)
    assert asset.video.status == "Completed"
    assert now() > 40


async def test_a_word_that_nobody_knows_is_said_once(sim, client, caplog):
    ids = [sim.add_asset(status="On Holiday") for _ in range(3)]
    await asyncio.gather(*(still_waiting(client.jobs.asset(asset_id), 100) for asset_id in ids))
    assert len(caplog.records) == 1
    record = caplog.records[0]
    assert (record.name, record.levelno) == ("tpstreams_async", logging.WARNING)
    assert "'On Holiday'" in record.getMessage()
    assert record.getMessage().count("asset") == 1


async def test_each_unknown_word_is_said(sim, client, caplog):
    asset_id = sim.add_asset(status="On Holiday")
    script(sim, asset_id, {3: "Asleep", 10: "On Holiday", 20: "Completed"})
    await client.jobs.asset(asset_id)
    assert [record.args[1] for record in caplog.records] == ["'On Holiday'", "'Asleep'"]


@pytest.mark.parametrize("progress", [100, 100.0, 250, -3, 0, None])
async def test_progress_ends_nothing(sim, client, progress):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add(*GET, Fault.status(200, body=page(sim, asset_id, progress=progress)), times=None)
    error = await still_waiting(client.jobs.asset(asset_id))
    assert error.snapshot.video.progress == progress


async def test_progress_of_zero_does_not_hold_up_the_end(sim, client):
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(200, body=page(sim, asset_id, progress=0)), times=None)
    asset = await client.jobs.asset(asset_id).result(timeout=0)
    assert asset.video.progress == 0


async def test_a_playback_url_ends_nothing(sim, client):
    asset_id = sim.add_asset(status="Queued")
    error = await still_waiting(client.jobs.asset(asset_id))
    assert error.snapshot.video.playback_url


async def test_a_status_that_is_null_keeps_one_waiting(sim, client, caplog):
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(200, body=page(sim, asset_id, status=None)), times=None)
    await still_waiting(client.jobs.asset(asset_id))
    assert not caplog.records


async def test_a_status_that_goes_back_keeps_one_waiting(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {4: "Queued", 20: "Not Started", 40: "Transcoding", 60: "Completed"})
    shown = [update.status async for update in client.jobs.asset(asset_id).updates()]
    assert shown == ["Transcoding", "Queued", "Not Started", "Transcoding", "Completed"]


async def test_a_folder_has_nothing_to_wait_for(sim, client):
    folder_id = sim.add_folder("Lessons")
    with pytest.raises(JobFailedError, match="folder") as caught:
        await client.jobs.asset(folder_id)
    assert caught.value.snapshot.type == "folder"
    assert looks(sim, folder_id) == [0]


async def test_a_live_stream_without_its_recording_keeps_one_waiting(sim, client):
    asset_id = sim.add_asset()
    live = {**page(sim, asset_id), "type": "livestream", "video": None}
    stages = [{"status": "Streaming"}, {"status": "Disconnected"}, {"status": "Completed"}]
    for stage in stages:
        sim.faults.add(*GET, Fault.status(200, body={**live, "live_stream": stage}))
    recording = {**page(sim, asset_id, status="Transcoding"), "type": "livestream", "live_stream": stages[-1]}
    sim.faults.add(*GET, Fault.status(200, body=recording))
    job = client.jobs.asset(asset_id)
    shown = [(update.status, update.terminal) async for update in job.updates()]
    # The broadcast's own Completed is not the end of the work on its recording.
    words = ["Streaming", "Disconnected", "Completed", "Transcoding"]
    assert shown == [*((word, False) for word in words), ("Completed", True)]


async def test_an_answer_that_makes_no_sense_is_a_failed_look_and_no_end(sim, client):
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(200, body={"id": asset_id, "video": {"status": {"code": 3}}}), times=2)
    asset = await client.jobs.asset(asset_id)
    assert asset.video.status == "Completed"
