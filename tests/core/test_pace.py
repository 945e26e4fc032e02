"""How many requests a client sends is learned from a server that refuses some, and shared out fairly."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tpstreams_async import RateLimit, RateLimitedError, Retry, ServerError, Timeouts
from tpstreams_async._clock import Clock
from tpstreams_async._pace import Pace
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime
PATIENT = Timeouts(total=10_000)


@asynccontextmanager
async def busy(tasks: int, call: Callable[[], Awaitable[object]]) -> AsyncIterator[Counter[str]]:
    """Let so many tasks call again and again; what they meet with is counted."""
    met: Counter[str] = Counter()

    async def work() -> None:
        while True:
            try:
                await call()
            except (RateLimitedError, ServerError) as error:
                met[type(error).__name__] += 1

    working = [asyncio.ensure_future(work()) for _ in range(tasks)]
    try:
        yield met
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)


def answers(sim: Simulator, since: float, until: float) -> Counter[int | None]:
    """Count what was answered in a stretch of time, in seconds from the first request."""
    began = sim.journal[0].at
    return Counter(record.status for record in sim.journal if since <= record.at - began < until)


@pytest.mark.parametrize(
    ("throttle", "seconds", "tasks", "rate_limit"),
    [
        pytest.param(10, 1.0, 500, None, id="10 a second, 500 tasks"),
        pytest.param(10, 1.0, 4, None, id="10 a second, 4 tasks"),
        pytest.param(10, 1.0, 40, RateLimit(per_second=100, burst=30), id="10 a second, a limit of 100"),
        pytest.param(50, 5.0, 100, None, id="50 in 5 seconds"),
        pytest.param(3, 1.0, 50, None, id="3 a second"),
    ],
)
async def test_what_the_server_bears_is_found_and_used(
    throttle: int, seconds: float, tasks: int, rate_limit: RateLimit | None, make_sim: Any, make_client: Any
) -> None:
    sim: Simulator = await make_sim(throttle=throttle, throttle_seconds=seconds)
    asset_id = sim.add_asset()
    client = make_client(sim, timeouts=PATIENT, rate_limit=rate_limit)
    async with busy(tasks, lambda: client.assets.get(asset_id)) as met:
        await asyncio.sleep(241)
    counted = answers(sim, 60, 240)
    assert counted.keys() == {200, 429}
    assert counted[429] < 0.02 * counted.total()
    assert counted[200] >= 0.9 * 180 * throttle / seconds
    assert not met


async def test_clients_come_to_share_what_the_server_bears(make_sim: Any, make_client: Any) -> None:
    sim: Simulator = await make_sim(throttle=30)
    ids = [sim.add_asset(), sim.add_asset()]
    clients = [make_client(sim, timeouts=PATIENT) for _ in ids]
    async with busy(30, lambda: clients[0].assets.get(ids[0])):
        await asyncio.sleep(10)
        async with busy(30, lambda: clients[1].assets.get(ids[1])):
            await asyncio.sleep(591)
    counted = answers(sim, 60, 600)
    assert counted[429] < 0.02 * counted.total()
    assert counted[200] >= 0.9 * 540 * 30
    began = sim.journal[0].at
    parts = Counter(record.path for record in sim.journal if record.status == 200 and record.at - began > 500)
    assert min(parts.values()) > 0.25 * parts.total()


async def test_refusals_by_chance_slow_nobody_down(make_sim: Any, make_client: Any) -> None:
    sim: Simulator = await make_sim()
    asset_id = sim.add_asset()
    client = make_client(sim, timeouts=PATIENT)
    chance = Random(7)
    for _ in range(2_000):
        sim.faults.add("GET", "*", Fault.status(429), skip=int(chance.expovariate(0.04)))

    async def call() -> None:
        await client.assets.get(asset_id)
        await asyncio.sleep(0.2)

    async with busy(20, call) as met:
        await asyncio.sleep(181)
    counted = answers(sim, 60, 180)
    # Each of them is a pause for all, which leaves some 28 a second; a rate would be one a second by now.
    assert counted[200] > 120 * 10
    assert 0.03 < counted[429] / counted.total() < 0.05
    assert not met


async def test_many_clients_take_what_the_others_use_up_for_the_limit_that_it_is(
    make_sim: Any, make_client: Any
) -> None:
    sim: Simulator = await make_sim(throttle=40)
    asset_id = sim.add_asset()
    async with AsyncExitStack() as working:
        for _ in range(5):
            client = make_client(sim, timeouts=PATIENT)
            await working.enter_async_context(busy(20, lambda client=client: client.assets.get(asset_id)))  # type: ignore[misc]
            await asyncio.sleep(7)
        await asyncio.sleep(301)
    counted = answers(sim, 60, 300)
    assert counted[429] < 0.02 * counted.total()
    assert counted[200] >= 0.8 * 240 * 40


async def test_a_rate_that_nobody_refuses_any_more_is_forgotten(make_sim: Any, make_client: Any) -> None:
    sim: Simulator = await make_sim(throttle=10)
    asset_id = sim.add_asset()
    client = make_client(sim, timeouts=PATIENT)
    async with busy(20, lambda: client.assets.get(asset_id)):
        await asyncio.sleep(20)
    assert not await all_at_once(sim, client, asset_id)
    await asyncio.sleep(60)
    assert not await all_at_once(sim, client, asset_id)
    await asyncio.sleep(180)
    assert await all_at_once(sim, client, asset_id)


async def all_at_once(sim: Simulator, client: Any, asset_id: str) -> bool:
    sim.journal.clear()
    await asyncio.gather(*[client.assets.get(asset_id) for _ in range(5)])
    return sim.journal[-1].at == sim.journal[0].at


@pytest.mark.parametrize("status", [429, 503])
async def test_everyone_waits_as_long_as_the_server_asked(status: int, sim: Simulator, make_client: Any) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim, _clock=Clock(uniform=lambda low, _: low))
    sim.faults.add("GET", "*", Fault.status(status, headers={"Retry-After": "20"}))
    refused = asyncio.ensure_future(client.assets.get(asset_id))
    await asyncio.sleep(1)
    await asyncio.gather(refused, client.assets.get(asset_id), client.assets.trim(asset_id, end_time=1))
    assert [round(record.at - sim.journal[0].at) for record in sim.journal] == [0, 20, 20, 20]


@pytest.mark.parametrize(("failing", "slower"), [(1, False), (10, True)])
async def test_a_single_503_says_nothing_of_the_load_but_many_do(
    failing: int, slower: bool, sim: Simulator, make_client: Any
) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim, retry=Retry(attempts=1))
    await asyncio.gather(*[client.assets.get(asset_id) for _ in range(20)])
    sim.faults.add("GET", "*", Fault.status(503), times=failing)
    await asyncio.gather(*[client.assets.get(asset_id) for _ in range(failing)], return_exceptions=True)
    assert await all_at_once(sim, client, asset_id) is not slower


async def test_an_answer_that_there_is_no_such_video_is_work_that_the_server_bears(
    sim: Simulator, make_client: Any
) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim)
    await asyncio.gather(*[client.assets.get("gone") for _ in range(20)], return_exceptions=True)
    sim.faults.add("GET", "*", Fault.status(429))
    await client.assets.get(asset_id)
    assert not await all_at_once(sim, client, asset_id)


async def test_what_goes_to_storage_says_nothing_of_the_api(sim: Simulator, make_client: Any, tmp_path: Any) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim)
    await asyncio.gather(*[client.assets.get(asset_id) for _ in range(4)])
    (tmp_path / "lesson.mp4").write_bytes(b"\0" * 1000)
    await client.assets.upload(tmp_path / "lesson.mp4", title="Lesson", resolutions=["240p"])
    to_api = sum(not record.path.startswith("/storage/") for record in sim.journal)
    assert to_api < len(sim.journal)
    sim.faults.add("GET", "*", Fault.status(429))
    await client.assets.get(asset_id)
    sim.journal.clear()
    await asyncio.gather(*[client.assets.get(asset_id) for _ in range(3)])
    assert sim.journal[-1].at - sim.journal[-2].at == pytest.approx(1 / (0.9 * to_api), rel=0.05)


async def test_an_outage_leaves_no_rate_behind(sim: Simulator, make_client: Any) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim, retry=Retry(attempts=1))
    sim.faults.add("GET", "*", Fault.status(503), times=None)
    async with busy(10, lambda: asyncio.wait([asyncio.ensure_future(client.assets.get(asset_id))], timeout=1)):
        await asyncio.sleep(0)
    sim.faults.clear()
    assert await all_at_once(sim, client, asset_id)


def video(number: int) -> dict[str, Any]:
    return {"url": f"https://origin.example/{number}.mp4", "title": f"Lesson {number}", "resolutions": "240p"}


@pytest.mark.usefixtures("ledger_in_the_loop")
async def test_calls_come_before_bulk_work_which_is_not_starved(
    sim: Simulator, make_client: Any, tmp_path: Any
) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim, rate_limit=RateLimit(per_second=1), timeouts=PATIENT)
    rows = [video(number) for number in range(40)]
    async with client.ingest(rows, ledger=tmp_path / "ledger", wait=False, batch_size=1, concurrency=40) as run:
        reading = asyncio.ensure_future(collected(run))
        while run.progress.planned or run.progress.sending < 30:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await client.assets.get(asset_id)
        assert loop.time() - began <= 1.01
        sim.journal.clear()
        async with busy(5, lambda: client.assets.get(asset_id)):
            await asyncio.sleep(100)
        assert sim.journal.count("GET") + sim.journal.count("POST") == pytest.approx(100, abs=1)
        assert sim.journal.count("POST") == pytest.approx(10, abs=1)
        assert {result.state for result in await reading} == {"submitted"}


@pytest.mark.usefixtures("ledger_in_the_loop")
async def test_calls_stay_quick_beside_a_run_that_the_server_slows_down(
    make_sim: Any, make_client: Any, tmp_path: Any
) -> None:
    sim: Simulator = await make_sim(throttle=5)
    asset_id = sim.add_asset()
    client = make_client(sim)
    loop = asyncio.get_running_loop()
    took: list[float] = []

    async def call() -> None:
        began = loop.time()
        await client.assets.get(asset_id)
        took.append(loop.time() - began)
        await asyncio.sleep(0.5)

    async with (
        busy(1, call),
        client.ingest([video(number) for number in range(3000)], ledger=tmp_path / "ledger") as run,
    ):
        assert {result.state async for result in run} == {"completed"}
    assert len(took) > 100
    # Most wait for one turn of the server's five in a second; those that a pause meets wait for its end.
    assert sum(seconds > 0.2 for seconds in took) <= 5


async def collected(results: AsyncIterator[Any]) -> list[Any]:
    return [result async for result in results]


async def test_who_does_not_get_a_turn_in_time_was_held_back(sim: Simulator, make_client: Any) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim, timeouts=Timeouts(total=5))
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "1"}), times=30, skip=2)
    results = await asyncio.gather(*[client.assets.get(asset_id) for _ in range(32)], return_exceptions=True)
    late = [result for result in results if isinstance(result, Exception)]
    assert late
    assert all(error.held_back and "waited for its turn" in str(error) for error in late)


# The rate by itself.


def paced(rate: float, now: float) -> Pace:
    """Make a pace that was cut just now, after so many successes per second."""
    pace = Pace()
    for number in range(round(rate)):
        pace.succeeded(now - 1 + (number + 1) / rate)
    pace.refused(now, admitted=now)
    pace.settle(now)
    return pace


@given(st.integers(2, 1_000), st.floats(0.0, 29.0), st.floats(0.001, 1.0))
def test_a_rate_grows_from_below_what_was_refused_and_slowly_near_it(rate: int, at: float, step: float) -> None:
    pace = paced(rate, 100.0)
    highest = 1 / pace.spacing(100.0) / 0.9
    assert highest == pytest.approx(rate)
    earlier, later = 1 / pace.spacing(100.0 + at), 1 / pace.spacing(100.0 + at + step)
    assert 0.9 * highest * 0.999 <= earlier <= later <= highest * 1.001
    assert later - earlier <= highest * 0.011 * step + 1e-9


EVENTS = st.sampled_from(["sent", "sent", "sent", "refused", "refused late", "settled", "overloaded"])


@given(st.lists(st.tuples(EVENTS, st.integers(1, 60), st.sampled_from([0.0, 0.001, 0.1, 1.0, 31.0])), max_size=60))
def test_whatever_happens_somebody_goes_each_second(history: list[tuple[str, int, float]]) -> None:
    pace = Pace()
    now = 1000.0
    for event, times, gap in history:
        for _ in range(times):
            now += gap
            if event == "sent":
                pace.succeeded(now)
            elif event == "settled":
                pace.settle(now)
            elif event == "overloaded":
                pace.overloaded(now, admitted=now)
            else:
                pace.refused(now, admitted=now - (50.0 if event == "refused late" else 0.0))
        assert 0.0 <= pace.spacing(now) <= 1.0 + 1e-9
        assert pace.active or pace.spacing(now) == 0.0
    pace.settle(now + 181)
    assert pace.spacing(now + 400) == 0.0


def test_refusals_of_what_was_sent_before_a_cut_cut_no_more() -> None:
    pace = paced(10, 10.0)
    rate = 1 / pace.spacing(10.0)
    pace.succeeded(10.5)
    pace.refused(11.0, admitted=9.9)
    pace.settle(11.0)
    assert 1 / pace.spacing(11.0) >= rate
    pace.refused(11.0, admitted=10.0)
    pace.settle(11.0)
    assert 1 / pace.spacing(11.0) < rate


def test_a_server_that_lets_many_through_and_then_asks_for_a_long_pause_is_believed_at_once() -> None:
    pace = paced(100, 0.0)
    for number in range(240):
        pace.succeeded(number / 80)
    pace.refused(3.0, admitted=2.9)
    pace.settle(31.0)
    assert 1 / pace.spacing(31.0) == pytest.approx(0.9 * 240 / 31)


def test_who_sends_little_learns_nothing_from_that() -> None:
    pace = paced(100, 0.0)
    for number in range(240):
        pace.succeeded(number / 8)
    pace.refused(30.0, admitted=29.9)
    pace.settle(31.0)
    assert 1 / pace.spacing(31.0) == pytest.approx(0.9 * 100)


def test_where_nothing_succeeds_any_more_the_rate_is_halved_and_comes_back_to_what_it_was() -> None:
    pace = paced(100, 0.0)
    before = 1 / pace.spacing(0.0)
    pace.refused(1.0, admitted=0.5)
    pace.settle(1.0)
    assert 0.49 * before < 1 / pace.spacing(1.0) < 0.52 * before
    assert 1 / pace.spacing(31.0) == pytest.approx(before / 0.9)


def test_a_rate_that_is_halved_far_beyond_what_was_refused_before_does_not_fall_any_further() -> None:
    pace = paced(10, 0.0)
    before = 1 / pace.spacing(150.0)
    assert before > 70
    pace.refused(150.0, admitted=149.0)
    pace.settle(150.0)
    half = 1 / pace.spacing(150.0)
    assert half == pytest.approx(before / 2)
    assert all(1 / pace.spacing(150.0 + seconds) >= half * 0.999 for seconds in range(0, 180, 10))


def test_a_first_guess_is_no_small_one_where_what_came_with_the_refused_one_passed() -> None:
    pace = Pace()
    pace.succeeded(1.0)
    pace.refused(1.1, admitted=1.0)
    pace.succeeded(1.15)
    pace.settle(1.2)
    assert 1 / pace.spacing(1.2) == pytest.approx(0.9 * 8)


def test_a_first_guess_is_what_passed_where_the_rest_was_refused_as_well() -> None:
    pace = Pace()
    for _ in range(3):
        pace.succeeded(1.0)
    for _ in range(9):
        pace.refused(1.1, admitted=1.0)
    pace.settle(2.1)
    assert 1 / pace.spacing(2.1) == pytest.approx(0.9 * 3)


# Refusals that come whatever is sent.


def refused_every(passed: int, pace: Pace, now: float, times: int) -> float:
    """Let so many pass between two refusals, so many times; return the time then."""
    for _ in range(times):
        for _ in range(passed):
            now += pace.spacing(now) or 0.005
            pace.succeeded(now)
        pace.refused(now, admitted=now)
        pace.settle(now)
    return now


@pytest.mark.parametrize("passed", [17, 25, 100, 300])
def test_refusals_whatever_is_sent_leave_no_rate_behind(passed: int) -> None:
    pace = paced(100, 0.0)
    now = refused_every(passed, pace, 0.0, 7)
    assert 40 < 1 / pace.spacing(now) < 60
    now = refused_every(passed, pace, now, 1)
    assert 1 / pace.spacing(now) > 700
    now = refused_every(passed, pace, now, 1000 // passed)
    assert pace.spacing(now + 18) == 0
    now = refused_every(passed, pace, now + 18, 10_000 // passed)
    assert pace.spacing(now) == 0


def test_many_refusals_are_never_taken_for_chance_but_bring_the_rate_down_by_half_at_most() -> None:
    pace = paced(100, 0.0)
    now = refused_every(4, pace, 0.0, 500)
    assert 44 < 1 / pace.spacing(now) < 52


def leaping(pace: Pace) -> float:
    """Bring a pace to try out whether refusals come by chance; return the time."""
    now = refused_every(25, pace, 0.0, 8)
    assert 1 / pace.spacing(now) > 700
    return now


def refused_on_trial(pace: Pace, now: float) -> None:
    for number in range(200):
        pace.succeeded(now - 1 + number / 200)
    for _ in range(20):
        pace.refused(now, admitted=now)
    pace.settle(now)


def test_a_limit_that_is_found_on_trial_brings_back_the_rate_from_before_and_no_second_trial_soon() -> None:
    pace = paced(100, 0.0)
    now = leaping(pace)
    for wait in (180, 360, 720):
        refused_on_trial(pace, now)
        assert 40 < 1 / pace.spacing(now) < 50
        began = now
        while 1 / pace.spacing(now) < 700:
            now = refused_every(25, pace, now, 1)
        assert wait < now - began < wait + 20


def test_refusals_on_trial_count_from_the_beginning_of_the_trial() -> None:
    pace = paced(100, 0.0)
    now = leaping(pace)
    refused_on_trial(pace, now)
    while 1 / pace.spacing(now) < 700:
        now = refused_every(25, pace, now, 1)
    for _ in range(4):
        pace.refused(now, admitted=now)
        pace.settle(now)
    assert 1 / pace.spacing(now) > 700
    pace.refused(now, admitted=now)
    pace.settle(now)
    assert 1 / pace.spacing(now) < 50


def test_whoever_has_a_small_part_of_a_limit_never_tries() -> None:
    pace = paced(5, 0.0)
    now = 0.0
    for _ in range(100):
        now = refused_every(6, pace, now, 1)
        assert 1 / pace.spacing(now) < 6


def test_no_more_than_an_eighth_is_put_up_with() -> None:
    pace = paced(100, 0.0)
    now = refused_every(6, pace, 0.0, 8)
    assert 1 / pace.spacing(now) > 700
    now = refused_every(6, pace, now, 100)
    assert 1 / pace.spacing(now) < 100


def test_what_was_believed_of_chance_has_to_be_shown_anew_after_some_minutes() -> None:
    pace = paced(100, 0.0)
    now = refused_every(25, pace, leaping(pace), 40) + 18
    assert pace.spacing(now) == 0
    began = now
    while pace.spacing(now) == 0 and now < began + 300:
        for _ in range(25):
            now += 0.2
            pace.succeeded(now)
        pace.refused(now, admitted=now)
        pace.settle(now)
    assert now - began == pytest.approx(240 - 18, abs=10)


def test_a_rate_that_was_good_for_half_a_minute_is_known_to_be() -> None:
    pace = paced(10, 0.0)
    for number in range(1, 1201):
        pace.succeeded(number / 12)
    pace.refused(100.0, admitted=100.0)
    pace.settle(100.0)
    good = 1 / pace.spacing(100.0) / 0.9
    assert good > 20
    now = refused_every(4, pace, 100.0, 200)
    assert 0.44 * good < 1 / pace.spacing(now) < 0.52 * good


@pytest.mark.parametrize("failed_before", [False, True])
def test_a_limit_beside_chance_is_found_and_kept(failed_before: bool) -> None:
    pace = paced(100, 0.0)
    now = leaping(pace)
    if failed_before:
        refused_on_trial(pace, now)
        while 1 / pace.spacing(now) < 700:
            now = refused_every(25, pace, now, 1)
    now = refused_every(25, pace, now, 40)
    for number in range(320):
        now += 0.003
        (pace.refused(now, now) if number % 25 == 24 else pace.succeeded(now))
    for _ in range(9):
        pace.refused(now, admitted=now)
    pace.settle(now)
    refused = 1 / pace.spacing(now) / 0.9
    assert 250 < refused < 360
    now = refused_every(25, pace, now, 200)
    assert 0.9 * refused < 1 / pace.spacing(now) < 1.01 * refused


def test_chance_that_is_over_explains_no_refusal_any_more() -> None:
    pace = paced(100, 0.0)
    now = refused_every(25, pace, leaping(pace), 40) + 1
    assert pace.spacing(now + 30) == 0
    for number in range(400):
        pace.succeeded(now + number / 40)
    pace.refused(now + 30, admitted=now + 30)
    pace.settle(now + 30)
    assert pace.spacing(now + 30) == 0  # nothing succeeded just before, so there is nothing to go by
    for number in range(50):
        pace.succeeded(now + 31 + number / 50)
    pace.refused(now + 32, admitted=now + 32)
    pace.settle(now + 32)
    assert 1 / pace.spacing(now + 32) == pytest.approx(0.9 * 50, rel=0.03)
