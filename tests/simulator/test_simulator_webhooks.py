"""What is told to whoever registered for it, on a clock that is moved by hand."""

import asyncio
import json

import pytest
from aiohttp import web
from forms import announce, form, send
from mp4_files import mp4
from receivers import Receiver

LIFE = ["Not Started", "Queued", "Processing", "Transcoding", "Completed"]


async def test_the_life_of_a_video_is_told(api, clock, receiver, webhook):
    asset_id = (await api.create(content_protection_type="drm"))["id"]
    await api.sim.deliver_webhooks()
    assert receiver.statuses == ["Not Started"]
    clock.advance(1000)
    sent = await api.sim.deliver_webhooks()
    assert receiver.statuses == LIFE
    headers, body = receiver.requests[-1]
    assert (headers["x-streams-token"], headers["Content-Type"]) == ("s3cret", "application/json")
    assert json.loads(body) == json.loads(json.dumps(api.sim.delivery(asset_id)))
    assert [d.noticed_at for d in sent] == pytest.approx([0.6, 1.2, 3, 6], abs=1e-5)
    assert [(d.subject_id, d.webhook_id, d.url, d.outcome, d.status) for d in sent] == [
        (asset_id, webhook, receiver.url, "sent", 200)
    ] * 4
    assert [d.number for d in api.sim.webhook_deliveries] == [1, 2, 3, 4, 5]
    assert sent[-1].json() == json.loads(body)
    assert await api.sim.deliver_webhooks() == []


async def test_each_body_is_that_of_its_moment(api, clock, receiver, webhook):
    await api.create()
    clock.advance(1000)
    await api.sim.deliver_webhooks()
    assert [body["video"]["duration"] is None for body in receiver.bodies] == [True] * 4 + [False]
    assert [body["video"]["progress"] for body in receiver.bodies] == [0, 10, 20, 50, 100]


@pytest.mark.parametrize("step", [0.1, 0.25, 0.6, 1.2, 3.0])
async def test_steps_of_the_clock_make_no_difference(api, clock, receiver, webhook, step):
    asset_id = (await api.create())["id"]
    shown = []
    for _ in range(int(8 / step) + 1):
        shown.append(await api.status(asset_id))
        await api.sim.deliver_webhooks()
        assert receiver.statuses[-1] == shown[-1]
        clock.advance(step)
    assert receiver.statuses == LIFE


async def test_what_was_there_before_is_told_only_when_it_changes(api, clock, receiver):
    first = api.sim.add_asset("done")
    running = (await api.create())["id"]
    clock.advance(2)
    api.sim.add_webhook(receiver.url)
    await api.sim.deliver_webhooks()
    assert receiver.requests == []
    clock.advance(2)
    api.sim.set_status(first, "Error")
    await api.sim.deliver_webhooks()
    told = {(body["id"], body["video"]["status"]) for body in receiver.bodies}
    assert told == {(running, "Transcoding"), (first, "Error")}


async def test_what_is_done_by_hand_is_told_one_by_one(api, clock, receiver, webhook):
    asset_id = api.sim.add_asset()
    for status in ("Transcoding", "Transcoding", "Error", None):
        api.sim.set_status(asset_id, status)
    clock.advance(5)
    await api.sim.deliver_webhooks()
    assert receiver.statuses == ["Completed", "Transcoding", "Error", "Completed"]
    assert {d.noticed_at for d in api.sim.webhook_deliveries} == {0.0}


async def test_folders_and_whatever_else_is_no_state_are_not_told(api, receiver, webhook):
    folder = (await api.post("assets/folders/", {"title": "a"}, status=201))["uuid"]
    asset_id = api.sim.add_asset()
    await api.sim.deliver_webhooks()
    await api.post(f"assets/{asset_id}/move/", {"parent": folder})
    await api.post(f"assets/{asset_id}/generate_subtitle/", status=201)
    assert (await api.call("DELETE", f"assets/{folder}/"))[0] == 204
    await api.sim.deliver_webhooks()
    assert receiver.statuses == ["Completed"]


async def test_what_is_deleted_tells_nothing_more(api, clock, receiver, webhook):
    asset_id = (await api.create())["id"]
    other = (await api.create())["id"]
    await api.sim.deliver_webhooks()
    assert (await api.call("DELETE", f"assets/{asset_id}/"))[0] == 204
    api.sim.delete_asset(other)
    clock.advance(100)
    assert await api.sim.deliver_webhooks() == []


async def test_a_trim_and_its_revert_are_told(api, clock, receiver, webhook):
    asset_id = api.sim.add_asset(duration=60)
    await api.post(f"assets/{asset_id}/trim/", {"end_time": 30})
    clock.advance(10)
    assert (await api.video(asset_id))["duration"] == 30
    await api.post(f"assets/{asset_id}/trim/revert/")
    clock.advance(10)
    assert api.sim.assets[asset_id]["video"]["duration"] == 60
    await api.sim.deliver_webhooks()
    assert receiver.statuses == ["Completed", "Transcoding", "Completed", "Transcoding", "Completed"]
    assert [body["video"]["duration"] for body in receiver.bodies] == [60, 60, 30, 30, 60]


