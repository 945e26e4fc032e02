"""The server's own word on how long to wait."""

import asyncio
import math
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tpstreams_async import RateLimit, RateLimitedError, RequestTimeoutError, Retry, ServerError, Timeouts
from tpstreams_async._clock import Clock
from tpstreams_async._retry_after import retry_after
from tpstreams_async.simulator import Fault, Simulator

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def http_date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


async def pauses(sim: Simulator, client: Any, headers: dict[str, str], status: int) -> list[float]:
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", Fault.status(status, headers=headers))
    await client.assets.get(asset_id)
    return [round(later.at - earlier.at, 3) for earlier, later in pairwise(sim.journal)]


@pytest.mark.looptime
@pytest.mark.parametrize("status", [425, 429, 503, 500, 408])
async def test_seconds_are_waited(status: int, sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, _clock=Clock(uniform=lambda low, _: low))
    assert await pauses(sim, client, {"Retry-After": "17"}, status) == [17]


@pytest.mark.looptime
async def test_a_date_counts_from_the_servers_own_date(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, _clock=Clock(uniform=lambda low, _: low, wall=lambda: 0.0))
    headers = {"Retry-After": http_date(9), "Date": http_date(0)}
    assert await pauses(sim, client, headers, 503) == [9]


@pytest.mark.looptime
@pytest.mark.parametrize("value", ["-5", "inf", "nan", "1_000", "٣", "1e3", "soon", "", "0x10", "+5", "5 s", "1,5"])
async def test_nonsense_is_ignored(value: str, sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, _clock=Clock(uniform=lambda low, _: low))
    assert await pauses(sim, client, {"Retry-After": value}, 503) == [0]


@pytest.mark.looptime
@pytest.mark.parametrize("hint", [31, 86_400, 10**12])
@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitedError), (503, ServerError)])
async def test_a_longer_wait_than_the_cap_fails_at_once(
    status: int, kind: Any, hint: int, sim: Simulator, client: Any, looptime: Any
) -> None:
    sim.faults.add("GET", "*", Fault.status(status, headers={"Retry-After": str(hint)}))
    began = float(looptime)
    with pytest.raises(kind) as caught:
        await client.assets.get("asset1")
    assert caught.value.retry_after == hint
    assert float(looptime) == began
    assert sim.journal.count() == 1


@pytest.mark.looptime
async def test_the_longest_wait_that_is_allowed_is_kept_and_told(
    sim: Simulator, client: Any, looptime: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sim.faults.add("GET", "*", Fault.status(503, headers={"Retry-After": "30"}))
    with caplog.at_level("INFO", logger="tpstreams_async"):
        await client.assets.get(sim.add_asset())
    assert float(looptime) == pytest.approx(30, abs=0.1)
    paused, told = caplog.messages
    assert paused == "the server wants fewer requests: all calls of this client pause for 30.0 s"
    assert told.startswith("assets.get: attempt 1 failed, next in 30.00 s: assets.get: the server failed (503")


@pytest.mark.looptime
async def test_a_wait_beyond_the_deadline_fails_at_once(sim: Simulator, make_client: Any, looptime: Any) -> None:
    client = make_client(sim, timeouts=Timeouts(total=10))
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "12"}))
    began = float(looptime)
    with pytest.raises(RateLimitedError) as caught:
        await client.assets.get("asset1")
    assert caught.value.retry_after == 12
    assert float(looptime) == began


@pytest.mark.looptime
async def test_one_429_pauses_the_other_tasks_of_the_client(sim: Simulator, make_client: Any, looptime: Any) -> None:
    client = make_client(sim, _clock=Clock(uniform=lambda low, _: low))
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "10"}))
    first = asyncio.create_task(client.assets.get(asset_id))
    await asyncio.sleep(1)
    began = float(looptime)
    await asyncio.gather(first, *(client.assets.get(asset_id) for _ in range(5)))
    later = [record.at for record in sim.journal][1:]
    assert len(later) == 6
    assert min(later) >= 10
    assert float(looptime) - began == pytest.approx(9, abs=0.1)
    await client.assets.get(asset_id)
    assert sim.journal[-1].at == pytest.approx(later[-1], abs=0.1), "the pause is over"


@pytest.mark.looptime
async def test_those_who_waited_for_the_end_of_a_pause_do_not_all_send_at_once(
    sim: Simulator, make_client: Any
) -> None:
    shares = iter(range(1, 100))
    client = make_client(sim, _clock=Clock(uniform=lambda _, high: high * next(shares) / 100))
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "10"}))
    first = asyncio.create_task(client.assets.get(asset_id))
    await asyncio.sleep(1)
    await asyncio.gather(first, *(client.assets.get(asset_id) for _ in range(5)))
    later = [round(record.at, 4) for record in sim.journal][1:]
    assert len(set(later)) >= 5
    assert min(later) >= 10
    assert max(later) <= 11


@pytest.mark.looptime
async def test_a_server_that_asks_for_no_patience_at_all_is_not_hammered(
    sim: Simulator, client: Any, looptime: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "0"}), times=3)
    await client.assets.get(sim.add_asset())
    assert float(looptime) == pytest.approx(0.5 + 1 + 2, abs=0.1)
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


