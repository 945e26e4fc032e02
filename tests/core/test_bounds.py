"""Whatever a server sends, and for however long: memory and time stay within limits, and the error names the limit."""

import asyncio
import itertools
import tracemalloc
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from support.scripted import Exchange, ScriptedServer, Step, answer, head

from tpstreams_async import (
    ConnectError,
    DecodeError,
    RateLimitedError,
    RequestTimeoutError,
    Retry,
    ServerError,
    Timeouts,
    TPStreamsError,
    TransportError,
)

MIB = 2**20
ONCE = Retry(attempts=1)
#: Bytes of memory for one byte of an answer: the three of ``{},`` become an empty dict of 80 and a reference to it.
#: Both sides of the connection are in this process.
MOST_PER_BYTE = 40


class Memory:
    """How much was held at the most, beyond what was there before."""

    peak = 0


@contextmanager
def memory() -> Any:
    held = Memory()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        yield held
        held.peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def pouring(start: bytes, *piece: bytes) -> Step:
    """Send a beginning, then the pieces again and again, for as long as somebody reads."""

    async def step(exchange: Exchange) -> None:
        await exchange.send(start)
        for data in itertools.cycle(piece):
            if exchange.writer.is_closing():
                return
            await exchange.send(data)

    return step


def dripping(start: bytes, piece: bytes, seconds: float = 0.5) -> Step:
    """Send a beginning, then a piece now and then, without an end."""

    async def step(exchange: Exchange) -> None:
        await exchange.send(start)
        while not exchange.writer.is_closing():
            await asyncio.sleep(seconds)
            await exchange.send(piece)

    return step


