"""How many requests the simulator takes, if it is told to count them."""

import pytest


@pytest.fixture
def options() -> dict[str, object]:
    return {"fetch": False, "throttle": 2, "throttle_seconds": 10}


async def test_more_than_it_takes_are_refused_in_the_words_of_the_framework(api, clock) -> None:
    await api.get("assets/")
    clock.advance(4)
    await api.get("assets/")
    clock.advance(0.5)
    async with api.session.get(api.url("assets/"), headers=api.headers) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "6")
        assert await response.json() == {"detail": "Request was throttled. Expected available in 6 seconds."}
    clock.advance(5.4)
    status, body = await api.call("GET", "assets/")
    assert (status, body) == (429, {"detail": "Request was throttled. Expected available in 1 second."})
    clock.advance(0.1)
    await api.get("assets/")


async def test_those_that_are_refused_do_not_count_and_do_nothing(api, clock, sim) -> None:
    for _ in range(20):
        await api.call(
            "POST", "assets/videos/", json={"inputs": [{"url": "https://a.example/"}], "resolutions": ["240p"]}
        )
    assert len(sim.assets) == 2
    clock.advance(10)
    await api.get("assets/")


async def test_each_token_is_counted_for_itself_and_who_has_none_is_not(api, sim) -> None:
    for _ in range(3):
        status, _ = await api.call("GET", "assets/", headers={"Authorization": "Token wrong"})
        assert status == 401
    credentials = {"username": "demo", "password": "demo", "organization_id": sim.organization_id}
    async with api.session.post(f"{sim.url}/api/auth/login/", json=credentials) as response:
        logged_in = await response.json()
    for token in (sim.token, logged_in["token"]):
        headers = {"Authorization": f"Token {token}"}
        assert [(await api.call("GET", "assets/", headers=headers))[0] for _ in range(3)] == [200, 200, 429]
