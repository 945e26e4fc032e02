"""Uploads that go wrong on request, seen from the other end of the connection."""

import asyncio
import contextlib

import aiohttp
import pytest
from conftest import until
from forms import announce, code_of, form, head, send
from mp4_files import mp4

from tpstreams_async.simulator import Fault
from tpstreams_async.simulator.routes import STORAGE

MEBIBYTE = 2**20
FILE = mp4(payload=3_000)
LARGE = FILE + bytes(20 * MEBIBYTE)


@pytest.mark.parametrize("when", ["head", "before", "after"])
@pytest.mark.parametrize("status", [400, 403, 503])
async def test_a_status(api, status, when):
    asset_id, link, payload = await announce(api)
    fault = Fault.storage_error(status, "SlowDown", "Reduce <your> request rate.", when=when)
    api.sim.faults.add("POST", STORAGE, fault)
    answered, headers, text = await send(api, link, form(payload, FILE))
    assert (answered, headers["Content-Type"], code_of(text)) == (status, "application/xml", "SlowDown")
    assert "<Message>Reduce &lt;your&gt; request rate.</Message>" in text
    assert (asset_id in api.sim.uploads) == (when == "after")
    assert (await send(api, link, form(payload, FILE)))[0] == 204


async def test_a_redirection(api):
    _, link, payload = await announce(api)
    moved = Fault.status(307, headers={"Location": link + "?again"}, when="head")
    api.sim.faults.add("POST", "storage/simulator-uploads", moved)
    status, headers, _ = await send(api, link, form(payload, FILE))
    assert (status, headers["Location"]) == (307, link + "?again")
    assert (await send(api, headers["Location"], form(payload, FILE)))[0] == 204


@pytest.mark.parametrize(
    ("fault", "stored", "read"),
    [
        (Fault.reset(when="head"), False, range(1)),
        (Fault.reset().once_read(0), False, range(1)),
        (Fault.reset().once_read(5 * MEBIBYTE), False, range(5 * MEBIBYTE, 6 * MEBIBYTE)),
        (Fault.reset().once_read(2**60), False, range(len(LARGE), len(LARGE) + 2000)),
        (Fault.reset(when="before"), False, range(len(LARGE), len(LARGE) + 2000)),
        (Fault.reset(when="after"), True, range(len(LARGE), len(LARGE) + 2000)),
    ],
    ids=["head", "at once", "inside", "at the end", "before", "after"],
)
async def test_a_reset(api, fault, stored, read):
    asset_id, link, payload = await announce(api)
    api.sim.faults.add("POST", STORAGE, fault)
    with pytest.raises(aiohttp.ClientError):
        await send(api, link, form(payload, LARGE))
    assert (asset_id in api.sim.uploads) == stored
    assert api.sim.journal[-1].received_bytes in read
    assert api.sim.journal[-1].status is None


async def test_an_answer_in_the_middle_of_the_file(api):
    _, link, payload = await announce(api)
    api.sim.faults.add("POST", STORAGE, Fault.storage_error(503, "SlowDown").once_read(MEBIBYTE))
    assert (await send(api, link, form(payload, LARGE)))[0] == 503
    assert MEBIBYTE <= api.sim.journal[-1].received_bytes < 2 * MEBIBYTE


async def test_the_storage_stops_reading_for_ever(api):
    _, _, payload = await announce(api)
    api.sim.faults.add("POST", STORAGE, Fault.stall().once_read(MEBIBYTE))
    body = form(payload, LARGE)
    _, writer = await asyncio.open_connection("127.0.0.1", int(api.sim.url.rpartition(":")[2]))
    writer.write(head(len(body)) + body)
    await until(lambda: api.sim.journal[-1].received_bytes >= MEBIBYTE)
    before = -1
    while before != writer.transport.get_write_buffer_size():
        before = writer.transport.get_write_buffer_size()
        for _ in range(20):
            await asyncio.sleep(0)
    assert before > 5 * MEBIBYTE
    assert api.sim.journal[-1].received_bytes < 2 * MEBIBYTE
    await api.sim.close()
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    writer.transport.abort()
    assert not api.sim.uploads


async def test_the_storage_stops_reading_for_a_while(api):
    asset_id, link, payload = await announce(api)
    api.sim.faults.add("POST", STORAGE, Fault.stall(0.02).once_read(MEBIBYTE))
    assert (await send(api, link, form(payload, LARGE)))[0] == 204
    assert api.sim.uploads[asset_id].size_bytes == len(LARGE)


@pytest.mark.parametrize("fault", [Fault.stall(when="after"), Fault.stall(inside=True)])
async def test_the_answer_does_not_come(api, fault):
    asset_id, link, payload = await announce(api)
    api.sim.faults.add("POST", STORAGE, fault)
    sending = asyncio.create_task(send(api, link, form(payload, FILE)))
    await until(lambda: asset_id in api.sim.uploads)
    await asyncio.wait([sending], timeout=0.01)
    assert not sending.done()
    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sending


async def test_a_client_that_goes_away_leaves_nothing(api):
    asset_id, _, payload = await announce(api)
    body = form(payload, FILE)
    _, writer = await asyncio.open_connection("127.0.0.1", int(api.sim.url.rpartition(":")[2]))
    writer.write(head(len(body)) + body[:-10])
    await until(lambda: api.sim.journal[-1].received_bytes)
    writer.close()
    await writer.wait_closed()
    assert (await api.status(asset_id), api.sim.uploads) == ("Not Started", {})
    assert api.sim.journal.requests("POST", STORAGE)[-1].status is None


async def test_they_strike_inside_of_other_requests_too(api):
    api.sim.faults.add("POST", "assets/folders/", Fault.status(502).once_read(1), Fault.delay(0.01).once_read(1))
    assert (await api.call("POST", "assets/folders/", json={"title": "a"}))[0] == 502
    assert not api.sim.assets
    assert (await api.call("POST", "assets/folders/", json={"title": "a"}))[0] == 201
    assert len(api.sim.assets) == 1


@pytest.mark.parametrize("fault", [Fault.cut(), Fault.garbled(), Fault.drip(), Fault.gzip(), Fault.stall(inside=True)])
def test_what_is_about_an_answer_cannot_strike_before_it(fault):
    with pytest.raises(ValueError, match="about the answer"):
        fault.once_read(7)


def test_nothing_strikes_before_the_body():
    with pytest.raises(ValueError, match="0 or more"):
        Fault.reset().once_read(-1)
