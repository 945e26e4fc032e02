"""``client.webhooks``: what it sends and returns, what it refuses, and that its secret shows nowhere."""

from typing import Any

import orjson
import pytest
from support import bad
from support.canaries import CANARY, faces, report
from support.scripted import answer, hang_up

from tpstreams_async import BadRequestError, DecodeError, NotFoundError, OutcomeUnknownError, Retry, Webhook

pytestmark = pytest.mark.looptime

ID = "0f8b7c6d-1111-4222-8333-944455556666"
URL = "https://receiver.example/hooks?key=canaryqxzj"
HOOK = {"url": URL, "secret_token": CANARY, "id": ID}


async def test_a_webhook_is_created(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(HOOK, 201))
    webhook = await make_client(server).webhooks.create(url=URL, secret_token=CANARY)
    assert server.targets == ["POST /api/v1/org001/webhooks/"]
    assert orjson.loads(server.requests[0].body) == {"url": URL, "secret_token": CANARY}
    assert (webhook.id, webhook.url, webhook.secret_token) == (ID, URL, CANARY)
    assert CANARY not in faces(webhook)


async def test_a_webhook_is_updated_as_a_whole_and_again_when_the_answer_is_lost(
    scripted: Any, make_client: Any
) -> None:
    server = await scripted(hang_up(), answer(HOOK))
    webhook = await make_client(server).webhooks.update(ID, url=URL, secret_token=CANARY)
    assert webhook == Webhook(id=ID, url=URL, secret_token=CANARY)
    assert server.targets == [f"PUT /api/v1/org001/webhooks/{ID}/"] * 2
    assert [orjson.loads(request.body) for request in server.requests] == [{"url": URL, "secret_token": CANARY}] * 2


@pytest.mark.parametrize("bare", [False, True])
async def test_webhooks_are_listed(bare: bool, scripted: Any, make_client: Any) -> None:
    rows = [HOOK, {"id": "w2", "url": None, "created": "today"}, {"id": 3}]
    server = await scripted(answer(rows if bare else {"count": 3, "next": None, "results": rows}))
    webhooks = await make_client(server).webhooks.list().collect()
    assert server.targets == ["GET /api/v1/org001/webhooks/"]
    assert [webhook.id for webhook in webhooks] == [ID, "w2", "3"]
    assert (webhooks[1].url, webhooks[1].secret_token, webhooks[1].extra) == (None, None, {"created": "today"})
    assert CANARY not in faces(webhooks)


async def test_a_webhook_is_deleted(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(b"", 204))
    assert await make_client(server).webhooks.delete(ID) is None
    assert server.targets == [f"DELETE /api/v1/org001/webhooks/{ID}/"]
    server.steps = [answer({"detail": "Not found."}, 404)]
    with pytest.raises(NotFoundError):
        await make_client(server).webhooks.delete(ID)
    server.steps = [hang_up(), answer({"detail": "Not found."}, 404)]
    assert await make_client(server).webhooks.delete(ID) is None


@pytest.mark.parametrize("call", ["create", "update"])
async def test_a_lost_answer_shows_no_secret(call: str, scripted: Any, make_client: Any) -> None:
    server = await scripted(hang_up())
    webhooks = make_client(server, retry=Retry(attempts=2)).webhooks
    ids = [ID] if call == "update" else []
    with pytest.raises(OutcomeUnknownError, match=rf"webhooks\.{call}") as caught:
        await getattr(webhooks, call)(*ids, url=URL, secret_token=CANARY)
    assert len(server.requests) == len(ids) + 1
    assert caught.value.request == {"url": "https://receiver.example/hooks?***", "secret_token": "***"}
    assert CANARY not in report(caught.value)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (answer({"secret_token": ["Too short."], "url": [f"{URL} is taken."]}, 400), BadRequestError),
        (answer({**HOOK, "id": None}), OutcomeUnknownError),
        (answer({**HOOK, "id": "../a"}), OutcomeUnknownError),
        (answer([HOOK]), OutcomeUnknownError),
    ],
)
async def test_an_error_shows_no_secret(step: Any, kind: type[Exception], scripted: Any, make_client: Any) -> None:
    server = await scripted(step)
    with pytest.raises(kind) as caught:
        await make_client(server).webhooks.create(url=URL, secret_token=CANARY)
    assert CANARY not in report(caught.value)


async def test_a_list_that_is_none_shows_no_secret(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({"results": [{**HOOK, "id": None}]}))
    with pytest.raises(DecodeError) as caught:
        await make_client(server).webhooks.list().collect()
    assert caught.value.path == "$.results[0].id"
    assert CANARY not in report(caught.value)


BAD_SECRETS: list[Any] = [
    "", " ", f"{CANARY} ", f"a {CANARY}", f"{CANARY}\n", f"{CANARY}\r\nX: y", f"{CANARY}\0", f"{CANARY}ä", "\ud800",
    f"{CANARY}\x7f", f"{CANARY}\t", CANARY * 52, None, 7, True, CANARY.encode(), [CANARY],
]  # fmt: skip


@pytest.mark.parametrize("secret", BAD_SECRETS, ids=range(len(BAD_SECRETS)))
async def test_a_secret_that_fits_into_no_header(secret: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    webhooks = make_client(server).webhooks
    for call in (
        lambda: webhooks.create(url=URL, secret_token=secret),
        lambda: webhooks.update(ID, url=URL, secret_token=secret),
    ):
        error = await bad.refused(server, call, "secret_token")
        assert "visible ASCII" in str(error)
        assert CANARY not in report(error)


@pytest.mark.parametrize("secret", ["a", "~!#$%&'\"", "x" * 512])
async def test_a_secret_that_fits_is_sent(secret: str, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(HOOK))
    await make_client(server).webhooks.create(url=URL, secret_token=secret)
    assert orjson.loads(server.requests[0].body)["secret_token"] == secret


@pytest.mark.parametrize("url", [*bad.URLS, None], ids=bad.short)
async def test_a_url_that_is_none(url: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    webhooks = make_client(server).webhooks
    await bad.refused(server, lambda: webhooks.create(url=url, secret_token="s"), "url")
    await bad.refused(server, lambda: webhooks.update(ID, url=url, secret_token="s"), "url")


@pytest.mark.parametrize("value", bad.IDS, ids=bad.short)
async def test_an_id_that_could_lead_elsewhere(value: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    webhooks = make_client(server).webhooks
    await bad.refused(server, lambda: webhooks.update(value, url=URL, secret_token="s"), "webhook_id")
    await bad.refused(server, lambda: webhooks.delete(value), "webhook_id")