async def test_a_429_without_a_hint_backs_off(sim: Simulator, client: Any) -> None:
    assert await pauses(sim, client, {}, 429) == [pytest.approx(1.0, abs=0.51)]


@pytest.mark.looptime
async def test_a_429_that_stays_ends_the_call(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, retry=Retry(attempts=3))
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "2"}), times=None)
    with pytest.raises(RateLimitedError) as caught:
        await client.assets.get("asset1")
    assert (caught.value.attempts, caught.value.retry_after, sim.journal.count()) == (3, 2, 3)


@pytest.mark.looptime
async def test_a_rate_limit_spaces_the_requests_and_lets_a_burst_through(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, rate_limit=RateLimit(per_second=2, burst=3))
    asset_id = sim.add_asset()
    await asyncio.gather(*(client.assets.get(asset_id) for _ in range(7)))
    times = [record.at for record in sim.journal]
    assert times == pytest.approx([0, 0, 0, 0.5, 1.0, 1.5, 2.0], abs=0.01)
    await asyncio.sleep(60)
    await asyncio.gather(*(client.assets.get(asset_id) for _ in range(5)))
    times = [record.at - 62 for record in sim.journal][7:]
    assert times == pytest.approx([0, 0, 0, 0.5, 1.0], abs=0.01)


@pytest.mark.looptime
async def test_a_rate_limit_counts_retries_too(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, rate_limit=RateLimit(per_second=1), retry=Retry(backoff_base=0))
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", Fault.status(503), times=2)
    await client.assets.get(asset_id)
    assert [record.at for record in sim.journal] == pytest.approx([0, 1, 2], abs=0.01)


@pytest.mark.looptime
async def test_a_turn_that_comes_after_the_deadline_is_not_waited_for_nor_taken(
    sim: Simulator, make_client: Any, video: Any, looptime: Any
) -> None:
    client = make_client(sim, rate_limit=RateLimit(per_second=0.1), timeouts=Timeouts(total=15))
    asset_id = sim.add_asset()
    await client.assets.get(asset_id)
    turn = asyncio.create_task(client.assets.get(asset_id))
    await asyncio.sleep(1)
    began = float(looptime)
    for call in (client.assets.get(asset_id), client.assets.create(**video)):
        with pytest.raises(RequestTimeoutError, match="rate limit") as caught:
            await call
        assert caught.value.attempts == 0
    assert float(looptime) == began
    await turn
    assert [record.at for record in sim.journal] == pytest.approx([0, 10], abs=0.01)
    await client.assets.get(asset_id)
    assert sim.journal[-1].at == pytest.approx(20, abs=0.01)


# The parser by itself.


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_whole_seconds_come_back_as_they_are(seconds: int) -> None:
    assert retry_after({"Retry-After": f" {seconds}\t"}, 0.0) == float(seconds)


@given(st.text(), st.one_of(st.none(), st.text()), st.floats(allow_nan=False, allow_infinity=False))
def test_any_header_gives_nothing_or_finite_seconds(value: str, date: str | None, wall: float) -> None:
    headers = {"Retry-After": value} | ({} if date is None else {"Date": date})
    found = retry_after(headers, wall)
    assert found is None or (math.isfinite(found) and found >= 0)


@given(st.from_regex(r"\A[-+]?[0-9_.eE\u0660-\u0669infa]{1,12}\Z"))
def test_number_like_text_is_taken_only_in_its_plain_form(value: str) -> None:
    found = retry_after({"Retry-After": value}, 0.0)
    whole, dot, rest = value.partition(".")
    plain = value.isascii() and whole.isdigit() and (not dot or rest.isdigit()) and len(rest) <= 9
    assert found == (float(value) if plain else None)


@given(st.integers(-100_000, 100_000), st.integers(-(10**6), 10**6))
def test_a_date_is_seconds_after_the_servers_date_never_below_nothing(ahead: int, clock_error: int) -> None:
    headers = {"Retry-After": http_date(ahead), "Date": http_date(0)}
    assert retry_after(headers, NOW.timestamp() + clock_error) == max(0, ahead)


def test_without_the_servers_date_our_own_clock_counts() -> None:
    assert retry_after({"Retry-After": http_date(30)}, NOW.timestamp()) == 30
    assert retry_after({"Retry-After": http_date(30), "Date": "nonsense"}, NOW.timestamp()) == 30


@pytest.mark.parametrize(
    "value",
    [
        "Wed, 04 Mar 2026 05:06:37 GMT",
        "Wednesday, 04-Mar-26 05:06:37 GMT",
        "Wed Mar  4 05:06:37 2026",
        "Wed, 04 Mar 2026 07:06:37 +0200",
    ],
)
def test_every_form_of_a_date_is_in_the_same_zone(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert retry_after({"Retry-After": value}, NOW.timestamp()) == 30
    finally:
        monkeypatch.undo()
        time.tzset()


def test_no_header_is_no_hint() -> None:
    assert retry_after({}, 0.0) is None
