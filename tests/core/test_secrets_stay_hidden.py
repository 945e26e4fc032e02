"""The token shows nowhere: not in reprs, errors, tracebacks, pickles or logs."""

import logging
import pickle
import traceback
from typing import Any

import pytest
from support.scripted import ScriptedServer, answer, hang, hang_up, raw

from tpstreams_async import ConnectError, Retry, Timeouts, TPStreams, TPStreamsError
from tpstreams_async._redact import Secret
from tpstreams_async.config import Settings

ONCE = Retry(attempts=1)


def parts(error: BaseException) -> str:
    """Return all that the error itself says."""
    return f"{error!r}\n{error}\n{error.__dict__}\n{pickle.dumps(error)!r}"


def report(error: BaseException) -> str:
    """Return all that a report of the error could show, the local variables of the package's frames included."""
    assert error.__traceback__ is not None
    inner = error.with_traceback(error.__traceback__.tb_next)  # less the frame of the test
    shown = "".join(traceback.TracebackException.from_exception(inner, capture_locals=True).format())
    return f"{shown}\n{parts(error)}"


def test_the_reprs_of_client_and_settings_have_no_token() -> None:
    token = "canary" * 8
    client = TPStreams("org001", token)
    settings = Settings.resolve("org001", Secret(token), None)
    for thing in (client, client.assets, client.jobs, client.with_options(), client.__dict__, settings):
        assert "canary" not in f"{thing!r} {thing}"


@pytest.mark.looptime
@pytest.mark.parametrize("creates", [False, True], ids=["read", "create"])
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(answer({"detail": "no"}, 401), id="401"),
        pytest.param(answer({"detail": "no"}, 400), id="400"),
        pytest.param(answer({"detail": "no"}, 429), id="429"),
        pytest.param(answer({"detail": "no"}, 500), id="500"),
        pytest.param(answer(b"", 302, {"Location": "https://elsewhere.example/?sig=canary"}), id="302"),
        pytest.param(answer(b"<html>"), id="html"),
        pytest.param(hang_up(reset=True), id="reset"),
        pytest.param(raw(b"garbage\r\n\r\n"), id="garbage"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{", end="close"), id="cut"),
        pytest.param(hang(), id="silence"),
    ],
)
async def test_no_error_carries_the_token(
    step: Any, creates: bool, scripted: Any, make_client: Any, video: Any
) -> None:
    server: ScriptedServer = await scripted(step)
    client = make_client(server, retry=ONCE, timeouts=Timeouts(total=5))
    with pytest.raises(TPStreamsError) as caught:
        await (client.assets.create(**video) if creates else client.assets.get("asset1"))
    assert server.token not in report(caught.value)
    assert "canary" not in parts(caught.value)
    assert server.requests[0].headers["authorization"] == f"Token {server.token}"


async def test_an_echoed_token_is_hidden_in_the_error(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    server.steps = [answer({"detail": f"Bad header: Authorization: Token {server.token}"}, 400)]
    with pytest.raises(TPStreamsError) as caught:
        await make_client(server).assets.get("asset1")
    assert server.token not in parts(caught.value)


async def test_the_credentials_of_a_proxy_are_not_shown(make_client: Any, scripted: Any) -> None:
    server = await scripted()
    client = make_client(server, proxy="http://someone:canaryword@127.0.0.1:1", retry=ONCE)
    with pytest.raises(ConnectError) as caught:
        await client.assets.get("asset1")
    assert "canaryword" not in report(caught.value)
    assert "canaryword" not in repr(client)


@pytest.mark.looptime
async def test_nothing_secret_is_logged_at_debug(
    scripted: Any, make_client: Any, video: Any, caplog: pytest.LogCaptureFixture
) -> None:
    steps = [hang_up(reset=True), answer({"stream_key": "canary"}, 503), answer({"detail": "no"}, 429), answer()]
    server: ScriptedServer = await scripted(*steps)
    with caplog.at_level(logging.DEBUG):
        async with make_client(server) as client:
            await client.assets.get("asset1")
            server.steps = [answer({"policy": "canary"}, 500)]
            with pytest.raises(TPStreamsError):
                await client.assets.create(**video)
    assert "tpstreams_async" in {record.name for record in caplog.records}, "the retries were logged"
    assert server.token not in caplog.text
    assert "canary" not in caplog.text
