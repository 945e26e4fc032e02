"""The token goes to our own origin with every request, and nowhere else."""

import asyncio
from typing import Any

import aiohttp
import pytest
from support.scripted import ScriptedServer, answer, hang_up

from tpstreams_async import ConnectError, DecodeError, OutcomeUnknownError, ServerError, TPStreamsError
from tpstreams_async.simulator import Simulator

pytestmark = pytest.mark.looptime

PNG = b"\x89PNG\r\n\x1a\n0000"


async def test_every_request_has_the_token_and_asks_for_json(sim: Simulator, client: Any, video: Any) -> None:
    asset = await client.assets.create(**video)
    await asyncio.sleep(60)
    await client.assets.list().collect()
    await client.assets.get(asset.id)
    await client.assets.trim(asset.id, end_time=1)
    await client.assets.trim_status(asset.id)
    await asyncio.sleep(60)
    await client.assets.revert_trim(asset.id)
    await client.assets.generate_subtitle(asset.id)
    await client.assets.upload_subtitle(asset.id, b"WEBVTT")
    await client.assets.upload_thumbnail(asset.id, PNG)
    await client.assets.move(asset.id)
    await client.assets.delete(asset.id)
    assert sim.journal.count() == 11
    for record in sim.journal:
        assert record.headers.getall("Authorization") == [f"Token {sim.token}"]  # type: ignore[attr-defined]
        assert record.headers["Accept"].startswith("application/json")
        assert record.headers["User-Agent"].startswith("tpstreams-async/")
        assert "Cookie" not in record.headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["elsewhere", "same host", "relative"])
async def test_a_redirect_is_never_followed(status: int, where: str, scripted: Any, make_client: Any) -> None:
    elsewhere: ScriptedServer = await scripted()
    server: ScriptedServer = await scripted()
    place = {"elsewhere": f"{elsewhere.url}/?key=canary", "same host": f"{server.url}/other/", "relative": "/other/"}
    server.steps = [answer(b"", status, {"Location": place[where]})]
    with pytest.raises(ServerError, match="redirect") as caught:
        await make_client(server).assets.get("asset1")
    assert caught.value.status == status
    assert "canary" not in str(caught.value)
    assert elsewhere.connections == 0
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [302, 303, 307, 308])
async def test_a_redirected_creation_is_unknown_and_its_body_goes_nowhere(
    status: int, scripted: Any, make_client: Any, video: Any
) -> None:
    elsewhere: ScriptedServer = await scripted()
    server: ScriptedServer = await scripted(answer(b"", status, {"Location": f"{elsewhere.url}/"}))
    with pytest.raises(OutcomeUnknownError):
        await make_client(server).assets.create(**video)
    assert (elsewhere.connections, len(server.requests)) == (0, 1)


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/api/v1/org001/assets/?offset=1",
        "//elsewhere.example/?offset=1",
        "{other}/api/v1/org001/assets/?offset=1",
        "https://{host}/api/v1/org001/assets/?offset=1",
        "http://user@{host}/?offset=1",
        "http://{host}.elsewhere.example/?offset=1",
        "http://[::1/?offset=1",
    ],
)
async def test_a_link_to_a_next_page_elsewhere_is_refused(link: str, scripted: Any, make_client: Any) -> None:
    other: ScriptedServer = await scripted()
    server: ScriptedServer = await scripted()
    next_ = link.format(other=other.url, host=f"127.0.0.1:{server.port}")
    server.steps = [answer({"count": 2, "next": next_, "results": [{"id": "a"}]})]
    with pytest.raises(DecodeError) as caught:
        await make_client(server).assets.list().collect()
    assert caught.value.path == "$.next"
    assert (other.connections, len(server.requests)) == (0, 1)


async def test_a_link_cannot_lead_to_another_call_of_our_own_server(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    server.steps = [
        answer({"next": f"{server.url}/api/v1/victim/webhooks/?offset=1", "results": []}),
        answer({"next": None, "results": []}),
    ]
    await make_client(server).assets.list().collect()
    assert server.targets == ["GET /api/v1/org001/assets/", "GET /api/v1/org001/assets/?offset=1"]


async def test_cookies_are_not_sent_back(scripted: Any, make_client: Any, video: Any) -> None:
    server: ScriptedServer = await scripted(answer(headers={"Set-Cookie": "session=abc; Path=/"}))
    # By its name: aiohttp's usual cookie jar takes none from a bare address.
    client = make_client(server, base_url=f"http://localhost:{server.port}")
    for _ in range(2):
        await client.assets.get("asset1")
        await client.assets.create(**video)
    assert all("cookie" not in request.headers for request in server.requests)


@pytest.mark.parametrize("given", [False, True], ids=["own session", "given session"])
async def test_a_netrc_is_not_asked_for_credentials(
    given: bool, scripted: Any, make_client: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, video: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password netrc-secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server: ScriptedServer = await scripted()
    async with aiohttp.ClientSession() as session:
        client = make_client(server, session=session if given else None)
        await client.assets.get("asset1")
        await client.assets.create(**video)
        await client.aclose()
    for request in server.requests:
        assert request.headers["authorization"] == f"Token {server.token}"


async def test_a_given_session_that_adds_credentials_from_a_netrc_is_named_at_once(
    scripted: Any, make_client: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, video: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password netrc-secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server: ScriptedServer = await scripted()
    async with aiohttp.ClientSession(trust_env=True) as session:
        client = make_client(server, session=session)
        for call in (client.assets.get("asset1"), client.assets.create(**video)):
            with pytest.raises(ConnectError, match="trust_env") as caught:
                await call
            assert caught.value.attempts == 1
            assert "netrc-secret" not in str(caught.value)
        await client.aclose()
    assert server.requests == []


async def test_two_clients_keep_their_tokens_apart_over_one_session(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(answer(), answer(), hang_up(), answer())
    async with aiohttp.ClientSession() as session:
        one = make_client(server, token="token-of-one", session=session)
        two = make_client(server, token="token-of-two", session=session)
        await one.assets.get("asset1")
        await two.assets.get("asset1")
        await one.assets.get("asset1")
        await one.aclose()
        await two.aclose()
    tokens = [request.headers["authorization"] for request in server.requests]
    assert tokens[:2] == ["Token token-of-one", "Token token-of-two"]
    assert set(tokens[2:]) == {"Token token-of-one"}
    assert "authorization" not in {name.lower() for name in session.headers}


async def test_an_error_page_of_html_is_an_api_error_with_the_right_status(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(b"<html><h1>Not Found</h1></html>", 404, {"Content-Type": "text/html"}))
    with pytest.raises(TPStreamsError) as caught:
        await make_client(server).assets.get("asset1")
    assert type(caught.value).__name__ == "NotFoundError"
    assert "<h1>" in caught.value.body  # type: ignore[attr-defined]
