"""A look that fails is no end of the job, and one blip never ends a wait."""

import asyncio
import functools
from itertools import pairwise

import pytest
from job_support import assert_idle, later, looks, now, script

from tpstreams_async import (
    AuthenticationError,
    BadRequestError,
    DecodeError,
    JobPollError,
    JobTimeoutError,
    PermissionDeniedError,
    Polling,
    RateLimit,
    Retry,
    ServerError,
    TransportError,
)
from tpstreams_async.simulator import Fault

GET = ("GET", "assets/<id>/")
ONCE = Retry(attempts=1)
BLIPS = {
    "500": Fault.status(500),
    "502 page": Fault.html(502),
    "503": Fault.status(503),
    "504": Fault.html(504),
    "408": Fault.status(408),
    "429": Fault.status(429),
    "reset": Fault.reset(),
    "closed": Fault.close(),
    "cut": Fault.cut(),
    "cut and reset": Fault.cut(reset=True),
    "page for JSON": Fault.html(200),
    "no JSON": Fault.garbled(),
    "no HTTP": Fault.garbage(),
    "redirect": Fault.status(302, headers={"Location": "https://elsewhere.example/"}),
    "spoilt gzip": Fault.gzip(corrupt=True),
}


@pytest.mark.parametrize("blip", BLIPS.values(), ids=BLIPS)
async def test_a_blip_does_not_end_a_wait(sim, connect, blip):
    client = connect(retry=ONCE)
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    rules = sim.faults.add(*GET, blip, times=3, skip=1)
    asset = await client.jobs.asset(asset_id)
    assert asset.video.status == "Completed"
    assert rules[0].used == 3


async def test_a_burst_that_outlasts_the_retries_of_a_call_does_not_end_a_wait(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    rules = sim.faults.add(*GET, Fault.status(503), times=18)
    assert (await client.jobs.asset(asset_id)).video.status == "Completed"
    assert rules[0].used == 18


async def test_a_server_that_is_down_for_a_while_does_not_end_a_wait(sim, connect):
    client = connect(retry=ONCE)
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {40: "Completed"})
    sim.faults.add(*GET, Fault.reset(), times=None)
    later(12, sim.faults.clear)
    assert (await client.jobs.asset(asset_id)).video.status == "Completed"


async def test_a_look_that_hangs_does_not_end_a_wait(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {20: "Completed"})
    sim.faults.add(*GET, Fault.stall())
    assert (await client.jobs.asset(asset_id)).video.status == "Completed"


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (Fault.status(503), ServerError),
        (Fault.reset(), TransportError),
        (Fault.html(200), DecodeError),
        (Fault.status(400), BadRequestError),
    ],
    ids=["503", "reset", "page", "400"],
)
async def test_failing_again_and_again_ends_it(sim, connect, fault, cause):
    client = connect(retry=ONCE)
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add(*GET, fault, times=None, skip=1)
    job = client.jobs.asset(asset_id)
    with pytest.raises(JobPollError) as caught:
        await job
    error = caught.value
    assert isinstance(error.__cause__, cause)
    assert error.job is job
    assert error.ref == f"asset:{asset_id}"
    assert error.snapshot.video.status == "Transcoding"
    assert "Transcoding" in str(error)
    assert f"resume('asset:{asset_id}')" in str(error)
    # One look that succeeded, then the five that are tolerated and the one that is not.
    assert len(looks(sim, asset_id)) == 7
    await assert_idle(client)


@pytest.mark.parametrize("failures", [0, 1, 3])
async def test_how_many_are_tolerated_is_up_to_the_caller(sim, connect, failures):
    client = connect(retry=ONCE, polling=Polling(jitter=0, failures=failures))
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(503), times=None)
    with pytest.raises(JobPollError):
        await client.jobs.asset(asset_id)
    assert len(looks(sim, asset_id)) == failures + 1


async def test_only_failures_in_a_row_count(sim, connect):
    client = connect(retry=ONCE, polling=Polling(interval=1, growth=1, jitter=0, failures=2))
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {29.5: "Completed"})
    for skip in range(10):
        sim.faults.add(*GET, Fault.status(503), times=2, skip=int(skip > 0))
    # Two failures, one success, two failures, one success: twenty failures in all.
    assert (await client.jobs.asset(asset_id)).video.status == "Completed"


async def test_failed_looks_are_spaced_like_the_others(sim, connect):
    client = connect(retry=ONCE)
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(503), times=None)
    with pytest.raises(JobPollError):
        await client.jobs.asset(asset_id)
    gaps = [after - before for before, after in pairwise(looks(sim, asset_id))]
    assert gaps == pytest.approx([3, 4.5, 6.75, 10.125, 15.1875], abs=0.002)


async def test_waiting_goes_on_with_the_same_handle(sim, connect):
    client = connect(retry=ONCE)
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(503), times=6)
    job = client.jobs.asset(asset_id)
    with pytest.raises(JobPollError):
        await job
    assert not job.done
    assert (await job).video.status == "Completed"


