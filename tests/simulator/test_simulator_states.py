"""What the clock does to videos, trims and subtitles."""

import io
import re

import aiohttp
import pytest

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"


async def watch(api, clock, asset_id, seconds, step=0.5):
    """Return what the video shows, each change once, while the clock goes forward."""
    seen = [await api.status(asset_id)]
    for _ in range(round(seconds / step)):
        clock.advance(step)
        status = await api.status(asset_id)
        if status != seen[-1]:
            seen.append(status)
    return seen


async def test_a_video_goes_through_its_states(api, clock):
    asset_id = (await api.create())["id"]
    seen = await watch(api, clock, asset_id, 6)
    assert seen == ["Not Started", "Queued", "Processing", "Transcoding", "Completed"]


async def test_it_is_completed_at_the_moment_it_should_be(api, clock):
    asset_id = (await api.create())["id"]
    clock.advance(5.999)
    assert await api.status(asset_id) == "Transcoding"
    clock.advance(0.002)
    row = await api.get(f"assets/{asset_id}/")
    assert row["video"]["status"] == "Completed"
    assert row["video"]["duration"] > 0
    assert row["bytes"] > 0
    assert row["video"]["cover_thumbnail_url"] in row["video"]["thumbnails"]
    assert [t["type"] for t in row["video"]["tracks"]] == ["Playlist", "Preview Thumbnail"]
    assert row["download_url"]


async def test_bytes_and_the_private_address_come_with_the_file(api, clock):
    asset_id = (await api.create())["id"]
    clock.advance(2.9)
    row = await api.get(f"assets/{asset_id}/")
    assert (row["bytes"], row["download_url"]) == (None, None)
    assert row["video"]["inputs"] == [{"url": "https://origin.example/clip.mp4"}]
    clock.advance(0.2)
    row = await api.get(f"assets/{asset_id}/")
    assert row["bytes"] > 0
    assert row["video"]["duration"] is None
    assert row["video"]["inputs"] == [{"url": f"private/{asset_id}.mp4"}]


async def test_progress_only_grows(api, clock):
    asset_id = (await api.create())["id"]
    seen = []
    for _ in range(49):
        seen.append((await api.video(asset_id))["progress"])
        clock.advance(0.125)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 100)
    assert len(set(seen)) > 20


async def test_a_status_set_by_hand_stays(api, clock):
    asset_id = (await api.create())["id"]
    api.sim.set_status(asset_id, "On Holiday")
    assert await watch(api, clock, asset_id, 10) == ["On Holiday"]
    api.sim.set_status(asset_id, None)
    assert await api.status(asset_id) == "Completed"


async def test_an_added_asset_may_have_any_status(api):
    assert await api.status(api.sim.add_asset(status="Error")) == "Error"
    assert await api.status(api.sim.add_asset()) == "Completed"


