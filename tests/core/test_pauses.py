"""A pause holds everyone, those in line too, and the rate holds afterwards."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from tpstreams_async import RateLimit
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime


def times(sim: Simulator) -> list[float]:
    began = sim.journal[0].at
    return [record.at - began for record in sim.journal]


async def test_those_who_stand_in_line_for_a_connection_wait_for_the_end_of_the_pause(
    sim: Simulator, make_client: Any
) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim, max_connections=2)
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "20"}), times=2)
    await asyncio.gather(*(client.assets.get(asset_id) for _ in range(40)))
    early, late = times(sim)[:2], times(sim)[2:]
    assert max(early) < 1
    assert len(late) == 40
    assert min(late) >= 20


async def test_the_rate_holds_for_calls_that_stood_in_line(sim: Simulator, make_client: Any) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim, max_connections=1, rate_limit=RateLimit(per_second=10))
    sim.faults.add("GET", "*", Fault.delay(5))
    await asyncio.gather(*(client.assets.get(asset_id) for _ in range(20)))
    sent = times(sim)
    assert all(second - first >= 0.0999 for first, second in pairwise(sent[1:]))


async def test_the_rate_holds_after_a_pause(sim: Simulator, make_client: Any) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim, rate_limit=RateLimit(per_second=10))
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "25"}))
    await asyncio.gather(*(client.assets.get(asset_id) for _ in range(30)))
    after = [at for at in times(sim) if at >= 25]
    assert len(after) >= 28
    assert all(second - first >= 0.0999 for first, second in pairwise(after))


async def test_a_pause_is_told_once_in_the_log(
    sim: Simulator, make_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim)
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "7"}), times=20)
    await asyncio.gather(*(client.assets.get(asset_id) for _ in range(20)))
    told = [record for record in caplog.records if "pause" in record.message]
    assert [(record.levelname, "7.0 s" in record.message) for record in told] == [("WARNING", True)]


async def test_a_short_pause_takes_no_turn_from_those_whose_turn_comes_after_it(
    sim: Simulator, make_client: Any
) -> None:
    asset_id = sim.add_asset()
    client = make_client(sim, rate_limit=RateLimit(per_second=1))
    sim.faults.add("GET", "*", Fault.status(429, headers={"Retry-After": "1"}))
    await asyncio.gather(*(client.assets.get(asset_id) for _ in range(8)))
    # The first, its repetition at the end, and seven in between at the pace of the rate.
    assert times(sim)[-1] <= 9.01
