"""What goes wrong on request, seen from the other end of the connection."""

import asyncio
import contextlib
import gzip
import socket

import aiohttp
import pytest

from tpstreams_async.simulator import Fault, Faults

VIDEO = {"inputs": [{"url": "https://origin.example/a.mp4"}], "resolutions": ["240p"]}


async def raw(api, method="POST", suffix="assets/videos/", body=b'{"inputs": []}'):
    """Send a request by hand and return every byte that comes back until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(api.sim.url.rpartition(":")[2]))
    head = (
        f"{method} /api/v1/sim001/{suffix} HTTP/1.1\r\nHost: h\r\nAuthorization: Token {api.sim.token}\r\n"
        f"Connection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    try:
        return await reader.read()
    finally:
        writer.close()


async def create(api):
    async with api.session.post(api.url("assets/videos/"), json=VIDEO, headers=api.headers) as response:
        return response.status, await response.read()


@pytest.mark.parametrize("status", [302, 408, 425, 429, 500, 502, 503, 504, 599])
async def test_any_status(api, status):
    api.sim.faults.add("POST", "assets/videos/", Fault.status(status, headers={"Retry-After": "3"}))
    post = api.session.post(api.url("assets/videos/"), json=VIDEO, headers=api.headers, allow_redirects=False)
    async with post as response:
        assert (response.status, response.headers["Retry-After"]) == (status, "3")
        assert await response.json() == {"detail": f"Fault {status}."}
    assert not api.sim.assets
    assert (api.sim.journal[0].status, api.sim.journal[0].fault.kind) == (status, "answer")


@pytest.mark.parametrize(
    ("body", "headers", "content_type", "sent"),
    [
        ("<p>", {}, "text/html", b"<p>"),
        (b"\xff", {}, "application/json", b"\xff"),
        ({"a": 1}, {}, "application/json", b'{"a":1}'),
        ({"a": 1}, {"content-type": "text/plain"}, "text/plain", b'{"a":1}'),
    ],
)
async def test_any_body(api, body, headers, content_type, sent):
    api.sim.faults.add("GET", "assets/", Fault.status(200, body=body, headers=headers))
    async with api.session.get(api.url("assets/"), headers=api.headers) as response:
        assert (response.content_type, await response.read()) == (content_type, sent)


async def test_a_status_after_the_work(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.status(500, when="after"))
    assert (await create(api))[0] == 500
    assert len(api.sim.assets) == 1


async def test_a_page_of_a_proxy(api):
    api.sim.faults.add("GET", "assets/", Fault.html(), Fault.html(502))
    for status in (200, 502):
        async with api.session.get(api.url("assets/"), headers=api.headers) as response:
            assert (response.status, response.content_type) == (status, "text/html")


@pytest.mark.parametrize("when", ["head", "before", "after"])
async def test_a_reset(api, when):
    api.sim.faults.add("POST", "assets/videos/", Fault.reset(when=when))
    with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
        await create(api)
    assert len(api.sim.assets) == (when == "after")
    assert api.sim.journal[0].status is None
    assert bool(api.sim.journal[0].body) == (when != "head")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_clean_close(api, when):
    api.sim.faults.add("POST", "assets/videos/", Fault.close(when=when))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await create(api)
    assert len(api.sim.assets) == (when == "after")


async def test_a_clean_close_sends_nothing(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.close())
    assert await raw(api) == b""


async def test_garbage_instead_of_an_answer(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.garbage(), Fault.raw(b"hello", when="after"))
    assert not (await raw(api)).startswith(b"HTTP/")
    assert await raw(api, body=b"{}") == b"hello"


async def test_a_cut_body(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.cut(20))
    with pytest.raises(aiohttp.ClientPayloadError, match="received 20 of"):
        await create(api)
    assert len(api.sim.assets) == 1


async def test_a_cut_chunked_body(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.cut(20, chunked=True))
    with pytest.raises(aiohttp.ClientPayloadError):
        await create(api)


async def test_a_body_cut_by_a_reset(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.cut(20, reset=True))
    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
        await create(api)


async def test_a_cut_answer_without_a_body_breaks_off_in_its_head(api):
    asset_id = api.sim.add_asset()
    api.sim.faults.add("DELETE", "assets/<id>/", Fault.cut())
    got = await raw(api, "DELETE", f"assets/{asset_id}/", b"")
    assert got.startswith(b"HTTP/1.1 204")
    assert b"\r\n\r\n" not in got
    assert not api.sim.assets


async def test_a_garbled_body(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.garbled())
    status, body = await create(api)
    assert status == 201
    with pytest.raises(UnicodeDecodeError):
        body.decode()


@pytest.mark.parametrize("when", ["head", "before", "after"])
async def test_silence_for_ever(api, when):
    api.sim.faults.add("POST", "assets/videos/", Fault.stall(when=when))
    task = asyncio.create_task(create(api))
    await api.until(lambda: api.sim.journal and (when == "head" or api.sim.journal[0].body))
    await asyncio.sleep(0.01)
    assert not task.done()
    assert len(api.sim.assets) == (when == "after")
    task.cancel()


async def test_silence_inside_the_body(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.stall(inside=True))
    async with api.session.post(api.url("assets/videos/"), json=VIDEO, headers=api.headers) as response:
        assert response.status == 201
        assert await response.content.readany()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await response.read()


@pytest.mark.parametrize(
    "fault",
    [
        Fault.delay(0.02),
        Fault.stall(0.02, when="after"),
        Fault.stall(0.02, inside=True),
        Fault.stall(0.02, when="head"),
    ],
)
async def test_a_late_answer_is_whole(api, fault):
    api.sim.faults.add("POST", "assets/videos/", fault)
    before = asyncio.get_running_loop().time()
    status, body = await create(api)
    assert asyncio.get_running_loop().time() - before >= 0.02
    assert (status, body[-1:]) == (201, b"}")
    assert len(api.sim.assets) == 1


async def test_work_goes_on_when_the_client_has_left(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.delay(0.02))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await create(api)
    await api.until(lambda: api.sim.assets)


async def test_an_answer_in_drops(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.drip(0, piece=7))
    assert (await create(api))[0] == 201


async def test_gzip(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.gzip(), Fault.gzip(corrupt=True))
    head, _, body = (await raw(api)).partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert b"inputs" in gzip.decompress(body)
    with pytest.raises(aiohttp.ClientPayloadError):
        await create(api)


async def test_a_gzip_bomb(api):
    api.sim.faults.add("POST", "assets/videos/", Fault.bomb(5_000_000))
    _, _, body = (await raw(api)).partition(b"\r\n\r\n")
    assert len(body) < 20_000
    assert gzip.decompress(body).startswith(b" " * 5_000_000 + b"{")


class TestScript:
    async def statuses(self, api, count):
        return [(await api.call("GET", "assets/"))[0] for _ in range(count)]

    async def test_faults_strike_in_order_and_only_as_often_as_said(self, api):
        api.sim.faults.add("GET", "assets/", Fault.status(500), Fault.status(503), times=2, skip=1)
        assert await self.statuses(api, 6) == [200, 500, 500, 503, 503, 200]
        assert api.sim.faults.waiting == 0

    async def test_always(self, api):
        (rule,) = api.sim.faults.add("GET", "assets/", Fault.status(500), times=None)
        assert await self.statuses(api, 4) == [500] * 4
        assert (rule.used, rule.spent) == (4, False)
        api.sim.faults.clear()
        assert await self.statuses(api, 1) == [200]

    async def test_only_the_route_and_method_that_are_meant(self, api):
        one, other = api.sim.add_asset(), api.sim.add_asset()
        api.sim.faults.add("GET", f"assets/{one}/", Fault.status(500), times=None)
        api.sim.faults.add("DELETE", "assets/<id>/", Fault.status(503), times=None)
        assert (await api.call("GET", f"assets/{other}/"))[0] == 200
        assert (await api.call("GET", "assets/"))[0] == 200
        assert (await api.call("GET", f"assets/{one}/"))[0] == 500
        assert (await api.call("DELETE", f"assets/{other}/"))[0] == 503

    async def test_stars_mean_everything(self, api):
        api.sim.faults.add("*", "*", Fault.status(500), times=None)
        assert (await api.call("PUT", "nowhere"))[0] == 500

    @pytest.mark.parametrize("wrong", [{"times": 0}, {"skip": -1}])
    async def test_nonsense_is_refused(self, api, wrong):
        with pytest.raises(ValueError, match="at least one fault"):
            api.sim.faults.add("GET", "assets/", Fault.reset(), **wrong)
        with pytest.raises(ValueError, match="at least one fault"):
            api.sim.faults.add("GET", "assets/")


async def test_garbage_from_a_client_does_no_harm(api):
    port = int(api.sim.url.rpartition(":")[2])
    for data in (
        b"\0" * 5000,
        b"GET\r\n\r\n",
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"A" * 90_000,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data)
        writer.write_eof()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
    assert (await api.call("GET", "assets/"))[0] == 200


async def test_a_client_that_leaves_in_the_middle_of_its_body(api):
    with socket.create_connection(("127.0.0.1", int(api.sim.url.rpartition(":")[2]))) as sock:
        sock.sendall(b"POST /api/v1/sim001/assets/videos/ HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{")
        await api.until(lambda: api.sim.journal)
    assert (await api.call("GET", "assets/"))[0] == 200
    assert api.sim.journal[0].status is None


async def test_a_client_that_waits_for_100_continue(api):
    asset_id, folder = api.sim.add_asset(), api.sim.add_folder("F")
    status, _ = await api.call("POST", f"assets/{asset_id}/move/", json={"parent": folder}, expect100=True)
    assert status == 200
    assert api.sim.assets[asset_id]["parent_id"] == folder


@pytest.mark.parametrize("route", ["/assets/videos/", "assets/videos", "assets/<id>", "nowhere/", ""])
def test_a_route_that_no_request_can_have_is_refused(route: str) -> None:
    with pytest.raises(ValueError, match="the routes are"):
        Faults().add("GET", route, Fault.reset())
