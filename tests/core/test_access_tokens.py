"""``client.access_tokens``: what it sends and returns, and what it refuses."""

import datetime as dt
from typing import Any

import orjson
import pytest
from support import bad
from support.canaries import faces
from support.scripted import ScriptedServer, Step, answer, hang_up

from tpstreams_async import (
    UNSET,
    AccessToken,
    Annotation,
    BadRequestError,
    DynamicWatermark,
    NotFoundError,
    OutcomeUnknownError,
    Retry,
    StaticWatermark,
    Timeouts,
)

pytestmark = pytest.mark.looptime

CODE = "c0ffee00-1111-4222-8333-944455556666"
TOKENS = "/api/v1/org001/assets/asset1/access_tokens/"
TOKEN: dict[str, Any] = {
    "playback_url": f"https://player.example/embed/org001/asset1/?access_token={CODE}",
    "expires_after_first_usage": False,
    "code": CODE,
    "status": "Active",
    "valid_until": "2026-03-05T18:30:00.123456Z",
    "annotations": [
        {
            "type": "dynamic",
            "text": "viewer",
            "opacity": "0.70",
            "color": "#F00",
            "size": "6",
            "interval": 4000,
            "x": 16,
        }
    ],
}
REFUSED = answer({"detail": 'Method "PATCH" not allowed.'}, 405)


def sent(server: ScriptedServer, number: int = 0) -> Any:
    return orjson.loads(server.requests[number].body)


async def test_a_token_is_created_with_nothing_but_defaults(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(TOKEN, 201))
    token = await make_client(server).access_tokens.create("asset1")
    assert server.targets == [f"POST {TOKENS}"]
    assert sent(server) == {}
    assert (token.code, token.playback_url, token.is_active) == (CODE, TOKEN["playback_url"], True)
    assert token.valid_until == dt.datetime(2026, 3, 5, 18, 30, 0, 123456, tzinfo=dt.UTC)
    assert token.annotations == (
        Annotation(type="dynamic", text="viewer", opacity=0.7, color="#F00", size=6, interval=4000, x=16),
    )
    assert CODE not in faces(token)


async def test_a_token_is_created_with_all_that_was_given(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(TOKEN, 201))
    await make_client(server).access_tokens.create(
        "asset1",
        time_to_live=600,
        expires_after_first_usage=True,
        annotations=[
            StaticWatermark(text="Über", x=12, y=0, opacity=0.5, color="#0AF", size=6),
            DynamicWatermark(text="viewer", opacity="0.25", color="#00aaff", size="6.5", interval=0, skip=1500),
            {"type": "static", "text": "plain"},
            {"type": "dynamic", "text": "dict", "opacity": 1, "skip": None},
        ],
    )
    assert sent(server) == {
        "time_to_live": 600,
        "expires_after_first_usage": True,
        "annotations": [
            {"type": "static", "text": "Über", "x": 12, "y": 0, "opacity": "0.5", "color": "#0AF", "size": 6},
            {
                "type": "dynamic",
                "text": "viewer",
                "opacity": "0.25",
                "color": "#00aaff",
                "size": "6.5",
                "interval": 0,
                "skip": 1500,
            },
            {"type": "static", "text": "plain"},
            {"type": "dynamic", "text": "dict", "opacity": "1"},
        ],
    }


@pytest.mark.parametrize(
    ("given", "text"),
    [(0, "0"), (0.0, "0"), (1, "1"), (1.0, "1"), (0.1 + 0.2, "0.3"), (1e-7, "0"), (0.1234, "0.1234"), ("0.70", "0.70")],
)
async def test_an_opacity_is_sent_as_text(given: Any, text: str, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(TOKEN, 201))
    watermark = StaticWatermark(text="A", opacity=given)
    await make_client(server).access_tokens.create("asset1", annotations=(watermark,))
    assert sent(server)["annotations"] == [{"type": "static", "text": "A", "opacity": text}]


