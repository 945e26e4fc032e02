"""Deleting: sent again when its answer got lost, and finding nothing then is a success."""

import asyncio
import contextlib
from typing import Any

import aiohttp
import pytest
from support.scripted import ScriptedServer, answer, hang_up

from tpstreams_async import NotFoundError, OutcomeUnknownError, Retry, ServerError, TPStreams
from tpstreams_async._route import Effect, Route
from tpstreams_async._wire import build, nothing
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime


@pytest.mark.parametrize(
    "fault",
    [
        Fault.reset(when="after"),
        Fault.close(when="after"),
        Fault.status(502, when="after"),
        Fault.status(408, when="after"),
        Fault.stall(when="after"),
    ],
    ids=["reset", "close", "502", "408", "silence"],
)
async def test_a_lost_answer_ends_in_success(fault: Fault, sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("DELETE", "*", fault)
    assert await client.assets.delete(asset_id) is None
    assert asset_id not in sim.assets
    assert [record.status for record in sim.journal][1:] == [404]


async def test_a_failure_before_the_work_is_repeated(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("DELETE", "*", Fault.reset(), Fault.status(503))
    await client.assets.delete(asset_id)
    assert asset_id not in sim.assets
    assert sim.journal.count() == 3


async def test_what_was_never_there_is_not_found(sim: Simulator, client: Any) -> None:
    with pytest.raises(NotFoundError):
        await client.assets.delete("asset1")
    assert sim.journal.count() == 1


async def test_not_found_after_a_refusal_is_not_found(sim: Simulator, client: Any) -> None:
    sim.faults.add("DELETE", "*", Fault.status(429))
    with pytest.raises(NotFoundError):
        await client.assets.delete("asset1")
    assert sim.journal.count() == 2


async def test_not_found_after_no_connection_is_not_found(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(answer({"detail": "Not found."}, 404))
    await server.__aexit__(None, None, None)
    call = asyncio.create_task(make_client(server, retry=Retry(backoff_base=2)).assets.delete("asset1"))
    await asyncio.sleep(1)
    await server.__aenter__()
    with pytest.raises(NotFoundError):
        await call


async def test_if_every_answer_is_lost_the_outcome_is_unknown(sim: Simulator, client: Any) -> None:
    sim.faults.add("DELETE", "*", Fault.reset(), times=None)
    with pytest.raises(OutcomeUnknownError) as caught:
        await client.assets.delete(sim.add_asset())
    assert caught.value.attempts == 4
    assert sim.journal.count() == 4
    assert "client.assets.get" in caught.value.how_to_find_out


async def test_a_lost_answer_then_a_refusal_is_unknown(scripted: Any, make_client: Any) -> None:
    server = await scripted(hang_up(), answer({"detail": "Not now."}, 403))
    with pytest.raises(OutcomeUnknownError):
        await make_client(server).assets.delete("asset1")


async def test_an_answer_with_any_body_counts(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(b"<html>deleted", 200))
    assert await make_client(server).assets.delete("asset1") is None


async def test_a_redirect_is_no_success(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(answer(b"", 302, {"Location": "/elsewhere/"}))
    with pytest.raises(OutcomeUnknownError) as caught:
        await make_client(server).assets.delete("asset1")
    assert isinstance(caught.value.__cause__, ServerError)
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [Fault.reset(when="after"), Fault.close(when="after")], ids=["reset", "close"])
async def test_aiohttp_does_not_send_a_delete_a_second_time_by_itself(
    fault: Fault, sim: Simulator, make_client: Any
) -> None:
    client: TPStreams = make_client(sim, retry=Retry(attempts=1))
    asset_id = sim.add_asset()
    await client.assets.move(asset_id)  # a connection that can be used again
    sim.faults.add("DELETE", "*", fault)
    with pytest.raises(OutcomeUnknownError):
        await client.assets.delete(asset_id)
    assert sim.journal.count("DELETE") == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "PATCH"])
async def test_no_method_is_sent_a_second_time_by_aiohttp(method: str, scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(answer({}), hang_up())
    client = make_client(server, retry=Retry(attempts=1))
    change = Route("some.change", method, "some/", Effect.CHANGE, "look")
    await client._session.send(build(change, nothing, json={}))  # a connection that can be used again
    with pytest.raises(OutcomeUnknownError, match=r"some\.change"):
        await client._session.send(build(change, nothing, json={}))
    assert len(server.requests) == 2


@pytest.mark.parametrize(("method", "sent"), [("PUT", 3), ("DELETE", 3), ("POST", 2)])
async def test_without_our_switch_aiohttp_would_send_some_methods_twice(
    method: str, sent: int, scripted: Any, make_client: Any
) -> None:
    """If this fails aiohttp has changed, and the switch may be needless."""
    server: ScriptedServer = await scripted(answer({}), hang_up(), answer({}))
    client = make_client(server, retry=Retry(attempts=1))
    client._session.require_usable()
    client._session._http._pool.writing._retry_connection = True
    change = Route("some.change", method, "some/", Effect.CHANGE, "look")
    await client._session.send(build(change, nothing, json={}))
    with contextlib.suppress(OutcomeUnknownError):
        await client._session.send(build(change, nothing, json={}))
    assert len(server.requests) == sent


async def test_without_our_switch_aiohttp_would_send_a_delete_twice(sim: Simulator) -> None:
    """If this fails aiohttp has changed, and the switch may be needless."""
    url = f"{sim.url}/api/v1/{sim.organization_id}/assets/{sim.add_asset()}/"
    headers = {"Authorization": f"Token {sim.token}"}
    sim.faults.add("DELETE", "*", Fault.reset(when="after"))
    async with aiohttp.ClientSession() as session:
        async with session.get(url, headers=headers) as response:
            await response.read()
        async with session.delete(url, headers=headers) as response:
            assert response.status == 404
    assert sim.journal.count("DELETE") == 2


@pytest.mark.parametrize("attempts", [1, 4])
async def test_a_lost_answer_over_a_given_session_ends_in_success(
    attempts: int, sim: Simulator, make_client: Any
) -> None:
    """A given session keeps aiohttp's own second send, which must not be taken for a first one."""
    asset_id = sim.add_asset()
    async with aiohttp.ClientSession() as session:
        client = make_client(sim, session=session, retry=Retry(attempts=attempts))
        await client.assets.get(asset_id)
        sim.faults.add("DELETE", "*", Fault.reset(when="after"))
        assert await client.assets.delete(asset_id) is None
        with pytest.raises(NotFoundError):
            await client.assets.delete(asset_id)
        await client.aclose()
