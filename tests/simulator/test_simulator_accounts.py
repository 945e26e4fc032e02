"""Logging in and out, the tokens that come of it, and the organization."""

import re

import pytest

from tpstreams_async.simulator import Fault, Simulator

GOOD = {"username": "demo", "password": "demo", "organization_id": "sim001"}
WRONG = {"non_field_errors": ["Unable to log in with provided credentials."]}


async def login(api, body, **options):
    async with api.session.post(f"{api.sim.url}/api/auth/login/", json=body, **options) as response:
        return response.status, await response.json()


async def logout(api, token):
    headers = {"Authorization": f"Token {token}"}
    async with api.session.post(f"{api.sim.url}/api/auth/logout/", headers=headers) as response:
        return response.status, await response.read()


async def status_with(api, token):
    return (await api.call("GET", "assets/", headers={"Authorization": f"Token {token}"}))[0]


async def organizations(api, query=""):
    async with api.session.get(f"{api.sim.url}/api/v1/organizations/{query}", headers=api.headers) as response:
        return response.status, await response.json()


async def test_a_login_makes_a_token_that_is_accepted(api):
    status, body = await login(api, GOOD)
    assert status == 200
    assert set(body) == {"token", "expiry"}
    assert body["expiry"] is None
    assert re.fullmatch("[0-9a-f]{64}", body["token"])
    assert api.sim.tokens == (api.sim.token, body["token"])
    assert await status_with(api, body["token"]) == 200
    assert await status_with(api, api.sim.token) == 200


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"password": "Demo"}, WRONG),
        ({"password": " demo"}, WRONG),
        ({"password": ""}, WRONG),
        ({"username": "nobody"}, WRONG),
        ({"organization_id": "sim002"}, WRONG),
        ({"username": None}, {"username": ["This field may not be null."]}),
        ({"username": " "}, {"username": ["This field may not be blank."]}),
        ({"password": None}, {"password": ["This field may not be null."]}),
        ({"password": 5}, {"password": ["Not a valid string."]}),
        ({"organization_id": ["x"]}, {"organization_id": ["Not a valid string."]}),
    ],
)
async def test_a_wrong_login_is_refused(api, changed, errors):
    assert await login(api, {**GOOD, **changed}) == (400, errors)
    assert api.sim.tokens == (api.sim.token,)


async def test_every_field_of_a_login_is_required(api):
    status, body = await login(api, {})
    assert (status, set(body)) == (400, {"username", "password", "organization_id"})


async def test_there_are_at_most_twenty_tokens_from_logins(api):
    tokens = [(await login(api, GOOD))[1]["token"] for _ in range(20)]
    assert len({*tokens, api.sim.token}) == 21
    status, body = await login(api, GOOD)
    assert (status, list(body)) == (400, ["non_field_errors"])
    assert "20 tokens" in body["non_field_errors"][0]
    assert await logout(api, tokens[3]) == (204, b"")
    assert (await login(api, GOOD))[0] == 200


async def test_a_token_is_refused_once_it_was_logged_out(api):
    token = (await login(api, GOOD))[1]["token"]
    assert await logout(api, token) == (204, b"")
    assert await status_with(api, token) == 401
    assert (await logout(api, token))[0] == 401
    assert await status_with(api, api.sim.token) == 200


async def test_the_own_token_can_be_logged_out_and_makes_no_room(api):
    tokens = [(await login(api, GOOD))[1]["token"] for _ in range(20)]
    assert await logout(api, api.sim.token) == (204, b"")
    assert await api.call("GET", "assets/") == (401, {"detail": "Invalid token."})
    assert api.sim.tokens == tuple(tokens)
    assert (await login(api, GOOD))[0] == 400


async def test_a_token_can_be_revoked(api):
    token = (await login(api, GOOD))[1]["token"]
    api.sim.revoke_token(token)
    assert await status_with(api, token) == 401
    with pytest.raises(KeyError):
        api.sim.revoke_token(token)


async def test_the_users_can_be_chosen(http, make_api):
    async with Simulator(fetch=False, users={"ann": "pass word"}) as sim:
        api = make_api(sim, http)
        assert await login(api, GOOD) == (400, WRONG)
        assert (await login(api, {**GOOD, "username": "ann", "password": "pass word"}))[0] == 200


async def test_a_wrong_token_is_not_overlooked_by_a_login(api):
    assert (await login(api, GOOD, headers={"Authorization": "Token x"}))[0] == 401
    assert (await login(api, GOOD, headers=api.headers))[0] == 200


async def test_logging_out_wants_a_token(api):
    async with api.session.post(f"{api.sim.url}/api/auth/logout/") as response:
        assert response.status == 401


async def test_the_organization_is_shown_with_its_secrets(api):
    status, page = await organizations(api)
    (row,) = page.pop("results")
    assert (status, page) == (200, {"count": 1, "next": None, "previous": None})
    assert list(row) == ["name", "uuid", "drm_aes_signing_iv", "drm_aes_signing_key"]
    assert row["uuid"] == api.sim.organization_id
    assert row["name"]
    assert re.fullmatch("[0-9a-f]{32}", row["drm_aes_signing_iv"])
    assert re.fullmatch("[0-9a-f]{64}", row["drm_aes_signing_key"])
    assert (await organizations(api))[1]["results"] == [row], "they stay the same"


async def test_the_links_of_organizations_lead_back_to_them(api):
    _, page = await organizations(api, "?limit=1&offset=1")
    assert (page["results"], page["previous"]) == ([], f"{api.sim.url}/api/v1/organizations/?limit=1")


async def test_organizations_want_a_token(api):
    async with api.session.get(f"{api.sim.url}/api/v1/organizations/") as response:
        assert response.status == 401


@pytest.mark.parametrize("path", ["api/auth/", "api/auth/login", "api/v1/auth/login/", "api/v1/sim001/organizations/"])
async def test_what_lies_outside_of_an_organization_lies_only_there(api, path):
    async with api.session.post(f"{api.sim.url}/{path}", json=GOOD, headers=api.headers) as response:
        assert (response.status, response.content_type) == (404, "text/html")


async def test_methods_of_the_addresses_outside(api):
    for path, allowed in (("api/auth/login/", "POST"), ("api/auth/logout/", "POST"), ("api/v1/organizations/", "GET")):
        async with api.session.delete(f"{api.sim.url}/{path}", headers=api.headers) as response:
            assert (response.status, response.headers["Allow"]) == (405, allowed)


async def test_faults_and_the_journal_know_them(api):
    api.sim.faults.add("POST", "auth/login/", Fault.status(503))
    api.sim.faults.add("GET", "organizations/", Fault.status(502))
    assert (await login(api, GOOD))[0] == 503
    assert (await organizations(api))[0] == 502
    assert (await login(api, GOOD))[0] == 200
    assert api.sim.journal.count("POST", "auth/login/") == 2
    assert api.sim.journal.count("GET", "organizations/") == 1
