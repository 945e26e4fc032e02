"""Answers that say no, or not now: which of them are worth another attempt, and after how long."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from faults.acts import (
    ACTS,
    LATER,
    NAMES,
    Case,
    creation_is_unknown,
    every_act,
    every_read,
    failure,
    now,
    read_gives_up,
    read_survives,
    story,
    success,
)
from faults.conftest import Tell

from tpstreams_async import (
    AuthenticationError,
    BadRequestError,
    JobVanishedError,
    NotFoundError,
    PermissionDeniedError,
    Polling,
    RateLimitedError,
    ServerError,
)
from tpstreams_async._clock import Clock
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

AS_IT_STANDS = "will be refused again until it, or the state of what it is about, changes"

FAILURES = [
    pytest.param(408, marks=pytest.mark.row(23)),
    *[pytest.param(status, marks=pytest.mark.row(29)) for status in (500, 502, 503, 504)],
]
every_failure = pytest.mark.parametrize("status", FAILURES)


@every_failure
@every_read
async def test_a_read_is_made_again_after_a_failure_of_the_server(
    act: str, status: int, sim: Simulator, client: Any, told: Tell
) -> None:
    told(f"{NAMES[act]}, {status}", await read_survives(sim, client, act, Fault.html(status)))


@every_failure
async def test_a_failure_that_stays_is_an_error(status: int, sim: Simulator, client: Any, told: Tell) -> None:
    told(f"a read, each time {status}", await read_gives_up(ServerError, LATER, sim, client, Fault.html(status)))


@every_failure
@pytest.mark.parametrize(("when", "videos"), [("before", 0), ("after", 1)])
async def test_a_failure_does_not_tell_what_became_of_a_creation(
    when: Any, videos: int, status: int, sim: Simulator, client: Any, told: Tell
) -> None:
    case = Case(f"{status} {when} the work", Fault.html(status, when=when), videos)
    told(f"a creation, {case.what}", await creation_is_unknown(sim, client, case))


@every_act
@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        pytest.param(409, (BadRequestError, AS_IT_STANDS), marks=pytest.mark.row(24)),
        pytest.param(413, (BadRequestError, AS_IT_STANDS), marks=pytest.mark.row(30)),
        pytest.param(403, (PermissionDeniedError, "check the rights of the token's user"), marks=pytest.mark.row(32)),
    ],
)
async def test_a_refusal_is_final(
    status: int, refusal: tuple[Any, str], act: str, sim: Simulator, client: Any, told: Tell
) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("*", "*", Fault.status(status), times=None)
    error = await failure(*refusal, ACTS[act](client, asset_id), within=0)
    assert (error.status, error.attempts, sim.journal.count(), len(sim.assets)) == (status, 1, 1, 1)
    told(f"{NAMES[act]}, {status}", story(error, sim.journal.count()))


@pytest.mark.row(30)
async def test_a_body_that_is_too_large_for_the_server_is_refused(make_sim: Any, make_client: Any, told: Tell) -> None:
    sim: Simulator = await make_sim(max_request_bytes=100_000)
    call = make_client(sim).assets.upload_subtitle(sim.add_asset(), b"WEBVTT\n" + b"x" * 500_000)
    error = await failure(BadRequestError, AS_IT_STANDS, call)
    assert (error.status, sim.journal.count()) == (413, 1)
    told("a subtitle of 500 KB, where the server takes 100", story(error, sim.journal.count()))


@pytest.mark.row(31)
@pytest.mark.parametrize("act", ["the next page of a list", *ACTS])
async def test_a_token_that_is_revoked_in_the_middle_of_a_run_ends_it(
    act: str, sim: Simulator, client: Any, video: Any, told: Tell
) -> None:
    created = await client.assets.create(**video)
    sim.add_asset()
    async with aclosing(aiter(client.assets.list(page_size=1))) as rows:
        await anext(rows)
        sim.journal.clear()
        sim.faults.add("*", "*", Fault.status(401), times=None)
        call = anext(rows) if act not in ACTS else ACTS[act](client, created.id)
        error = await failure(AuthenticationError, "Check the token", call, within=0)
    assert (sim.journal.count(), len(sim.assets)) == (1, 2)
    told(f"{NAMES.get(act, act)}, 401 after some successes", story(error, sim.journal.count()))


every_plea = pytest.mark.parametrize("status", [425, 429])


async def pause_after(sim: Simulator, client: Any, act: str, fault: Fault) -> float:
    """Make a call whose first attempt is turned away, and return how much later the second one came."""
    sim.journal.clear()
    asset_id = sim.add_asset()
    before = len(sim.assets)
    sim.faults.add("*", "*", fault)
    await success(ACTS[act](client, asset_id))
    assert len(sim.assets) - before == {"create": 1, "delete": -1}.get(act, 0)
    ((first, second),) = pairwise(record.at for record in sim.journal)
    return round(second - first, 3)


@pytest.fixture
def client_of_no_chance(sim: Simulator, make_client: Any) -> Any:
    """A client that adds nothing to the pauses which the server asks for, and whose clock is decades late."""
    return make_client(sim, _clock=Clock(uniform=lambda low, _: low, wall=lambda: 0.0))


@pytest.mark.row(25)
@every_plea
@every_act
async def test_a_call_is_made_again_after_the_seconds_that_the_server_asked_for(
    act: str, status: int, sim: Simulator, client_of_no_chance: Any, told: Tell
) -> None:
    pause = await pause_after(sim, client_of_no_chance, act, Fault.status(status, headers={"Retry-After": "17"}))
    assert pause == 17
    told(f"{NAMES[act]}, {status} with Retry-After: 17", f"again after {pause:g} s; success")


@pytest.mark.row(26)
@every_plea
@every_act
async def test_a_call_is_made_again_at_the_moment_that_the_server_named(
    act: str, status: int, sim: Simulator, client_of_no_chance: Any, told: Tell
) -> None:
    server_time = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    headers = {
        "Date": format_datetime(server_time, usegmt=True),
        "Retry-After": format_datetime(server_time + timedelta(seconds=9), usegmt=True),
    }
    pause = await pause_after(sim, client_of_no_chance, act, Fault.status(status, headers=headers))
    assert pause == 9
    told(f"{NAMES[act]}, {status} with a date 9 s after the server's", f"again after {pause:g} s; success")


@pytest.mark.row(27)
@pytest.mark.parametrize(("status", "hint"), [(429, "31"), (425, "86400"), (429, "Thu, 31 Dec 2099 23:59:59 GMT")])
@every_act
async def test_a_hint_beyond_the_cap_is_an_error_at_once(
    act: str, status: int, hint: str, sim: Simulator, client: Any, told: Tell
) -> None:
    sim.faults.add("*", "*", Fault.status(status, headers={"Retry-After": hint}), times=None)
    error = await failure(RateLimitedError, "s, then send fewer at a time", ACTS[act](client, "asset1"), within=0)
    assert error.retry_after is not None
    assert error.retry_after > 30
    assert (sim.journal.count(), len(sim.assets)) == (1, 0)
    told(f"{NAMES[act]}, {status} with Retry-After: {hint}", story(error, sim.journal.count()))


@pytest.mark.row(28)
@pytest.mark.parametrize("hint", ["-5", "inf", "nan", "1_000", "٣٠", "1e3", "+5", "0x10", "soon", ""])
@pytest.mark.parametrize("status", [429, 503])
async def test_a_hint_that_is_none_counts_as_none(
    status: int, hint: str, sim: Simulator, make_client: Any, told: Tell
) -> None:
    plain = await pause_after(sim, make_client(sim), "get", Fault.status(status))
    fault = Fault.status(status, headers={"Retry-After": hint})
    pause = await pause_after(sim, make_client(sim), "get", fault)
    assert pause == plain <= 1
    told(f"a read, {status} with Retry-After: {hint!r}", f"again after {pause:g} s, as without; success")


@pytest.mark.row(33)
async def test_a_new_video_may_be_missing_for_a_while(make_sim: Any, make_client: Any, video: Any, told: Tell) -> None:
    sim: Simulator = await make_sim(visible_after=28.0)
    client = make_client(sim)
    created = await client.assets.create(**video)
    asset = await success(client.jobs.asset(created).result())
    missing = sum(record.status == 404 for record in sim.journal)
    assert missing >= 4
    assert now() < 40
    told("a wait for a video that shows up after 28 s", f"{missing} times 404, then {asset.status}")


@pytest.mark.row(33)
async def test_a_video_that_never_shows_up_ends_the_wait_after_its_grace(
    sim: Simulator, make_client: Any, told: Tell
) -> None:
    client = make_client(sim, polling=Polling(jitter=0))
    error = await failure(
        JobVanishedError,
        "the id or the organization is wrong, or it was deleted, or it is not visible yet",
        client.jobs.asset("nowhere").result(),
    )
    assert 30 <= now() <= 33
    assert isinstance(error.__cause__, NotFoundError)
    told("a wait for a video that never shows up", error)


@pytest.mark.row(34)
@pytest.mark.parametrize("kind", ["asset", "trim", "subtitle"])
async def test_what_was_seen_and_is_gone_ends_the_wait_at_the_next_look(
    kind: str, sim: Simulator, client: Any, told: Tell
) -> None:
    asset_id = sim.add_asset(status="Transcoding" if kind == "asset" else None)
    start = await client.assets.trim(asset_id, end_time=30) if kind == "trim" else asset_id
    wait = asyncio.create_task(getattr(client.jobs, kind)(start).result())
    await asyncio.sleep(1)
    sim.delete_asset(asset_id)
    error = await failure(JobVanishedError, "was deleted while it was waited for", wait, within=2)
    assert error.snapshot is not None
    told(f"a wait for {kind}, deleted meanwhile", error)