class TestTrim:
    async def test_it_starts_pending_and_ends_completed(self, api, clock):
        asset_id = api.sim.add_asset(duration=60)
        start = await api.post(f"assets/{asset_id}/trim/", {"start_time": 10, "end_time": 40.5})
        assert start == {
            "message": "Video trim job started successfully",
            "trim_job_id": start["trim_job_id"],
            "status": "Pending",
        }
        seen = []
        for _ in range(5):
            job = await api.get(f"assets/{asset_id}/trim/status/")
            assert (job["id"], job["start_time"], job["end_time"]) == (start["trim_job_id"], 10, 40.5)
            video = await api.video(asset_id)
            seen.append((job["status"], job["status_display"], video["status"], video["duration"]))
            clock.advance(1)
        assert seen == [
            (1, "Pending", "Completed", 60),
            (2, "Processing", "Transcoding", 60),
            (2, "Processing", "Transcoding", 60),
            (2, "Processing", "Transcoding", 60),
            (3, "Completed", "Completed", 30),
        ]

    async def test_the_times_of_a_job_are_indian(self, api, clock):
        asset_id = api.sim.add_asset()
        await api.post(f"assets/{asset_id}/trim/", {"end_time": 5})
        first = await api.get(f"assets/{asset_id}/trim/status/")
        clock.advance(10)
        later = await api.get(f"assets/{asset_id}/trim/status/")
        pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+05:30"
        assert re.fullmatch(pattern, first["created"])
        assert re.fullmatch(pattern, later["modified"])
        assert first["created"] == later["created"] < later["modified"]
        assert re.fullmatch("[0-9a-f-]{36}", first["background_task_id"])

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "non_field_errors"),
            ({"start_time": -1}, "start_time"),
            ({"start_time": 60}, "start_time"),
            ({"end_time": 61}, "end_time"),
            ({"start_time": 20, "end_time": 20}, "end_time"),
            ({"start_time": 20, "end_time": 10}, "end_time"),
            ({"start_time": "soon"}, "start_time"),
            ({"start_time": True}, "start_time"),
            ({"end_time": [1]}, "end_time"),
            ({"end_time": "nan"}, "end_time"),
        ],
    )
    async def test_wrong_times_are_refused(self, api, body, field):
        asset_id = api.sim.add_asset(duration=60)
        assert list(await api.post(f"assets/{asset_id}/trim/", body, status=400)) == [field]
        assert (await api.call("GET", f"assets/{asset_id}/trim/status/"))[0] == 404

    @pytest.mark.parametrize(("body", "left"), [({"start_time": 15}, 45), ({"end_time": 15}, 15)])
    async def test_one_end_is_enough(self, api, clock, body, left):
        asset_id = api.sim.add_asset(duration=60)
        await api.post(f"assets/{asset_id}/trim/", body)
        clock.advance(4)
        assert (await api.video(asset_id))["duration"] == left

    async def test_it_needs_a_completed_video(self, api):
        asset_id = (await api.create())["id"]
        assert "Completed" in (await api.post(f"assets/{asset_id}/trim/", {"end_time": 1}, status=400))["detail"]

    async def test_a_newer_one_replaces_it(self, api, clock):
        asset_id = api.sim.add_asset(duration=60)
        first = (await api.post(f"assets/{asset_id}/trim/", {"end_time": 30}))["trim_job_id"]
        clock.advance(3)
        second = (await api.post(f"assets/{asset_id}/trim/", {"end_time": 20}))["trim_job_id"]
        assert second > first
        assert (await api.get(f"assets/{asset_id}/trim/status/"))["id"] == second
        clock.advance(2)
        assert (await api.video(asset_id))["duration"] == 60
        clock.advance(2)
        assert (await api.video(asset_id))["duration"] == 20

    async def test_it_may_fail(self, api, clock):
        asset_id = api.sim.add_asset(duration=60)
        await api.post(f"assets/{asset_id}/trim/", {"end_time": 30})
        api.sim.set_trim_status(asset_id, "Failed")
        clock.advance(10)
        job = await api.get(f"assets/{asset_id}/trim/status/")
        assert (job["status"], job["status_display"]) == (4, "Failed")
        video = await api.video(asset_id)
        assert (video["status"], video["duration"]) == ("Completed", 60)

    async def test_it_may_hang_in_a_state_that_nobody_knows(self, api, clock):
        asset_id = api.sim.add_asset(duration=60)
        await api.post(f"assets/{asset_id}/trim/", {"end_time": 30})
        api.sim.set_trim_status(asset_id, "Pondering")
        clock.advance(10)
        job = await api.get(f"assets/{asset_id}/trim/status/")
        assert (job["status"], job["status_display"]) == (0, "Pondering")
        assert (await api.video(asset_id))["duration"] == 60
        api.sim.set_trim_status(asset_id, None)
        assert (await api.video(asset_id))["duration"] == 30

    async def test_its_status_may_lag_behind(self, api, clock):
        asset_id = api.sim.add_asset()
        api.sim.stale_trim_status(asset_id, 2)
        job_id = (await api.post(f"assets/{asset_id}/trim/", {"end_time": 30}))["trim_job_id"]
        stale = await api.get(f"assets/{asset_id}/trim/status/")
        assert stale["id"] < job_id
        assert stale["status_display"] == "Completed"
        clock.advance(2)
        assert (await api.get(f"assets/{asset_id}/trim/status/"))["id"] == job_id

    async def test_its_status_may_lag_for_ever(self, api, clock):
        asset_id = api.sim.add_asset()
        first = (await api.post(f"assets/{asset_id}/trim/", {"end_time": 30}))["trim_job_id"]
        await api.post(f"assets/{asset_id}/trim/", {"end_time": 20})
        api.sim.stale_trim_status(asset_id)
        clock.advance(1e6)
        assert (await api.get(f"assets/{asset_id}/trim/status/"))["id"] == first
        api.sim.stale_trim_status(asset_id, 0)
        assert (await api.get(f"assets/{asset_id}/trim/status/"))["id"] > first

    async def test_revert_brings_the_whole_video_back(self, api, clock):
        asset_id = api.sim.add_asset(duration=60)
        await api.post(f"assets/{asset_id}/trim/", {"end_time": 30})
        clock.advance(4)
        answer = await api.post(f"assets/{asset_id}/trim/revert/")
        assert answer["message"] == "Video revert job started successfully"
        assert re.fullmatch("[0-9a-f-]{36}", answer["task_id"])
        assert await watch(api, clock, asset_id, 1.5) == ["Completed", "Transcoding"]
        assert (await api.video(asset_id))["duration"] == 30
        clock.advance(0.5)
        video = await api.video(asset_id)
        assert (video["status"], video["duration"]) == ("Completed", 60)
        assert "not been trimmed" in (await api.post(f"assets/{asset_id}/trim/revert/", status=400))["detail"]

    async def test_revert_wants_a_trim(self, api):
        asset_id = api.sim.add_asset()
        assert await api.post(f"assets/{asset_id}/trim/revert/", status=400)


