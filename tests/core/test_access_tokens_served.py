"""Access tokens through their whole life on a server, whatever method it takes for an update."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from support.canaries import faces, report

from tpstreams_async import (
    AccessToken,
    BadRequestError,
    DynamicWatermark,
    NotFoundError,
    OutcomeUnknownError,
    StaticWatermark,
)
from tpstreams_async.simulator import Fault

pytestmark = pytest.mark.looptime

STAMP = StaticWatermark(text="Über", x=12, y=0, opacity=0.5, color="#0AF", size=6)
MOVING = DynamicWatermark(text="viewer", opacity="0.25", color="#00aaff", size=7, interval=0, skip=1500)


@pytest.fixture
async def asset_id(sim: Any) -> Any:
    return sim.add_asset()


async def test_one_that_never_ends(sim: Any, client: Any, asset_id: str) -> None:
    token = await client.access_tokens.create(asset_id)
    assert (token.is_active, token.valid_until, token.expires_after_first_usage) == (True, None, False)
    assert token.annotations == ()
    await asyncio.sleep(10**6)
    assert await client.access_tokens.get(asset_id, token.code) == token
    assert token.code not in faces(token)


async def test_one_that_runs_out_and_is_given_more_time(sim: Any, client: Any, asset_id: str) -> None:
    token = await client.access_tokens.create(asset_id, time_to_live=60)
    assert token.valid_until.utcoffset() == dt.timedelta(0)
    await asyncio.sleep(59)
    assert (await client.access_tokens.get(asset_id, token.code)).is_active
    await asyncio.sleep(2)
    over = await client.access_tokens.get(asset_id, token.code)
    assert (over.is_active, over.is_expired, over.is_used) == (False, True, False)
    longer = await client.access_tokens.update(asset_id, token.code, time_to_live=300)
    assert (longer.is_active, longer.code) == (True, token.code)
    assert longer.valid_until - token.valid_until == pytest.approx(dt.timedelta(seconds=301), abs=dt.timedelta(0, 1))
    endless = await client.access_tokens.update(asset_id, token.code, time_to_live=None)
    assert (endless.is_active, endless.valid_until) == (True, None)


async def test_one_for_a_single_use(sim: Any, client: Any, asset_id: str) -> None:
    token = await client.access_tokens.create(asset_id, expires_after_first_usage=True, time_to_live=60)
    sim.use_access_token(token.code)
    used = await client.access_tokens.get(asset_id, token.code)
    assert (used.is_active, used.is_expired, used.is_used) == (False, False, True)
    again = await client.access_tokens.update(asset_id, token.code, expires_after_first_usage=False)
    assert (again.is_active, again.valid_until) == (True, token.valid_until), "the rest stays as it was"


async def test_watermarks_come_back_as_they_were_given(client: Any, asset_id: str) -> None:
    token = await client.access_tokens.create(
        asset_id, annotations=[STAMP, MOVING, {"type": "static", "text": "plain"}]
    )
    still, moving, plain = token.annotations
    assert (still.type, still.text, still.x, still.y, still.opacity, still.color, still.size) == (
        *("static", "Über", 12, 0, 0.5, "#0AF", 6),
    )
    assert (moving.type, moving.opacity, moving.interval, moving.skip) == ("dynamic", 0.25, 0, 1500)
    assert (plain.text, plain.interval) == ("plain", None)
    assert plain.color is not None, "what is left out is for the server to choose"
    kept = await client.access_tokens.update(asset_id, token.code, time_to_live=60)
    assert kept.annotations == token.annotations
    bare = await client.access_tokens.update(asset_id, token.code, annotations=[])
    assert (bare.annotations, bare.valid_until) == ((), kept.valid_until)


@pytest.mark.parametrize(
    ("methods", "first", "later"),
    [(["PATCH"], ["PATCH"], ["PATCH"]), (["PUT"], ["PATCH", "PUT"], ["PUT"]), (["PATCH", "PUT"], ["PATCH"], ["PATCH"])],
)
async def test_a_server_that_takes_one_method(
    methods: list[str], first: list[str], later: list[str], make_sim: Any, make_client: Any
) -> None:
    sim = await make_sim(update_methods=methods)
    client, asset_id = make_client(sim), sim.add_asset()
    code = (await client.access_tokens.create(asset_id)).code
    for number, expected in enumerate([first, later, later]):
        sim.journal.clear()
        token = await client.access_tokens.update(asset_id, code, time_to_live=60 * (number + 1))
        assert token.valid_until is not None
        assert [record.method for record in sim.journal] == expected


async def test_those_who_update_at_once_find_the_method_out_together(make_sim: Any, make_client: Any) -> None:
    sim = await make_sim(update_methods=["PUT"])
    client, asset_id = make_client(sim), sim.add_asset()
    codes = [(await client.access_tokens.create(asset_id)).code for _ in range(10)]
    updates = [client.access_tokens.update(asset_id, code, time_to_live=60) for code in codes]
    tokens = await asyncio.gather(*updates)
    assert [token.code for token in tokens] == codes
    await client.access_tokens.update(asset_id, codes[0], time_to_live=60)
    assert sim.journal.count("PATCH") <= 10
    assert sim.journal[-1].method == "PUT"


async def test_a_server_that_takes_no_update(sim: Any, client: Any, asset_id: str) -> None:
    code = (await client.access_tokens.create(asset_id)).code
    for method in ("PATCH", "PUT"):
        sim.faults.add(method, "*", Fault.status(405), times=None)
    with pytest.raises(BadRequestError) as caught:
        await client.access_tokens.update(asset_id, code, time_to_live=60)
    assert (caught.value.status, [record.method for record in sim.journal][1:]) == (405, ["PATCH", "PUT"])
    assert code not in report(caught.value)


@pytest.mark.parametrize(
    "lost", [Fault.reset(when="after"), Fault.status(503), Fault.cut()], ids=["reset", "503", "cut"]
)
@pytest.mark.parametrize("methods", [["PATCH"], ["PUT"]], ids=str)
async def test_an_update_whose_answer_is_lost_is_made_again(
    methods: list[str], lost: Fault, make_sim: Any, make_client: Any
) -> None:
    sim = await make_sim(update_methods=methods)
    client, asset_id = make_client(sim), sim.add_asset()
    code = (await client.access_tokens.create(asset_id)).code
    sim.faults.add(methods[0], "assets/<id>/access_tokens/<code>/", lost)
    assert (await client.access_tokens.update(asset_id, code, time_to_live=60)).valid_until is not None
    assert sim.journal.count(methods[0]) == 2


@pytest.mark.parametrize("what", ["get", "update"])
async def test_what_is_not_there_is_not_found(what: str, sim: Any, client: Any, asset_id: str) -> None:
    code = (await client.access_tokens.create(asset_id)).code
    other = sim.add_asset()
    calls = {
        "get": client.access_tokens.get,
        "update": lambda asset_id, code: client.access_tokens.update(asset_id, code, time_to_live=5),
    }
    for place in ((asset_id, "c0ffee00-1111-4222-8333-944455556666"), (other, code), ("nowhere", code)):
        with pytest.raises(NotFoundError) as caught:
            await calls[what](*place)
        assert place[1] not in report(caught.value)


async def test_a_folder_has_none_and_a_live_stream_has(sim: Any, client: Any) -> None:
    with pytest.raises(BadRequestError):
        await client.access_tokens.create(sim.add_folder("F"))
    token = await client.access_tokens.create(sim.add_live_stream())
    assert isinstance(token, AccessToken)


async def test_a_token_whose_answer_was_lost_is_known_to_nobody(sim: Any, client: Any, asset_id: str) -> None:
    sim.faults.add("POST", "*", Fault.cut(60))
    with pytest.raises(OutcomeUnknownError, match="known to nobody") as caught:
        await client.access_tokens.create(asset_id, time_to_live=60)
    (code,) = sim._service.access_tokens
    assert code not in report(caught.value)
    assert caught.value.request == {"time_to_live": 60}


async def test_the_tokens_of_an_asset_go_with_it(client: Any, asset_id: str) -> None:
    code = (await client.access_tokens.create(asset_id)).code
    await client.assets.delete(asset_id)
    with pytest.raises(NotFoundError):
        await client.access_tokens.get(asset_id, code)
