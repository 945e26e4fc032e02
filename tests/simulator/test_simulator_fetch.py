"""Really downloading the input of a video."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from mp4_files import box, mp4

from tpstreams_async.simulator.fetch import guess_duration

CLIP = Path(__file__).parents[2] / "examples" / "clip.mp4"

FILES = {
    "sound.mp4": mp4(9_400),
    "rounded.mp4": mp4(9_500, moov_first=False),
    "clip.mp4": CLIP.read_bytes(),
    "page.mp4": b"<html><body>Sign in</body></html>" * 20,
    "empty.mp4": b"",
    "headless.mp4": box(b"ftyp", b"isom") + box(b"mdat", bytes(100)),
    "silent.mp4": box(b"ftyp", b"isom") + box(b"moov", bytes(0)),
    "web.webm": b"\x1aE\xdf\xa3" + bytes(300_000),
    "old.avi": b"RIFF\0\0\0\0AVI " + bytes(300),
    "stream.ts": (b"G" + bytes(187)) * 3,
    "large.mp4": mp4(payload=150_000),
}


@pytest.fixture
def options():
    return {"max_fetch_bytes": 400_000}


@pytest.fixture
async def origin():
    """A server of files; `cut/` promises more than it sends, `missing` is not there."""

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        kind, _, name = request.path.strip("/").rpartition("/")
        if kind == "moved":
            raise web.HTTPFound(f"/{name}")
        if name not in FILES:
            return web.Response(status=404)
        if kind == "slow":
            await asyncio.Event().wait()
        data = FILES[name]
        if kind == "cut":
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data) + 1}\r\n\r\n".encode()
            request.transport.write(head + data)
            request.transport.close()
        return web.Response(body=data)

    server = web.Server(serve)
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    listener.close()
    await server.shutdown(0.1)


async def ingest(api, clock, url):
    asset_id = (await api.create(inputs=[{"url": url}]))["id"]
    await api.sim.settled()
    clock.advance(6)
    return await api.get(f"assets/{asset_id}/")


@pytest.mark.parametrize(("name", "duration"), [("sound.mp4", 9), ("rounded.mp4", 10), ("clip.mp4", 7)])
async def test_size_and_duration_are_those_of_the_file(api, clock, origin, name, duration):
    row = await ingest(api, clock, f"{origin}/{name}")
    assert row["bytes"] == len(FILES[name])
    assert (row["video"]["status"], row["video"]["duration"]) == ("Completed", duration)
    assert row["video"]["inputs"] == [{"url": f"private/{row['id']}.mp4"}]


@pytest.mark.parametrize("name", ["web.webm", "old.avi", "stream.ts", "silent.mp4"])
async def test_the_duration_is_guessed_where_the_file_does_not_tell(api, clock, origin, name):
    row = await ingest(api, clock, f"{origin}/{name}")
    assert row["video"]["status"] == "Completed"
    assert row["video"]["duration"] == guess_duration(len(FILES[name])) >= 1


async def test_redirects_are_followed(api, clock, origin):
    assert (await ingest(api, clock, f"{origin}/moved/sound.mp4"))["video"]["status"] == "Completed"


@pytest.mark.parametrize("path", ["missing", "page.mp4", "empty.mp4", "headless.mp4", "cut/sound.mp4", "moved/missing"])
async def test_what_is_no_video_ends_in_error(api, clock, origin, path):
    row = await ingest(api, clock, f"{origin}/{path}")
    assert row["video"]["status"] == "Error"
    assert (row["bytes"], row["download_url"], row["video"]["duration"]) == (None, None, None)


async def test_a_file_that_is_too_large_ends_in_error(api, clock, origin, monkeypatch):
    monkeypatch.setitem(FILES, "large.mp4", mp4(payload=500_000))
    assert (await ingest(api, clock, f"{origin}/large.mp4"))["video"]["status"] == "Error"


async def test_an_origin_that_refuses_ends_in_error(api, clock, unused_tcp_port):
    row = await ingest(api, clock, f"http://127.0.0.1:{unused_tcp_port}/clip.mp4")
    assert row["video"]["status"] == "Error"


async def test_a_failed_video_goes_through_its_first_states(api, clock, origin):
    asset_id = (await api.create(inputs=[{"url": f"{origin}/missing"}], generate_subtitle=True))["id"]
    await api.sim.settled()
    seen = []
    for _ in range(8):
        seen.append(await api.status(asset_id))
        clock.advance(0.5)
    assert seen == ["Not Started", "Not Started", "Queued", *["Error"] * 5]
    clock.advance(100)
    assert await api.get(f"assets/{asset_id}/subtitles/") == []


async def test_a_slow_download_holds_the_video_in_processing(api, clock, origin):
    asset_id = (await api.create(inputs=[{"url": f"{origin}/slow/sound.mp4"}]))["id"]
    clock.advance(1000)
    video = await api.video(asset_id)
    assert (video["status"], video["progress"]) == ("Processing", 49)


async def test_transcoding_follows_a_late_download(api, clock, origin):
    asset_id = (await api.create(inputs=[{"url": f"{origin}/sound.mp4"}]))["id"]
    video = api.sim._service.store.get(asset_id).video
    await api.sim.settled()
    video.fetched_at = 100.0
    clock.advance(102)
    assert await api.status(asset_id) == "Transcoding"
    clock.advance(1)
    assert await api.status(asset_id) == "Completed"
