"""Closing a client ends everything that is under way, at once and with a clear word."""

import asyncio
import threading
from typing import Any

import aiohttp
import pytest
from support.scripted import ScriptedServer, answer, hang

from tpstreams_async import ClientClosedError, NotFoundError, RateLimit, Retry, TPStreams
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime


async def closing(client: TPStreams, *calls: Any) -> list[BaseException]:
    """Close the client while these calls are under way, and return what became of them."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    await asyncio.sleep(1)
    assert not any(task.done() for task in tasks)
    await client.aclose()
    _, late = await asyncio.wait(tasks, timeout=1)
    for task in late:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert not late
    return [result for result in results if isinstance(result, BaseException)]


@pytest.mark.parametrize("use", ["get", "create", "list", "job"])
async def test_a_closed_client_says_so(use: str, sim: Simulator, client: Any, video: Any) -> None:
    uses: dict[str, Any] = {
        "get": lambda: client.assets.get("asset1"),
        "create": lambda: client.assets.create(**video),
        "list": lambda: client.assets.list().collect(),
        "job": lambda: client.jobs.asset("asset1").result(),
    }
    await client.assets.list().first()
    await client.aclose()
    with pytest.raises(ClientClosedError, match="make a new one"):
        await uses[use]()
    assert sim.journal.count() == 1


async def test_closing_twice_and_without_use_does_no_harm(sim: Simulator, client: Any) -> None:
    await client.aclose()
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await client.assets.get("asset1")
    assert sim.journal.count() == 0


async def test_calls_in_flight_end_with_a_clear_error(sim: Simulator, client: Any, video: Any) -> None:
    sim.faults.add("*", "*", Fault.stall(), times=None)
    get, create, delete = await closing(
        client, client.assets.get("asset1"), client.assets.create(**video), client.assets.delete("asset1")
    )
    assert [type(error) for error in (get, create, delete)] == [ClientClosedError] * 3
    assert "may or may not" not in str(get)
    assert "may or may not have been carried out" in str(create)
    assert "client.assets.find(title=" in str(create)
    assert "may or may not have been carried out" in str(delete)


async def test_calls_whose_answer_is_being_read_end_too(sim: Simulator, client: Any, video: Any) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("*", "*", Fault.stall(inside=True), times=None)
    errors = await closing(client, client.assets.get(asset_id), client.assets.create(**video))
    assert [type(error) for error in errors] == [ClientClosedError] * 2
    assert "may or may not" in str(errors[1])


async def test_calls_in_backoff_end(sim: Simulator, make_client: Any, video: Any) -> None:
    client = make_client(sim, retry=Retry(backoff_base=20, backoff_max=20))
    sim.faults.add("GET", "*", Fault.status(503), times=None)
    sim.faults.add("POST", "*", Fault.status(429), times=None)
    errors = await closing(client, client.assets.get("asset1"), client.assets.create(**video))
    assert [type(error) for error in errors] == [ClientClosedError] * 2
    assert sim.journal.count() == 2


async def test_calls_in_line_for_a_connection_end_unsent(sim: Simulator, make_client: Any, video: Any) -> None:
    client = make_client(sim, max_connections=1)
    sim.faults.add("GET", "*", Fault.stall())
    calls = [client.assets.get("asset1"), *(client.assets.create(**video) for _ in range(5))]
    errors = await closing(client, *calls)
    assert [type(error) for error in errors] == [ClientClosedError] * 6
    assert all("may or may not" not in str(error) for error in errors)
    assert sim.journal.count() == 1


async def test_calls_in_line_in_the_pool_of_a_given_connector_end_unsent(
    sim: Simulator, make_client: Any, video: Any
) -> None:
    async with aiohttp.TCPConnector(limit=1) as connector:
        client = make_client(sim, connector=connector)
        sim.faults.add("GET", "*", Fault.stall())
        calls = [client.assets.get("asset1"), *(client.assets.create(**video) for _ in range(3))]
        errors = await closing(client, *calls)
    assert [type(error) for error in errors] == [ClientClosedError] * 4
    assert sim.journal.count("POST") == 0


@pytest.mark.parametrize("inside", [False, True], ids=["awaiting the answer", "reading the answer"])
async def test_calls_over_a_given_session_end_though_it_stays_open(
    inside: bool, sim: Simulator, make_client: Any, video: Any
) -> None:
    asset_id = sim.add_asset()
    async with aiohttp.ClientSession() as session:
        client = make_client(sim, session=session)
        sim.faults.add("*", "*", Fault.stall(inside=inside), times=None)
        errors = await closing(client, client.assets.get(asset_id), client.assets.create(**video))
        assert [type(error) for error in errors] == [ClientClosedError] * 2
        assert not session.closed


async def test_calls_held_back_by_the_rate_limit_end_unsent(sim: Simulator, make_client: Any, video: Any) -> None:
    client = make_client(sim, rate_limit=RateLimit(per_second=0.05))
    with pytest.raises(NotFoundError):
        await client.assets.get("asset1")
    errors = await closing(client, client.assets.get("asset1"), client.assets.create(**video))
    assert [type(error) for error in errors] == [ClientClosedError] * 2
    assert sim.journal.count() == 1


async def test_calls_held_back_by_a_429_end_unsent(sim: Simulator, client: Any, video: Any) -> None:
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "25"}))
    first = asyncio.create_task(client.assets.get("asset1"))
    await asyncio.sleep(1)
    errors = await closing(client, first, client.assets.get("asset2"), client.assets.create(**video))
    assert [type(error) for error in errors] == [ClientClosedError] * 3
    assert sim.journal.count() == 1


async def test_a_walk_through_a_list_ends(sim: Simulator, client: Any) -> None:
    for _ in range(4):
        sim.add_asset()
    rows = aiter(client.assets.list(page_size=2))
    await anext(rows)
    await client.aclose()
    await anext(rows)
    with pytest.raises(ClientClosedError):
        await anext(rows)


async def test_the_scoped_view_is_closed_with_its_client(sim: Simulator, client: Any) -> None:
    scoped = client.with_options(retry=Retry(attempts=1))
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await scoped.assets.get("asset1")


async def test_leaving_the_block_closes_the_connections(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    async with make_client(server) as client:
        await client.assets.get("asset1")
        assert server.open_connections == 1
    await asyncio.sleep(0.1)
    assert server.open_connections == 0


async def test_another_event_loop_is_refused(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    client = make_client(server)
    await client.assets.get("asset1")
    found: list[BaseException] = []

    def elsewhere() -> None:
        try:
            asyncio.run(client.assets.get("asset1"))
        except ClientClosedError as error:
            found.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert [type(error) for error in found] == [ClientClosedError]
    assert "another event loop" in str(found[0])
    assert len(server.requests) == 1
    assert (await client.assets.get("asset1")).id == "asset1"


async def test_a_client_made_outside_any_loop_works_in_the_first_that_uses_it(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    made: list[TPStreams] = []
    thread = threading.Thread(target=lambda: made.append(make_client(server)))
    thread.start()
    thread.join()
    assert (await made[0].assets.get("asset1")).id == "asset1"


async def test_after_a_fork_the_client_is_refused(
    scripted: Any, make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server: ScriptedServer = await scripted()
    client = make_client(server)
    await client.assets.get("asset1")
    with monkeypatch.context() as patch:
        patch.setattr("os.getpid", lambda: -1)
        with pytest.raises(ClientClosedError, match="fork"):
            await client.assets.get("asset1")
    assert (await client.assets.get("asset1")).id == "asset1"


async def test_closing_in_another_event_loop_is_refused_while_its_own_runs(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset()
    call = asyncio.create_task(client.assets.get(asset_id))
    await asyncio.sleep(0)
    errors: list[BaseException] = []

    def elsewhere() -> None:
        try:
            asyncio.run(client.aclose())
        except BaseException as error:  # noqa: BLE001 - it is looked at below
            errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    (error,) = errors
    assert isinstance(error, ClientClosedError)
    assert "close it there" in str(error)
    assert (await call).id == asset_id, "what is under way is left alone"


async def test_a_fork_inside_a_coroutine_is_named(
    scripted: Any, make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: TPStreams = make_client(await scripted())
    await client.assets.get("asset1")
    coroutine = client.assets.get("asset1")
    with monkeypatch.context() as patch:
        patch.setattr("os.getpid", lambda: -1)
        patch.setattr("asyncio.get_running_loop", lambda: pytest.fail("there is no loop after a fork"))
        with pytest.raises(ClientClosedError, match="before a fork"):
            coroutine.send(None)


@pytest.mark.parametrize("creates", [False, True], ids=["read", "create"])
async def test_cancelling_a_call_in_flight_leaves_no_connection_and_no_task(
    creates: bool, scripted: Any, make_client: Any, video: Any
) -> None:
    server: ScriptedServer = await scripted(hang())
    client = make_client(server)
    before = asyncio.all_tasks()
    call = asyncio.create_task(client.assets.create(**video) if creates else client.assets.get("asset1"))
    await asyncio.sleep(1)
    assert server.open_connections == 1
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    server.closing.set()
    await asyncio.sleep(1)
    assert server.open_connections == 0
    assert asyncio.all_tasks() <= before


@pytest.mark.parametrize("where", ["gate", "rate limit", "backoff"])
async def test_cancelling_a_call_that_waits_is_a_plain_cancellation(
    where: str, scripted: Any, make_client: Any
) -> None:
    server: ScriptedServer = await scripted(hang() if where == "gate" else answer({}, 503))
    options: dict[str, Any] = {
        "gate": {"max_connections": 1},
        "rate limit": {"rate_limit": RateLimit(per_second=0.1), "retry": Retry(attempts=1)},
        "backoff": {"retry": Retry(backoff_base=50, backoff_max=50)},
    }[where]
    client = make_client(server, **options)
    first = asyncio.create_task(client.assets.get("asset1"))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(client.assets.get("asset2"))
    await asyncio.sleep(1)
    for call in (second, first):
        call.cancel()
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    server.steps = [answer()]
    async with asyncio.timeout(200):
        await client.with_options(retry=Retry(attempts=1)).assets.get("asset3")
