"""Live streams: creating, starting, streaming, stopping, and their recordings."""

import re

import pytest

LIVE_KEYS = {
    "rtmp_url",
    "stream_key",
    "status",
    "hls_url",
    "dash_url",
    "start",
    "transcode_recorded_video",
    "enable_drm_for_recording",
    "chat_embed_url",
    "chat_room_id",
    "chat_transcript_url",
    "resolutions",
    "enable_drm",
    "enable_llhls",
    "latency",
    "notice_message",
    "activities",
}


async def glance(api, asset_id):
    """Return what a watcher sees: the live status, whether there is a server, and the status of the recording."""
    row = await api.get(f"assets/{asset_id}/")
    live, video = row["live_stream"], row["video"]
    assert bool(live["rtmp_url"]) == (live["stream_key"] is not None)
    return live["status"], bool(live["rtmp_url"]), None if video is None else video["status"]


async def test_a_new_one_has_every_key_and_nothing_to_stream_to(api):
    body = {"title": " Physics ", "enable_drm_for_recording": True, "latency": "Low Latency"}
    row = await api.post("assets/live_streams/", body, status=201)
    live = row["live_stream"]
    assert (row["title"], row["type"], row["video"], row["bytes"]) == ("Physics", "livestream", None, None)
    assert set(live) == LIVE_KEYS
    assert (live["status"], live["rtmp_url"], live["stream_key"]) == ("Not Started", "", None)
    assert (live["enable_drm_for_recording"], live["latency"], live["activities"]) == (True, "Low Latency", [])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", live["start"])


async def test_a_scheduled_one_keeps_its_start(api):
    row = await api.post("assets/live_streams/", {"title": "x", "start": "2031-02-03 04:05:06"}, status=201)
    live = row["live_stream"]
    assert (live["start"], live["latency"]) == ("2031-02-03 04:05:06", "Normal Latency")
    assert live["enable_drm_for_recording"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": " "}, "title"),
        ({"title": None}, "title"),
        ({"title": "x", "start": "tomorrow"}, "start"),
        ({"title": "x", "start": "2031-02-30 04:05:06"}, "start"),
        ({"title": "x", "start": "2031-2-3 04:05:06"}, "start"),
        ({"title": "x", "start": "2031-02-03T04:05:06Z"}, "start"),
        ({"title": "x", "start": ""}, "start"),
        ({"title": "x", "latency": "low latency"}, "latency"),
        ({"title": "x", "enable_drm_for_recording": "perhaps"}, "enable_drm_for_recording"),
    ],
)
async def test_wrong_fields_are_refused(api, body, field):
    assert list(await api.post("assets/live_streams/", body, status=400)) == [field]
    assert len(api.sim.assets) == 0


async def test_an_instant_one_starts_its_server_itself(api, clock):
    asset_id = (await api.post("assets/live_streams/", {"title": "x"}, status=201))["id"]
    clock.advance(24.9)
    assert await glance(api, asset_id) == ("Not Started", False, None)
    clock.advance(0.1)
    assert await glance(api, asset_id) == ("Not Started", True, None)


async def test_a_scheduled_one_waits_to_be_started(api, clock):
    asset_id = api.sim.add_live_stream(start="2031-02-03 04:05:06")
    clock.advance(1000)
    assert await glance(api, asset_id) == ("Not Started", False, None)
    row = await api.post(f"assets/{asset_id}/start_server/")
    assert (row["id"], row["live_stream"]["status"], row["live_stream"]["rtmp_url"]) == (asset_id, "Not Started", "")
    clock.advance(20)
    await api.post(f"assets/{asset_id}/start_server/")
    clock.advance(5)
    assert await glance(api, asset_id) == ("Not Started", True, None), "asking again is no new start"


async def test_no_two_have_the_same_key(api, clock):
    ids = [api.sim.add_live_stream() for _ in range(50)]
    clock.advance(25)
    keys = {api.sim.assets[i]["live_stream"]["stream_key"] for i in ids}
    assert len(keys) == 50
    key = api.sim.assets[ids[0]]["live_stream"]["stream_key"]
    assert (await api.get(f"assets/{ids[0]}/"))["live_stream"]["stream_key"] == key


