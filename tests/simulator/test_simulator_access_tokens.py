"""Access tokens: creating, looking at and updating them, and how they end."""

import re
from datetime import datetime, timedelta

import pytest

from tpstreams_async.simulator import Fault, Simulator

KEYS = {"playback_url", "expires_after_first_usage", "code", "status", "valid_until", "annotations"}
STATIC = {"type": "static", "text": "ACME", "x": 3, "y": 4, "opacity": "0.5", "color": "#ABC", "size": "6"}
DYNAMIC = {
    "type": "dynamic",
    "text": "ann@example.org",
    "opacity": 0.8,
    "color": "#12aB34",
    "size": 7,
    "interval": 400,
    "skip": 20,
}
REQUIRED = "This field is required."


@pytest.fixture
def asset_id(sim):
    return sim.add_asset()


async def create(api, asset_id, body=None, status=201):
    return await api.post(f"assets/{asset_id}/access_tokens/", body, status=status)


async def update(api, asset_id, code, body, method="PATCH"):
    return await api.call(method, f"assets/{asset_id}/access_tokens/{code}/", json=body)


async def show(api, asset_id, code):
    return await api.get(f"assets/{asset_id}/access_tokens/{code}/")


def at(text):
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text)
    return datetime.fromisoformat(text)


async def test_one_without_anything_is_endless(api, asset_id, clock):
    token = await create(api, asset_id)
    assert set(token) == KEYS
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", token["code"])
    assert token["playback_url"].endswith(f"/sim001/{asset_id}/?access_token={token['code']}")
    assert (token["status"], token["valid_until"], token["annotations"]) == ("Active", None, [])
    assert token["expires_after_first_usage"] is False
    clock.advance(10**7)
    assert await show(api, asset_id, token["code"]) == token


async def test_a_time_to_live_runs_out(api, asset_id, clock):
    token = await create(api, asset_id, {"time_to_live": 300})
    endless = await create(api, asset_id, {"time_to_live": None})
    clock.advance(299.9)
    assert (await show(api, asset_id, token["code"]))["status"] == "Active"
    clock.advance(0.1)
    shown = await show(api, asset_id, token["code"])
    assert shown == {**token, "status": "Expired"}
    at(shown["valid_until"])
    assert (await show(api, asset_id, endless["code"]))["status"] == "Active"


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
async def test_a_new_time_to_live_begins_at_the_update(api, asset_id, clock, method):
    token = await create(api, asset_id, {"time_to_live": 5, "annotations": [STATIC]})
    clock.advance(100)
    status, updated = await update(api, asset_id, token["code"], {"time_to_live": 50}, method)
    assert (status, updated["status"]) == (200, "Active")
    assert at(updated["valid_until"]) - at(token["valid_until"]) == timedelta(seconds=145)
    assert updated["annotations"] == token["annotations"], "what is not sent stays as it was"
    clock.advance(50)
    assert (await show(api, asset_id, token["code"]))["status"] == "Expired"
    _, endless = await update(api, asset_id, token["code"], {"time_to_live": None}, method)
    assert (endless["status"], endless["valid_until"]) == ("Active", None)


async def test_an_update_changes_only_what_is_sent(api, asset_id):
    token = await create(api, asset_id, {"time_to_live": 5})
    _, updated = await update(api, asset_id, token["code"], {"expires_after_first_usage": True})
    assert updated == {**token, "expires_after_first_usage": True}
    _, updated = await update(api, asset_id, token["code"], {"annotations": [STATIC]})
    assert [row["text"] for row in updated["annotations"]] == ["ACME"]
    assert await update(api, asset_id, token["code"], {}) == (200, updated)


async def test_one_for_a_single_use_is_used_once(api, asset_id, clock):
    code = (await create(api, asset_id, {"expires_after_first_usage": True, "time_to_live": 60}))["code"]
    assert (await show(api, asset_id, code))["status"] == "Active"
    api.sim.use_access_token(code)
    assert (await show(api, asset_id, code))["status"] == "Used"
    with pytest.raises(ValueError, match="Used"):
        api.sim.use_access_token(code)
    clock.advance(60)
    assert (await show(api, asset_id, code))["status"] == "Used", "it was used before it would have expired"


