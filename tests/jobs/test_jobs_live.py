"""Live streams: their servers, and what is recorded of them."""

import asyncio

import pytest
from job_support import assert_idle, later, looks, now, page

from tpstreams_async import JobFailedError, JobTimeoutError, Polling
from tpstreams_async.simulator import Fault


@pytest.fixture
def stream_id(sim):
    return sim.add_live_stream("Physics")


@pytest.fixture
async def broadcast(sim, stream_id):
    """Let a live stream go through its life, from 40 to 120 s."""
    later(40, sim.begin_streaming, stream_id)
    later(100, sim.disconnect, stream_id)
    later(120, sim.end_broadcast, stream_id)


async def test_a_server_is_ready_when_one_can_stream_to_it(client, stream_id):
    asset = await client.jobs.live_server(stream_id)
    assert asset.live_stream.rtmp_url
    assert asset.live_stream.stream_key
    assert asset.live_stream.status == "Not Started"
    assert 25 <= now() < 25 + 12
    await assert_idle(client)


@pytest.mark.parametrize("missing", [{"rtmp_url": ""}, {"rtmp_url": None}, {"stream_key": None}])
async def test_a_server_that_lacks_the_place_or_the_key_is_not_ready(sim, client, stream_id, missing):
    await asyncio.sleep(30)
    half = dict(sim.assets[stream_id])
    half["live_stream"] = {**half["live_stream"], **missing}
    sim.faults.add("GET", "assets/<id>/", Fault.status(200, body=half), times=None)
    with pytest.raises(JobTimeoutError):
        await client.jobs.live_server(stream_id).result(timeout=60)


async def test_no_secret_shows_in_what_is_said_of_a_live_server(sim, client, stream_id):
    job = client.jobs.live_server(stream_id)
    key = (await job).live_stream.stream_key
    said = f"{job!r} {job.ref} {job.latest!r} {[update async for update in job.updates()]!r}"
    assert key not in said


async def test_a_broadcast_that_is_over_has_no_server(sim, client, stream_id, broadcast):
    await asyncio.sleep(130)
    with pytest.raises(JobFailedError, match="over"):
        await client.jobs.live_server(stream_id)


async def test_what_is_no_live_stream_has_no_server(sim, client):
    with pytest.raises(JobFailedError, match="no live stream"):
        await client.jobs.live_server(sim.add_asset())


async def test_a_recording_is_ready_after_the_broadcast_in_the_captured_order(sim, client, stream_id, broadcast):
    seen = [update async for update in client.jobs.recording(stream_id).updates()]
    words = [
        (update.snapshot.live_stream.status, update.snapshot.video and update.snapshot.video.status) for update in seen
    ]
    assert words[0] == ("Not Started", None)
    assert words[-2:] == [("Completed", "Transcoding"), ("Completed", "Completed")]
    words = ["Not Started", "Streaming", "Disconnected", "Transcoding", "Completed"]
    assert list(dict.fromkeys(update.status for update in seen)) == words
    assert [update.terminal for update in seen] == [False] * (len(seen) - 1) + [True]
    assert now() >= 126


@pytest.mark.parametrize("trust", [False, True])
async def test_deliveries_in_the_captured_order_end_with_the_recording(sim, client, stream_id, broadcast, trust):
    ended = []

    async def wait():
        asset = await client.jobs.recording(stream_id)
        ended.append(now())
        return asset

    task = asyncio.create_task(wait())
    for second in (1, 26, 41, 101, 101.5, 121, 126.5):
        later(second, lambda: client.jobs.hint(sim.delivery(stream_id), trust_payload=trust))
    asset = await task
    # Completed came at 121 too, of the broadcast; that is not the end.
    assert asset.video.status == "Completed"
    assert ended == pytest.approx([126.5], abs=0.05)


async def test_a_recording_that_fails_does(sim, client, stream_id, broadcast):
    later(121, sim.set_status, stream_id, "Error")
    with pytest.raises(JobFailedError) as caught:
        await client.jobs.recording(stream_id)
    assert caught.value.snapshot.video.status == "Error"