@pytest.mark.parametrize(("status", "cause"), [(401, AuthenticationError), (403, PermissionDeniedError)])
async def test_a_token_that_is_not_accepted_ends_it_at_once(sim, client, status, cause):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add(*GET, Fault.status(status), times=None, skip=1)
    with pytest.raises(JobPollError) as caught:
        await client.jobs.asset(asset_id)
    assert isinstance(caught.value.__cause__, cause)
    assert caught.value.snapshot.video.status == "Transcoding"
    assert looks(sim, asset_id) == [0, 2]
    await assert_idle(client)


async def test_all_who_wait_get_an_error_of_their_own_with_the_same_cause(sim, client):
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(401))
    jobs = [client.jobs.asset(asset_id) for _ in range(3)]
    errors = await asyncio.gather(*jobs, return_exceptions=True)
    assert [error.job for error in errors] == jobs
    assert len(set(map(id, errors))) == 3
    assert len({id(error.__cause__) for error in errors}) == 1


async def test_retry_after_slows_the_next_look(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {10: "Completed"})
    sim.faults.add(*GET, Fault.status(429, headers={"Retry-After": "90"}), skip=1)
    assert (await client.jobs.asset(asset_id)).video.status == "Completed"
    times = looks(sim, asset_id)
    assert times[:2] == [0, 2]
    # Not before the 90 s are over, and not much after.
    assert 92 <= times[2] <= 125
    assert len(times) == 3


async def test_a_short_retry_after_is_kept_within_the_look(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {5: "Completed"})
    sim.faults.add(*GET, Fault.status(429, headers={"Retry-After": "10"}))
    assert (await client.jobs.asset(asset_id)).video.status == "Completed"
    assert looks(sim, asset_id)[0] == 0
    assert 10 <= looks(sim, asset_id)[1] <= 12


async def test_retry_after_of_an_unavailable_server_counts_too(sim, client):
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(503, headers={"Retry-After": "120"}))
    await client.jobs.asset(asset_id)
    assert 120 <= looks(sim, asset_id)[1] <= 125


@pytest.mark.parametrize("value", ["-5", "soon", "inf", "nan", "1_000", "٩٠", ""])
async def test_a_retry_after_that_makes_no_sense_is_ignored(sim, connect, value):
    client = connect(retry=ONCE)
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(503, headers={"Retry-After": value}))
    await client.jobs.asset(asset_id)
    assert looks(sim, asset_id) == [0, 3]


async def test_being_told_to_slow_down_is_no_failure(sim, connect):
    client = connect(retry=ONCE, polling=Polling(interval=1, growth=1, jitter=0, failures=0))
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.status(429), times=30)
    assert (await client.jobs.asset(asset_id)).video.status == "Completed"


async def test_an_absurd_retry_after_does_not_put_a_wait_to_sleep_for_good(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {10: "Completed"})
    sim.faults.add(*GET, Fault.status(429, headers={"Retry-After": "999999999999"}))
    await client.jobs.asset(asset_id)
    assert now() < 2 * 3600


@pytest.mark.parametrize("date", ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2100 23:59:59 GMT", "yesterday"])
async def test_the_clock_of_the_server_does_not_matter(sim, client, date):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {8: "Completed"})
    body = dict(sim.assets[asset_id])
    sim.faults.add(*GET, Fault.status(200, body=body, headers={"Date": date}), times=3)
    await client.jobs.asset(asset_id).result(timeout=20)
    assert looks(sim, asset_id) == [0, 2, 5, 9.5]


@pytest.mark.parametrize("count", [1, 5, 40])
@pytest.mark.parametrize("seconds", [3, 30])
async def test_many_who_are_told_to_slow_down_have_not_failed(sim, client, count, seconds):
    ids = [sim.add_asset(status="Transcoding") for _ in range(count)]
    for asset_id in ids:
        slow = Fault.status(429, headers={"Retry-After": str(seconds)})
        later(5, functools.partial(sim.faults.add, "GET", f"assets/{asset_id}/", slow, times=None))
        later(1815, sim.set_status, asset_id, "Completed")
    later(1805, sim.faults.clear)
    assets = await client.jobs.gather([client.jobs.until(each, lambda a: a.status == "Completed") for each in ids])
    assert [asset.id for asset in assets] == ids


async def test_those_who_wait_for_the_clients_own_rate_limit_have_not_failed(sim, connect):
    client = connect(rate_limit=RateLimit(per_second=0.3))
    ids = [sim.add_asset(status="Transcoding") for _ in range(60)]
    for asset_id in ids:
        later(900, sim.set_status, asset_id, "Completed")
    assets = await client.jobs.gather([client.jobs.until(each, lambda a: a.status == "Completed") for each in ids])
    assert [asset.id for asset in assets] == ids


async def test_a_wait_that_ends_while_every_look_fails_says_why(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add("GET", f"assets/{asset_id}/", Fault.status(503), times=None)
    with pytest.raises(JobTimeoutError, match=r"never seen, and the last look at it failed \(.*503.*resume") as caught:
        await client.jobs.asset(asset_id).result(timeout=5)
    assert isinstance(caught.value.__cause__, ServerError)
