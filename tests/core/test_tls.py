"""TLS: trusted works; what is not trusted is said at once, and no token is sent."""

import ssl
from typing import Any

import aiohttp
import pytest
import trustme
from support.scripted import ScriptedServer, TinyProxy, answer

from tpstreams_async import ConnectError, OutcomeUnknownError
from tpstreams_async.simulator import Simulator


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def context_for(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
async def server(scripted: Any, authority: trustme.CA) -> ScriptedServer:
    made: ScriptedServer = await scripted(answer(), ssl=context_for(authority, "127.0.0.1"))
    return made


async def test_a_trusted_certificate_is_accepted(
    server: ScriptedServer, trusting: ssl.SSLContext, make_client: Any, video: Any
) -> None:
    async with make_client(server, ssl=trusting) as client:
        assert (await client.assets.get("asset1")).id == "asset1"
        assert (await client.assets.create(**video)).id == "asset1"
    assert server.requests[0].headers["authorization"] == f"Token {server.token}"


@pytest.mark.parametrize("creates", [False, True], ids=["read", "create"])
async def test_an_untrusted_certificate_is_named_after_one_attempt(
    creates: bool, server: ScriptedServer, make_client: Any, video: Any
) -> None:
    async with make_client(server) as client:
        with pytest.raises(ConnectError, match="TLS") as caught:
            await (client.assets.create(**video) if creates else client.assets.get("asset1"))
    assert (caught.value.attempts, caught.value.may_pass) == (1, False)
    assert "certificate" in str(caught.value).lower()
    assert server.requests == []


async def test_a_certificate_for_another_host_is_refused(
    scripted: Any, authority: trustme.CA, trusting: ssl.SSLContext, make_client: Any
) -> None:
    server: ScriptedServer = await scripted(answer(), ssl=context_for(authority, "elsewhere.example"))
    async with make_client(server, ssl=trusting) as client:
        with pytest.raises(ConnectError, match="TLS") as caught:
            await client.assets.get("asset1")
    assert (caught.value.attempts, server.requests) == (1, [])


async def test_https_to_a_plain_port_is_named(sim: Simulator, make_client: Any, video: Any) -> None:
    async with make_client(sim, base_url=sim.url.replace("http:", "https:")) as client:
        for call in (client.assets.get("asset1"), client.assets.create(**video)):
            with pytest.raises(ConnectError, match="TLS") as caught:
                await call
            assert caught.value.attempts == 1
    assert all("Authorization" not in record.headers for record in sim.journal)


async def test_a_pinned_fingerprint_is_checked(server: ScriptedServer, make_client: Any, video: Any) -> None:
    async with make_client(server, ssl=aiohttp.Fingerprint(b"\0" * 32)) as client:
        for call in (client.assets.get("asset1"), client.assets.create(**video)):
            with pytest.raises(ConnectError, match="TLS") as caught:
                await call
            assert caught.value.attempts == 1
    assert server.requests == []


async def test_plain_http_from_a_tls_port_is_no_success(
    scripted: Any, authority: trustme.CA, make_client: Any, video: Any
) -> None:
    server: ScriptedServer = await scripted(answer(), ssl=context_for(authority, "127.0.0.1"))
    async with make_client(server, base_url=server.url.replace("https:", "http:")) as client:
        with pytest.raises(OutcomeUnknownError):
            await client.assets.create(**video)


async def test_a_proxy_sees_nothing_of_what_goes_through_its_tunnel(
    server: ScriptedServer, trusting: ssl.SSLContext, make_client: Any, video: Any
) -> None:
    async with TinyProxy() as proxy, make_client(server, ssl=trusting, proxy=proxy.url) as client:
        assert (await client.assets.get("asset1")).id == "asset1"
        assert (await client.assets.create(**video)).id == "asset1"
    assert [request.method for request in server.requests] == ["GET", "POST"]
    assert all(head.startswith("CONNECT ") for head in proxy.heads)
    everything = "".join(proxy.heads).encode() + proxy.seen
    assert server.token.encode() not in everything
    assert b"asset1" not in everything
