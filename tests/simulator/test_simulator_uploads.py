"""Announcing an upload, and what becomes of an asset whose file is uploaded."""

import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from forms import ANNOUNCED, announce, form, send, upload
from mp4_files import mp4

from tpstreams_async.simulator import Simulator, SimulatorThread, Upload

CLIP = (Path(__file__).parents[2] / "examples" / "clip.mp4").read_bytes()


async def test_an_announced_upload_in_full(api):
    folder = api.sim.add_folder("Films")
    row = await api.post(
        "assets/upload-sessions/",
        {**ANNOUNCED, "folder": folder, "content_protection_type": "drm", "generate_subtitle": True},
        status=201,
    )
    assert sorted(row) == ["asset", "client_payload", "upload_session"]
    asset_id = row["asset"]["id"]
    assert row["asset"] == {
        "id": asset_id,
        "title": "Clip",
        "bytes": None,
        "type": "video",
        "parent_id": folder,
        "video": {"status": "Not Started"},
    }
    session = row["upload_session"]
    assert sorted(session) == ["expires_at", "max_file_size_bytes", "status", "uuid"]
    assert (session["max_file_size_bytes"], session["status"]) == (5 * 2**30, "Created")
    assert re.fullmatch(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", session["uuid"])
    assert session["expires_at"].endswith("Z")
    left = datetime.fromisoformat(session["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    shown = await api.get(f"assets/{asset_id}/")
    assert shown["video"]["resolutions"] == ["240p", "480p"]
    assert (shown["video"]["content_protection_type"], shown["video"]["generate_subtitle"]) == ("drm", True)


async def test_what_an_upload_needs_in_full(api):
    asset_id, link, payload = await announce(api)
    assert link == f"{api.sim.url}/storage/simulator-uploads"
    names = ["key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"]
    assert sorted(payload) == names
    assert payload["key"] == f"private/server-uploads/{asset_id}"
    policy = json.loads(base64.b64decode(payload["policy"]))
    assert policy["conditions"] == [
        {"bucket": "simulator-uploads"},
        *({name: payload[name]} for name in ("key", "x-amz-algorithm", "x-amz-credential", "x-amz-date")),
        ["content-length-range", 1, 5 * 2**30],
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", policy["expiration"])
    assert re.fullmatch(r"[0-9a-f]{64}", payload["x-amz-signature"])


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"title": ["This field is required."], "resolutions": ["This field is required."]}),
        ({**ANNOUNCED, "title": " "}, {"title": ["This field may not be blank."]}),
        ({**ANNOUNCED, "title": None}, {"title": ["This field may not be null."]}),
        ({**ANNOUNCED, "resolutions": []}, {"resolutions": ["This list may not be empty."]}),
        ({**ANNOUNCED, "resolutions": ["4k"]}, {"resolutions": ['"4k" is not a valid choice.']}),
        ({**ANNOUNCED, "folder": "nowhere"}, {"folder": ["Folder not found."]}),
        (
            {**ANNOUNCED, "content_protection_type": "rot13", "generate_subtitle": "perhaps"},
            {
                "content_protection_type": ['"rot13" is not a valid choice.'],
                "generate_subtitle": ["Must be a valid boolean."],
            },
        ),
    ],
)
async def test_an_upload_that_cannot_be_announced(api, body, errors):
    assert await api.post("assets/upload-sessions/", body, status=400) == errors
    assert not api.sim.assets


async def test_only_the_token_may_announce(api):
    status, _ = await api.call("POST", "assets/upload-sessions/", json=ANNOUNCED, headers={})
    assert (status, len(api.sim.assets)) == (401, 0)


async def test_an_uploaded_video_goes_through_its_states(api, clock):
    asset_id = await upload(api, CLIP)
    seen = []
    for _ in range(13):
        seen.append(await api.status(asset_id))
        clock.advance(0.5)
    states = [*["Uploading"] * 2, "Queued", *["Processing"] * 3, *["Transcoding"] * 6, "Completed"]
    assert seen == states
    row = await api.get(f"assets/{asset_id}/")
    assert (row["bytes"], row["video"]["duration"]) == (len(CLIP), 7)
    assert row["video"]["inputs"] == [{"url": f"private/{asset_id}.mp4"}]


async def test_time_before_the_upload_does_not_count(api, clock):
    asset_id, link, payload = await announce(api)
    clock.advance(3000)
    assert (await send(api, link, form(payload, CLIP)))[0] == 204
    assert await api.status(asset_id) == "Uploading"
    clock.advance(5.9)
    assert await api.status(asset_id) == "Transcoding"


async def test_an_abandoned_upload_stays_not_started(api, clock):
    asset_id, _, payload = await announce(api, generate_subtitle=True)
    clock.advance(1_000_000)
    row = await api.get(f"assets/{asset_id}/")
    assert (row["video"]["status"], row["video"]["progress"], row["bytes"]) == ("Not Started", 0, None)
    assert (row["download_url"], row["video"]["duration"]) == (None, None)
    assert row["video"]["inputs"] == [{"url": payload["key"]}]
    assert await api.get(f"assets/{asset_id}/subtitles/") == []
    assert await api.post(f"assets/{asset_id}/trim/", {"start_time": 1}, status=400)
    assert api.sim.uploads == {}