async def test_deletions_of_resolutions_are_told_in_their_own_shape(api, clock, receiver, webhook):
    asset_id = api.sim.add_asset(resolutions=["240p", "480p", "720p"])
    for wanted in ([240], [480]):
        await api.post(f"assets/{asset_id}/delete_resolutions/", {"resolutions": wanted}, status=202)
    clock.advance(3)
    await api.sim.deliver_webhooks()
    assert receiver.statuses == ["Completed", [240], [480]]
    assert receiver.bodies[-1] == api.sim.resolutions_delivery(asset_id)


async def test_the_life_of_a_live_stream_is_told(api, clock, receiver, webhook):
    asset_id = (await api.post("assets/live_streams/", {"title": "Live"}, status=201))["id"]
    clock.advance(30)
    api.sim.begin_streaming(asset_id)
    clock.advance(30)
    api.sim.disconnect(asset_id)
    api.sim.begin_streaming(asset_id)
    clock.advance(30)
    await api.post(f"assets/{asset_id}/stop_live_stream/")
    clock.advance(30)
    await api.sim.deliver_webhooks()
    assert receiver.statuses == [
        ("Not Started", None),
        ("Not Started", None),
        ("Streaming", None),
        ("Disconnected", None),
        ("Streaming", None),
        ("Completed", "Transcoding"),
        ("Completed", "Completed"),
    ]
    assert [bool(body["live_stream"]["stream_key"]) for body in receiver.bodies] == [False] + [True] * 6
    moments = [d.noticed_at for d in api.sim.webhook_deliveries]
    assert moments == pytest.approx([0, 25, 30, 60, 60, 90, 96], abs=1e-5)


async def test_the_life_of_an_upload_is_told(api, clock, receiver, webhook):
    _, link, payload = await announce(api)
    clock.advance(50)
    await send(api, link, form(payload, mp4()))
    clock.advance(50)
    await send(api, link, form(payload, b"no video"))
    clock.advance(50)
    await api.sim.deliver_webhooks()
    uploaded = ["Uploading", "Queued", "Processing", "Transcoding", "Completed"]
    assert receiver.statuses == ["Not Started", *uploaded, "Uploading", "Queued", "Error"]


class TestDownloads:
    @pytest.fixture
    def options(self):
        return {"fetch": True}

    async def test_a_download_that_fails_is_told_too(self, api, clock, receiver, webhook, unused_tcp_port):
        await api.create(inputs=[{"url": f"http://127.0.0.1:{unused_tcp_port}/"}])
        await api.sim.settled()
        clock.advance(100)
        await api.sim.deliver_webhooks()
        assert receiver.statuses == ["Not Started", "Queued", "Error"]

    async def test_what_was_before_a_download_ended_is_told_as_it_was(self, api, clock, receiver, webhook):
        gate = asyncio.Event()

        async def late():
            await gate.wait()
            return web.Response(status=404)

        async with Receiver(late) as origin:
            await api.create(inputs=[{"url": origin.url}])
            clock.advance(2)
            gate.set()
            await api.sim.settled()
        clock.advance(2)
        await api.sim.deliver_webhooks()
        assert receiver.statuses == ["Not Started", "Queued", "Processing", "Error"]


async def test_anything_else_can_be_told(api, clock, receiver, webhook):
    class Job:
        id = "5KQfnXCg8Qh"

        def state(self, now):
            return "Completed" if now >= 4 else "Queued"

        def moments(self):
            return [4.0]

        def rows(self, before, now):
            return [{"id": self.id, "status": self.state(now), "before": before}]

    with api.sim._service.lock:
        api.sim._service.changes.touch(Job())
    clock.advance(5)
    await api.sim.deliver_webhooks()
    assert receiver.bodies == [
        {"id": Job.id, "status": "Queued", "before": None},
        {"id": Job.id, "status": "Completed", "before": "Queued"},
    ]


async def test_the_life_of_a_transcoding_job_is_told(api, clock, receiver, webhook):
    body = {"input_url": "https://origin.example/a.mp4", "output_path": "s3://bucket/a/", "resolutions": ["240p"]}
    done, other = [(await api.post("transcoding_jobs/", body, status=201))["id"] for _ in range(2)]
    await api.sim.deliver_webhooks()
    assert (await api.call("DELETE", f"transcoding_jobs/{other}/"))[0] == 200
    clock.advance(1000)
    await api.sim.deliver_webhooks()
    told = [(row["id"], row["status"]) for row in receiver.bodies]
    assert [status for job, status in told if job == done] == ["queued", "transcoding", "completed"]
    assert [status for job, status in told if job == other] == ["queued", "cancelled"]
    assert receiver.bodies[-1] == api.sim.transcoding_delivery(done)
    api.sim.set_transcoding_status(other, "Error", "No such bucket.")
    await api.sim.deliver_webhooks()
    assert (receiver.bodies[-1]["status"], receiver.bodies[-1]["error_message"]) == ("error", "No such bucket.")
