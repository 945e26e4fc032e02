"""Connections are kept, bounded and shared out fairly."""

import asyncio
from typing import Any

import aiohttp
import pytest
from support.scripted import ScriptedServer, after, answer

from tpstreams_async import RequestTimeoutError, Timeouts
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime


async def test_calls_in_a_row_share_one_connection(scripted: Any, make_client: Any, video: Any) -> None:
    server: ScriptedServer = await scripted()
    client = make_client(server)
    for _ in range(5):
        await client.assets.get("asset1")
        await client.assets.create(**video)
    assert (server.connections, len(server.requests)) == (1, 10)


async def test_an_idle_connection_is_left_before_the_usual_server_closes_it(
    scripted: Any, make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # aiohttp asks the clock on the wall how long a connection was idle.
    monkeypatch.setattr("aiohttp.connector.monotonic", lambda: asyncio.get_running_loop().time())
    server: ScriptedServer = await scripted()
    client = make_client(server)
    await client.assets.get("asset1")
    await asyncio.sleep(3.5)
    await client.assets.get("asset1")
    assert server.connections == 1
    await asyncio.sleep(4.5)
    await client.assets.get("asset1")
    assert server.connections == 2


async def test_no_more_connections_are_open_than_allowed(scripted: Any, make_client: Any) -> None:
    most = 0

    async def count(exchange: Any) -> None:
        nonlocal most
        most = max(most, exchange.server.open_connections)
        await after(1, answer())(exchange)

    server = await scripted(count)
    client = make_client(server, max_connections=3)
    await asyncio.gather(*(client.assets.get("asset1") for _ in range(20)))
    assert most == 3
    assert server.connections == 3


async def test_a_session_that_was_given_with_room_for_all_is_not_filled(
    sim: Simulator, make_client: Any, video: Any
) -> None:
    sim.faults.add("*", "*", Fault.delay(1), times=None)
    asset_id = sim.add_asset()
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
        make_client(sim, session=session, max_connections=3) as client,
    ):
        loop = asyncio.get_running_loop()
        began = loop.time()
        calls = [client.assets.get(asset_id) if number % 2 else client.assets.create(**video) for number in range(12)]
        await asyncio.gather(*calls)
        assert loop.time() - began == pytest.approx(4, abs=0.1)


async def test_callers_beyond_the_pool_are_served_in_the_order_in_which_they_came(
    scripted: Any, make_client: Any
) -> None:
    server = await scripted(after(0.01, answer()))
    client = make_client(server, max_connections=2)
    await asyncio.gather(*(client.assets.get(f"asset{number:03}") for number in range(100)))
    assert [request.target[-4:-1] for request in server.requests] == [f"{number:03}" for number in range(100)]


async def test_newcomers_do_not_starve_those_who_wait(scripted: Any, make_client: Any, looptime: Any) -> None:
    server = await scripted(after(1, answer()))
    client = make_client(server, max_connections=1)

    async def greedy() -> None:
        while True:
            await client.assets.get("greedy")

    hogs = [asyncio.create_task(greedy()) for _ in range(3)]
    await asyncio.sleep(1.5)
    began = float(looptime)
    await client.assets.get("patient")
    assert float(looptime) - began <= 5
    for hog in hogs:
        hog.cancel()
    await asyncio.gather(*hogs, return_exceptions=True)


async def test_a_caller_that_gives_up_in_the_queue_leaves_its_place_to_the_next(
    sim: Simulator, make_client: Any
) -> None:
    client = make_client(sim, max_connections=1)
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", Fault.delay(10))
    first = asyncio.create_task(client.assets.get(asset_id))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(client.with_options(timeouts=Timeouts(total=2)).assets.get(asset_id))
    third = asyncio.create_task(client.assets.get(asset_id))
    fourth = asyncio.create_task(client.assets.get(asset_id))
    await asyncio.sleep(0.1)
    third.cancel()
    results = await asyncio.gather(first, second, third, fourth, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["Asset", "RequestTimeoutError", "CancelledError", "Asset"]
    assert isinstance(results[1], RequestTimeoutError)
    assert sim.journal.count() == 2


async def test_a_caller_that_is_cancelled_as_its_turn_comes_hands_it_on(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, max_connections=1)
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", Fault.delay(1))
    waiting: list[asyncio.Task[Any]] = []

    async def first() -> None:
        await client.assets.get(asset_id)
        # The place was given to the next in line, who does not know it yet.
        waiting[0].cancel()

    leader = asyncio.create_task(first())
    await asyncio.sleep(0.1)
    waiting += [asyncio.create_task(client.assets.get(asset_id)) for _ in range(2)]
    async with asyncio.timeout(5):
        results = await asyncio.gather(leader, *waiting, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["NoneType", "CancelledError", "Asset"]
    assert sim.journal.count() == 2


async def test_no_place_is_lost_by_those_who_give_up(scripted: Any, make_client: Any) -> None:
    server = await scripted(after(1, answer()))
    client = make_client(server, max_connections=2)
    for _ in range(3):
        calls = [asyncio.create_task(client.assets.get(f"asset{number:03}")) for number in range(12)]
        await asyncio.sleep(0.5)
        for number in (0, 3, 4, 11):
            calls[number].cancel()
        await asyncio.gather(*calls, return_exceptions=True)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(client.assets.get("asset1") for _ in range(6)))
    assert loop.time() - began == pytest.approx(3, abs=0.1)


async def test_a_hundred_concurrent_calls_all_get_their_own_answer(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, max_connections=7)
    ids = [sim.add_asset(f"Video {number}") for number in range(100)]
    assets = await asyncio.gather(*(client.assets.get(asset_id) for asset_id in ids))
    assert [asset.title for asset in assets] == [f"Video {number}" for number in range(100)]


async def test_a_broken_connection_gives_its_place_back(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, max_connections=1)
    asset_id = sim.add_asset()
    faults = [Fault.reset(), Fault.cut(), Fault.garbage(), Fault.stall(seconds=40), Fault.html(), Fault.bomb(2**25)]
    for fault in faults:
        sim.faults.add("GET", "*", fault)
        assert (await client.assets.get(asset_id)).id == asset_id
