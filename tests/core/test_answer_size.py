"""An answer may not take more memory than allowed, however it is wrapped."""

import json
import tracemalloc
import zlib
from typing import Any

import pytest
from support.scripted import ScriptedServer, answer, head, raw

from tpstreams_async import BadRequestError, DecodeError, Retry
from tpstreams_async.simulator import Fault, Simulator

LIMIT = 4096


def asset_of(size: int) -> bytes:
    """Return an asset as JSON of exactly so many bytes."""
    bare = json.dumps({"id": "asset1", "title": ""}).encode()
    return bare.replace(b'"title": ""', b'"title": "' + b"x" * (size - len(bare)) + b'"')


def chunked(body: bytes, piece: int = 1000) -> bytes:
    pieces = [body[start : start + piece] for start in range(0, len(body), piece)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in pieces) + b"0\r\n\r\n"


def wrapped(how: str, body: bytes) -> Any:
    if how == "plain":
        return answer(body)
    if how == "chunked":
        return raw(head(200, {"Transfer-Encoding": "chunked"}) + chunked(body))
    if how == "until close":
        return raw(head(200, {"Connection": "close"}) + body)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if how == "gzip" else 15)
    return answer(packer.compress(body) + packer.flush(), headers={"Content-Encoding": how})


FORMS = ["plain", "chunked", "until close", "gzip", "deflate"]


@pytest.mark.parametrize("how", FORMS)
async def test_an_answer_of_the_largest_size_is_read(how: str, scripted: Any, make_client: Any) -> None:
    server = await scripted(wrapped(how, asset_of(LIMIT)))
    client = make_client(server, max_response_bytes=LIMIT)
    assert (await client.assets.get("asset1")).id == "asset1"


@pytest.mark.parametrize("how", FORMS)
async def test_one_byte_more_is_refused(how: str, scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(wrapped(how, asset_of(LIMIT + 1)))
    client = make_client(server, max_response_bytes=LIMIT, retry=Retry(attempts=1))
    with pytest.raises(DecodeError, match=f"max_response_bytes={LIMIT}"):
        await client.assets.get("asset1")


async def test_a_gzip_bomb_is_refused_within_memory_bounds(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, max_response_bytes=2**20, retry=Retry(attempts=1))
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", Fault.bomb(256 * 2**20))
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError, match="max_response_bytes"):
            await client.assets.get(asset_id)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The simulator keeps a block of 1 MiB and the packed bomb, and aiohttp unpacks some of it ahead.
    assert peak < 24 * 2**20
    assert (await client.assets.get(asset_id)).id == asset_id


async def test_an_endless_answer_is_left(scripted: Any, make_client: Any) -> None:
    async def endless(exchange: Any) -> None:
        await exchange.send(head(200, {"Transfer-Encoding": "chunked"}))
        while not exchange.writer.is_closing():
            await exchange.send(b"400\r\n" + b" " * 1024 + b"\r\n")

    server: ScriptedServer = await scripted(endless)
    with pytest.raises(DecodeError):
        await make_client(server, retry=Retry(attempts=1)).assets.get("asset1")


@pytest.mark.parametrize("creates", [False, True], ids=["read", "create"])
async def test_a_large_body_of_a_refusal_is_cut_and_it_stays_one(
    creates: bool, scripted: Any, make_client: Any, video: Any
) -> None:
    server: ScriptedServer = await scripted(answer(b'{"detail": "' + b"x" * 9000 + b'"}', 400))
    client = make_client(server, max_response_bytes=LIMIT)
    with pytest.raises(BadRequestError):
        await (client.assets.create(**video) if creates else client.assets.get("asset1"))
    assert len(server.requests) == 1


async def test_the_body_of_a_deletion_does_not_matter_however_large(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(answer(b"x" * 9000))
    await make_client(server, max_response_bytes=LIMIT).assets.delete("asset1")
    assert len(server.requests) == 1


async def test_a_large_body_of_a_request_is_sent_without_a_warning(scripted: Any, make_client: Any, video: Any) -> None:
    server: ScriptedServer = await scripted()
    await make_client(server).assets.create(**{**video, "title": "x" * 1_100_000})
    assert len(server.requests[0].body) > 1_100_000
    assert server.requests[0].headers["content-type"] == "application/json"


async def test_an_error_keeps_only_the_beginning_of_a_body(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(b'{"detail": "' + b"x" * 90_000 + b'"}', 400))
    with pytest.raises(Exception, match="refused") as caught:
        await make_client(server).assets.get("asset1")
    assert len(caught.value.body) <= 2048  # type: ignore[attr-defined]
    assert len(str(caught.value)) < 1000
