"""Registering URLs for webhooks."""

import re

import pytest

GOOD = {"url": "https://hooks.example/tp", "secret_token": "s3cret"}
NOT_FOUND = (404, {"detail": "Not found."})
REQUIRED = ["This field is required."]
WRONG = [
    ({}, {"url": REQUIRED, "secret_token": REQUIRED}),
    ({"url": "https://a.example/"}, {"secret_token": REQUIRED}),
    ({"secret_token": "x"}, {"url": REQUIRED}),
    ({**GOOD, "url": "hooks.example"}, {"url": ["Enter a valid URL."]}),
    ({**GOOD, "url": "ftp://hooks.example/"}, {"url": ["Enter a valid URL."]}),
    ({**GOOD, "url": ""}, {"url": ["This field may not be blank."]}),
    ({**GOOD, "secret_token": " "}, {"secret_token": ["This field may not be blank."]}),
    ({**GOOD, "secret_token": None}, {"secret_token": ["This field may not be null."]}),
]


async def register(api, body=GOOD, status=201):
    return await api.post("webhooks/", body, status=status)


async def test_a_new_one(api):
    row = await register(api)
    assert list(row) == ["url", "secret_token", "id"]
    assert {**GOOD, "id": row["id"]} == row
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", row["id"])
    assert await api.get(f"webhooks/{row['id']}/") == row


async def test_the_list_shows_the_newest_first(api):
    rows = [await register(api, {**GOOD, "url": f"https://hooks.example/{n}"}) for n in range(3)]
    page = {"count": 3, "next": None, "previous": None, "results": rows[::-1]}
    assert await api.get("webhooks/") == page
    page = await api.get("webhooks/?limit=2")
    assert (page["results"], page["next"]) == (rows[:0:-1], api.url("webhooks/?limit=2&offset=2"))


async def test_the_service_has_them_in_the_order_of_their_registration(api):
    rows = [await register(api, {**GOOD, "url": f"https://hooks.example/{n}"}) for n in range(2)]
    webhooks = api.sim.parts()[0].webhooks
    assert [(w.id, w.url, w.secret_token) for w in webhooks] == [(r["id"], r["url"], r["secret_token"]) for r in rows]
    assert "s3cret" not in repr(webhooks)


async def test_both_fields_are_replaced(api):
    row = await register(api)
    new = {"url": "http://other.example/", "secret_token": "new"}
    assert await api.call("PUT", f"webhooks/{row['id']}/", json=new) == (200, {**new, "id": row["id"]})
    assert (await api.get("webhooks/"))["results"] == [{**new, "id": row["id"]}]


@pytest.mark.parametrize(("body", "errors"), WRONG)
async def test_wrong_fields_are_refused(api, body, errors):
    assert await register(api, body, 400) == errors
    row = await register(api)
    assert await api.call("PUT", f"webhooks/{row['id']}/", json=body) == (400, errors)
    assert (await api.get("webhooks/"))["results"] == [row]


async def test_deleting(api):
    first, second = await register(api), await register(api)
    assert await api.call("DELETE", f"webhooks/{first['id']}/") == (204, "")
    assert (await api.get("webhooks/"))["results"] == [second]
    assert await api.call("DELETE", f"webhooks/{first['id']}/") == NOT_FOUND
    assert await api.call("GET", f"webhooks/{first['id']}/") == NOT_FOUND
    assert await api.call("PUT", f"webhooks/{first['id']}/", json=GOOD) == NOT_FOUND


async def test_methods(api):
    row = await register(api)
    for method, suffix in (("PATCH", f"webhooks/{row['id']}/"), ("DELETE", "webhooks/"), ("PUT", "webhooks/")):
        assert (await api.call(method, suffix, json=GOOD))[0] == 405
