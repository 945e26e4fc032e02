"""What goes to storage takes nothing of ours along, and is not led any further."""

from typing import Any

import aiohttp
import pytest
from support.scripted import ScriptedServer, answer, hang_up, raw_answer

from tpstreams_async import ConnectError, DecodeError, OutcomeUnknownError
from tpstreams_async._route import Effect, Route
from tpstreams_async._wire import FormFile, Request, nothing
from tpstreams_async.models import Asset
from tpstreams_async.models.upload import UploadStart
from tpstreams_async.upload.destination import Destination, destination_of

UPLOAD = Route("assets.upload", "POST", "", Effect.CHANGE, "look at the asset")
FIELDS = (("key", "private/a.mp4"), ("policy", "eyJwb2xpY3kifQ"), ("x-amz-signature", "5f3c"))
FILE = FormFile(name="file", filename="a.mp4", content_type="video/mp4", content=b"\x00\x01" * 500)


def upload(url: str) -> Any:
    return Request(route=UPLOAD, target=f"{url}/bucket", decode=nothing, file=FILE, fields=FIELDS, storage=True)


def named(link: Any) -> Destination:
    """Read where a file goes from an answer that names this place."""
    return destination_of(UploadStart(asset=Asset(id="asset1"), client_payload={"upload_link": link, **dict(FIELDS)}))


@pytest.mark.row(69)
@pytest.mark.parametrize("given", [False, True], ids=["own session", "given session"])
async def test_neither_token_nor_cookies_nor_headers_of_ours_reach_storage(
    given: bool, scripted: Any, make_client: Any, told: Any
) -> None:
    api: ScriptedServer = await scripted(answer(headers={"Set-Cookie": "session=mine; Path=/"}))
    storage: ScriptedServer = await scripted(answer(b"", 204))
    headers = {"X-Internal": "mine", "Authorization": "Bearer mine"}

    async def meddle(request: Any, handler: Any) -> Any:
        request.headers["X-Middleware"] = "mine"
        return await handler(request)

    async with aiohttp.ClientSession(
        headers={"X-Internal": "mine"} if given else headers,
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        middlewares=(meddle,),
    ) as session:
        client = make_client(api, session=session if given else None)
        await client.assets.get("asset1")
        await client._session.send(upload(storage.url))
        await client.aclose()
    (request,) = storage.requests
    shown = f"{request.headers} {request.body!r}"
    assert api.token not in shown
    assert "mine" not in shown
    assert not {"authorization", "cookie"} & set(request.headers)
    assert int(request.headers["content-length"]) == len(request.body)
    assert "transfer-encoding" not in request.headers
    names = [part.partition(b'"')[0] for part in request.body.split(b' name="')[1:]]
    assert names == [b"key", b"policy", b"x-amz-signature", b"file"]
    told(f"an upload, with {'a given' if given else 'an own'} session", f"sent with {', '.join(request.headers)}")


@pytest.mark.row(66)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_of_storage_is_not_followed(status: int, scripted: Any, make_client: Any, told: Any) -> None:
    elsewhere: ScriptedServer = await scripted(answer(b"", 204))
    storage: ScriptedServer = await scripted(answer(b"", status, {"Location": f"{elsewhere.url}/other"}))
    with pytest.raises(OutcomeUnknownError) as caught:
        await make_client(storage)._session.send(upload(storage.url))
    assert (len(storage.requests), elsewhere.requests) == (1, [])
    assert "eyJwb2xpY3kifQ" not in f"{caught.value}{vars(caught.value)}"
    told(f"an upload, answered {status}", caught.value)


@pytest.mark.row(69)
@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://storage.example/bucket", "must have an https URL, not http://storage.example/bucket"),
        ("https://user:pw@storage.example/", r"must have an https URL, not https://\*\*\*@storage.example/"),
        ("ftp://storage.example/", "the place for the upload is no URL"),
        ("storage", "the place for the upload is no URL"),
        ("", "the place for the upload is no URL"),
        (None, "expected the place for the upload"),
    ],
)
def test_a_place_without_tls_gets_nothing(url: Any, says: str, told: Any) -> None:
    with pytest.raises(DecodeError, match=says) as caught:
        named(url)
    assert caught.value.path == "$.client_payload.upload_link"
    assert "pw" not in str(caught.value)
    told(f"an upload to {url!r}".replace("user:pw@", "***@"), caught.value)


@pytest.mark.row(69)
def test_a_place_with_tls_is_taken_as_it_is(told: Any) -> None:
    url = "https://storage.example/bucket?x-id=PutObject&a=%2F"
    place = named(url)
    assert (place.url.reveal(), place.fields.reveal()) == (url, FIELDS)
    assert "PutObject" not in repr(place)
    told(f"an upload to {url.partition('?')[0]}", "taken")


@pytest.mark.looptime
@pytest.mark.row(69)
async def test_storage_is_judged_like_any_other_change(scripted: Any, make_client: Any, told: Any) -> None:
    storage: ScriptedServer = await scripted(hang_up(reset=True))
    client = make_client(storage)
    with pytest.raises(OutcomeUnknownError):
        await client._session.send(upload(storage.url))
    assert len(storage.requests) == 1
    await storage.__aexit__(None, None, None)
    with pytest.raises(ConnectError, match=f"no connection to {storage.url}") as caught:
        await client._session.send(upload(storage.url))
    told("an upload to storage that is not there", caught.value)


@pytest.mark.row(69)
async def test_a_proof_of_one_session_is_none_for_another(scripted: Any, make_client: Any, told: Any) -> None:
    """Each client and each session has a trace of its own, though they share a connector."""

    async def answered(exchange: Any) -> None:
        await exchange.send(raw_answer(b"", 204))

    storage: ScriptedServer = await scripted(answered, hang_up())
    async with aiohttp.TCPConnector() as connector:
        first, second = (make_client(storage, connector=connector) for _ in range(2))
        await first._session.send(upload(storage.url))
        with pytest.raises(OutcomeUnknownError) as caught:
            await second._session.send(upload(storage.url))
        await first.aclose()
        await second.aclose()
    told("an upload over a connector that two clients share, connection closed", caught.value)