class TestQuietSwitches:
    @pytest.fixture
    def options(self):
        return {"fetch": False, "moving_progress": False, "busy_while_trimming": False}

    async def test_progress_stays_0(self, api, clock):
        asset_id = (await api.create())["id"]
        clock.advance(10)
        video = await api.video(asset_id)
        assert (video["status"], video["progress"]) == ("Completed", 0)

    async def test_a_trimmed_video_stays_completed(self, api, clock):
        asset_id = api.sim.add_asset()
        await api.post(f"assets/{asset_id}/trim/", {"end_time": 30})
        assert await watch(api, clock, asset_id, 5) == ["Completed"]


class TestSubtitles:
    async def test_a_generated_one_appears(self, api, clock):
        asset_id = api.sim.add_asset()
        row = await api.post(f"assets/{asset_id}/generate_subtitle/", status=201)
        assert row["id"] == asset_id
        assert "parent" not in row
        assert await api.get(f"assets/{asset_id}/subtitles/") == []
        clock.advance(3.9)
        assert await api.get(f"assets/{asset_id}/subtitles/") == []
        clock.advance(0.1)
        (track,) = await api.get(f"assets/{asset_id}/subtitles/")
        assert set(track) == {"id", "type", "name", "url", "bytes", "subtitle_type"}
        assert (track["type"], track["subtitle_type"]) == ("Subtitle", "Auto Generated")
        last = (await api.video(asset_id))["tracks"][-1]
        assert (last["id"], last["language"]) == (track["id"], "en")

    async def test_only_one_is_generated(self, api, clock):
        asset_id = api.sim.add_asset()
        await api.post(f"assets/{asset_id}/generate_subtitle/", status=201)
        assert await api.post(f"assets/{asset_id}/generate_subtitle/", status=400)
        clock.advance(10)
        assert await api.post(f"assets/{asset_id}/generate_subtitle/", status=400)

    async def test_it_needs_a_completed_video(self, api):
        asset_id = (await api.create())["id"]
        assert "Completed" in (await api.post(f"assets/{asset_id}/generate_subtitle/", status=400))["detail"]

    async def test_a_video_may_ask_for_it_when_it_is_created(self, api, clock):
        asset_id = (await api.create(generate_subtitle=True))["id"]
        clock.advance(9.9)
        assert await api.get(f"assets/{asset_id}/subtitles/") == []
        clock.advance(0.2)
        assert len(await api.get(f"assets/{asset_id}/subtitles/")) == 1

    async def test_an_uploaded_one_is_there_at_once(self, api):
        asset_id = api.sim.add_asset()
        form = {"name": "Français", "language": "fr"}
        status, body = await upload(api, f"assets/{asset_id}/upload_subtitle/", "subtitle", "s.vtt", VTT, form)
        assert (status, body) == (200, {"detail": "Subtitle uploaded successfully"})
        (track,) = await api.get(f"assets/{asset_id}/subtitles/")
        assert (track["name"], track["bytes"], track["subtitle_type"]) == ("Français", len(VTT), "Uploaded")

    async def test_it_takes_its_name_from_the_file(self, api):
        asset_id = api.sim.add_asset()
        await upload(api, f"assets/{asset_id}/upload_subtitle/", "subtitle", "s.vtt", b"\xef\xbb\xbfWEBVTT")
        assert [t["name"] for t in await api.get(f"assets/{asset_id}/subtitles/")] == ["s.vtt"]

    @pytest.mark.parametrize("data", [b"", b"1\n00:00 --> 00:01\nx", b"WEBVTTX", b"WEBVTT \xff"])
    async def test_it_must_be_webvtt(self, api, data):
        asset_id = api.sim.add_asset()
        status, body = await upload(api, f"assets/{asset_id}/upload_subtitle/", "subtitle", "s.vtt", data)
        assert (status, list(body)) == (400, ["subtitle"])

    async def test_it_must_be_a_file_in_a_form(self, api):
        suffix = f"assets/{api.sim.add_asset()}/upload_subtitle/"
        assert (await upload(api, suffix, "other", "s.vtt", VTT))[1] == {"subtitle": ["No file was submitted."]}
        data = b'--b\r\nContent-Disposition: form-data; name="subtitle"\r\n\r\nWEBVTT\r\n--b--\r\n'
        headers = {**api.headers, "Content-Type": "multipart/form-data; boundary=b"}
        status, body = await api.call("POST", suffix, data=data, headers=headers)
        assert (status, list(body)) == (400, ["subtitle"])
        assert (await api.call("POST", suffix, json={}))[0] == 415

    @pytest.mark.parametrize(
        ("content_type", "data"),
        [
            ("multipart/form-data", b"--b--\r\n"),
            ("multipart/form-data; boundary=b", b""),
            ("multipart/form-data; boundary=b", b"--b\r\nno end"),
            ("multipart/form-data; boundary=b", b"--b\r\nno headers--b--"),
            ("multipart/form-data; boundary=b", b"--b\r\nno headers\r\n--b--\r\n"),
        ],
    )
    async def test_a_broken_form_is_refused(self, api, content_type, data):
        suffix = f"assets/{api.sim.add_asset()}/upload_subtitle/"
        headers = {**api.headers, "Content-Type": content_type}
        status, body = await api.call("POST", suffix, data=data, headers=headers)
        assert status == 400
        assert body["detail"].startswith("Multipart form parse error")


