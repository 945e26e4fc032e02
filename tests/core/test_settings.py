"""Settings: from arguments or the environment, and refused before they can do harm."""

import math
from typing import Any

import pytest

from tpstreams_async import InvalidInputError, Polling, RateLimit, Reconcile, Retry, Timeouts, TPStreams

TOKEN = "0123456789abcdef" * 4


def make(**options: Any) -> TPStreams:
    return TPStreams(**{"organization_id": "org001", "token": TOKEN, **options})


def test_arguments_are_taken() -> None:
    client = make(base_url="https://staging.example")
    assert (client.organization_id, client.base_url) == ("org001", "https://staging.example")


def test_the_environment_fills_in_what_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TPSTREAMS_ORGANIZATION_ID", "fromenv")
    monkeypatch.setenv("TPSTREAMS_TOKEN", TOKEN)
    monkeypatch.setenv("TPSTREAMS_BASE_URL", "https://env.example")
    client = TPStreams()
    assert (client.organization_id, client.base_url) == ("fromenv", "https://env.example")


async def test_a_token_from_the_environment_is_the_one_that_is_sent(
    monkeypatch: pytest.MonkeyPatch, sim: Any, make_client: Any
) -> None:
    monkeypatch.setenv("TPSTREAMS_TOKEN", sim.token)
    assert await make_client(sim, token=None).assets.list().count() == 0
    assert sim.journal[0].headers["Authorization"] == f"Token {sim.token}"


def test_an_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TPSTREAMS_ORGANIZATION_ID", "fromenv")
    monkeypatch.setenv("TPSTREAMS_BASE_URL", "https://env.example")
    client = make(base_url="https://argument.example")
    assert (client.organization_id, client.base_url) == ("org001", "https://argument.example")


def test_the_live_service_is_the_default() -> None:
    assert make().base_url == "https://app.tpstreams.com"


@pytest.mark.parametrize("empty", ["", None])
@pytest.mark.parametrize("name", ["organization_id", "token"])
def test_what_is_missing_names_its_variable(name: str, empty: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = f"TPSTREAMS_{name.upper()}"
    if empty is not None:
        monkeypatch.setenv(variable, "")
    with pytest.raises(InvalidInputError, match=variable) as caught:
        make(**{name: empty})
    assert caught.value.argument == name


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://app.example/", "https://app.example"),
        ("https://app.example:8443", "https://app.example:8443"),
        ("https://app.example:443", "https://app.example"),
        ("HTTPS://APP.Example", "https://app.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.8.9.1:80", "http://127.8.9.1"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_taken_in_its_plain_form(given: str, taken: str) -> None:
    assert make(base_url=given).base_url == taken


@pytest.mark.parametrize(
    "given",
    [
        "http://app.tpstreams.com",
        "http://10.0.0.1",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://[::2]",
        "https://user@app.example",
        "https://user:word@app.example",
        "https://app.example/api",
        "https://app.example/?a=b",
        "https://app.example?a=b",
        "https://app.example#part",
        "https://",
        "https://app.example:port",
        "https://app.example:99999",
        "https://[::1",
        "https://app example",
        "https://app.example\r\nX: y",
        "https://ä.example",
        "ftp://app.example",
        "app.example",
        "//app.example",
        "javascript:alert(1)",
        42,
        b"https://app.example",
    ],
)
def test_what_is_no_safe_origin_is_refused(given: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        make(base_url=given)
    assert caught.value.argument == "base_url"


@pytest.mark.parametrize("given", [" ", "@ @", "@\r\nX: y", "@\n", "tök@n", "\x00", "\x7f", "@" * 513, 42, b"@@@"])
def test_an_unusable_token_is_refused_without_being_shown(given: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        make(token=given)
    assert caught.value.argument == "token"
    assert "@" not in str(caught.value)


@pytest.mark.parametrize("given", ["../other", "a/b", "a?b", "%2e", "ä", "a b", "a" * 65, "a\n", 7, b"org"])
def test_an_organization_that_could_lead_elsewhere_is_refused(given: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        make(organization_id=given)
    assert caught.value.argument == "organization_id"


NO_NUMBERS = (math.nan, math.inf, -1, True, "1", None)


@pytest.mark.parametrize("value", NO_NUMBERS)
@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Timeouts, "total"),
        (Timeouts, "connect"),
        (Timeouts, "attempt"),
        (Retry, "attempts"),
        (Retry, "backoff_base"),
        (Retry, "backoff_max"),
        (Retry, "retry_after_max"),
        (Retry, "budget"),
        (Retry, "budget_per_second"),
        (Polling, "interval"),
        (Polling, "growth"),
        (Polling, "interval_max"),
        (Polling, "jitter"),
        (Polling, "concurrency"),
        (Polling, "asset_timeout"),
        (RateLimit, "per_second"),
        (Reconcile, "settle"),
        (Reconcile, "timeout"),
    ],
)
def test_numbers_that_are_none_are_refused_by_name(settings: Any, name: str, value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        settings(**{name: value})
    assert caught.value.argument == name


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        (Timeouts, "total", 0),
        pytest.param(Timeouts, "total", 10**400, id="total-huge"),
        (Retry, "attempts", 0),
        (Retry, "attempts", 1.5),
        (Polling, "growth", 0.9),
        (Polling, "jitter", 1.1),
        (Polling, "concurrency", 0),
        (Reconcile, "settle", -1),
    ],
)
def test_numbers_out_of_bounds_are_refused_by_name(settings: Any, name: str, value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        settings(**{name: value})
    assert caught.value.argument == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_connections", 0),
        ("max_connections", True),
        ("max_connections", 1.0),
        ("max_response_bytes", 1023),
        ("proxy", "socks5://127.0.0.1:1"),
        ("proxy", "127.0.0.1:8080"),
        ("proxy", "http://"),
        ("proxy", "http://127.0.0.1:x"),
        ("proxy", 8080),
    ],
)
def test_other_settings_out_of_bounds_are_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        make(**{name: value})
    assert caught.value.argument == name


def test_a_proxy_that_is_refused_is_not_shown() -> None:
    with pytest.raises(InvalidInputError) as caught:
        make(proxy="socks5://user:canary@127.0.0.1:1")
    assert "canary" not in str(caught.value)


async def test_an_explicit_session_and_connector_exclude_each_other() -> None:
    with pytest.raises(InvalidInputError) as caught:
        make(session=object(), connector=object())
    assert caught.value.argument == "connector"


def test_making_a_client_needs_no_loop_and_settings_are_frozen() -> None:
    assert repr(make()) == "<TPStreams org001 at https://app.tpstreams.com>"
    with pytest.raises(AttributeError):
        Retry().attempts = 2  # type: ignore[misc]
