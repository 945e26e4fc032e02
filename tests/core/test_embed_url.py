"""``client.access_tokens.embed_url``: an address that is put together without asking anybody."""

from typing import Any

import pytest
from support import bad
from support.canaries import report

CODE = "c0ffee00-1111-4222-8333-944455556666"


async def test_an_address_to_embed(make_client: Any, scripted: Any) -> None:
    server = await scripted()
    tokens = make_client(server).access_tokens
    start = f"{server.url}/embed/org001/asset1/?access_token={CODE}"
    assert tokens.embed_url("asset1", CODE) == start
    assert tokens.embed_url("asset1", CODE, autoplay=True, muted=False, loop=True, background=False) == (
        f"{start}&autoplay=1&muted=0&loop=1&background=0"
    )
    assert tokens.embed_url("asset1", CODE, play_rates=(0.5, 1, 1.25, 2.0), viewer_id="a&b ü") == (
        f"{start}&playRates=0.5,1,1.25,2&viewer_id=a%26b+%C3%BC"
    )
    live = make_client(server, base_url="https://app.tpstreams.com", organization_id="acme01").access_tokens
    assert live.embed_url("a-1", "c") == "https://app.tpstreams.com/embed/acme01/a-1/?access_token=c"
    assert server.requests == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, value) for name in ("autoplay", "muted", "loop", "background") for value in bad.FLAGS],
        *bad.each("play_rates", [[], (), "1,2", 1, {"a": 1}, b"1"]),
        *bad.each("viewer_id", bad.LINES),
    ],
    ids=bad.short,
)
async def test_a_wrong_parameter_of_the_player(name: str, value: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    tokens = make_client(server).access_tokens
    error = await bad.refused(server, lambda: tokens.embed_url("asset1", CODE, **{name: value}), name)
    assert CODE not in report(error)


@pytest.mark.parametrize("rate", [0, -1, 0.06, 16.1, True, "1", None, float("nan"), float("inf")], ids=bad.short)
async def test_a_wrong_speed(rate: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    tokens = make_client(server).access_tokens
    await bad.refused(server, lambda: tokens.embed_url("asset1", CODE, play_rates=[1, rate]), "play_rates[1]")
