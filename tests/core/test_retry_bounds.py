"""How long retries wait, and what bounds them: jitter, the deadline, the shared budget, options for one call."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from support.scripted import answer, hang, hang_up, raw

from tpstreams_async import RequestTimeoutError, Retry, ServerError, Timeouts, TPStreamsError
from tpstreams_async._clock import Clock
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime


def lower(bound: float, _: float) -> float:
    return bound


async def failing(sim: Simulator, client: Any, fault: Fault) -> list[float]:
    """Return the pauses between the attempts of a call that fails for good."""
    sim.faults.add("GET", "*", fault, times=None)
    with pytest.raises(TPStreamsError):
        await client.assets.get("asset1")
    return [round(later.at - earlier.at, 3) for earlier, later in pairwise(sim.journal)]


async def test_backoff_doubles_up_to_its_largest_value(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, retry=Retry(attempts=7, backoff_base=1, backoff_max=5))
    assert await failing(sim, client, Fault.status(503)) == [1, 2, 4, 5, 5, 5]


async def test_jitter_goes_down_to_nothing(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, retry=Retry(attempts=3), _clock=Clock(uniform=lower))
    assert await failing(sim, client, Fault.status(503)) == [0, 0]


async def test_jitter_is_drawn_between_nothing_and_the_bound(sim: Simulator, make_client: Any) -> None:
    drawn: list[tuple[float, float]] = []

    def half(low: float, high: float) -> float:
        drawn.append((low, high))
        return (low + high) / 2

    client = make_client(sim, retry=Retry(attempts=4, backoff_base=1, backoff_max=3), _clock=Clock(uniform=half))
    assert await failing(sim, client, Fault.status(503)) == [0.5, 1, 1.5]
    assert drawn[:3] == [(0, 1), (0, 2), (0, 3)]


async def test_very_many_attempts_do_not_overflow_the_backoff(sim: Simulator, make_client: Any) -> None:
    client = make_client(
        sim,
        retry=Retry(attempts=1200, backoff_base=0.001, backoff_max=0.01, budget=5000),
        timeouts=Timeouts(total=3600),
    )
    assert len(await failing(sim, client, Fault.status(503))) == 1199


async def test_without_chance_of_success_before_the_deadline_the_real_error_comes_at_once(
    sim: Simulator, make_client: Any, looptime: Any
) -> None:
    client = make_client(sim, retry=Retry(attempts=9, backoff_base=4, backoff_max=100), timeouts=Timeouts(total=10))
    sim.faults.add("GET", "*", Fault.status(503), times=None)
    began = float(looptime)
    with pytest.raises(ServerError) as caught:
        await client.assets.get("asset1")
    assert caught.value.attempts == 2  # 4 s of backoff; another 8 s would end after the deadline
    assert float(looptime) - began == pytest.approx(4)


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(hang(), id="no answer"),
        pytest.param(raw(*[b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 60], pause=1, end="hang"), id="dripping head"),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", *[b" "] * 60, pause=1, end="hang"),
            id="dripping body",
        ),
    ],
)
async def test_one_deadline_covers_the_whole_call(step: Any, scripted: Any, make_client: Any, looptime: Any) -> None:
    server = await scripted(step)
    client = make_client(server, timeouts=Timeouts(total=20))
    began = float(looptime)
    with pytest.raises(RequestTimeoutError, match=r"timeouts\.total=20 s") as caught:
        await client.assets.get("asset1")
    assert float(looptime) - began == pytest.approx(20)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.attempts == 1


async def test_the_deadline_covers_backoff_and_later_attempts(scripted: Any, make_client: Any, looptime: Any) -> None:
    server = await scripted(answer({}, 503), answer({}, 503), hang())
    client = make_client(server, timeouts=Timeouts(total=10, attempt=30))
    began = float(looptime)
    with pytest.raises(RequestTimeoutError) as caught:
        await client.assets.get("asset1")
    assert float(looptime) - began == pytest.approx(10)
    assert (caught.value.attempts, len(server.requests)) == (3, 3)


async def test_retries_of_silent_attempts_end_with_the_call(scripted: Any, make_client: Any, looptime: Any) -> None:
    client = make_client(await scripted(hang()), timeouts=Timeouts(total=10, attempt=4))
    began = float(looptime)
    with pytest.raises(RequestTimeoutError, match="total=10"):
        await client.assets.get("asset1")
    assert float(looptime) - began == pytest.approx(10)


async def test_silence_longer_than_the_read_timeout_ends_an_attempt_and_not_the_call(
    scripted: Any, make_client: Any, looptime: Any
) -> None:
    server = await scripted(hang(), answer())
    client = make_client(server, timeouts=Timeouts(total=60, attempt=7))
    began = float(looptime)
    assert (await client.assets.get("asset1")).id == "asset1"
    assert float(looptime) - began == pytest.approx(7 + 0.5)


async def test_a_silence_in_every_attempt_names_the_timeout_that_struck(scripted: Any, make_client: Any) -> None:
    server = await scripted(hang())
    client = make_client(server, timeouts=Timeouts(total=60, attempt=2), retry=Retry(attempts=2))
    with pytest.raises(RequestTimeoutError, match=r"timeouts\.attempt") as caught:
        await client.assets.get("asset1")
    assert caught.value.attempts == 2


async def test_the_budget_is_shared_by_all_calls_of_a_client(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, retry=Retry(attempts=4, budget=5, budget_per_second=0))
    sim.faults.add("GET", "*", Fault.status(503), times=None)
    for _ in range(10):
        with pytest.raises(ServerError):
            await client.assets.get("asset1")
    assert sim.journal.count() == 10 + 5


async def test_the_budget_fills_up_again_but_not_beyond_its_size(sim: Simulator, make_client: Any) -> None:
    client = make_client(
        sim, retry=Retry(attempts=2, budget=3, budget_per_second=0.1, backoff_base=0), timeouts=Timeouts(total=5)
    )
    sim.faults.add("GET", "*", Fault.status(503), times=None)

    async def sent_by_five_calls() -> int:
        before = sim.journal.total
        for _ in range(5):
            with pytest.raises(ServerError):
                await client.assets.get("asset1")
        return sim.journal.total - before

    assert await sent_by_five_calls() == 5 + 3
    assert await sent_by_five_calls() == 5
    await asyncio.sleep(20)
    assert await sent_by_five_calls() == 5 + 2
    await asyncio.sleep(1000)
    assert await sent_by_five_calls() == 5 + 3


async def test_waiting_as_the_server_asks_costs_no_budget(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, retry=Retry(budget=0, budget_per_second=0))
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "1"}), times=3)
    assert (await client.assets.get(asset_id)).id == asset_id


async def test_options_for_one_call_leave_the_client_as_it_was(sim: Simulator, client: Any, looptime: Any) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("GET", "*", Fault.status(503), times=None)
    impatient = client.with_options(retry=Retry(attempts=1), timeouts=Timeouts(total=3))
    with pytest.raises(ServerError) as caught:
        await impatient.assets.get(asset_id)
    assert caught.value.attempts == 1
    with pytest.raises(ServerError) as caught:
        await client.assets.get(asset_id)
    assert caught.value.attempts == 4

    sim.faults.clear()
    sim.faults.add("GET", "*", Fault.stall())
    began = float(looptime)
    with pytest.raises(RequestTimeoutError):
        await impatient.assets.get(asset_id)
    assert float(looptime) - began == pytest.approx(3)


async def test_options_for_one_call_reach_lists_and_share_the_budget(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, retry=Retry(budget=2, budget_per_second=0))
    other = client.with_options(retry=Retry(attempts=9, budget=1000))
    sim.faults.add("GET", "*", Fault.status(503), times=None)
    with pytest.raises(ServerError):
        await other.assets.list().collect()
    with pytest.raises(ServerError):
        await client.assets.get("asset1")
    assert sim.journal.count() == 2 + 2


async def test_options_that_are_not_given_are_the_clients_own(scripted: Any, make_client: Any, looptime: Any) -> None:
    server = await scripted(hang())
    client = make_client(server, timeouts=Timeouts(total=5), retry=Retry(attempts=1))
    began = float(looptime)
    with pytest.raises(RequestTimeoutError):
        await client.with_options(retry=Retry(attempts=2)).assets.get("asset1")
    assert float(looptime) - began == pytest.approx(5)


async def test_a_call_that_fails_in_two_ways_ends_with_the_last_of_them(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({}, 503), hang_up(reset=True), answer({"detail": "Gone."}, 404))
    with pytest.raises(TPStreamsError, match="Gone") as caught:
        await make_client(server).assets.get("asset1")
    assert type(caught.value).__name__ == "NotFoundError"
    assert caught.value.attempts == len(server.requests)
