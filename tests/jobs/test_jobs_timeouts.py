"""Every wait has an end."""

import asyncio
from decimal import Decimal

import pytest
from job_support import Watched, assert_idle, later, looks, now, script, trim_looks

from tpstreams_async import (
    InvalidInputError,
    JobError,
    JobTimeoutError,
    JobVanishedError,
    NotFoundError,
    Polling,
    ServerError,
)
from tpstreams_async.simulator import Fault

GET = ("GET", "assets/<id>/")


async def timed_out(job, **options):
    with pytest.raises(JobTimeoutError) as caught:
        await job.result(**options)
    return caught.value


async def test_the_error_says_what_was_waited_for_and_how_to_go_on(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    job = client.jobs.asset(asset_id)
    error = await timed_out(job, timeout=60)
    assert isinstance(error, TimeoutError)
    assert isinstance(error, JobError)
    assert error.job is job
    assert error.ref == f"asset:{asset_id}"
    assert error.snapshot.video.status == "Transcoding"
    assert "60 s" in str(error)
    assert "Transcoding" in str(error)
    assert f"resume('asset:{asset_id}')" in str(error)
    assert error.__cause__ is None


async def test_it_comes_exactly_at_the_limit(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    await timed_out(client.jobs.asset(asset_id), timeout=47.5)
    assert now() == pytest.approx(47.5, abs=0.001)
    await assert_idle(client)


async def test_the_last_sleep_is_cut_to_the_limit_for_one_last_look(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    await timed_out(client.jobs.asset(asset_id), timeout=11)
    assert looks(sim, asset_id) == [0, 2, 5, 9.5, 11]


async def test_the_last_look_can_still_succeed(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {10: "Completed"})
    asset = await client.jobs.asset(asset_id).result(timeout=11)
    assert asset.video.status == "Completed"
    assert now() == pytest.approx(11, abs=0.001)


async def test_a_last_look_that_is_slow_can_still_succeed(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {10: "Completed"})
    sim.faults.add(*GET, Fault.delay(4.5), skip=4)
    await client.jobs.asset(asset_id).result(timeout=11)
    assert now() == pytest.approx(15.5, abs=0.001)


async def test_a_last_look_that_hangs_ends_within_its_own_limit(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add(*GET, Fault.stall(), skip=4)
    error = await timed_out(client.jobs.asset(asset_id), timeout=11)
    assert now() == pytest.approx(16, abs=0.001)
    assert error.snapshot.video.status == "Transcoding"
    await assert_idle(client)


async def test_the_limit_of_the_last_look_is_the_callers(sim, connect):
    client = connect(polling=Polling(jitter=0, last_look=1.5))
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add(*GET, Fault.stall(), skip=4)
    await timed_out(client.jobs.asset(asset_id), timeout=11)
    assert now() == pytest.approx(12.5, abs=0.001)


async def test_a_look_that_is_under_way_at_the_limit_is_the_last_one(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {9.6: "Completed"})
    sim.faults.add(*GET, Fault.delay(3), skip=3)
    await client.jobs.asset(asset_id).result(timeout=11)
    assert looks(sim, asset_id) == [0, 2, 5, 9.5]
    assert now() == pytest.approx(12.5, abs=0.001)


async def test_a_timeout_of_zero_looks_once(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    error = await timed_out(client.jobs.asset(asset_id), timeout=0)
    assert error.snapshot.video.status == "Transcoding"
    assert looks(sim, asset_id) == [0]
    assert now() == 0


async def test_a_timeout_of_zero_finds_a_job_that_has_ended(sim, client):
    asset = await client.jobs.asset(sim.add_asset()).result(timeout=0)
    assert asset.video.status == "Completed"


async def test_a_failed_look_at_the_limit_is_named_as_the_cause(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add(*GET, Fault.status(503), times=None)
    error = await timed_out(client.jobs.asset(asset_id), timeout=3)
    assert isinstance(error.__cause__, ServerError)
    assert error.snapshot is None
    assert "never seen" in str(error)


async def test_a_missing_asset_at_the_limit_is_named_as_the_cause(client):
    error = await timed_out(client.jobs.asset("nowhere"), timeout=10)
    assert isinstance(error.__cause__, NotFoundError)


async def test_a_passing_failure_is_no_cause_any_more_once_a_look_succeeded(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add(*GET, Fault.status(503), times=4)
    error = await timed_out(client.jobs.asset(asset_id), timeout=200)
    assert error.__cause__ is None


async def test_waiting_goes_on_with_the_same_handle(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {100: "Completed"})
    job = client.jobs.asset(asset_id)
    await timed_out(job, timeout=11)
    assert not job.done
    await timed_out(job, timeout=11)
    asset = await job
    assert asset.video.status == "Completed"
    # Each wait begins with a look at once.
    assert looks(sim, asset_id)[:10] == [0, 2, 5, 9.5, 11, 11, 13, 16, 20.5, 22]


@pytest.mark.parametrize(
    ("kind", "polling", "limit"),
    [
        ("asset", Polling(interval=600, growth=1, interval_max=600), 6 * 3600),
        ("trim", Polling(interval=600, growth=1, interval_max=600), 3600),
        ("subtitle", Polling(interval=600, growth=1, interval_max=600), 3600),
        ("asset", Polling(jitter=0, asset_timeout=70), 70),
        ("trim", Polling(jitter=0, trim_timeout=80), 80),
        ("subtitle", Polling(jitter=0, subtitle_timeout=90), 90),
    ],
)
async def test_the_default_limit_is_finite_and_of_the_kind(sim, connect, kind, polling, limit):
    client = connect(polling=polling)
    asset_id = sim.add_asset()
    start = await client.assets.trim(asset_id, end_time=30)
    sim.set_trim_status(asset_id, "Processing")
    sim.set_status(asset_id, "Transcoding")
    job = getattr(client.jobs, kind)(start if kind == "trim" else asset_id)
    await timed_out(job)
    assert now() == pytest.approx(limit, abs=0.001)
    await timed_out(job, timeout=None)
    assert now() == pytest.approx(2 * limit, abs=0.001)


async def test_the_default_limit_of_a_condition_is_that_of_an_asset(sim, connect):
    client = connect(polling=Polling(jitter=0, asset_timeout=70))
    await timed_out(client.jobs.until(sim.add_asset(), lambda _: False))
    assert now() == pytest.approx(70, abs=0.001)


@pytest.mark.parametrize(
    "timeout",
    [float("inf"), float("nan"), -1, -0.001, float("-inf"), True, False, "60", Decimal(60), (), 10**400],
    ids=lambda value: repr(value)[:12],
)
async def test_a_limit_that_is_none_is_refused_before_anything_is_sent(sim, client, timeout):
    job = client.jobs.asset(sim.add_asset())
    with pytest.raises(InvalidInputError) as caught:
        await job.result(timeout=timeout)
    assert caught.value.argument == "timeout"
    with pytest.raises(InvalidInputError):
        job.updates(timeout=timeout)
    with pytest.raises(InvalidInputError):
        await client.jobs.gather([job], timeout=timeout)
    with pytest.raises(InvalidInputError):
        async for _ in client.jobs.as_completed([job], timeout=timeout):
            pass
    assert sim.journal.total == 0
    assert Watched(client).empty


async def test_each_waiter_has_a_limit_of_its_own(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {30: "Completed"})
    ends = []

    async def wait(timeout):
        try:
            await client.jobs.asset(asset_id).result(timeout=timeout)
        except JobTimeoutError:
            ends.append(("timeout", round(now(), 2)))
        else:
            ends.append(("done", round(now(), 2)))

    await asyncio.gather(wait(7), wait(60), wait(20))
    assert ends == [("timeout", 7), ("timeout", 20), ("done", pytest.approx(35, abs=6))]


async def test_an_asyncio_timeout_around_a_wait_is_not_a_job_timeout(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    job = client.jobs.asset(asset_id)
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(10):
            await job
    assert not isinstance(caught.value, JobTimeoutError)
    assert now() == 10
    await assert_idle(client)


async def test_the_limit_is_kept_while_every_look_fails(sim, connect):
    client = connect(polling=Polling(jitter=0, failures=1000))
    asset_id = sim.add_asset()
    sim.faults.add(*GET, Fault.reset(), times=None)
    await timed_out(client.jobs.asset(asset_id), timeout=500)
    assert 500 <= now() <= 505


async def test_the_limit_is_kept_while_the_server_is_silent(sim, client):
    sim.faults.add(*GET, Fault.stall(), times=None)
    await timed_out(client.jobs.asset(sim.add_asset()), timeout=20)
    assert now() == pytest.approx(25, abs=0.001)


async def test_a_wait_for_an_older_trim_that_lingers_ends_too(sim, client):
    asset_id = sim.add_asset()
    sim.stale_trim_status(asset_id)
    start = await client.assets.trim(asset_id, end_time=30)
    error = await timed_out(client.jobs.trim(start), timeout=600)
    assert error.snapshot is None
    assert len(trim_looks(sim, asset_id)) > 10


async def test_an_asset_deleted_at_the_limit_is_gone_and_not_late(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    later(10, sim.delete_asset, asset_id)
    with pytest.raises(JobVanishedError):
        await client.jobs.asset(asset_id).result(timeout=11)
