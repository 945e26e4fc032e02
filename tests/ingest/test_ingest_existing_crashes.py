"""A run that looks at what was there and dies anywhere: at the end, no row with such a video has another one."""

import asyncio
import itertools
import json
import os
from pathlib import Path

import pytest
from crash_scenes import Scene
from run_crash import GOOD, KILLED
from test_ingest_crashes import AT_ONCE, MOST, Start, starter

from tpstreams_async.simulator import Simulator

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each run is a fork of one process")


async def what_is_wrong(start: Start, ledger: Path, point: int, variant: str) -> tuple[bool, str | None]:
    """Run a manifest of which three rows have a video or two, kill the run at a point, and start it until it ends."""
    async with Simulator(fetch=False, processing_seconds=0) as sim:
        made = Scene(sim, ledger)
        (one,) = made.foreign
        *two, three = [sim.add_asset(title=title) for title in (GOOD[1], GOOD[1], GOOD[2])]
        killed = await start(made, point, variant) == KILLED
        starts = 0
        while await start(made, 0, variant):
            starts += 1
            if starts == MOST:
                return killed, f"{point}: no run comes to its end"
        results = json.loads(ledger.with_name("results").read_text())
        found = sorted((title, state, asset_id) for title, state, asset_id in results if title in GOOD[:3])
        titles = sorted(str(asset["title"]) for asset in sim.assets.values())
        assert not sim.errors
    if titles != sorted([*GOOD, GOOD[1]]):
        return killed, f"{point}: the server has {titles}"
    if variant == "skip":
        expected = [(GOOD[0], "skipped", one), (GOOD[1], "skipped", two[1]), (GOOD[2], "skipped", three)]
    else:
        expected = [(GOOD[0], "completed", one), (GOOD[1], "needs_review", None), (GOOD[2], "completed", three)]
    return killed, f"{point}: the results are {found}" if found != expected else None


def ledger_of(folder: Path, point: int) -> Path:
    ledger = folder / f"{point}" / "videos.ledger"
    ledger.parent.mkdir()
    return ledger


@pytest.mark.parametrize("variant", ["adopt", "skip"])
async def test_a_look_that_is_killed_anywhere_is_gone_on_with(tmp_path: Path, variant: str) -> None:
    points = itertools.count(1)
    wrong: list[str] = []

    async def work(start: Start) -> int:
        for point in points:
            killed, problem = await what_is_wrong(start, ledger_of(tmp_path, point), point, variant)
            wrong.extend([problem] if problem else [])
            if not killed:
                return point
        raise AssertionError

    async with starter() as start:
        last = min(await asyncio.gather(*[work(start) for _ in range(AT_ONCE)]))
    assert wrong == []
    assert last > 80, "that many statements and packets there are at least"


async def test_a_look_that_is_taken_for_ended_too_soon_would_be_found_out(tmp_path: Path) -> None:
    async with starter() as start:
        for point in itertools.count(60):
            killed, problem = await what_is_wrong(start, ledger_of(tmp_path, point), point, "hastens")
            if problem:
                break
            assert killed, "no point shows it"
