"""No secret shows in a repr, a text, a log, a pickle, or the local variables of a traceback."""

import asyncio
import json
import logging
import pickle
from collections import Counter
from typing import Any

import attrs
import pytest
from support.canaries import BUCKET, CANARY, LEAKY_BODY, LEAKY_HEADERS, SECRETS, SIGNED, faces, report
from support.scripted import ScriptedServer, Step, answer, hang, hang_up, raw

from tpstreams_async import Asset, Extra, Retry, Timeouts, TPStreams, TPStreamsError, _redact, codec, models
from tpstreams_async._redact import Secret
from tpstreams_async.config import Settings
from tpstreams_async.simulator import Simulator

pytestmark = pytest.mark.row(95)

MODELS = [value for name in models.__all__ if attrs.has(value := getattr(models, name))]
PLANTED: dict[_redact.Shown, Any] = {
    _redact.url_repr: SIGNED,
    _redact.urls_repr: (SIGNED, SIGNED),
    _redact.hidden_repr: CANARY,
    _redact.text_repr: f"stream_key={CANARY} at {SIGNED}",
    _redact.data_repr: [{"uuid": "a", "secret_token": CANARY, "link": SIGNED}],
}

#: What required fields may hold that are checked when the model is made; the others take any text.
CHECKED: dict[str, Any] = {"start_time": 7}


def planted(model: type) -> Any:
    """Make a model with the canary in every field that knows to hide it, and in keys that nobody modelled."""
    values: dict[str, Any] = {}
    for field in attrs.fields(model):
        if isinstance(field.repr, _redact.Shown):
            values[field.name] = PLANTED[field.repr]
        elif field.name == "extra":
            values["extra"] = Extra(
                {**SECRETS, "deep": [{"rows": ({"policy": CANARY},), "text": SIGNED, "to": BUCKET}]}
            )
        elif field.default is attrs.NOTHING:
            values[field.name] = 7 if field.type is int else CHECKED.get(field.name, "plain")
    return model(**values)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_keeps_what_it_was_given_to_itself(model: type, told: Any) -> None:
    made = planted(model)
    assert CANARY not in faces(made)
    assert repr(pickle.loads(pickle.dumps(made))) == repr(made)
    told(f"a secret in each field of {model.__name__}", made)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_field_whose_name_speaks_of_a_secret_is_shown_as_it_is(model: type, told: Any) -> None:
    words = ("url", "key", "secret", "token", "policy", "signature", "password", "thumbnails")
    names = [field for field in attrs.fields(model) if any(word in field.name for word in words)]
    texts = ("<class 'str'>", "str | None", "tuple[str, ...]", "typing.Any")
    hiding = [field for field in names if isinstance(field.repr, _redact.Shown)]
    open_ones = [field.name for field in names if field not in hiding and str(field.type) in texts]
    assert open_ones == []
    told(f"the fields of {model.__name__}", f"{len(hiding)} hide what they hold")


def test_a_nested_answer_keeps_its_secrets(told: Any) -> None:
    live = {"rtmp_url": SIGNED, "stream_key": CANARY, **SECRETS}
    video = {
        "playback_url": SIGNED,
        "tracks": [{"url": SIGNED, **SECRETS}],
        "output_urls": {"h264": {"hls_url": SIGNED}},
    }
    asset = codec.structure(Asset, {"id": "a", "live_stream": live, "video": video, "download_url": SIGNED, **SECRETS})
    page = codec.structure_page(Asset, {"results": [{"id": "a", "video": video}], "next": SIGNED})
    assert asset.live_stream is not None
    assert asset.live_stream.stream_key == CANARY, "those who ask get it"
    assert CANARY not in faces(asset) + faces(page)
    told("an asset that is full of secrets", asset)


