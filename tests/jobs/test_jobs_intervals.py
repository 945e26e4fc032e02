"""When a job is looked at: at once, then at intervals that grow and fall back."""

import asyncio
from itertools import pairwise

import pytest
from job_support import looks, script

from tpstreams_async import JobTimeoutError, Polling
from tpstreams_async._clock import Clock
from tpstreams_async.simulator import Fault


def gaps(times):
    return [round(after - before, 3) for before, after in pairwise(times)]


async def watch_for(client, asset_id, seconds):
    with pytest.raises(JobTimeoutError):
        await client.jobs.asset(asset_id).result(timeout=seconds)


async def test_intervals_grow_by_half_from_two_seconds_up_to_thirty(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    await watch_for(client, asset_id, 160)
    expected = [2, 3, 4.5, 6.75, 10.125, 15.187, 22.781, 30, 30, 30]
    assert gaps(looks(sim, asset_id))[:10] == pytest.approx(expected, abs=0.002)


async def test_the_policy_is_the_callers(sim, connect):
    client = connect(polling=Polling(interval=1, growth=2, interval_max=5, jitter=0))
    asset_id = sim.add_asset(status="Transcoding")
    await watch_for(client, asset_id, 21)
    assert looks(sim, asset_id) == [0, 1, 3, 7, 12, 17, 21]


async def test_without_growth_looks_are_evenly_spaced(sim, connect):
    client = connect(polling=Polling(interval=3, growth=1, jitter=0))
    asset_id = sim.add_asset(status="Transcoding")
    await watch_for(client, asset_id, 13)
    assert looks(sim, asset_id) == [0, 3, 6, 9, 12, 13]


async def test_the_interval_falls_back_when_the_status_changes(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {20: "Transcoding"})
    await watch_for(client, asset_id, 40)
    # Looks at 16.25 and at 26.375; the second shows the change.
    assert looks(sim, asset_id) == pytest.approx([0, 2, 5, 9.5, 16.25, 26.375, 28.375, 31.375, 35.875, 40], abs=0.002)


async def test_a_status_that_goes_back_is_a_change_too(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {20: "Queued"})
    await watch_for(client, asset_id, 31)
    assert gaps(looks(sim, asset_id))[5:7] == [2, 2.625]


async def test_the_same_status_in_the_same_words_is_no_change(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {4: "Transcoding", 8: "Transcoding"})
    await watch_for(client, asset_id, 16)
    assert looks(sim, asset_id) == [0, 2, 5, 9.5, 16]


@pytest.mark.parametrize(
    ("draw", "expected"),
    [(0.0, [1.6, 2.4, 3.6]), (0.5, [2, 3, 4.5]), (1.0, [2.4, 3.6, 5.4])],
    ids=["shortest", "middle", "longest"],
)
async def test_jitter_varies_an_interval_by_a_fifth_of_itself(sim, connect, draw, expected):
    client = connect(polling=Polling(), _clock=Clock(uniform=lambda low, high: low + draw * (high - low)))
    asset_id = sim.add_asset(status="Transcoding")
    await watch_for(client, asset_id, 15)
    assert gaps(looks(sim, asset_id))[:3] == pytest.approx(expected, abs=0.002)


async def test_jitter_keeps_jobs_that_began_together_out_of_step(sim, connect):
    client = connect(polling=Polling(sweep=False))
    ids = [sim.add_asset(status="Transcoding") for _ in range(20)]
    await asyncio.gather(*(watch_for(client, asset_id, 10) for asset_id in ids))
    second_looks = {looks(sim, asset_id)[1] for asset_id in ids}
    assert len(second_looks) > 10
    assert all(1.6 <= at <= 2.4 for at in second_looks)


async def test_two_jobs_do_not_share_their_intervals(sim, client):
    early, late = sim.add_asset(status="Transcoding"), sim.add_asset(status="Transcoding")
    first = asyncio.create_task(watch_for(client, early, 20))
    await asyncio.sleep(10)
    await watch_for(client, late, 8)
    await first
    assert looks(sim, late) == [10, 12, 15, 18]
    assert looks(sim, early) == [0, 2, 5, 9.5, 16.25, 20]


async def test_an_hour_of_waiting_takes_few_looks(sim, connect):
    client = connect(polling=Polling(interval=2, growth=10, interval_max=600, jitter=0))
    asset_id = sim.add_asset(status="Transcoding")
    await watch_for(client, asset_id, 3600)
    assert looks(sim, asset_id) == [0, 2, 22, 222, 822, 1422, 2022, 2622, 3222, 3600]


async def test_slow_answers_come_on_top_of_the_interval(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add("GET", "assets/<id>/", Fault.delay(1.0), times=None)
    await watch_for(client, asset_id, 10)
    assert looks(sim, asset_id)[:4] == [0, 3, 7, 10]


async def test_a_timer_that_fires_a_tick_early_makes_no_busy_loop(sim, connect):
    # 0.1 + 0.2 is a little more than 0.3, so the loop wakes up when the look is not quite due.
    client = connect(polling=Polling(interval=0.2, growth=1, jitter=0))
    asset_id = sim.add_asset(status="Transcoding")
    await asyncio.sleep(0.1)
    await watch_for(client, asset_id, 0.5)
    assert looks(sim, asset_id) == [0.1, 0.3, 0.5, 0.6]