async def test_its_whole_life(api, clock):
    asset_id = api.sim.add_live_stream("Class")
    seen = [await glance(api, asset_id)]
    clock.advance(25)
    seen.append(await glance(api, asset_id))
    api.sim.begin_streaming(asset_id)
    seen.append(await glance(api, asset_id))
    clock.advance(120)
    api.sim.disconnect(asset_id)
    seen.append(await glance(api, asset_id))
    clock.advance(10)
    stopped = await api.post(f"assets/{asset_id}/stop_live_stream/")
    assert stopped == {"message": "Live stream stopped successfully", "trim_scheduled": False}
    seen.append(await glance(api, asset_id))
    clock.advance(5.9)
    seen.append(await glance(api, asset_id))
    clock.advance(0.1)
    seen.append(await glance(api, asset_id))
    assert seen == [
        ("Not Started", False, None),
        ("Not Started", True, None),
        ("Streaming", True, None),
        ("Disconnected", True, None),
        ("Completed", True, "Transcoding"),
        ("Completed", True, "Transcoding"),
        ("Completed", True, "Completed"),
    ]
    row = await api.get(f"assets/{asset_id}/")
    assert (row["type"], row["video"]["duration"], row["bytes"]) == ("livestream", 130, 130 * 125_000)
    assert row["download_url"]
    activities = row["live_stream"]["activities"]
    assert [a["status"] for a in activities] == ["On Publish", "On Publish Done", "Stopped"]
    assert all(re.fullmatch(r"[A-Z][a-z]+ \d\d, \d{4}, \d\d:\d\d [AP]M", a["timestamp"]) for a in activities)


async def test_an_encoder_may_come_back(api, clock):
    asset_id = api.sim.add_live_stream()
    for _ in range(2):
        api.sim.begin_streaming(asset_id)
        assert await glance(api, asset_id) == ("Streaming", True, None), "streaming takes a server"
        api.sim.disconnect(asset_id)
        assert await glance(api, asset_id) == ("Disconnected", True, None)
    api.sim.begin_streaming(asset_id)
    api.sim.end_broadcast(asset_id)
    events = [a["status"] for a in api.sim.assets[asset_id]["live_stream"]["activities"]]
    assert events == ["On Publish", "On Publish Done"] * 3 + ["Stopped"]


async def test_a_broadcast_that_never_began_has_no_recording(api, clock):
    asset_id = api.sim.add_live_stream()
    clock.advance(10)
    body = {"start_time": 1, "end_time": 2}
    assert (await api.post(f"assets/{asset_id}/stop_live_stream/", body))["trim_scheduled"] is False
    clock.advance(100)
    assert await glance(api, asset_id) == ("Completed", False, None)


async def test_drm_is_that_of_the_recording(api):
    for wanted in (True, False):
        asset_id = api.sim.add_live_stream(enable_drm_for_recording=wanted)
        api.sim.begin_streaming(asset_id)
        api.sim.end_broadcast(asset_id)
        assert (await api.video(asset_id))["enable_drm"] is wanted


class TestStopping:
    async def stop(self, api, clock, body, status=200):
        """Stop a broadcast after a hundred seconds; return the answer and the id."""
        asset_id = api.sim.add_live_stream()
        api.sim.begin_streaming(asset_id)
        clock.advance(100)
        return await api.post(f"assets/{asset_id}/stop_live_stream/", body, status=status), asset_id

    async def test_the_recording_may_be_trimmed_later(self, api, clock):
        answer, asset_id = await self.stop(api, clock, {"start_time": 30, "end_time": 90})
        assert answer["trim_scheduled"] is True
        clock.advance(6)
        video = await api.video(asset_id)
        assert (video["status"], video["duration"]) == ("Completed", 100)
        clock.advance(2)
        assert await api.status(asset_id) == "Transcoding"
        clock.advance(2)
        video = await api.video(asset_id)
        assert (video["status"], video["duration"]) == ("Completed", 60)
        job = await api.get(f"assets/{asset_id}/trim/status/")
        assert (job["start_time"], job["end_time"], job["status_display"]) == (30, 90, "Completed")

    async def test_it_takes_seconds_of_the_epoch_too(self, api, clock):
        began = api.sim._service.calendar.epoch_seconds(0)
        answer, asset_id = await self.stop(api, clock, {"start_time": began + 10, "end_time": began + 30})
        assert answer["trim_scheduled"] is True
        clock.advance(10)
        assert (await api.video(asset_id))["duration"] == 20

    async def test_a_part_outside_of_the_broadcast_is_no_part(self, api, clock):
        answer, asset_id = await self.stop(api, clock, {"start_time": 200, "end_time": 300})
        assert answer["trim_scheduled"] is False
        clock.advance(20)
        assert (await api.video(asset_id))["duration"] == 100

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"start_time": 1}, "end_time"),
            ({"end_time": 1}, "start_time"),
            ({"start_time": -1, "end_time": 5}, "start_time"),
            ({"start_time": 5, "end_time": 5}, "end_time"),
            ({"start_time": 1.5, "end_time": 5}, "start_time"),
            ({"start_time": 1, "end_time": True}, "end_time"),
            ({"start_time": 30, "end_time": 1_900_000_000}, "non_field_errors"),
        ],
    )
    async def test_wrong_times_are_refused(self, api, clock, body, field):
        answer, asset_id = await self.stop(api, clock, body, 400)
        assert field in answer
        assert await glance(api, asset_id) == ("Streaming", True, None)

    async def test_what_has_ended_stays_ended(self, api):
        asset_id = api.sim.add_live_stream()
        api.sim.end_broadcast(asset_id)
        for act in ("stop_live_stream", "start_server"):
            assert "ended" in (await api.post(f"assets/{asset_id}/{act}/", status=400))["detail"]
        for control in (api.sim.begin_streaming, api.sim.disconnect, api.sim.end_broadcast):
            with pytest.raises(ValueError, match="ended"):
                control(asset_id)

    async def test_only_live_streams_can_be_stopped(self, api):
        for asset_id in (api.sim.add_asset(), api.sim.add_folder("F")):
            for act in ("stop_live_stream", "start_server"):
                assert (await api.call("POST", f"assets/{asset_id}/{act}/"))[0] == 400
            for control in (api.sim.begin_streaming, api.sim.disconnect, api.sim.end_broadcast):
                with pytest.raises(KeyError):
                    control(asset_id)
        assert (await api.call("POST", "assets/nowhere/stop_live_stream/"))[0] == 404


