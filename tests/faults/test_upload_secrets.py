"""What permits an upload shows nowhere: not in errors, their frames and notes, nor in logs, reprs and pickles."""

import asyncio
import logging
import pprint
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from faults.conftest import Tell
from support.canaries import CANARY, SIGNED, report
from support.scripted import Exchange, ScriptedServer, Step, answer, hang, hang_up, raw
from support.uploads import CLIP, LARGE, announced

from tpstreams_async import Retry, TPStreamsError, codec
from tpstreams_async.models.upload import UploadStart
from tpstreams_async.simulator import Simulator

pytestmark = pytest.mark.row(69, 95)

FIELDS = {"policy": CANARY, "x-amz-signature": CANARY, "x-amz-credential": f"{CANARY}/20260101/s3", "key": "private/a"}
XML = (
    f"<Error><Code>SignatureDoesNotMatch</Code><Message>policy={CANARY} at {SIGNED}</Message>"
    f"<SignatureProvided>{CANARY}</SignatureProvided><StringToSign>{CANARY}</StringToSign></Error>"
)
CONTENT = LARGE[:3_000_000]


def announcing(server: ScriptedServer) -> dict[str, Any]:
    return announced(f"{server.url}/bucket?X-Amz-Security-Token={CANARY}&Signature={CANARY}", **FIELDS)


async def cut(exchange: Exchange) -> None:
    await exchange.send(f"HTTP/1.1 403 Forbidden\r\nContent-Length: 999\r\n\r\nsignature={CANARY}".encode())
    await exchange.close()


WAYS: dict[str, Step] = {
    **{f"{status}": answer(XML.encode(), status, {"Location": SIGNED}) for status in (307, 400, 403, 404, 429, 503)},
    "json": answer({**FIELDS, "detail": f"Token {CANARY} at {SIGNED}"}, 403),
    "reset": hang_up(reset=True),
    "close": hang_up(),
    "garbage": raw(f"signature={CANARY}\r\n\r\n".encode()),
    "header": raw(f"HTTP/1.1 204 No Content\r\nX-Amz-Signature: {CANARY}{'x' * 9000}\r\n\r\n".encode()),
    "cut": cut,
    "silence": hang(),
}


def shown(error: BaseException) -> str:
    return report(error) + repr(getattr(error, "__notes__", ""))


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.mark.looptime
@pytest.mark.parametrize("way", WAYS)
async def test_no_error_and_no_log_has_a_secret(
    way: str, scripted: Any, make_client: Any, log: pytest.LogCaptureFixture, told: Tell
) -> None:
    server: ScriptedServer = await scripted()
    server.steps = [answer(announcing(server), 201), WAYS[way]]
    client = make_client(server, retry=Retry(attempts=2), token=f"{CANARY}0123456789")
    with pytest.raises(TPStreamsError) as caught:
        await client.assets.upload(CONTENT, **CLIP)
    assert CANARY not in shown(caught.value)
    assert CANARY not in log.text
    form = server.requests[1]
    assert FIELDS["policy"].encode() in form.body
    assert CANARY in form.target
    assert f"{CANARY}0123456789" not in f"{form.headers}{form.body!r}"
    told(f"an upload, storage answers with secrets ({way})", caught.value)


@pytest.mark.parametrize(
    "payload",
    [
        CANARY,
        [CANARY],
        {**FIELDS, "upload_link": f"http://elsewhere.example/?Signature={CANARY}"},
        {**FIELDS, "upload_link": f"https://user:{CANARY}@elsewhere.example/?Signature={CANARY}"},
        {**FIELDS, "upload_link": f"https:///?Signature={CANARY}"},
        {**FIELDS, "upload_link": [CANARY]},
        {**FIELDS, "upload_link": "https://elsewhere.example/", "other": {"policy": CANARY}},
        FIELDS,
    ],
    ids=["text", "list", "http", "credentials", "no host", "no text", "no text in a field", "no place"],
)
async def test_a_permission_that_makes_no_sense_does_not_show(
    payload: Any, scripted: Any, make_client: Any, log: pytest.LogCaptureFixture, told: Tell
) -> None:
    server: ScriptedServer = await scripted(answer({"asset": {"id": "asset1"}, "client_payload": payload}, 201))
    with pytest.raises(TPStreamsError) as caught:
        await make_client(server).assets.upload(CONTENT, **CLIP)
    assert CANARY not in shown(caught.value) + log.text
    assert len(server.requests) == 1
    told("an upload to a place that is none", caught.value)