async def test_a_token_is_shown(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({**TOKEN, "new": 1}))
    token = await make_client(server).access_tokens.get("asset1", CODE)
    assert server.targets == [f"GET {TOKENS}{CODE}/"]
    assert token.extra == {"new": 1}


@pytest.mark.parametrize(
    "data",
    [{"code": CODE}, {"code": CODE, "annotations": None, "valid_until": None, "status": None, "playback_url": None}],
)
async def test_an_answer_may_lack_anything_but_the_code(data: Any, scripted: Any, make_client: Any) -> None:
    token = await make_client(await scripted(answer(data))).access_tokens.get("asset1", CODE)
    assert token == AccessToken(code=CODE)
    assert (token.is_active, token.is_expired, token.is_used) == (False, False, False)


@pytest.mark.parametrize(
    ("status", "active", "expired", "used"),
    [
        ("Active", True, False, False),
        ("ACTIVE", True, False, False),
        ("expired", False, True, False),
        ("USED", False, False, True),
        ("Revoked", False, False, False),
        (None, False, False, False),
    ],
)
def test_states_are_known_in_any_case(status: str | None, active: bool, expired: bool, used: bool) -> None:
    token = AccessToken(code=CODE, status=status)
    assert (token.is_active, token.is_expired, token.is_used) == (active, expired, used)


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({"time_to_live": 600}, {"time_to_live": 600}),
        ({"time_to_live": None}, {"time_to_live": None}),
        ({"time_to_live": UNSET, "expires_after_first_usage": False}, {"expires_after_first_usage": False}),
        ({"annotations": []}, {"annotations": []}),
        (
            {"annotations": [{"type": "static", "text": "A"}], "time_to_live": 1},
            {"time_to_live": 1, "annotations": [{"type": "static", "text": "A"}]},
        ),
    ],
    ids=bad.short,
)
async def test_an_update_sends_what_was_given_alone(given: Any, body: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(TOKEN))
    token = await make_client(server).access_tokens.update("asset1", CODE, **given)
    assert isinstance(token, AccessToken)
    assert server.targets == [f"PATCH {TOKENS}{CODE}/"]
    assert sent(server) == body


async def test_put_takes_the_place_of_a_patch_that_is_refused(scripted: Any, make_client: Any) -> None:
    server = await scripted(REFUSED, answer(TOKEN))
    client = make_client(server)
    for resource in (client.access_tokens, client.access_tokens, client.with_options().access_tokens):
        assert (await resource.update("asset1", CODE, time_to_live=None)).code == CODE
    assert [target.split()[0] for target in server.targets] == ["PATCH", "PUT", "PUT", "PUT"], "it is remembered"
    assert {request.body for request in server.requests} == {b'{"time_to_live":null}'}


async def test_what_a_view_of_a_client_learned_the_client_knows(scripted: Any, make_client: Any) -> None:
    server = await scripted(REFUSED, answer(TOKEN))
    client = make_client(server)
    await client.with_options(timeouts=Timeouts(total=9)).access_tokens.update("asset1", CODE, time_to_live=1)
    await client.access_tokens.update("asset1", CODE, time_to_live=1)
    await make_client(server).access_tokens.update("asset1", CODE, time_to_live=1)
    assert [target.split()[0] for target in server.targets] == ["PATCH", "PUT", "PUT", "PATCH"]


async def test_a_server_that_changes_its_mind_is_followed(scripted: Any, make_client: Any) -> None:
    server = await scripted(REFUSED, answer(TOKEN), REFUSED, answer(TOKEN))
    tokens = make_client(server).access_tokens
    for _ in range(3):
        await tokens.update("asset1", CODE, time_to_live=1)
    assert [target.split()[0] for target in server.targets] == ["PATCH", "PUT", "PUT", "PATCH", "PATCH"]