async def test_a_live_status_set_by_hand_stays(api, clock):
    asset_id = api.sim.add_live_stream()
    api.sim.set_live_status(asset_id, "Napping")
    clock.advance(100)
    assert await glance(api, asset_id) == ("Napping", True, None)
    api.sim.set_live_status(asset_id, None)
    assert await glance(api, asset_id) == ("Not Started", True, None)


async def test_set_status_is_about_the_recording(api, clock):
    asset_id = api.sim.add_live_stream()
    api.sim.begin_streaming(asset_id)
    with pytest.raises(KeyError, match="no recording"):
        api.sim.set_status(asset_id, "Error")
    api.sim.end_broadcast(asset_id)
    api.sim.set_status(asset_id, "Error")
    clock.advance(100)
    assert await glance(api, asset_id) == ("Completed", True, "Error")


async def test_nobody_disconnects_who_never_connected(api):
    with pytest.raises(ValueError, match="nobody streams"):
        api.sim.disconnect(api.sim.add_live_stream())


async def test_controls_check_what_they_are_given(api):
    with pytest.raises(ValueError, match="start"):
        api.sim.add_live_stream(start="soon")
    with pytest.raises(ValueError, match="latency"):
        api.sim.add_live_stream(latency="None")
    with pytest.raises(KeyError):
        api.sim.add_live_stream(parent="nowhere")


async def test_they_are_listed_by_themselves_and_among_all(api):
    folder = api.sim.add_folder("F")
    first, video, second = api.sim.add_live_stream(parent=folder), api.sim.add_asset(), api.sim.add_live_stream()

    async def ids(suffix):
        return [row["id"] for row in (await api.get(suffix))["results"]]

    assert await ids("assets/live_streams/") == [second, first]
    assert await ids("assets/live_streams/?limit=1&offset=1") == [first]
    assert await ids("assets/") == [second, video, first, folder]
    assert await ids(f"assets/?parent={folder}") == [first]
    assert [row["uuid"] for row in (await api.get("assets/folders/"))["results"]] == [folder]
    row = (await api.get("assets/"))["results"][0]
    assert (row["type"], set(row["live_stream"])) == ("livestream", LIVE_KEYS)


async def test_they_are_moved_and_deleted_like_any_asset(api):
    folder, asset_id = api.sim.add_folder("F"), api.sim.add_live_stream()
    await api.post(f"assets/{asset_id}/move/", {"parent": folder})
    assert (await api.get(f"assets/{asset_id}/"))["parent_id"] == folder
    assert list(await api.post(f"assets/{folder}/move/", {"parent": asset_id}, status=400)) == ["parent"]
    assert (await api.call("DELETE", f"assets/{asset_id}/"))[0] == 204
    assert (await api.get("assets/live_streams/"))["count"] == 0
    assert (await api.call("POST", f"assets/{asset_id}/start_server/"))[0] == 404


class TestSettings:
    @pytest.fixture
    def options(self):
        return {"fetch": False, "server_seconds": 0, "recording_seconds": 0, "visible_after": 3.0}

    async def test_everything_may_come_at_once(self, api, clock):
        asset_id = api.sim.add_live_stream()
        assert await glance(api, asset_id) == ("Not Started", True, None)
        api.sim.begin_streaming(asset_id)
        api.sim.end_broadcast(asset_id)
        assert await glance(api, asset_id) == ("Completed", True, "Completed")

    async def test_a_created_one_is_not_found_for_a_while(self, api, clock):
        asset_id = (await api.post("assets/live_streams/", {"title": "x"}, status=201))["id"]
        assert (await api.call("GET", f"assets/{asset_id}/"))[0] == 404
        assert (await api.get("assets/live_streams/"))["count"] == 0
        clock.advance(3)
        assert (await api.get("assets/live_streams/"))["count"] == 1