@pytest.mark.parametrize("data", [b"<html>" * 100, b"x", mp4()[:12]])
async def test_a_file_that_is_no_video_ends_in_error(api, clock, data):
    asset_id = await upload(api, data)
    seen = []
    for _ in range(4):
        seen.append(await api.status(asset_id))
        clock.advance(0.7)
    assert seen == ["Uploading", "Queued", "Error", "Error"]
    assert (await api.get(f"assets/{asset_id}/"))["bytes"] is None
    assert api.sim.uploads[asset_id].size_bytes == len(data)


async def test_what_arrived_is_told(api):
    data = mp4(9_400, payload=5_000)
    asset_id = await upload(api, data)
    digest = hashlib.sha256(data).hexdigest()
    assert api.sim.uploads == {asset_id: Upload(len(data), digest, "clip.mp4", "video/mp4", 1)}


async def test_a_second_upload_replaces_the_first(api, clock):
    asset_id, link, payload = await announce(api)
    await send(api, link, form(payload, b"no video at all"))
    clock.advance(6)
    assert await api.status(asset_id) == "Error"
    await send(api, link, form(payload, CLIP))
    assert await api.status(asset_id) == "Uploading"
    assert (api.sim.uploads[asset_id].times_received, api.sim.uploads[asset_id].size_bytes) == (2, len(CLIP))
    clock.advance(6)
    await send(api, link, form(payload, mp4(3_000)))
    clock.advance(5)
    assert (await api.video(asset_id))["duration"] is None
    clock.advance(1)
    row = await api.get(f"assets/{asset_id}/")
    assert (row["video"]["status"], row["video"]["duration"], row["bytes"]) == ("Completed", 3, len(mp4(3_000)))


async def test_a_second_upload_ends_the_edits_of_the_first(api, clock):
    asset_id, link, payload = await announce(api)
    await send(api, link, form(payload, CLIP))
    clock.advance(6)
    await api.post(f"assets/{asset_id}/trim/", {"end_time": 2})
    await api.post(f"assets/{asset_id}/delete_resolutions/", {"resolutions": [240]}, status=202)
    await send(api, link, form(payload, CLIP))
    clock.advance(6)
    video = await api.video(asset_id)
    assert (video["duration"], video["resolutions"]) == (7, ["240p", "480p"])
    assert await api.post(f"assets/{asset_id}/trim/revert/", status=400)


async def test_the_file_of_a_deleted_asset_is_stored_all_the_same(api):
    asset_id, link, payload = await announce(api)
    api.sim.delete_asset(asset_id)
    assert (await send(api, link, form(payload, CLIP)))[0] == 204
    assert api.sim.uploads[asset_id].size_bytes == len(CLIP)
    assert (await api.call("GET", f"assets/{asset_id}/"))[0] == 404


async def test_an_upload_expires_on_its_day(api, clock):
    _, link, payload = await announce(api)
    clock.advance(3599)
    assert (await send(api, link, form(payload, CLIP)))[0] == 204
    clock.advance(1)
    status, _, text = await send(api, link, form(payload, CLIP))
    assert (status, "Invalid according to Policy: Policy expired." in text) == (403, True)


async def test_an_upload_expires_on_request(api):
    asset_id, link, payload = await announce(api)
    other = await announce(api)
    api.sim.expire_upload(asset_id)
    status, _, text = await send(api, link, form(payload, CLIP))
    assert (status, "Policy expired." in text, api.sim.uploads) == (403, True, {})
    assert (await send(api, other[1], form(other[2], CLIP)))[0] == 204
    with pytest.raises(KeyError):
        api.sim.expire_upload("nothere")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"upload_expires_seconds": -1}, "upload_expires_seconds must be 0 or more seconds"),
        ({"max_upload_bytes": 0}, "max_upload_bytes must be 1 or more"),
        ({"upload_status": 303}, "upload_status must be 200, 201 or 204"),
    ],
)
def test_settings_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        Simulator(**options)


class TestSettings:
    @pytest.fixture
    def options(self):
        return {
            "fetch": False,
            "upload_expires_seconds": 60,
            "max_upload_bytes": len(CLIP),
            "hash_uploads": False,
            "visible_after": 5,
        }

    async def test_they_show(self, api):
        session = (await api.post("assets/upload-sessions/", ANNOUNCED, status=201))["upload_session"]
        assert session["max_file_size_bytes"] == len(CLIP)
        assert datetime.fromisoformat(session["expires_at"]) - datetime.now(UTC) <= timedelta(minutes=1)

    async def test_they_hold(self, api, clock):
        asset_id, link, payload = await announce(api)
        assert (await api.call("GET", f"assets/{asset_id}/"))[0] == 404
        assert (await send(api, link, form(payload, CLIP)))[0] == 204
        assert (await send(api, link, form(payload, CLIP + b"x")))[0] == 400
        assert api.sim.uploads[asset_id] == Upload(len(CLIP), None, "clip.mp4", "video/mp4", 1)
        clock.advance(60)
        assert (await send(api, link, form(payload, CLIP)))[0] == 403


async def test_in_a_thread(make_api, http):
    with SimulatorThread(fetch=False, speed=1000) as sim:
        asset_id = await upload(make_api(sim, http), CLIP)
        assert sim.uploads[asset_id].size_bytes == len(CLIP)
        assert not sim.errors