async def test_any_other_can_be_used_again_and_again_until_it_expires(api, asset_id, clock):
    code = (await create(api, asset_id, {"time_to_live": 60}))["code"]
    for _ in range(3):
        api.sim.use_access_token(code)
    assert (await show(api, asset_id, code))["status"] == "Active"
    clock.advance(60)
    with pytest.raises(ValueError, match="Expired"):
        api.sim.use_access_token(code)
    with pytest.raises(KeyError):
        api.sim.use_access_token("nothere")


async def test_watermarks_are_shown_with_numbers_as_the_service_writes_them(api, asset_id):
    token = await create(api, asset_id, {"annotations": [STATIC, DYNAMIC]})
    assert token["annotations"] == [
        {"text": "ACME", "type": "static", "color": "#ABC", "opacity": "0.50", "size": 6, "x": 3, "y": 4},
        {
            "text": "ann@example.org",
            "type": "dynamic",
            "color": "#12aB34",
            "opacity": "0.80",
            "size": 7,
            "interval": 400,
            "skip": 20,
            "x": 16,
            "y": 16,
        },
    ]


async def test_a_watermark_needs_only_its_type_and_text(api, asset_id):
    kinds = [{"type": "static", "text": "a"}, {"type": "dynamic", "text": "b"}]
    static, dynamic = (await create(api, asset_id, {"annotations": kinds}))["annotations"]
    assert set(static) == {"text", "type", "color", "opacity", "size", "x", "y"}
    assert set(dynamic) == {*static, "interval", "skip"}


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"type": "moving"}, {"type": ['"moving" is not a valid choice.']}),
        ({"type": None}, {"type": ["This field may not be null."]}),
        ({"text": " "}, {"text": ["This field may not be blank."]}),
        ({"color": "red"}, {"color": ["Enter a valid color, such as #FF0000."]}),
        ({"color": "#12345"}, {"color": ["Enter a valid color, such as #FF0000."]}),
        ({"opacity": "1.1"}, {"opacity": ["Ensure this value is less than or equal to 1."]}),
        ({"opacity": -0.1}, {"opacity": ["Ensure this value is greater than or equal to 0."]}),
        ({"opacity": "much"}, {"opacity": ["A valid number is required."]}),
        ({"size": "6.5"}, {"size": ["A valid integer is required."]}),
        ({"size": 0}, {"size": ["A valid integer is required."]}),
        ({"x": -1}, {"x": ["Ensure this value is greater than or equal to 0."]}),
        ({"y": 1.5}, {"y": ["A valid integer is required."]}),
        ({"skip": -1}, {"skip": ["Ensure this value is greater than or equal to 0."]}),
        ({"interval": 2**31}, {"interval": ["Ensure this value is less than or equal to 2147483647."]}),
    ],
)
async def test_a_wrong_watermark_is_named_by_its_place(api, asset_id, changed, errors):
    body = await create(api, asset_id, {"annotations": [STATIC, {**STATIC, **changed}]}, 400)
    assert body == {"annotations": [{}, errors]}


@pytest.mark.parametrize("seconds", [2**31, 10**30, 1e30])
async def test_a_time_to_live_that_no_calendar_has(api, asset_id, seconds):
    body = await create(api, asset_id, {"time_to_live": seconds}, 400)
    assert body == {"time_to_live": ["Ensure this value is less than or equal to 2147483647."]}


async def test_whole_numbers_may_have_a_point(api, asset_id):
    body = await create(api, asset_id, {"time_to_live": 60.0, "annotations": [{**STATIC, "x": 7.0}]})
    assert body["annotations"][0]["x"] == 7
    assert body["valid_until"] is not None


