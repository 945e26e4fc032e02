"""Programs that get SIGINT and SIGTERM while a run has a request under way: real processes and real signals."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from run_handlers import STORIES
from run_signals import MANIFEST, STOPPED
from run_support import run

from tpstreams_async import TPStreams
from tpstreams_async.simulator import Fault, Simulator
from tpstreams_async.simulator.delivery import Delivery

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent from one process to another")
HERE = Path(__file__).parent
BULK = "assets/videos/bulk-create/"
INT, TERM = signal.SIGINT, signal.SIGTERM
#: Much longer than any of this takes: a test that needs it fails.
LONG = 60


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}


class Program:
    """One that runs, and the gate that the answer to its second request waits at."""

    def __init__(self, sim: Simulator, process: asyncio.subprocess.Process, gate: asyncio.Event) -> None:
        self.sim = sim
        self.said: list[Any] = []
        self._process = process
        self._gate = gate

    async def heard(self, what: Any) -> None:
        """Read on until it says something."""
        assert self._process.stdout is not None
        async with asyncio.timeout(LONG):
            while True:
                line = await self._process.stdout.readline()
                assert line, "it has ended"
                self.said.append(json.loads(line))
                if self.said[-1] == what:
                    return

    async def stops_at(self, number: signal.Signals) -> None:
        self.send(number)
        await self.heard("stopping")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def answer(self) -> None:
        self._gate.set()

    async def status(self) -> int:
        """Wait for its end, and return how it ended. Of complaints, there may be an interruption's traceback alone."""
        async with asyncio.timeout(LONG):
            out, complaints = await self._process.communicate()
        self.said += [json.loads(line) for line in out.splitlines()]
        text = complaints.decode()
        assert text == "" or text.rstrip().endswith("KeyboardInterrupt"), text
        for word in ("was destroyed", "never retrieved", "never awaited", "ResourceWarning", "Exception ignored"):
            assert word not in text, text
        assert self._process.returncode is not None
        return self._process.returncode

    @property
    def results(self) -> list[Any]:
        return sorted(said for said in self.said if said != "stopping")


@asynccontextmanager
async def started(
    ledger: Path, monkeypatch: pytest.MonkeyPatch, when: Any, *, held: bool = True, **options: Any
) -> AsyncIterator[Program]:
    gate, waiting = asyncio.Event(), asyncio.Event()
    pause = Delivery.pause

    async def gated(self: Delivery, fault: Fault | None) -> Fault | None:
        if fault is None or fault.kind != "stall":
            return await pause(self, fault)
        waiting.set()
        await gate.wait()
        return None

    monkeypatch.setattr(Delivery, "pause", gated)
    async with Simulator(fetch=False, processing_seconds=0) as sim:
        sim.faults.add("POST", BULK, Fault.stall(when=when), skip=1)
        order = {
            "url": sim.url,
            "token": sim.token,
            "organization_id": sim.organization_id,
            "ledger": str(ledger),
            "options": options,
            "held": held,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "default", str(HERE / "run_signals.py"), json.dumps(order)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )
        try:
            async with asyncio.timeout(LONG):
                await waiting.wait()
            yield Program(sim, process, gate)
        finally:
            gate.set()
            if process.returncode is None:
                process.kill()
                await process.wait()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "videos.ledger"


def in_ledger(ledger: Path) -> dict[str, int]:
    with contextlib.closing(sqlite3.connect(ledger)) as connection:
        found = dict(connection.execute("SELECT state, count(*) FROM videos GROUP BY state"))
    # What is found submitting is unknown: which of the two is there depends on what was broken off first.
    lost = found.pop("submitting", 0) + found.pop("unknown", 0)
    return found | ({"unknown": lost} if lost else {})


async def the_next_run_ends_it(sim: Simulator, ledger: Path) -> None:
    async with TPStreams(sim.organization_id, sim.token, base_url=sim.url) as client:
        results = await run(client, MANIFEST, ledger, settle=0)
    assert [result.state for result in results] == ["completed"] * 15
    assert sorted(str(asset["title"]) for asset in sim.assets.values()) == sorted(row["title"] for row in MANIFEST)
    assert sorted(result.asset_id for result in results) == sorted(sim.assets)
    assert not sim.errors


@pytest.mark.parametrize("number", [INT, TERM])
@pytest.mark.parametrize("held", [True, False])
async def test_a_signal_stops_a_run_that_wants_it_to(
    held: bool, number: signal.Signals, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(ledger, monkeypatch, "after", held=held, stop_on_signals=True) as program:
        await program.stops_at(number)
        program.answer()
        assert await program.status() == STOPPED
        assert program.results == [[line, "submitted"] for line in range(1, 11)]
        assert in_ledger(ledger) == {"submitted": 10, "planned": 5}
        assert program.sim.journal.count("POST") == 2
        await the_next_run_ends_it(program.sim, ledger)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_second_term_ends_the_program_as_ever(when: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with started(ledger, monkeypatch, when, stop_on_signals=True) as program:
        await program.stops_at(TERM)
        program.send(TERM)
        assert await program.status() == -TERM
        program.answer()
        await the_next_run_ends_it(program.sim, ledger)


async def test_a_second_interruption_cancels_as_ever_and_a_third_breaks_off(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(ledger, monkeypatch, "after", stop_on_signals=True) as program:
        await program.stops_at(INT)
        await program.stops_at(INT)
        program.send(INT)
        assert await program.status() == -INT
        assert in_ledger(ledger) == {"submitted": 5, "unknown": 5, "planned": 5}
        await the_next_run_ends_it(program.sim, ledger)


async def test_an_interruption_of_a_program_that_holds_its_run_leaves_it_the_grace(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(ledger, monkeypatch, "after") as program:
        await program.stops_at(INT)
        program.answer()
        assert await program.status() == -INT
        assert in_ledger(ledger) == {"submitted": 10, "planned": 5}
        await the_next_run_ends_it(program.sim, ledger)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_second_interruption_breaks_off_what_is_under_way(
    when: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(ledger, monkeypatch, when) as program:
        await program.stops_at(INT)
        program.send(INT)
        assert await program.status() == -INT
        assert in_ledger(ledger) == {"submitted": 5, "unknown": 5, "planned": 5}
        program.answer()
        await the_next_run_ends_it(program.sim, ledger)


async def test_an_interruption_of_a_program_that_holds_nothing_leaves_a_true_ledger(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(ledger, monkeypatch, "after", held=False) as program:
        program.send(INT)
        assert await program.status() == -INT
        assert in_ledger(ledger) == {"submitted": 5, "unknown": 5, "planned": 5}
        await the_next_run_ends_it(program.sim, ledger)


@pytest.mark.parametrize("story", STORIES)
async def test_handlers_are_put_back_as_they_were(story: str, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "default", str(HERE / "run_handlers.py"), story, str(tmp_path)),
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    async with asyncio.timeout(LONG):
        _, complaints = await process.communicate()
    assert (process.returncode, complaints.decode()) == (0, "")


async def test_a_program_that_does_not_hear_term_is_gone_at_once_and_gone_on_with(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(ledger, monkeypatch, "after") as program:
        program.send(TERM)
        assert await program.status() == -TERM
        await the_next_run_ends_it(program.sim, ledger)
