"""Answers that lead elsewhere: no token, and nothing else, is sent there."""

import ssl
from typing import Any

import pytest
import trustme
from faults.acts import ACTS, FIND_OUT, LOOK, NAMES, every_read, failure, story
from faults.conftest import Tell
from support.scripted import ScriptedServer, answer

from tpstreams_async import DecodeError, OutcomeUnknownError, ServerError

pytestmark = pytest.mark.looptime

PLACES = {
    "another host": "{elsewhere}/api/v1/org001/assets/",
    "another path": "{own}/login/",
    "a relative path": "/login/",
    "a host without a scheme": "//127.0.0.1:{port}/",
}
every_redirect = pytest.mark.parametrize(
    "where",
    [
        *[(status, "another host") for status in (301, 302, 303, 307, 308)],
        (302, "another path"),
        (307, "a relative path"),
        (308, "a host without a scheme"),
    ],
)


@pytest.fixture
async def elsewhere(scripted: Any) -> ScriptedServer:
    """A server to which nothing may be sent."""
    made: ScriptedServer = await scripted()
    return made


@pytest.fixture
async def server(scripted: Any) -> ScriptedServer:
    made: ScriptedServer = await scripted()
    return made


def redirect(where: tuple[int, str], server: ScriptedServer, elsewhere: ScriptedServer) -> Any:
    status, place = where
    location = PLACES[place].format(elsewhere=elsewhere.url, own=server.url, port=elsewhere.port)
    return answer(b"", status, {"Location": location})


@pytest.mark.row(35)
@every_redirect
@every_read
async def test_a_redirect_is_never_followed(
    act: str, where: tuple[int, str], server: ScriptedServer, elsewhere: ScriptedServer, make_client: Any, told: Tell
) -> None:
    server.steps = [redirect(where, server, elsewhere)]
    error = await failure(ServerError, "Check base_url", ACTS[act](make_client(server), "asset1"), within=0)
    assert (error.status, error.attempts, len(server.requests)) == (where[0], 1, 1)
    assert elsewhere.connections == 0
    told(f"{NAMES[act]}, {where[0]} to {where[1]}", story(error, len(server.requests)))


@every_redirect
@pytest.mark.parametrize(
    "act", [pytest.param("create", marks=pytest.mark.row(36)), pytest.param("delete", marks=pytest.mark.row(35))]
)
async def test_a_redirect_does_not_tell_what_became_of_a_change(
    act: str, where: tuple[int, str], server: ScriptedServer, elsewhere: ScriptedServer, make_client: Any, told: Tell
) -> None:
    server.steps = [redirect(where, server, elsewhere)]
    says = FIND_OUT if act == "create" else LOOK
    error = await failure(OutcomeUnknownError, says, ACTS[act](make_client(server), "asset1"), within=0)
    assert (error.attempts, len(server.requests)) == (1, 1)
    assert elsewhere.connections == 0
    told(f"{NAMES[act]}, {where[0]} to {where[1]}", story(error, len(server.requests)))


def page(link: str) -> Any:
    return answer({"count": 9, "next": link, "results": [{"id": "asset1"}]})


@pytest.mark.row(37)
@pytest.mark.parametrize(
    ("what", "link"),
    [
        ("another port", "http://127.0.0.1:{elsewhere}/api/v1/org001/assets/?offset=1"),
        ("another name", "http://localhost:{own}/api/v1/org001/assets/?offset=1"),
        ("another scheme", "https://127.0.0.1:{own}/api/v1/org001/assets/?offset=1"),
        ("a host without a scheme", "//127.0.0.1:{elsewhere}/?offset=1"),
        ("a user before the host", "http://127.0.0.1:{own}@127.0.0.1:{elsewhere}/?offset=1"),
    ],
)
async def test_a_next_page_elsewhere_is_an_error(
    what: str, link: str, server: ScriptedServer, elsewhere: ScriptedServer, make_client: Any, told: Tell
) -> None:
    server.steps = [page(link.format(elsewhere=elsewhere.port, own=server.port))]
    error = await failure(DecodeError, "check base_url", make_client(server).assets.list().collect(), within=0)
    assert error.path == "$.next"
    assert len(server.requests) == server.connections == 1
    assert elsewhere.connections == 0
    told(f"list, next page at {what}", story(error, len(server.requests)))


@pytest.mark.row(37)
async def test_a_next_page_over_http_is_an_error_where_https_is_used(
    scripted: Any, elsewhere: ScriptedServer, make_client: Any, told: Tell
) -> None:
    authority, context, trust = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(trust)
    server: ScriptedServer = await scripted(ssl=context)
    server.steps = [page(f"http://127.0.0.1:{port}/?offset=1") for port in (server.port, elsewhere.port)]
    client = make_client(server, ssl=trust)
    for sent in (1, 2):
        error = await failure(DecodeError, "check base_url", client.assets.list().collect(), within=0)
        assert error.path == "$.next"
        assert (len(server.requests), server.connections, elsewhere.connections) == (sent, 1, 0)
        told("list over https, next page over http", story(error, 1))


@pytest.mark.row(38)
@pytest.mark.parametrize(
    ("what", "links"),
    [
        ("itself", ["?"]),
        ("the first page", ["?offset=1", "?offset=2", "?"]),
        ("an earlier page", ["?offset=1", "?offset=2", "?offset=1"]),
    ],
)
async def test_pages_in_a_circle_are_an_error(
    what: str, links: list[str], server: ScriptedServer, make_client: Any, told: Tell
) -> None:
    server.steps = [*map(page, links), answer({}, 404)]
    error = await failure(DecodeError, "lead in a circle", make_client(server).assets.list().collect(), within=0)
    assert error.path == "$.next"
    assert len(server.requests) == len(links)
    told(f"list, next page leads to {what}", story(error, len(server.requests)))


@pytest.mark.row(38)
async def test_empty_pages_without_an_end_are_an_error(server: ScriptedServer, make_client: Any, told: Tell) -> None:
    server.steps = [answer({"count": 9, "next": f"?offset={number}", "results": []}) for number in range(1, 100)]
    error = await failure(DecodeError, "without an end in sight", make_client(server).assets.list().collect(), within=0)
    assert error.path == "$.next"
    assert len(server.requests) == 11
    told("list, empty pages one after the other", story(error, len(server.requests)))
