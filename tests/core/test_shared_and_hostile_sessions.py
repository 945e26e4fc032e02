"""A session of one's own may be shared, set up in odd ways, or raise anything."""

import asyncio
import pickle
import warnings
from typing import Any

import aiohttp
import pytest
from support.scripted import ScriptedServer, TinyProxy, answer, hang_up, raw_answer

from tpstreams_async import (
    BadRequestError,
    ConnectError,
    DecodeError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknownError,
    RequestTimeoutError,
    Retry,
    Timeouts,
    TransportError,
)
from tpstreams_async.simulator import Fault, Simulator


async def test_two_clients_on_one_session_judge_their_own_requests_alone(
    scripted: Any, make_client: Any, video: Any
) -> None:
    server: ScriptedServer = await scripted(answer(status=400), answer(status=400), answer(status=404))
    async with aiohttp.ClientSession() as session:
        first, second = make_client(server, session=session), make_client(server, session=session)
        for client in (first, second):
            with pytest.raises(BadRequestError):
                await client.assets.create(**video)
        with pytest.raises(NotFoundError):
            await first.assets.delete("never-there")
        await first.aclose()
        await second.aclose()
        assert session.trace_configs == []


async def test_a_session_that_raises_for_status_changes_nothing(scripted: Any, make_client: Any, video: Any) -> None:
    server: ScriptedServer = await scripted(answer(status=404), answer({"title": ["Too long."]}, status=400))
    async with aiohttp.ClientSession(raise_for_status=True) as session, make_client(server, session=session) as client:
        with pytest.raises(NotFoundError):
            await client.assets.get("asset1")
        with pytest.raises(BadRequestError) as caught:
            await client.assets.create(**video)
    assert caught.value.field_errors == {"title": ("Too long.",)}
    assert len(server.requests) == 2


async def test_a_session_that_does_not_decompress_changes_nothing(sim: Simulator, make_client: Any) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", Fault.gzip())
    async with aiohttp.ClientSession(auto_decompress=False) as session, make_client(sim, session=session) as client:
        assert (await client.assets.get(asset_id)).id == asset_id


async def test_what_a_middleware_raises_is_an_error_of_this_package(
    scripted: Any, make_client: Any, video: Any
) -> None:
    server: ScriptedServer = await scripted()

    async def broken(request: Any, handler: Any) -> Any:
        raise KeyError("mine")

    async with (
        aiohttp.ClientSession(middlewares=[broken]) as session,
        make_client(server, session=session, retry=Retry(attempts=1)) as client,
    ):
        with pytest.raises(TransportError, match="KeyError"):
            await client.assets.get("asset1")
        with pytest.raises(OutcomeUnknownError):  # who knows what a middleware did
            await client.assets.create(**video)
    assert server.requests == []


async def test_a_creation_that_a_middleware_sent_on_its_own_way_is_never_called_unsent(
    scripted: Any, make_client: Any, video: Any
) -> None:
    server: ScriptedServer = await scripted(hang_up())

    async def elsewhere(request: Any, handler: Any) -> Any:
        async with aiohttp.ClientSession() as other:
            return await other.post(request.url, json={})

    async with (
        aiohttp.ClientSession(middlewares=[elsewhere]) as session,
        make_client(server, session=session) as client,
    ):
        with pytest.raises(OutcomeUnknownError):
            await client.assets.create(**video)
    assert len(server.requests) == 1


async def test_a_creation_that_a_middleware_repeated_is_not_repeated_once_more(
    scripted: Any, make_client: Any, video: Any
) -> None:
    server: ScriptedServer = await scripted(answer(status=502), answer(status=429), answer())

    async def again(request: Any, handler: Any) -> Any:
        response = await handler(request)
        return await handler(request) if response.status == 502 else response

    async with (
        aiohttp.ClientSession(middlewares=[again]) as session,
        make_client(server, session=session) as client,
    ):
        with pytest.raises(OutcomeUnknownError):
            await client.assets.create(**video)
    assert len(server.requests) == 2