class TestThumbnail:
    @pytest.mark.parametrize(("data", "end"), [(PNG, ".png"), (JPEG, ".jpg")])
    async def test_it_becomes_the_cover(self, api, data, end):
        asset_id = api.sim.add_asset()
        before = (await api.video(asset_id))["cover_thumbnail_url"]
        status, body = await upload(api, f"assets/{asset_id}/upload_thumbnail/", "thumbnail", "t.gif", data)
        assert (status, body) == (200, {"detail": "Thumbnail uploaded successfully"})
        after = (await api.video(asset_id))["cover_thumbnail_url"]
        assert after != before
        assert after.endswith(end)

    @pytest.mark.parametrize("data", [b"GIF89a", b"", PNG[:4], PNG + bytes(2 * 2**20)])
    async def test_it_must_be_a_small_picture(self, api, data):
        asset_id = api.sim.add_asset()
        status, body = await upload(api, f"assets/{asset_id}/upload_thumbnail/", "thumbnail", "t.png", data)
        assert (status, list(body)) == (400, ["thumbnail"])

    async def test_it_may_be_just_under_2_mb(self, api):
        data = PNG + bytes(2 * 2**20 - len(PNG) - 1)
        suffix = f"assets/{api.sim.add_asset()}/upload_thumbnail/"
        assert (await upload(api, suffix, "thumbnail", "t.png", data))[0] == 200


async def upload(api, suffix, field, filename, data, values=None):
    form = aiohttp.FormData()
    for name, value in (values or {}).items():
        form.add_field(name, value)
    form.add_field(field, io.BytesIO(data), filename=filename, content_type="application/octet-stream")
    return await api.call("POST", suffix, data=form)
