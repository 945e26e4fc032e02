"""A run that dies anywhere is gone on with by the next one: at the end, each good row has exactly one asset."""

import asyncio
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from run_crash import GOOD, KILLED

from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each run is a fork of one process")
HERE = Path(__file__).parent
BULK = "assets/videos/bulk-create/"
#: Starts that a manifest may take to its end.
MOST = 5
AT_ONCE = 6

Start = Callable[[Simulator, Path, int, str], Awaitable[int]]


@asynccontextmanager
async def starter() -> AsyncIterator[Start]:
    """Start runs, one after the other, and return how each ended."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "run_crash.py"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    orders, answers = process.stdin, process.stdout

    async def start(sim: Simulator, ledger: Path, point: int, variant: str) -> int:
        order = {
            "url": sim.url,
            "token": sim.token,
            "organization_id": sim.organization_id,
            "ledger": str(ledger),
            "point": point,
            "variant": variant,
        }
        orders.write(json.dumps(order).encode() + b"\n")
        async with asyncio.timeout(60):
            return int(await answers.readline())

    try:
        yield start
    finally:
        orders.close()
        await process.wait()


async def what_is_wrong(start: Start, ledger: Path, point: int, variant: str) -> tuple[bool, str | None]:
    """Run a manifest that meets with faults, kill the run at a point, and start it until it ends.

    Returns:
        Whether it was killed, and what is not as it should be.
    """
    async with Simulator(fetch=False, processing_seconds=0) as sim:
        sim.add_asset(title=GOOD[0])
        sim.faults.add("POST", BULK, Fault.reset(when="after"), Fault.status(503), skip=1)
        killed = await start(sim, ledger, point, variant) == KILLED
        starts = 0
        while await start(sim, ledger, 0, variant):
            starts += 1
            if starts == MOST:
                return killed, f"{point}: no run comes to its end"
        sent = sim.journal.count("POST")
        results = json.loads(ledger.with_name("results").read_text())
        titles = sorted(str(asset["title"]) for asset in sim.assets.values())
        if await start(sim, ledger, 0, variant) or sim.journal.count("POST") != sent:
            return killed, f"{point}: a run that had ended sent something"
        assert not sim.errors
        return killed, wrong_of(point, titles, results, {**sim.assets})


def wrong_of(point: int, titles: list[str], results: list[Any], assets: dict[str, Any]) -> str | None:
    if titles != sorted([*GOOD, GOOD[0]]):
        return f"{point}: the server has {titles}"
    ends = sorted((title, state) for title, state, _ in results)
    if ends != sorted([("Bad", "failed"), *[(title, "completed") for title in GOOD]]):
        return f"{point}: the results are {ends}"
    owned = [(title, asset_id) for title, _, asset_id in results if asset_id]
    there = next(iter(assets))
    if any(assets[asset_id]["title"] != title or asset_id == there for title, asset_id in owned):
        return f"{point}: a row has another's asset: {owned}"
    return None


async def test_a_run_that_is_killed_anywhere_is_gone_on_with(tmp_path: Path) -> None:
    points = itertools.count(1)
    wrong: list[str] = []

    async def work() -> int:
        async with starter() as start:
            for point in points:
                killed, problem = await what_is_wrong(start, ledger_of(tmp_path, point), point, "sound")
                wrong.extend([problem] if problem else [])
                if not killed:
                    return point
        raise AssertionError

    # A run mostly waits, so several are under way at once.
    last = min(await asyncio.gather(*[work() for _ in range(AT_ONCE)]))
    assert wrong == []
    assert last > 150, "that many statements and packets there are at least"


def ledger_of(folder: Path, point: int) -> Path:
    ledger = folder / f"{point}" / "videos.ledger"
    ledger.parent.mkdir()
    return ledger


# The first point is where it can show: without a crash at all, or only after something was sent.
@pytest.mark.parametrize(("variant", "first"), [("resends", 1), ("forgets", 75)])
async def test_a_run_that_sends_again_what_may_be_there_would_be_found_out(
    tmp_path: Path, variant: str, first: int
) -> None:
    async with starter() as start:
        for point in itertools.count(first):
            killed, problem = await what_is_wrong(start, ledger_of(tmp_path, point), point, variant)
            if problem:
                break
            assert killed, "no point shows it"
