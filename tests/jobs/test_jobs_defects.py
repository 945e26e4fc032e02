"""If the scheduler itself is broken, nobody waits for ever."""

import asyncio

import pytest
from job_support import Watched, assert_idle, ended, later, now, script, sdk_tasks, turns

from tpstreams_async import Polling
from tpstreams_async._clock import Clock
from tpstreams_async.simulator import Fault


class BrokenError(Exception):
    pass


class Chance:
    """Random numbers that run out when they are told to."""

    broken = False

    def uniform(self, low, high):
        if self.broken:
            raise BrokenError("no more chance")
        return (low + high) / 2


class FailingClock(Clock):
    """A clock whose time cannot be had from a moment on."""

    __slots__ = ()
    stops_at = float("inf")

    def monotonic(self):
        time = super().monotonic()
        if time >= FailingClock.stops_at:
            raise BrokenError("the clock stopped")
        return time


@pytest.fixture
def chance():
    return Chance()


@pytest.fixture
def client(connect, chance):
    return connect(polling=Polling(), _clock=Clock(uniform=chance.uniform))


async def waits(client, asset_id):
    async def follow():
        return [update async for update in client.jobs.asset(asset_id).updates()]

    async def one_by_one():
        return [await job async for job in client.jobs.as_completed([client.jobs.asset(asset_id)])]

    return await ended(
        [
            client.jobs.asset(asset_id),
            client.jobs.asset(asset_id).result(timeout=1000),
            client.jobs.gather([client.jobs.asset(asset_id)]),
            client.jobs.until(asset_id, lambda _: False),
            follow(),
            one_by_one(),
        ]
    )


async def test_a_look_that_breaks_it_reaches_everyone_who_waits(sim, client, chance):
    later(4, setattr, chance, "broken", True)
    results = await waits(client, sim.add_asset(status="Transcoding"))
    assert [type(result) for result in results] == [BrokenError] * 6
    assert now() < 10
    await assert_idle(client)


async def test_those_who_wait_for_other_jobs_get_it_too(sim, client, chance):
    ids = [sim.add_asset(status="Transcoding") for _ in range(5)]
    later(4, setattr, chance, "broken", True)
    results = await ended(client.jobs.asset(asset_id) for asset_id in ids)
    assert {type(result) for result in results} == {BrokenError}
    await assert_idle(client)


async def test_a_loop_that_breaks_reaches_everyone_who_waits(sim, connect, monkeypatch):
    client = connect(_clock=FailingClock())
    monkeypatch.setattr(FailingClock, "stops_at", 4)
    results = await waits(client, sim.add_asset(status="Transcoding"))
    assert [type(result) for result in results] == [BrokenError] * 6
    assert now() < 10
    await turns()
    assert Watched(client).jobs == 0
    assert not sdk_tasks()


async def test_waiting_works_again_when_the_cause_is_gone(sim, client, chance):
    asset_id = sim.add_asset(status="Transcoding")
    chance.broken = True
    job = client.jobs.asset(asset_id)
    with pytest.raises(BrokenError):
        await job
    assert not job.done
    chance.broken = False
    script(sim, asset_id, {5: "Completed"})
    assert (await job).video.status == "Completed"


async def test_looks_that_were_under_way_do_not_disturb_the_next_wait(sim, client, chance):
    slow, quick = sim.add_asset(status="Transcoding"), sim.add_asset(status="Transcoding")
    # The first look at one of them is still under way when that at the other breaks the scheduler, and its answer
    # says that the job is over.
    sim.faults.add("GET", f"assets/{slow}/", Fault.delay(5, when="after"))
    sim.set_status(slow, "Completed")
    later(1, sim.set_status, slow, "Transcoding")
    later(30, sim.set_status, slow, "Completed")
    later(1, setattr, chance, "broken", True)
    later(3, setattr, chance, "broken", False)
    job = client.jobs.asset(slow)
    errors = await ended([job, client.jobs.asset(quick)])
    assert [type(error) for error in errors] == [BrokenError, BrokenError]
    chance.broken = False
    assert (await job).video.status == "Completed"
    assert now() > 30


async def test_nobody_is_told_that_it_was_cancelled(sim, client, chance):
    later(4, setattr, chance, "broken", True)
    tasks = [asyncio.create_task(client.jobs.asset(sim.add_asset(status="Transcoding")).result()) for _ in range(3)]
    await ended(tasks)
    assert not any(task.cancelled() for task in tasks)