def test_the_settings_keep_the_token(told: Any) -> None:
    settings = Settings.resolve("org001", Secret(CANARY), None)
    client = TPStreams("org001", CANARY, proxy=f"http://user:{CANARY}@127.0.0.1:1")
    for thing in (settings, settings.token, client, client.__dict__, client.assets, client.jobs, client.with_options()):
        assert CANARY not in f"{thing!r}{thing}"
    for thing in (settings, settings.token, client):
        with pytest.raises(TypeError, match="cannot be pickled or copied") as caught:
            pickle.dumps(thing)
    told("a client and its settings", settings)
    told("pickled", caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"token": f"{CANARY} with a space"},
        {"token": CANARY.encode()},
        {"token": CANARY, "organization_id": "../a"},
        {"token": CANARY, "base_url": f"https://user:{CANARY}@app.example/?token={CANARY}"},
        {"token": CANARY, "base_url": "http://far.example"},
        {"token": CANARY, "proxy": f"socks5://user:{CANARY}@127.0.0.1:1"},
        {"token": CANARY, "timeouts": 5},
    ],
    ids=lambda options: next(reversed(options)),
)
def test_a_wrong_setting_is_refused_without_a_secret(
    options: dict[str, Any], told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TPSTREAMS_TOKEN", CANARY)
    with pytest.raises(TPStreamsError) as caught:
        TPStreams(**{"organization_id": "org001", **options})
    assert CANARY not in report(caught.value)
    told(f"a wrong {next(reversed(options))}", caught.value)


async def _find(client: TPStreams) -> Any:
    return await client.assets.find(input=SIGNED)


async def _create(client: TPStreams, **rest: Any) -> Any:
    return await client.assets.create(**{"inputs": [SIGNED], "resolutions": ["240p"], "title": "Clip", **rest})


async def _walk(client: TPStreams) -> Any:
    return await client.assets.list().collect()


CALLS: dict[str, Any] = {
    "get": lambda client: client.assets.get("asset1"),
    "list": _walk,
    "create": _create,
    "reconcile": lambda client: _create(client, on_unknown="reconcile"),
    "find": _find,
    "delete": lambda client: client.assets.delete("asset1"),
    "trim": lambda client: client.assets.trim("asset1", end_time=3),
    "upload_subtitle": lambda client: client.assets.upload_subtitle("asset1", b"WEBVTT\n", name="English"),
    "job": lambda client: client.jobs.asset("asset1").result(timeout=20),
    "folders": lambda client: client.folders.list(q="Course").collect(),
    "create a webhook": lambda client: client.webhooks.create(url=SIGNED, secret_token=CANARY),
    "update a webhook": lambda client: client.webhooks.update("hook1", url=SIGNED, secret_token=CANARY),
    "organizations": lambda client: client.organizations.list().collect(),
    "get a token": lambda client: client.access_tokens.get("asset1", CANARY),
    "update a token": lambda client: client.access_tokens.update("asset1", CANARY, time_to_live=5),
}
ANSWERS: dict[str, Step] = {
    **{
        f"{status}": answer(LEAKY_BODY, status, LEAKY_HEADERS)
        for status in (200, 302, 400, 401, 403, 404, 409, 429, 500)
    },
    "text": answer(f"<html>secret_token={CANARY} {SIGNED}".encode(), 502, LEAKY_HEADERS),
    "html": answer(f"<html>stream_key: {CANARY} {SIGNED}".encode(), 200, LEAKY_HEADERS),
    "list": answer([{"id": {"stream_key": CANARY}, "video": SIGNED}]),
    "next": answer({"results": [], "next": f"https://elsewhere.example/?token={CANARY}"}),
    "circle": answer({"results": [], "next": f"/?token={CANARY}"}),
    "escaped": answer(json.dumps({"detail": json.dumps(LEAKY_BODY)}).encode(), 400),
    "cut": raw(f'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{{"stream_key": "{CANARY}'.encode()),
    "garbage": raw(f"token={CANARY}\r\n\r\n".encode()),
    "header": raw(f"HTTP/1.1 200 OK\r\nX-Token: {CANARY}{'x' * 9000}\r\n\r\n".encode()),
    "reset": hang_up(reset=True),
    "silence": hang(),
}


@pytest.mark.looptime
@pytest.mark.parametrize("way", ANSWERS)
async def test_no_error_and_no_log_has_a_secret(
    way: str, scripted: Any, make_client: Any, told: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server: ScriptedServer = await scripted(ANSWERS[way])
    token = f"{CANARY}0123456789"
    ends: Counter[str] = Counter()
    for name, call in CALLS.items():
        with caplog.at_level(logging.DEBUG):
            client = make_client(server, token=token, retry=Retry(attempts=2), timeouts=Timeouts(total=9, attempt=4))
            (result,) = await asyncio.gather(call(client), return_exceptions=True)
            if isinstance(result, BaseException):
                assert isinstance(result, TPStreamsError), result
                assert CANARY not in report(result), f"{name} after {way}"
            ends[type(result).__name__] += 1
            assert CANARY not in repr(result)
            await client.aclose()
        server.steps = [ANSWERS[way]]
    assert CANARY not in caplog.text
    counted = ", ".join(f"{number} {name}" for name, number in sorted(ends.items()))
    told(f"{len(CALLS)} calls, answered with secrets ({way})", f"nothing shows; {counted}")
    assert all(CANARY not in repr(pickle.dumps(record.getMessage())) for record in caplog.records)
    assert server.requests[0].headers["authorization"] == f"Token {token}"


TAKES_URLS = ("create", "find", "have")
BAD_ARGUMENTS: dict[str, Any] = {
    "create from an s3 URL": lambda client: _create(client, inputs=[BUCKET]),
    "create from a signed URL without a host": lambda client: _create(client, inputs=[f"https:///?Signature={CANARY}"]),
    "create from a dict with more than a url": lambda client: _create(
        client, inputs=[{"url": SIGNED, "signature": CANARY}]
    ),
    "create with a wrong resolution": lambda client: _create(client, resolutions=["1p"]),
    "create with a wrong title": lambda client: _create(client, title=""),
    "create in a signed URL": lambda client: _create(client, folder=SIGNED),
    "get a signed URL": lambda client: client.assets.get(SIGNED),
    "move into a signed URL": lambda client: client.assets.move("asset1", parent=SIGNED),
    "upload a thumbnail from a signed URL": lambda client: client.assets.upload_thumbnail("asset1", SIGNED),
    "upload a subtitle in the language of a signed URL": lambda client: client.assets.upload_subtitle(
        "asset1", b"WEBVTT\n", language=SIGNED
    ),
    "trim from a signed URL": lambda client: client.assets.trim("asset1", start_time=SIGNED),
    "find an s3 URL": lambda client: client.assets.find(input=BUCKET),
    "have changes posted to an s3 URL": lambda client: client.webhooks.create(url=BUCKET, secret_token=CANARY),
    "have changes posted with a secret of two words": lambda client: client.webhooks.create(
        url=SIGNED, secret_token=f"{CANARY} two"
    ),
    "have a token shown by its address": lambda client: client.access_tokens.get("asset1", SIGNED),
    "have a token changed by its address": lambda client: client.access_tokens.update("asset1", SIGNED),
}


@pytest.mark.parametrize("name", BAD_ARGUMENTS)
async def test_an_argument_is_refused_without_its_secret(name: str, sim: Simulator, client: Any, told: Any) -> None:
    with pytest.raises(TPStreamsError) as caught:
        await BAD_ARGUMENTS[name](client)
    # Elsewhere a URL is a mistake, and shows among the variables just as it does in the caller's own frame.
    if name.startswith(TAKES_URLS):
        assert CANARY not in report(caught.value)
    assert CANARY not in f"{caught.value!r}{caught.value}{vars(caught.value)}{pickle.dumps(caught.value)!r}"
    assert sim.journal.count() == 0
    told(name, caught.value)


@pytest.mark.looptime
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("how", ["timeout", "cancel"])
async def test_a_call_that_is_given_up_leaves_no_secret_in_its_traceback(
    how: str, name: str, scripted: Any, make_client: Any, told: Any
) -> None:
    server: ScriptedServer = await scripted(hang())
    client = make_client(server, token=f"{CANARY}0123456789")

    async def impatient() -> None:
        async with asyncio.timeout(1 if how == "timeout" else None):
            await CALLS[name](client)

    call = asyncio.create_task(impatient())
    await asyncio.sleep(0.5)
    if how == "cancel":
        call.cancel()
    (ended,) = await asyncio.gather(call, return_exceptions=True)
    assert isinstance(ended, TimeoutError if how == "timeout" else asyncio.CancelledError)
    assert CANARY not in report(ended)
    told(f"{name}, given up by {how}", "nothing shows")


@pytest.mark.parametrize("call", [lambda: TPStreams(CANARY, CANARY, "x"), lambda: TPStreams(token=CANARY, tokn=CANARY)])
def test_a_wrong_keyword_is_named_without_a_secret(call: Any, told: Any) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert CANARY not in report(caught.value)
    told("a wrong keyword", caught.value)


async def test_a_wrong_keyword_of_a_call_is_named_without_a_secret(client: Any, told: Any) -> None:
    with pytest.raises(TypeError) as caught:
        await client.assets.create(input=SIGNED)
    assert CANARY not in report(caught.value)
    told("a wrong keyword of a call", caught.value)


@pytest.mark.looptime
async def test_a_job_that_failed_keeps_the_secrets_of_its_snapshot(scripted: Any, make_client: Any, told: Any) -> None:
    live = {"stream_key": CANARY, "rtmp_url": SIGNED}
    video = {"status": "Error", "playback_url": SIGNED, **SECRETS}
    server = await scripted(answer({"id": "asset1", "video": video, "live_stream": live, "download_url": SIGNED}))
    with pytest.raises(TPStreamsError) as caught:
        await make_client(server).jobs.asset("asset1")
    assert CANARY not in report(caught.value)
    told("a job that failed, its asset full of secrets", caught.value)
