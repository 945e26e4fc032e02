"""``client.organizations``: what it asks for and returns, and that its keys show nowhere."""

from typing import Any

import pytest
from support.canaries import CANARY, faces, report
from support.scripted import answer

from tpstreams_async import DecodeError, Organization

ROWS = [
    {"name": "One", "uuid": "org001", "drm_aes_signing_iv": CANARY, "drm_aes_signing_key": CANARY},
    {"uuid": "org002", "drm_aes_signing_key": None, "plan": "new"},
]


@pytest.mark.parametrize("bare", [False, True])
async def test_organizations_are_listed(bare: bool, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(ROWS if bare else {"count": 2, "next": None, "results": ROWS}))
    one, two = await make_client(server).organizations.list().collect()
    assert server.targets == ["GET /api/v1/organizations/"], "no organization is in the path"
    assert server.requests[0].headers["authorization"] == f"Token {server.token}"
    assert (one.uuid, one.name, one.drm_aes_signing_iv, one.drm_aes_signing_key) == ("org001", "One", CANARY, CANARY)
    assert two == Organization(uuid="org002", extra=two.extra)
    assert two.extra == {"plan": "new"}
    assert CANARY not in faces([one, two])
    assert repr(one).count("***") == 2


async def test_the_pages_are_followed(scripted: Any, make_client: Any) -> None:
    server = await scripted()
    server.steps = [
        answer({"count": 2, "next": f"{server.url}/api/v1/organizations/?page=2", "results": ROWS[:1]}),
        answer({"count": 2, "next": None, "results": ROWS[1:]}),
    ]
    assert [found.uuid async for found in make_client(server).organizations.list()] == ["org001", "org002"]
    assert server.targets[1] == "GET /api/v1/organizations/?page=2"


async def test_a_row_that_is_none_shows_no_key(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer([{**ROWS[0], "uuid": None}]))
    with pytest.raises(DecodeError) as caught:
        await make_client(server).organizations.list().first()
    assert caught.value.path == "$[0].uuid"
    assert CANARY not in report(caught.value)