async def test_a_server_that_refuses_both_is_not_asked_for_ever(scripted: Any, make_client: Any) -> None:
    server = await scripted(REFUSED)
    tokens = make_client(server).access_tokens
    with pytest.raises(BadRequestError, match="PUT") as caught:
        await tokens.update("asset1", CODE, time_to_live=1)
    assert (caught.value.status, caught.value.method) == (405, "PUT")
    assert len(server.requests) == 2
    with pytest.raises(BadRequestError):
        await tokens.update("asset1", CODE, time_to_live=1)
    assert [target.split()[0] for target in server.targets[2:]] == ["PATCH", "PUT"], "nothing was learned"


async def test_a_patch_that_is_refused_after_a_lost_answer_did_nothing(scripted: Any, make_client: Any) -> None:
    server = await scripted(hang_up(), REFUSED, answer(TOKEN))
    assert (await make_client(server).access_tokens.update("asset1", CODE, time_to_live=1)).code == CODE
    assert [target.split()[0] for target in server.targets] == ["PATCH", "PATCH", "PUT"]


@pytest.mark.parametrize(
    ("step", "kind", "requests"),
    [
        (answer({"detail": "Not found."}, 404), NotFoundError, 1),
        (answer({"time_to_live": ["Too long."]}, 400), BadRequestError, 1),
        (answer({"detail": "no"}, 503), OutcomeUnknownError, 2),
        (hang_up(), OutcomeUnknownError, 2),
    ],
)
async def test_no_other_refusal_leads_to_put(
    step: Step, kind: type[Exception], requests: int, scripted: Any, make_client: Any
) -> None:
    server = await scripted(step)
    client = make_client(server, retry=Retry(attempts=2))
    with pytest.raises(kind):
        await client.access_tokens.update("asset1", CODE, time_to_live=1)
    assert {target.split()[0] for target in server.targets} == {"PATCH"}
    assert len(server.requests) == requests


WAYS: dict[str, Any] = {
    "create": lambda tokens, asset_id, _: tokens.create(asset_id),
    "get": lambda tokens, asset_id, code: tokens.get(asset_id, code),
    "update": lambda tokens, asset_id, code: tokens.update(asset_id, code, time_to_live=1),
    "embed_url": lambda tokens, asset_id, code: tokens.embed_url(asset_id, code),
}


@pytest.mark.parametrize("value", bad.IDS, ids=bad.short)
@pytest.mark.parametrize("way", WAYS)
async def test_an_id_that_could_lead_elsewhere(way: str, value: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    tokens = make_client(server).access_tokens
    await bad.refused(server, lambda: WAYS[way](tokens, value, CODE), "asset_id")
    if way != "create":
        await bad.refused(server, lambda: WAYS[way](tokens, "asset1", value), "code")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *bad.each("time_to_live", [0, -1, 1.5, 300.0, "300", True, float("inf"), [1]]),
        *bad.each("expires_after_first_usage", bad.FLAGS),
        *bad.each("annotations", ["text", b"a", 7, {}, {"type": "static", "text": "A"}, StaticWatermark(text="A")]),
    ],
    ids=bad.short,
)
async def test_a_wrong_argument(name: str, value: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    tokens = make_client(server).access_tokens
    await bad.refused(server, lambda: tokens.create("asset1", **{name: value}), name)
    await bad.refused(server, lambda: tokens.update("asset1", CODE, **{name: value}), name)


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({}, "time_to_live"),
        ({"time_to_live": UNSET}, "time_to_live"),
        ({"expires_after_first_usage": None}, "expires_after_first_usage"),
        ({"annotations": None}, "annotations"),
    ],
    ids=bad.short,
)
async def test_an_update_of_nothing(given: Any, argument: str, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    await bad.refused(server, lambda: make_client(server).access_tokens.update("asset1", CODE, **given), argument)


def test_what_is_unset_shows_as_such() -> None:
    assert repr(UNSET) == "UNSET"
    assert not UNSET
