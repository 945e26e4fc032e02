"""A live stream through its whole life: its server, its broadcast, its recording, and the trim of that."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from support.canaries import faces

from tpstreams_async import BadRequestError, InvalidInputError, NotFoundError, OutcomeUnknownError
from tpstreams_async.simulator import Fault

pytestmark = pytest.mark.looptime


def now() -> float:
    return asyncio.get_running_loop().time()


async def broadcast(sim: Any, asset_id: str, seconds: float) -> None:
    """Stream for so long."""
    sim.begin_streaming(asset_id)
    await asyncio.sleep(seconds)
    sim.disconnect(asset_id)


async def test_from_its_creation_to_its_trimmed_recording(sim: Any, client: Any) -> None:
    asset = await client.live_streams.create(
        title="Physics", start=dt.datetime(2030, 1, 1, 10), latency="Low Latency", enable_drm_for_recording=True
    )
    live = asset.live_stream
    assert (asset.type, live.start, live.latency) == ("livestream", "2030-01-01 10:00:00", "Low Latency")
    assert (live.rtmp_url or None, live.stream_key, asset.video) == (None, None, None)
    await asyncio.sleep(100)
    assert (await client.assets.get(asset.id)).live_stream.stream_key is None, "a scheduled one has no server"

    started = await client.live_streams.start_server(asset.id)
    assert started.live_stream.status == "Not Started"
    ready = await client.jobs.live_server(started)
    assert ready.live_stream.stream_key not in faces(ready)
    await broadcast(sim, asset.id, 100)
    stop = await client.live_streams.stop(asset.id, start_time=30, end_time=90)
    assert (stop.asset_id, stop.trim_scheduled) == (asset.id, True)
    over = await client.assets.get(asset.id)
    assert (over.live_stream.status, over.status) == ("Completed", "Transcoding"), "that is not the end"

    recording = await client.jobs.recording(stop.asset_id)
    assert (recording.video.status, recording.video.enable_drm) == ("Completed", True)
    trim = await client.jobs.trim(stop.asset_id)
    assert (trim.start_time, trim.end_time) == (30, 90)
    assert (await client.assets.get(asset.id)).duration == 60
    await client.live_streams.delete(asset.id)
    with pytest.raises(NotFoundError):
        await client.assets.get(asset.id)


async def test_the_trim_can_be_awaited_straight_after_the_stop(sim: Any, client: Any) -> None:
    asset = await client.live_streams.create(title="Physics")
    await client.jobs.live_server(asset)
    await broadcast(sim, asset.id, 100)
    stop = await client.live_streams.stop(asset.id, start_time=0, end_time=40)
    trim, recording = await client.jobs.gather([client.jobs.trim(stop.asset_id), client.jobs.recording(stop.asset_id)])
    assert (trim.end_time, recording.video.status) == (40, "Completed")
    assert (await client.assets.get(asset.id)).duration == 40


async def test_the_part_may_be_given_as_moments(sim: Any, client: Any) -> None:
    asset = await client.live_streams.create(title="Physics")
    await client.jobs.live_server(asset)
    began = int(sim._service.calendar.epoch_seconds(sim.clock.now()))
    await broadcast(sim, asset.id, 100)
    stop = await client.live_streams.stop(asset.id, start_time=began + 20, end_time=began + 50)
    assert stop.trim_scheduled is True
    await client.jobs.trim(asset.id)
    assert (await client.assets.get(asset.id)).duration == pytest.approx(30, abs=1)


@pytest.mark.parametrize("times", [{}, {"start_time": 500, "end_time": 600}], ids=["all", "a part that is not there"])
async def test_a_recording_in_full(times: dict[str, int], sim: Any, client: Any) -> None:
    asset = await client.live_streams.create(title="Physics")
    await client.jobs.live_server(asset)
    await broadcast(sim, asset.id, 100)
    stop = await client.live_streams.stop(asset.id, **times)
    assert stop.trim_scheduled is False
    assert (await client.jobs.recording(asset)).duration == 100
    with pytest.raises(NotFoundError):
        await client.assets.trim_status(asset.id)


async def test_one_that_begins_at_once_gets_its_server_by_itself(sim: Any, client: Any) -> None:
    began = now()
    asset = await client.live_streams.create(title="Now")
    ready = await client.jobs.live_server(asset)
    assert ready.live_stream.rtmp_url.startswith("rtmp://")
    assert 20 <= now() - began <= 40
    again = await client.live_streams.start_server(asset.id)
    assert again.live_stream.stream_key == ready.live_stream.stream_key, "to ask again changes nothing"


async def test_the_activities_tell_what_happened(sim: Any, client: Any) -> None:
    asset = await client.live_streams.create(title="Physics")
    await broadcast(sim, asset.id, 60)
    await broadcast(sim, asset.id, 60)
    await client.live_streams.stop(asset.id)
    (shown,) = await client.live_streams.list().collect()
    words = [activity.status for activity in shown.live_stream.activities]
    assert words == ["On Publish", "On Publish Done"] * 2 + ["Stopped"]


async def test_what_has_ended_cannot_be_ended_or_started(sim: Any, client: Any) -> None:
    asset = await client.live_streams.create(title="Physics")
    await client.live_streams.stop(asset.id)
    for call in (client.live_streams.stop(asset.id), client.live_streams.start_server(asset.id)):
        with pytest.raises(BadRequestError, match="ended"):
            await call


async def test_what_is_no_live_stream_is_refused(sim: Any, client: Any) -> None:
    for asset_id, kind in ((sim.add_asset(), BadRequestError), ("nowhere", NotFoundError)):
        for call in (client.live_streams.stop(asset_id), client.live_streams.start_server(asset_id)):
            with pytest.raises(kind):
                await call


async def test_a_stop_whose_answer_is_lost_is_not_sent_again(sim: Any, client: Any) -> None:
    asset = await client.live_streams.create(title="Physics")
    await broadcast(sim, asset.id, 60)
    sim.faults.add("POST", "assets/<id>/stop_live_stream/", Fault.reset(when="after"))
    with pytest.raises(OutcomeUnknownError, match="Completed") as caught:
        await client.live_streams.stop(asset.id, start_time=1, end_time=9)
    assert caught.value.request == {"start_time": 1, "end_time": 9}
    # As the error says: the asset tells what became of it.
    assert (await client.assets.get(asset.id)).live_stream.status == "Completed"
    assert (await client.jobs.recording(asset)).video.status == "Completed"


async def test_a_live_stream_whose_answer_is_lost_is_in_the_list(sim: Any, client: Any) -> None:
    sim.faults.add("POST", "assets/live_streams/", Fault.cut())
    with pytest.raises(OutcomeUnknownError, match=r"client\.live_streams\.list\(\)"):
        await client.live_streams.create(title="Physics")
    assert [asset.title for asset in await client.live_streams.list().collect()] == ["Physics"]


async def test_pages_show_each_once_and_nothing_else(sim: Any, client: Any) -> None:
    made = [sim.add_live_stream(f"Lesson {number}") for number in range(5)]
    sim.add_asset()
    pager = client.live_streams.list(page_size=2)
    assert [asset.id async for asset in pager] == made[::-1]
    assert await pager.count() == 5
    assert [asset.id async for asset in client.live_streams.list(page_size=2, offset=3)] == made[1::-1]


async def test_a_zone_is_refused_and_its_advice_can_be_followed(sim: Any, client: Any) -> None:
    moment = dt.datetime(2030, 1, 1, 10, tzinfo=dt.UTC)
    with pytest.raises(InvalidInputError, match="astimezone"):
        await client.live_streams.create(title="A", start=moment)
    zone = dt.timezone(dt.timedelta(hours=5, minutes=30))
    asset = await client.live_streams.create(title="A", start=moment.astimezone(zone).replace(tzinfo=None))
    assert asset.live_stream.start == "2030-01-01 15:30:00"
