"""A read is made again after what may pass, and not after what will not."""

from typing import Any

import pytest
from support.scripted import ScriptedServer, answer, hang_up, raw

from tpstreams_async import (
    AuthenticationError,
    BadRequestError,
    ConnectError,
    DecodeError,
    NotFoundError,
    PermissionDeniedError,
    Retry,
    ServerError,
    TPStreamsError,
    TransportError,
)
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

PASSING = {
    "408": Fault.status(408),
    "425": Fault.status(425),
    "429": Fault.status(429),
    "500": Fault.status(500),
    "502 html": Fault.html(502),
    "503": Fault.status(503),
    "504": Fault.status(504),
    "reset before": Fault.reset(when="head"),
    "reset after": Fault.reset(when="after"),
    "closed": Fault.close(),
    "garbage": Fault.garbage(),
    "huge header": Fault.raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"),
    "cut": Fault.cut(),
    "cut with reset": Fault.cut(reset=True),
    "cut in chunks": Fault.cut(chunked=True),
    "garbled": Fault.garbled(),
    "html with 200": Fault.html(200),
    "empty body": Fault.status(200, body=b""),
    "corrupt gzip": Fault.gzip(corrupt=True),
    "not an object": Fault.status(200, body=[1]),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
async def test_a_read_survives_one_failure(fault: Fault, sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset("Found")
    sim.faults.add("GET", "assets/<id>/", fault)
    asset = await client.assets.get(asset_id)
    assert asset.title == "Found"
    assert sim.journal.count() == 2


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
async def test_with_one_attempt_nothing_is_sent_twice(fault: Fault, sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, retry=Retry(attempts=1))
    asset_id = sim.add_asset()
    await client.assets.get(asset_id)  # so that a connection is there to be used again
    sim.faults.add("GET", "assets/<id>/", fault)
    with pytest.raises(TPStreamsError) as caught:
        await client.assets.get(asset_id)
    assert sim.journal.count() == 2
    assert getattr(caught.value, "attempts", 1) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, BadRequestError),
        (409, BadRequestError),
        (413, BadRequestError),
        (415, BadRequestError),
        (418, BadRequestError),
        (422, BadRequestError),
    ],
)
async def test_a_refusal_is_final(status: int, kind: type[Exception], sim: Simulator, client: Any) -> None:
    sim.faults.add("GET", "*", Fault.status(status, body={"detail": "So it is."}), times=None)
    with pytest.raises(kind) as caught:
        await client.assets.get("asset1")
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.detail, caught.value.attempts) == (status, "So it is.", 1)
    assert sim.journal.count() == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(Fault.status(503), ServerError), (Fault.reset(), TransportError), (Fault.status(500), ServerError)],
    ids=["503", "reset", "500"],
)
async def test_the_attempts_are_bounded_and_the_last_real_error_comes_through(
    fault: Fault, kind: type[Exception], sim: Simulator, client: Any, looptime: Any
) -> None:
    sim.faults.add("GET", "*", fault, times=None)
    began = float(looptime)
    with pytest.raises(kind) as caught:
        await client.assets.get("asset1")
    assert caught.value.attempts == 4
    assert sim.journal.count() == 4
    assert "after 4 attempts" in str(caught.value)
    assert float(looptime) - began == pytest.approx(0.5 + 1 + 2)


@pytest.mark.parametrize("fault", [Fault.html(200), Fault.garbled(), Fault.status(200, body=b"")])
async def test_an_answer_that_cannot_be_understood_is_asked_for_once_more_only(
    fault: Fault, sim: Simulator, client: Any
) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", fault, times=None)
    with pytest.raises(DecodeError):
        await client.assets.get(asset_id)
    assert sim.journal.count() == 2


async def test_an_error_of_decoding_shows_the_path_and_the_beginning_of_the_answer(
    sim: Simulator, make_client: Any
) -> None:
    client = make_client(sim, retry=Retry(attempts=1))
    sim.faults.add("GET", "*", Fault.status(200, body={"id": "a", "video": {"duration": "long"}}))
    with pytest.raises(DecodeError) as caught:
        await client.assets.get("a")
    assert caught.value.path == "$.video.duration"
    assert "$.video.duration" in str(caught.value)
    assert caught.value.body.startswith('{"id":"a"')


async def test_a_refused_connection_is_tried_again_and_then_named(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    await server.__aexit__(None, None, None)
    client = make_client(server)
    with pytest.raises(ConnectError, match="nothing was sent") as caught:
        await client.assets.get("asset1")
    assert caught.value.attempts == 4
    assert server.url in str(caught.value)


async def test_a_reset_at_accept_is_survived(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    server.refuse_at_accept = 2
    assert (await make_client(server).assets.get("asset1")).title == "One"


async def test_a_connection_that_the_server_closed_while_idle_is_not_noticed(scripted: Any, make_client: Any) -> None:
    async def then_close(exchange: Any) -> None:
        await answer()(exchange)
        await exchange.close()

    server: ScriptedServer = await scripted(then_close, answer())
    client = make_client(server)
    await client.assets.get("asset1")
    assert (await client.assets.get("asset1")).id == "asset1"
    assert (server.connections, len(server.requests)) == (2, 2)


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "text/plain"}, {"Content-Type": "text/html"}, {"Content-Type": "nonsense;;;"}],
)
async def test_good_json_of_another_content_type_is_accepted(headers: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(headers=headers))
    assert (await make_client(server).assets.get("asset1")).title == "One"


async def test_a_byte_order_mark_is_skipped(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(b'\xef\xbb\xbf{"id": "asset1", "title": "BOM"}'))
    assert (await make_client(server).assets.get("asset1")).title == "BOM"


@pytest.mark.parametrize("name", ["X-Request-Id", "x-correlation-id", "CF-RAY"])
async def test_an_error_names_the_request_as_the_server_does(name: str, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({"detail": "no"}, 404, {name: "req-77"}))
    with pytest.raises(NotFoundError, match="req-77") as caught:
        await make_client(server).assets.get("asset1")
    assert caught.value.request_id == "req-77"
    assert caught.value.url == f"{server.url}/api/v1/org001/assets/asset1/"


async def test_compressed_answers_are_read(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset("Packed")
    sim.faults.add("GET", "*", Fault.gzip())
    assert (await client.assets.get(asset_id)).title == "Packed"
    assert sim.journal.count() == 1


async def test_dripping_answers_are_read(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset("Slow")
    sim.faults.add("GET", "*", Fault.drip(0.01, piece=100))
    assert (await client.assets.get(asset_id)).title == "Slow"


async def test_two_broken_answers_in_a_row_and_a_cut_one_are_all_counted(scripted: Any, make_client: Any) -> None:
    cut = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")
    server = await scripted(answer(b"<html>"), cut, hang_up(), answer())
    assert (await make_client(server, retry=Retry(attempts=4)).assets.get("asset1")).id == "asset1"
    assert len(server.requests) == 4
