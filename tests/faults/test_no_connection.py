"""Without a connection nothing is sent, so every request may be made again."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult
from faults.acts import ACTS, ANY_ANSWER, NAMES, every_act, failure, now, story, success
from faults.conftest import Tell
from support.scripted import ScriptedServer, answer

from tpstreams_async import ConnectError, RequestTimeoutError, Timeouts
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

CHECK = "nothing was sent. Check the network, DNS, the proxy and base_url, or try again later"
CHECK_TLS = "nothing was sent. Check the host, its certificate and the ssl setting"
TOO_LATE = "Raise the timeout, lower the load, or try again later"


@pytest.mark.row(1)
class TestRefused:
    @pytest.fixture
    async def server(self, scripted: Any) -> ScriptedServer:
        """A server that is not there until it is entered."""
        made: ScriptedServer = await scripted(answer(ANY_ANSWER))
        await made.__aexit__(None, None, None)
        return made

    @every_act
    async def test_a_refused_connection_is_tried_again(
        self, act: str, server: ScriptedServer, make_client: Any, told: Tell
    ) -> None:
        call = asyncio.create_task(success(ACTS[act](make_client(server), "asset1")))
        await asyncio.sleep(1)
        await server.__aenter__()
        result = await call
        assert len(server.requests) == 1
        told(f"{NAMES[act]}, refused for 1 s", story(result, len(server.requests)))

    @every_act
    async def test_connections_that_are_always_refused_are_an_error(
        self, act: str, server: ScriptedServer, make_client: Any, told: Tell
    ) -> None:
        error = await failure(ConnectError, CHECK, ACTS[act](make_client(server), "asset1"))
        assert error.attempts == 4
        told(f"{NAMES[act]}, always refused", story(error, len(server.requests)))


class Resolver(AbstractResolver):
    """Knows no host when it is asked the first few times; then each of them is this machine."""

    def __init__(self, failures: float) -> None:
        self.failures = failures
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        if self.asked <= self.failures:
            raise OSError(None, "Name or service not known")
        flags = socket.AI_NUMERICHOST
        return [
            {"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": flags}
        ]

    async def close(self) -> None:
        pass


@pytest.mark.row(2)
@every_act
@pytest.mark.parametrize("failures", [2, float("inf")])
async def test_a_name_that_is_unknown_is_asked_for_again(
    failures: float, act: str, scripted: Any, make_client: Any, told: Tell
) -> None:
    server: ScriptedServer = await scripted(answer(ANY_ANSWER))
    resolver = Resolver(failures)
    async with aiohttp.TCPConnector(resolver=resolver) as connector:
        client = make_client(server, connector=connector, base_url=f"http://localhost:{server.port}")
        call = ACTS[act](client, "asset1")
        if failures == 2:
            result = await success(call)
            assert (resolver.asked, len(server.requests)) == (3, 1)
            told(f"{NAMES[act]}, unknown twice", story(result, len(server.requests)))
        else:
            error = await failure(ConnectError, CHECK, call)
            assert (resolver.asked, error.attempts, server.connections) == (4, 4, 0)
            told(f"{NAMES[act]}, always unknown", story(error, len(server.requests)))
        await client.aclose()


@pytest.mark.row(3)
@every_act
@pytest.mark.parametrize("name", ["127.0.0.1", "elsewhere.example"])
async def test_a_certificate_that_is_not_good_for_this_host_ends_the_call_at_once(
    name: str, act: str, scripted: Any, make_client: Any, told: Tell
) -> None:
    authority, context, trust = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(name).configure_cert(context)
    if name == "elsewhere.example":
        authority.configure_trust(trust)
    server: ScriptedServer = await scripted(answer(ANY_ANSWER), ssl=context)
    error = await failure(ConnectError, CHECK_TLS, ACTS[act](make_client(server, ssl=trust), "asset1"), within=0)
    assert "TLS" in str(error)
    assert (error.attempts, server.requests) == (1, [])
    what = "of a stranger" if name == "127.0.0.1" else "for another host"
    told(f"{NAMES[act]}, certificate {what}", story(error, len(server.requests)))


@pytest.mark.row(4)
@every_act
async def test_https_to_a_plain_port_ends_the_call_at_once(
    act: str, sim: Simulator, make_client: Any, told: Tell
) -> None:
    client = make_client(sim, base_url=sim.url.replace("http:", "https:"))
    error = await failure(ConnectError, CHECK_TLS, ACTS[act](client, "asset1"), within=0)
    assert "TLS" in str(error)
    assert error.attempts == 1
    assert sim.journal.count() == len(sim.assets) == 0
    told(f"{NAMES[act]}, https to a plain port", story(error, sim.journal.count()))


@pytest.fixture
def line() -> Iterator[socket.socket]:
    """A port with a full line of those who want to connect, so that one more waits for ever."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        strangers = [socket.socket() for _ in range(4)]
        for stranger in strangers:
            stranger.setblocking(False)
            stranger.connect_ex(listener.getsockname())
        yield listener
        for stranger in strangers:
            stranger.close()


