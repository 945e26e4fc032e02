"""A request that changes something is sent again only when the first one provably did nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from support.scripted import ScriptedServer, answer, hang, raw

from tpstreams_async import (
    AuthenticationError,
    BadRequestError,
    ConnectError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RequestTimeoutError,
    Retry,
    Timeouts,
)
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

CREATE = "assets/videos/"
REDIRECT = {"Location": "https://elsewhere.example/"}

UNKNOWN = {
    "reset at the head": Fault.reset(when="head"),
    "reset before": Fault.reset(),
    "reset after": Fault.reset(when="after"),
    "closed before": Fault.close(),
    "closed after": Fault.close(when="after"),
    "garbage": Fault.garbage(),
    "huge header": Fault.raw(b"HTTP/1.1 201 Created\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"),
    "many headers": Fault.raw(b"HTTP/1.1 201 Created\r\n" + b"X: y\r\n" * 500 + b"\r\n"),
    "408": Fault.status(408),
    "500": Fault.status(500),
    "502": Fault.html(502),
    "503": Fault.status(503),
    "503 after": Fault.status(503, when="after"),
    "504": Fault.status(504, headers={"Retry-After": "1"}),
    "301": Fault.status(301, headers=REDIRECT),
    "302": Fault.status(302, headers=REDIRECT),
    "303": Fault.status(303, headers=REDIRECT),
    "307": Fault.status(307, headers=REDIRECT),
    "308": Fault.status(308, headers=REDIRECT),
    "html with 200": Fault.html(200),
    "html with 201": Fault.html(201, when="after"),
    "empty 201": Fault.status(201, body=b""),
    "201 without an id": Fault.status(201, body={"title": "No id"}),
    "201 with a bad id": Fault.status(201, body={"id": "../x"}),
    "cut": Fault.cut(),
    "cut with reset": Fault.cut(reset=True),
    "cut in chunks": Fault.cut(chunked=True),
    "garbled": Fault.garbled(),
    "corrupt gzip": Fault.gzip(corrupt=True),
    "bomb": Fault.bomb(20 * 2**20),
    "silence": Fault.stall(),
    "silence after": Fault.stall(when="after"),
    "silence inside": Fault.stall(inside=True),
}


@pytest.mark.parametrize("used_before", [False, True], ids=["new connection", "used connection"])
@pytest.mark.parametrize("fault", UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_an_unknown_outcome_is_said_and_nothing_is_sent_twice(
    fault: Fault, used_before: bool, sim: Simulator, client: Any, video: Any
) -> None:
    if used_before:
        await client.assets.list().first()
    sim.faults.add("POST", CREATE, fault)
    with pytest.raises(OutcomeUnknownError) as caught:
        await client.assets.create(**video)
    assert sim.journal.count("POST") == 1
    error = caught.value
    assert (error.operation, error.method, error.attempts) == ("assets.create", "POST", 1)
    assert error.url == f"{sim.url}/api/v1/{sim.organization_id}/{CREATE}"
    assert "client.assets.find(title=" in error.how_to_find_out
    assert error.how_to_find_out in str(error)


async def test_the_total_timeout_after_sending_is_an_unknown_outcome(
    sim: Simulator, make_client: Any, video: Any, looptime: Any
) -> None:
    client = make_client(sim, timeouts=Timeouts(total=12, attempt=100))
    sim.faults.add("POST", CREATE, Fault.stall())
    began = float(looptime)
    with pytest.raises(OutcomeUnknownError, match=r"timeouts\.total=12 s") as caught:
        await client.assets.create(**video)
    assert isinstance(caught.value.__cause__, RequestTimeoutError)
    assert float(looptime) - began == pytest.approx(12)
    assert sim.journal.count() == 1


@pytest.mark.parametrize("status", [425, 429])
async def test_a_creation_that_was_turned_away_is_sent_again(
    status: int, sim: Simulator, client: Any, video: Any
) -> None:
    sim.faults.add("POST", CREATE, Fault.status(status, headers={"Retry-After": "3"}), times=2)
    asset = await client.assets.create(**video)
    assert list(sim.assets) == [asset.id]
    assert [round(record.at) for record in sim.journal.requests("POST")] == [0, 3, 6]
    assert len({record.body for record in sim.journal}) == 1


async def test_a_creation_that_is_always_turned_away_is_refused_and_not_unknown(
    sim: Simulator, client: Any, video: Any
) -> None:
    sim.faults.add("POST", CREATE, Fault.status(429), times=None)
    with pytest.raises(RateLimitedError) as caught:
        await client.assets.create(**video)
    assert (caught.value.attempts, sim.journal.count()) == (4, 4)


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
        (422, BadRequestError),
    ],
)
async def test_a_refusal_is_known_and_final(status: int, kind: Any, sim: Simulator, client: Any, video: Any) -> None:
    sim.faults.add("POST", CREATE, Fault.status(status))
    with pytest.raises(kind):
        await client.assets.create(**video)
    assert sim.journal.count() == 1


async def test_a_creation_that_never_left_is_sent_when_the_server_is_there(
    scripted: Any, make_client: Any, video: Any
) -> None:
    server: ScriptedServer = await scripted()
    await server.__aexit__(None, None, None)
    client = make_client(server, retry=Retry(backoff_base=2))
    call = asyncio.create_task(client.assets.create(**video))
    await asyncio.sleep(5)
    assert server.requests == []
    await server.__aenter__()
    assert (await call).id == "asset1"
    assert len(server.requests) == 1


async def test_a_creation_that_never_left_is_a_connect_error(scripted: Any, make_client: Any, video: Any) -> None:
    server: ScriptedServer = await scripted()
    await server.__aexit__(None, None, None)
    with pytest.raises(ConnectError, match="nothing was sent") as caught:
        await make_client(server).assets.create(**video)
    assert caught.value.attempts == 4


async def test_the_verdict_of_each_attempt_is_in_the_log(
    scripted: Any, make_client: Any, video: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server: ScriptedServer = await scripted(answer({}, 429), answer())
    client = make_client(server)
    with caplog.at_level("DEBUG", logger="tpstreams_async"):
        await client.assets.create(**video)
        server.steps = [answer({}, 500)]
        with pytest.raises(OutcomeUnknownError):
            await client.assets.create(**video)
        await server.__aexit__(None, None, None)
        with pytest.raises(ConnectError):
            await make_client(server, retry=Retry(attempts=1)).assets.create(**video)
    verdicts = [message for message in caplog.messages if message.startswith("assets.create: attempt ")]
    assert [text for text in verdicts if "failed" not in text] == [
        "assets.create: attempt 1: refused",
        "assets.create: attempt 2: done",
        "assets.create: attempt 1: unknown",
        "assets.create: attempt 1: not sent",
    ]


async def test_a_reset_at_accept_may_come_from_behind_the_server(scripted: Any, make_client: Any, video: Any) -> None:
    server: ScriptedServer = await scripted()
    server.refuse_at_accept = 1
    with pytest.raises(OutcomeUnknownError):
        await make_client(server).assets.create(**video)
    assert (server.requests, server.connections) == ([], 1)


async def test_not_sent_then_unknown_is_unknown(scripted: Any, make_client: Any, video: Any) -> None:
    server = await scripted(answer({}, 429), answer({}, 503), answer())
    with pytest.raises(OutcomeUnknownError) as caught:
        await make_client(server).assets.create(**video)
    assert caught.value.attempts == 2
    assert len(server.requests) == 2
    assert "503" in str(caught.value)
    assert caught.value.__cause__ is not None


async def test_the_deadline_while_waiting_for_a_connection_sends_nothing(
    sim: Simulator, make_client: Any, video: Any
) -> None:
    client = make_client(sim, max_connections=1)
    sim.faults.add("GET", "*", Fault.stall())
    blocker = asyncio.create_task(client.assets.get("asset1"))
    await asyncio.sleep(1)
    with pytest.raises(RequestTimeoutError, match="waited for its turn") as caught:
        await client.with_options(timeouts=Timeouts(total=5)).assets.create(**video)
    assert caught.value.attempts == 0
    assert sim.journal.count("POST") == 0
    blocker.cancel()


async def test_the_deadline_in_the_pool_of_a_given_connector_sends_nothing(
    sim: Simulator, make_client: Any, video: Any
) -> None:
    async with aiohttp.TCPConnector(limit=1) as connector:
        client = make_client(sim, connector=connector)
        sim.faults.add("GET", "*", Fault.stall())
        blocker = asyncio.create_task(client.assets.get("asset1"))
        await asyncio.sleep(1)
        with pytest.raises(RequestTimeoutError):
            await client.with_options(timeouts=Timeouts(total=5)).assets.create(**video)
        assert sim.journal.count("POST") == 0
        blocker.cancel()
        await asyncio.gather(blocker, return_exceptions=True)
        await client.aclose()


async def test_the_deadline_in_backoff_after_a_429_is_no_unknown_outcome(
    sim: Simulator, make_client: Any, video: Any
) -> None:
    client = make_client(sim, timeouts=Timeouts(total=10), retry=Retry(attempts=10, backoff_base=3))
    sim.faults.add("POST", CREATE, Fault.status(429), times=None)
    with pytest.raises((RateLimitedError, RequestTimeoutError)):
        await client.assets.create(**video)
    assert len(sim.assets) == 0


CHANGES: dict[str, Callable[[Any, str], Awaitable[Any]]] = {
    "move": lambda client, id_: client.assets.move(id_),
    "generate_subtitle": lambda client, id_: client.assets.generate_subtitle(id_),
    "upload_subtitle": lambda client, id_: client.assets.upload_subtitle(id_, b"WEBVTT\n"),
    "upload_thumbnail": lambda client, id_: client.assets.upload_thumbnail(id_, b"\x89PNG\r\n\x1a\n0000"),
    "trim": lambda client, id_: client.assets.trim(id_, end_time=3),
    "revert_trim": lambda client, id_: client.assets.revert_trim(id_),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("fault", [Fault.reset(when="after"), Fault.status(502), Fault.garbled()])
async def test_every_call_that_changes_something_is_as_careful(
    fault: Fault, name: str, sim: Simulator, client: Any
) -> None:
    asset_id = sim.add_asset()
    if name == "revert_trim":
        await client.assets.trim(asset_id, end_time=9)
        await asyncio.sleep(60)
        sim.journal.clear()
    sim.faults.add("POST", "*", fault)
    with pytest.raises(OutcomeUnknownError) as caught:
        await CHANGES[name](client, asset_id)
    assert caught.value.operation == f"assets.{name}"
    assert caught.value.how_to_find_out
    assert sim.journal.count() == 1


async def test_a_multipart_body_is_sent_whole_again_after_a_429(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("POST", "*", Fault.status(429))
    await client.assets.upload_subtitle(asset_id, b"WEBVTT\n\nhello", language="en")
    first, second = sim.journal
    assert b"WEBVTT\n\nhello" in first.body
    assert b"WEBVTT\n\nhello" in second.body


async def test_an_answer_without_an_end_is_unknown_within_the_deadline(
    scripted: Any, make_client: Any, video: Any, looptime: Any
) -> None:
    server = await scripted(raw(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{", end="hang"))
    client = make_client(server, timeouts=Timeouts(total=50, attempt=9))
    with pytest.raises(OutcomeUnknownError, match="no answer came in time"):
        await client.assets.create(**video)
    assert float(looptime) == pytest.approx(9, abs=0.1)


async def test_a_server_that_never_reads_the_body_cannot_hold_the_call(
    scripted: Any, make_client: Any, looptime: Any
) -> None:
    server = await scripted(hang())
    client = make_client(server, timeouts=Timeouts(total=15))
    with pytest.raises(OutcomeUnknownError):
        await client.assets.upload_subtitle("asset1", b"WEBVTT\n" + b"x" * 900_000)
    assert float(looptime) <= 15.1