OK = b"HTTP/1.1 200 OK\r\n"
JSON = head(200, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"})


@pytest.mark.parametrize(
    ("step", "error"),
    [
        pytest.param(pouring(OK, b"X-Small: 1\r\n" * 64), TransportError, id="headers without an end"),
        pytest.param(pouring(OK + b"X-Large: ", b"x" * 4096), TransportError, id="a header without an end"),
        pytest.param(pouring(OK, b"x" * 4096), TransportError, id="a name without an end"),
        pytest.param(pouring(b"HTTP/1.1 200 ", b"x" * 4096), TransportError, id="a reason without an end"),
        pytest.param(pouring(b"", b"x" * 4096), TransportError, id="no HTTP without an end"),
        pytest.param(pouring(JSON, b"1000\r\n" + b" " * 4096 + b"\r\n"), DecodeError, id="spaces without an end"),
        pytest.param(pouring(JSON, b"1\r\n \r\n" * 64), DecodeError, id="tiny chunks without an end"),
        pytest.param(pouring(head(200, {"Connection": "close"}), b"[" * 4096), DecodeError, id="no length, no end"),
    ],
)
async def test_what_has_no_end_is_left(step: Step, error: type[Exception], scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(step)
    client = make_client(server, retry=ONCE, max_response_bytes=MIB // 8)
    with memory() as held, pytest.raises(error):
        await client.assets.get("asset1")
    assert held.peak < 8 * MIB


@pytest.mark.looptime
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(dripping(OK, b"X-Drip: 1\r\n"), id="headers"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="100 Continue"),
        pytest.param(dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), id="103 Early Hints"),
        pytest.param(dripping(head(200, {"Content-Length": "99999"}), b" "), id="body"),
        pytest.param(dripping(JSON, b"1\r\n \r\n"), id="chunks"),
        pytest.param(dripping(JSON + b"2\r\n{}\r\n0\r\n", b"X-Trailer: 1\r\n"), id="trailers"),
        pytest.param(dripping(JSON + b"2;", b"extension"), id="chunk extension"),
        pytest.param(dripping(b"", b"\r\n"), id="empty lines"),
    ],
)
async def test_what_drips_ends_with_its_attempt(step: Step, scripted: Any, make_client: Any, looptime: Any) -> None:
    server: ScriptedServer = await scripted(step)
    client = make_client(server, retry=ONCE, timeouts=Timeouts(attempt=20))
    with pytest.raises((RequestTimeoutError, TransportError)):
        await client.assets.get("asset1")
    assert float(looptime) <= 20.1
    await asyncio.sleep(1)
    assert server.open_connections == 0


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * MIB, id="open lists"),
        pytest.param(b'{"a":' * (MIB // 5), id="open objects"),
        pytest.param(b"[" * 2000 + b"]" * 2000, id="2,000 levels"),
        pytest.param(
            b'{"id": "a", "extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="100,000 levels in a member"
        ),
        pytest.param(b'{"id": ' + b"9" * MIB + b"}", id="a million digits"),
        pytest.param(b'{"id": 1e' + b"9" * MIB + b"}", id="a huge exponent"),
        pytest.param(b'"' + b"x" * MIB, id="an open text"),
        pytest.param(b"[" + b"{}," * (MIB // 3) + b"{}]", id="empty objects"),
    ],
)
async def test_json_without_measure_is_refused_at_once(body: bytes, scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(answer(body))
    with memory() as held, pytest.raises(DecodeError, match="Check base_url"):
        await make_client(server, retry=ONCE).assets.get("asset1")
    assert held.peak < MOST_PER_BYTE * len(body) + MIB


@pytest.mark.parametrize("digits", [18, 19, 20, 400, 5000])
async def test_a_long_integer_is_a_value_or_a_decode_error(digits: int, scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(answer(b'{"id": "a", "bytes": ' + b"9" * digits + b"}"))
    client = make_client(server, retry=ONCE)
    if digits == 18:
        assert (await client.assets.get("asset1")).bytes == 10**18 - 1
    else:
        try:
            assert isinstance((await client.assets.get("asset1")).bytes, int)
        except TPStreamsError as error:
            assert isinstance(error, DecodeError)  # noqa: PT017 - either is right


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("options", "step", "error"),
    [
        pytest.param({}, answer({}, 429, {"Retry-After": "31"}), RateLimitedError, id="hint over its cap"),
        pytest.param({}, answer({}, 503, {"Retry-After": "31"}), ServerError, id="hint of a 503 over its cap"),
        pytest.param({"retry": Retry(budget=0)}, answer({}, 500), ServerError, id="no budget"),
    ],
)
async def test_what_is_not_worth_waiting_for_is_told_at_once(
    options: Any, step: Step, error: type[Exception], scripted: Any, make_client: Any, looptime: Any
) -> None:
    server: ScriptedServer = await scripted(step)
    with pytest.raises(error, match=r"Wait 31 s|Try again later"):
        await make_client(server, **options).assets.get("asset1")
    assert (len(server.requests), float(looptime)) == (1, pytest.approx(0, abs=0.1))


@pytest.mark.looptime
async def test_an_outage_is_not_multiplied(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(answer({}, 503))
    client = make_client(server, retry=Retry(budget=10, budget_per_second=0))
    calls = [client.assets.get(f"asset{number}") for number in range(200)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(result, ServerError) for result in results)
    assert len(server.requests) == 200 + 10


@pytest.mark.looptime
async def test_waiting_for_a_free_connection_has_a_limit(scripted: Any, make_client: Any, looptime: Any) -> None:
    server: ScriptedServer = await scripted(dripping(JSON, b"1\r\n \r\n"))
    client = make_client(server, max_connections=2, timeouts=Timeouts(total=30, attempt=30))
    calls: list[Callable[[], Any]] = [lambda: client.assets.get("a"), lambda: client.assets.trim("a", end_time=1)]
    results = await asyncio.gather(*(call() for call in calls * 5), return_exceptions=True)
    assert float(looptime) <= 30.1
    waited = [result for result in results if "waited for its turn" in str(result)]
    assert len(waited) == 8
    assert all(isinstance(result, (RequestTimeoutError, ConnectError)) for result in waited)
    assert len(server.requests) == 2