@pytest.mark.parametrize("name", ["interval", "skip"])
async def test_a_wrong_time_of_a_dynamic_watermark(api, asset_id, name):
    body = await create(api, asset_id, {"annotations": [{**DYNAMIC, name: "1s"}]}, 400)
    assert body == {"annotations": [{name: ["A valid integer is required."]}]}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"time_to_live": 0}, {"time_to_live": ["Ensure this value is greater than or equal to 1."]}),
        ({"time_to_live": -3}, {"time_to_live": ["Ensure this value is greater than or equal to 1."]}),
        ({"time_to_live": "300"}, {"time_to_live": ["A valid integer is required."]}),
        ({"time_to_live": True}, {"time_to_live": ["A valid integer is required."]}),
        ({"expires_after_first_usage": 2}, {"expires_after_first_usage": ["Must be a valid boolean."]}),
        ({"annotations": {}}, {"annotations": ['Expected a list of items but got type "dict".']}),
        (
            {"annotations": ["x"]},
            {"annotations": [{"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}]},
        ),
        ({"annotations": [{}]}, {"annotations": [{"type": [REQUIRED], "text": [REQUIRED]}]}),
    ],
)
async def test_a_wrong_field_is_named(api, asset_id, body, errors):
    assert await create(api, asset_id, body, 400) == errors
    token = await create(api, asset_id)
    assert await update(api, asset_id, token["code"], body) == (400, errors)
    assert await show(api, asset_id, token["code"]) == token


async def test_a_code_is_only_known_to_its_own_asset(api, asset_id):
    code = (await create(api, asset_id))["code"]
    other = api.sim.add_asset()
    unknown = (404, {"detail": "Not found."})
    assert await api.call("GET", f"assets/{other}/access_tokens/{code}/") == unknown
    assert await update(api, other, code, {"time_to_live": 1}) == unknown
    assert await api.call("GET", f"assets/{asset_id}/access_tokens/nothere/") == unknown
    assert await api.call("GET", f"assets/nothere/access_tokens/{code}/") == unknown
    assert await create(api, "nothere", status=404) == unknown[1]
    await api.call("DELETE", f"assets/{asset_id}/")
    assert await api.call("GET", f"assets/{asset_id}/access_tokens/{code}/") == unknown


async def test_a_live_stream_has_them_and_a_folder_has_not(api):
    assert (await create(api, api.sim.add_live_stream()))["status"] == "Active"
    assert list(await create(api, api.sim.add_folder("F"), status=400)) == ["detail"]


async def test_methods(api, asset_id):
    code = (await create(api, asset_id))["code"]
    assert (await api.call("GET", f"assets/{asset_id}/access_tokens/"))[0] == 405
    assert (await api.call("DELETE", f"assets/{asset_id}/access_tokens/{code}/"))[0] == 405
    assert (await api.call("POST", f"assets/{asset_id}/access_tokens/{code}/"))[0] == 405


@pytest.mark.parametrize(("allowed", "refused"), [("PATCH", "PUT"), ("PUT", "PATCH")])
async def test_only_one_of_the_methods_may_be_allowed(http, make_api, allowed, refused):
    async with Simulator(fetch=False, update_methods=[allowed]) as sim:
        api = make_api(sim, http)
        asset_id = sim.add_asset()
        code = (await create(api, asset_id))["code"]
        assert (await update(api, asset_id, code, {"time_to_live": 5}, allowed))[0] == 200
        url = api.url(f"assets/{asset_id}/access_tokens/{code}/")
        async with api.session.request(refused, url, json={}, headers=api.headers) as response:
            assert (response.status, response.headers["Allow"]) == (405, f"GET, {allowed}")
            assert await response.json() == {"detail": f'Method "{refused}" not allowed.'}


@pytest.mark.parametrize("methods", [(), ("POST",), ("PATCH", "DELETE")])
def test_other_methods_cannot_be_chosen(methods):
    with pytest.raises(ValueError, match="update_methods"):
        Simulator(update_methods=methods)


@pytest.mark.parametrize("route", ["assets/<id>/access_tokens/<code>/", "assets/<id>/access_tokens/<id>/", "{exact}"])
async def test_faults_and_the_journal_know_routes_with_two_ids(api, asset_id, route):
    code = (await create(api, asset_id))["code"]
    exact = f"assets/{asset_id}/access_tokens/{code}/"
    route = route.replace("{exact}", exact)
    api.sim.faults.add("GET", route, Fault.status(503))
    api.sim.faults.add("POST", "assets/<id>/access_tokens/", Fault.status(502))
    assert (await api.call("GET", exact))[0] == 503
    assert (await api.call("GET", exact))[0] == 200
    await create(api, asset_id, status=502)
    assert api.sim.journal.count("GET", route) == 2


@pytest.mark.parametrize("route", ["assets/<id>/access_tokens/<code>", "assets/<id>/<code>/", "webhooks/<id>/<id>/"])
async def test_routes_that_nothing_has(api, route):
    with pytest.raises(ValueError, match="no request has the route"):
        api.sim.faults.add("GET", route, Fault.reset())


@pytest.mark.parametrize("suffix", ["assets//access_tokens/", "assets/abc/access_tokens//", "webhooks//"])
async def test_an_empty_id_leads_nowhere(api, suffix):
    async with api.session.get(api.url(suffix), headers=api.headers) as response:
        assert (response.status, response.content_type) == (404, "text/html")