class MineError(Exception):
    pass


async def broken() -> AsyncIterator[bytes]:
    yield CONTENT[:1000]
    raise MineError


def progress(_: int, __: int) -> None:
    raise MineError


@pytest.mark.parametrize("whose", ["progress", "pieces"])
async def test_the_frames_of_what_the_caller_raised_have_no_secret(
    whose: str, scripted: Any, make_client: Any, told: Tell
) -> None:
    server: ScriptedServer = await scripted()
    server.steps = [answer(announcing(server), 201), answer(b"", 204)]
    client = make_client(server, token=f"{CANARY}0123456789")
    given: dict[str, Any] = {
        "progress": {"file": CONTENT, "progress": progress},
        "pieces": {"file": broken(), "size": len(CONTENT)},
    }
    with pytest.raises(MineError) as caught:
        await client.assets.upload(**given[whose], **CLIP)
    assert CANARY not in shown(caught.value)
    told(f"an upload, {whose} raise an error of their own", "no frame has a secret")


@pytest.mark.looptime
@pytest.mark.parametrize("how", ["timeout", "cancel", "close"])
async def test_an_upload_that_is_given_up_leaves_no_secret_in_its_traceback(
    how: str, scripted: Any, make_client: Any, log: pytest.LogCaptureFixture, told: Tell
) -> None:
    server: ScriptedServer = await scripted()
    server.steps = [answer(announcing(server), 201), hang()]
    client = make_client(server, token=f"{CANARY}0123456789")

    async def impatient() -> None:
        async with asyncio.timeout(5 if how == "timeout" else None):
            await client.assets.upload(CONTENT, **CLIP)

    call = asyncio.create_task(impatient())
    await asyncio.sleep(1)
    if how == "cancel":
        call.cancel()
    elif how == "close":
        await client.aclose()
    (ended,) = await asyncio.gather(call, return_exceptions=True)
    assert isinstance(ended, BaseException)
    assert CANARY not in shown(ended) + log.text
    told(f"an upload, given up by {how}", f"{type(ended).__name__}; nothing shows")


@pytest.mark.parametrize("given", [b"", "/there/is/none", None])
async def test_a_file_that_is_none_shows_no_token(given: Any, sim: Simulator, make_client: Any, told: Tell) -> None:
    with pytest.raises(TPStreamsError) as caught:
        await make_client(sim, token=f"{CANARY}0123456789").assets.upload(given, **CLIP)
    assert CANARY not in shown(caught.value)
    told(f"an upload of {given!r}", caught.value)


def test_the_start_of_an_upload_keeps_what_it_holds_to_itself(told: Tell) -> None:
    data = {"asset": {"id": "asset1"}, "client_payload": {**FIELDS, "upload_link": SIGNED}, **FIELDS}
    start = codec.structure(UploadStart, data)
    assert start.client_payload["policy"] == CANARY
    assert CANARY not in f"{start!r}{start}{pprint.pformat(start)}"
    told("the start of an upload", start)


async def test_the_name_of_a_file_is_no_secret_but_its_content_is_not_shown(
    scripted: Any, make_client: Any, tmp_path: Path, log: pytest.LogCaptureFixture, told: Tell
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CANARY.encode() * 1000)
    server: ScriptedServer = await scripted()
    server.steps = [answer(announced(f"{server.url}/bucket"), 201), answer(XML.replace(CANARY, "x").encode(), 403)]
    with pytest.raises(TPStreamsError) as caught:
        await make_client(server).assets.upload(path, **CLIP)
    assert CANARY not in shown(caught.value) + log.text
    told("an upload that is refused", caught.value)
