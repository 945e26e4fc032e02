"""A session, a connector or a proxy of one's own."""

import asyncio
import logging
import traceback
from typing import Any

import aiohttp
import pytest
from support.scripted import ScriptedServer, TinyProxy, answer, hang_up

from tpstreams_async import ClientClosedError, ConnectError, OutcomeUnknownError, RequestTimeoutError, Retry, Timeouts
from tpstreams_async.simulator import Fault, Simulator

ONCE = Retry(attempts=1)


async def test_a_given_session_is_used_and_not_closed(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    async with aiohttp.ClientSession(headers={"X-Mine": "yes"}) as session:
        async with make_client(server, session=session) as client:
            await client.assets.get("asset1")
        assert not session.closed
        assert server.requests[0].headers["x-mine"] == "yes"
        async with session.get(f"{server.url}/plain") as response:
            assert response.status == 200
    assert "authorization" not in server.requests[1].headers


async def test_a_given_session_that_is_closed_already_is_named(scripted: Any, make_client: Any) -> None:
    server = await scripted()
    session = aiohttp.ClientSession()
    await session.close()
    client = make_client(server, session=session)
    for _ in range(2):
        with pytest.raises(ClientClosedError, match="session that was given to the client is closed"):
            await client.assets.get("asset1")
    assert server.connections == 0


async def test_the_traces_of_a_given_session_are_restored(sim: Simulator, make_client: Any, video: Any) -> None:
    own = aiohttp.TraceConfig()
    seen: list[str] = []

    async def note(_: Any, __: Any, params: Any) -> None:
        seen.append(params.method)

    own.on_request_start.append(note)
    async with aiohttp.ClientSession(trace_configs=[own]) as session:
        async with make_client(sim, session=session) as client:
            await client.assets.create(**video)
            await client.assets.list().first()
        assert session.trace_configs == [own]
        async with make_client(sim, session=session) as client, make_client(sim, session=session) as other:
            await client.assets.list().first()
            await other.assets.list().first()
        assert session.trace_configs == [own]
    assert seen == ["POST", "GET", "GET", "GET"]


async def test_a_session_is_left_as_it_was_when_the_client_was_never_used(sim: Simulator, make_client: Any) -> None:
    async with aiohttp.ClientSession() as session:
        async with make_client(sim, session=session):
            pass
        assert session.trace_configs == []
        assert not session.closed


@pytest.mark.looptime
async def test_over_a_given_session_not_sent_and_unknown_are_told_apart(
    scripted: Any, make_client: Any, video: Any
) -> None:
    server: ScriptedServer = await scripted(hang_up(), answer())
    async with aiohttp.ClientSession() as session:
        client = make_client(server, session=session)
        with pytest.raises(OutcomeUnknownError):
            await client.assets.create(**video)
        await server.__aexit__(None, None, None)
        with pytest.raises(ConnectError) as caught:
            await client.assets.create(**video)
        assert caught.value.attempts == 4
        await client.aclose()
    assert len(server.requests) == 1


@pytest.mark.looptime
async def test_the_pool_of_a_given_session_can_hold_a_creation_back(
    sim: Simulator, make_client: Any, video: Any
) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        client = make_client(sim, session=session, timeouts=Timeouts(total=9, attempt=100))
        sim.faults.add("GET", "*", Fault.stall())
        blocker = asyncio.create_task(client.with_options(timeouts=Timeouts(total=60)).assets.get("asset1"))
        await asyncio.sleep(1)
        with pytest.raises(RequestTimeoutError):
            await client.assets.create(**video)
        assert sim.journal.count("POST") == 0
        blocker.cancel()
        await asyncio.gather(blocker, return_exceptions=True)
        await client.aclose()


@pytest.mark.looptime
async def test_the_timeouts_are_the_clients_and_not_the_given_sessions(sim: Simulator, make_client: Any) -> None:
    asset_id = sim.add_asset()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as session:
        client = make_client(sim, session=session)
        sim.faults.add("GET", "*", Fault.delay(20))
        assert (await client.assets.get(asset_id)).id == asset_id
        await client.aclose()


async def test_a_given_connector_is_used_and_not_closed(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    async with aiohttp.TCPConnector(limit=2) as connector:
        for _ in range(2):
            async with make_client(server, connector=connector) as client:
                await client.assets.get("asset1")
        assert not connector.closed
        assert server.connections == 1, "the second client used the connection of the first"


async def test_requests_go_through_a_proxy(sim: Simulator, make_client: Any, video: Any) -> None:
    async with TinyProxy() as proxy, make_client(sim, proxy=f"http://a:word@127.0.0.1:{proxy.port}") as client:
        asset = await client.assets.create(**video)
        assert (await client.assets.get(asset.id)).id == asset.id
    assert proxy.heads[0].startswith(f"POST {sim.url}/api/v1/")
    assert "Proxy-Authorization: Basic" in proxy.heads[0]
    assert len(sim.assets) == 1


@pytest.mark.looptime
async def test_a_proxy_that_is_not_there_is_a_connect_error(sim: Simulator, make_client: Any, video: Any) -> None:
    async with TinyProxy() as proxy:
        port = proxy.port
    client = make_client(sim, proxy=f"http://someone:canary@127.0.0.1:{port}")
    for call in (client.assets.create(**video), client.assets.get("asset1")):
        with pytest.raises(ConnectError, match="nothing was sent") as caught:
            await call
        assert caught.value.attempts == 4
        assert "canary" not in "".join(traceback.format_exception(caught.value))
    assert sim.journal.count() == 0


@pytest.mark.parametrize("verdict", [b"407 Proxy Authentication Required", b"502 Bad Gateway"])
async def test_a_tunnel_that_is_refused_is_a_connect_error(
    verdict: bytes, sim: Simulator, make_client: Any, video: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with TinyProxy(b"HTTP/1.1 " + verdict + b"\r\nContent-Length: 0\r\n\r\n") as proxy:
        options = {"base_url": sim.url.replace("http:", "https:"), "retry": ONCE}
        async with make_client(sim, proxy=f"http://127.0.0.1:{proxy.port}", **options) as client:
            with caplog.at_level(logging.DEBUG), pytest.raises(ConnectError):
                await client.assets.create(**video)
    assert proxy.heads[0].startswith("CONNECT ")
    assert sim.token not in "".join(proxy.heads)
    assert sim.journal.count() == 0


@pytest.mark.looptime
async def test_a_given_session_that_its_owner_closes_ends_a_call_that_waits_for_its_pool(
    sim: Simulator, make_client: Any
) -> None:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))
    client = make_client(sim, session=session)
    sim.faults.add("GET", "*", Fault.stall())
    owners = asyncio.create_task(session.get(sim.url))
    await asyncio.sleep(1)
    ours = asyncio.create_task(client.assets.get("asset1"))
    await asyncio.sleep(1)
    await session.close()
    with pytest.raises(ClientClosedError):
        await ours
    assert not ours.cancelled()
    await asyncio.gather(owners, return_exceptions=True)