@pytest.fixture
def beyond(line: socket.socket) -> ScriptedServer:
    """A server behind that line. Once it is entered it lets everyone in, and so shows what each of them sent."""
    return ScriptedServer(answer(ANY_ANSWER), sock=line)


@pytest.mark.row(5)
@every_act
async def test_a_connection_that_takes_too_long_is_tried_again(
    act: str, beyond: ScriptedServer, make_client: Any, told: Tell
) -> None:
    call = asyncio.create_task(success(ACTS[act](make_client(beyond, timeouts=Timeouts(connect=10)), "asset1")))
    await asyncio.sleep(10.2)
    async with beyond:
        result = await call
    assert now() == pytest.approx(10.5, abs=0.1)
    assert len(beyond.requests) == 1
    told(f"{NAMES[act]}, let in after 10 s", story(result, len(beyond.requests)))


@pytest.mark.row(5)
@every_act
async def test_connections_that_always_take_too_long_are_an_error(
    act: str, beyond: ScriptedServer, make_client: Any, told: Tell
) -> None:
    client = make_client(beyond, timeouts=Timeouts(connect=10))
    error = await failure(ConnectError, CHECK, ACTS[act](client, "asset1"))
    assert error.attempts == 4
    await assert_nothing_was_sent(beyond)
    told(f"{NAMES[act]}, never let in", story(error, len(beyond.requests)))


@pytest.mark.row(7)
@every_act
async def test_a_deadline_before_there_is_a_connection_ends_the_call_unsent(
    act: str, beyond: ScriptedServer, make_client: Any, told: Tell
) -> None:
    client = make_client(beyond, timeouts=Timeouts(total=5))
    error = await failure(RequestTimeoutError, TOO_LATE, ACTS[act](client, "asset1"), within=5)
    assert now() == pytest.approx(5, abs=0.1)
    await assert_nothing_was_sent(beyond)
    told(f"{NAMES[act]}, 5 s are over while connecting", story(error, len(beyond.requests)))


async def assert_nothing_was_sent(server: ScriptedServer) -> None:
    async with server:
        await asyncio.sleep(1)
    assert server.connections > 0
    assert server.requests == []


@pytest.mark.row(6)
@every_act
@pytest.mark.parametrize("pool", ["its own", "a given", "a shared"])
async def test_without_a_free_connection_nothing_is_sent(
    pool: str, act: str, sim: Simulator, make_client: Any, told: Tell
) -> None:
    async with aiohttp.TCPConnector(limit=1) as connector:
        options = {"max_connections": 1} if pool == "its own" else {"connector": connector}
        client = make_client(sim, **options)
        other = make_client(sim, **options) if pool == "a shared" else client
        sim.faults.add("GET", "*", Fault.stall())
        holder = asyncio.create_task(other.assets.get("asset1"))
        await asyncio.sleep(1)
        began = now()
        call = ACTS[act](client.with_options(timeouts=Timeouts(total=5)), "asset2")
        error = await failure(RequestTimeoutError, TOO_LATE, call, within=5)
        assert now() - began == pytest.approx(5)
        assert [record.path.split("/")[-2] for record in sim.journal] == ["asset1"]
        assert len(sim.assets) == 0
        told(f"{NAMES[act]}, {pool} pool is in use", story(error, sim.journal.count() - 1))
        holder.cancel()
        await asyncio.gather(holder, return_exceptions=True)
        await client.aclose()
        await other.aclose()