async def test_a_broadcast_that_fails_leaves_no_recording(sim, client, stream_id):
    later(10, sim.set_live_status, stream_id, "Error")
    with pytest.raises(JobFailedError, match="broadcast failed"):
        await client.jobs.recording(stream_id)


async def test_a_stream_that_keeps_no_recording_says_so(sim, client, stream_id):
    row = dict(sim.assets[stream_id])
    row["live_stream"] = {**row["live_stream"], "transcode_recorded_video": False}
    sim.faults.add("GET", "assets/<id>/", Fault.status(200, body=row), times=None)
    with pytest.raises(JobFailedError, match="keeps no recording"):
        await client.jobs.recording(stream_id)


async def test_live_streams_among_many_videos_are_found_by_looks_of_their_own(sim, client, stream_id, broadcast):
    ids = [sim.add_asset(status="Transcoding") for _ in range(40)]
    for asset_id in ids:
        later(100, sim.set_status, asset_id, "Completed")
    jobs = [*map(client.jobs.asset, ids), client.jobs.recording(stream_id), client.jobs.live_server(stream_id)]
    *videos, recording, server = await client.jobs.gather(jobs)
    assert {video.status for video in videos} == {"Completed"}
    assert recording.video.status == "Completed"
    assert server.live_stream.stream_key


async def test_refs_of_live_jobs_go_on_elsewhere(sim, client, connect, stream_id, broadcast):
    refs = [client.jobs.live_server(stream_id).ref, client.jobs.recording(stream_id).ref]
    assert refs == [f"live_server:{stream_id}", f"recording:{stream_id}"]
    other = connect()
    server, recording = await other.jobs.gather(map(other.jobs.resume, refs))
    assert server.live_stream.stream_key
    assert recording.video.status == "Completed"


async def test_an_asset_job_of_a_live_stream_ends_with_its_recording(sim, client, stream_id, broadcast):
    asset = await client.jobs.asset(stream_id)
    assert (asset.live_stream.status, asset.video.status) == ("Completed", "Completed")
    assert page(sim, stream_id)["video"]["status"] == "Completed"


async def test_live_servers_have_a_limit_of_their_own(sim, client):
    scheduled = sim.add_live_stream(start="2031-02-03 04:05:06")
    with pytest.raises(JobTimeoutError):
        await client.jobs.live_server(scheduled)
    assert now() == pytest.approx(Polling().live_server_timeout, abs=0.1)
    assert looks(sim, scheduled)


async def test_nobody_waits_for_a_day_for_the_recording_of_what_never_began(sim, client, stream_id):
    sim.end_broadcast(stream_id)
    with pytest.raises(JobFailedError, match="nothing came of a recording: it may never have begun") as caught:
        await client.jobs.recording(stream_id)
    assert 600 <= now() <= 640
    assert caught.value.snapshot.live_stream.status == "Completed"


async def test_a_recording_that_shows_later_than_the_end_is_waited_for(sim, client, stream_id):
    sim.begin_streaming(stream_id)
    later(10, sim.set_live_status, stream_id, "Completed")
    later(500, sim.end_broadcast, stream_id)
    asset = await client.jobs.recording(stream_id)
    assert (asset.video.status, now() > 500) == ("Completed", True)


async def test_doubt_begins_anew_when_the_broadcast_goes_on(sim, client, stream_id):
    sim.begin_streaming(stream_id)
    for at in range(0, 3000, 500):
        later(at + 10, sim.set_live_status, stream_id, "Completed")
        later(at + 400, sim.set_live_status, stream_id, "Streaming")
    later(3000, sim.end_broadcast, stream_id)
    assert (await client.jobs.recording(stream_id)).video.status == "Completed"


async def test_a_trusted_delivery_of_the_end_alone_is_none_of_the_recording(sim, client, stream_id):
    sim.begin_streaming(stream_id)
    over = {**sim.delivery(stream_id), "video": None}
    over["live_stream"] = {**over["live_stream"], "status": "Completed"}
    later(5, lambda: client.jobs.hint(over, trust_payload=True))
    later(700, sim.end_broadcast, stream_id)
    assert (await client.jobs.recording(stream_id)).video.status == "Completed"
    assert now() > 700