async def test_a_session_with_auth_of_its_own_is_refused_at_once(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        session = aiohttp.ClientSession(auth=aiohttp.BasicAuth("user", "password"))
    async with session:
        with pytest.raises(InvalidInputError) as caught:
            make_client(server, session=session)
    assert caught.value.argument == "session"
    assert "password" not in str(caught.value)


@pytest.mark.parametrize(("length", "expected"), [("0" * 5000 + "2", DecodeError), ("9" * 5000, TransportError)])
@pytest.mark.parametrize("later", [False, True])
async def test_a_length_of_thousands_of_digits_is_read_or_refused(
    length: str, expected: type[Exception], later: bool, scripted: Any, make_client: Any
) -> None:
    """With nothing but zeros in front it is a length as any other, here of an empty object, which is no asset."""
    server: ScriptedServer = await scripted(_with_length(length, later=later))
    client = make_client(server, retry=Retry(attempts=1), timeouts=Timeouts(total=5))
    with pytest.raises(expected):
        await client.assets.get("asset1")


def _with_length(length: str, *, later: bool) -> Any:
    async def step(exchange: Any) -> None:
        head = raw_answer(b"").replace(b"Content-Length: 0", f"Content-Length: {length}".encode())
        if later:
            await exchange.send(head)
            await asyncio.sleep(0.01)
            await exchange.send(b"{}")
        else:
            await exchange.send(head + b"{}")
        await exchange.close()

    return step


@pytest.mark.looptime
async def test_a_creation_whose_time_runs_out_before_a_connection_is_tried_again_and_then_not_sent(
    make_client: Any, video: Any
) -> None:
    """The name never resolves, so nothing can have left, whatever the class of the error."""

    class Never(aiohttp.abc.AbstractResolver):
        asked = 0

        async def resolve(self, *_: Any, **__: Any) -> Any:
            Never.asked += 1
            await asyncio.sleep(1000)

        async def close(self) -> None: ...

    server = type("Server", (), {"organization_id": "org001", "token": "t" * 64, "url": "https://slow.example"})
    async with aiohttp.TCPConnector(resolver=Never(), use_dns_cache=False) as connector:
        client = make_client(server, connector=connector, timeouts=Timeouts(total=60, attempt=5))
        with pytest.raises(ConnectError, match="nothing was sent") as caught:
            await client.assets.create(**video)
        assert (caught.value.attempts, Never.asked) == (4, 4)
        client = make_client(server, connector=connector, timeouts=Timeouts(total=3))
        with pytest.raises(RequestTimeoutError):
            await client.assets.create(**video)
        await client.aclose()


async def test_a_creation_through_a_proxy_that_talks_garbage_was_not_sent(make_client: Any, video: Any) -> None:
    server = type("Server", (), {"organization_id": "org001", "token": "t" * 64, "url": "https://app.example"})
    async with TinyProxy(b"garbage\r\n\r\n") as proxy:
        client = make_client(server, proxy=proxy.url, retry=Retry(attempts=2, backoff_base=0))
        with pytest.raises(ConnectError) as caught:
            await client.assets.create(**video)
    assert caught.value.attempts == 2


@pytest.mark.looptime
async def test_a_pool_with_a_limit_per_host_is_fair_too(sim: Simulator, make_client: Any) -> None:
    asset_id = sim.add_asset()
    order: list[int] = []

    async def call(client: Any, number: int) -> None:
        await client.assets.get(asset_id)
        order.append(number)

    async with (
        aiohttp.TCPConnector(limit=100, limit_per_host=2) as connector,
        make_client(sim, connector=connector) as client,
    ):
        await asyncio.gather(*(call(client, number) for number in range(40)))
    assert all(abs(place - number) <= 2 for place, number in enumerate(order))


@pytest.mark.parametrize("used", [False, True])
async def test_a_client_cannot_be_pickled_with_its_token(used: bool, sim: Simulator, client: Any) -> None:
    if used:
        await client.assets.list().first()
    with pytest.raises(TypeError, match="make one where it is needed"):
        pickle.dumps(client)
