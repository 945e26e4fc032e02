"""Each test here belongs to rows of `rows.py`, and tells what it did and what happened.

`--fault-list` prints all of it at the end, row by row.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from faults.calls import CALLS, Stage
from faults.rows import ROWS
from faults.trials import Begin, Trial

Tell = Callable[[str, object], None]

_TOLD: pytest.StashKey[list[tuple[int, str, str]]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault-list", action="store_true", help="list the faults, what was done and what happened")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TOLD] = []
    config.addinivalue_line("markers", "row(*numbers): the faults that a test is about, by their numbers in rows.py")


@pytest.fixture(autouse=True)
def told(request: pytest.FixtureRequest) -> Iterator[Tell]:
    """Note what was done and what happened: ``told("a create, reset after the work", error)``."""
    rows = [number for mark in request.node.iter_markers("row") for number in mark.args]
    notes: list[tuple[str, str]] = []

    def tell(done: str, happened: object) -> None:
        text = f"{type(happened).__name__}: {happened}" if isinstance(happened, BaseException) else str(happened)
        notes.append((done, " ".join(text.split())))

    yield tell
    request.config.stash[_TOLD] += [(row, *note) for row in rows for note in notes]


@pytest.fixture
def begin(
    make_sim: Callable[..., Awaitable[Any]], make_client: Any, caplog: pytest.LogCaptureFixture
) -> Iterator[Begin]:
    """Set up the call of a route, and a simulator for it. Nothing may be logged that nobody may see."""
    trials: list[Trial] = []

    async def made(name: str) -> Trial:
        call = CALLS[name]
        sim = await make_sim(**call.options)
        client = make_client(sim, token=None, anonymous=True) if call.anonymous else make_client(sim)
        stage = Stage(sim=sim, client=client, helper=make_client(sim))
        make = await call.ready(stage)
        sim.journal.clear()
        trials.append(Trial(name, stage, make))
        return trials[-1]

    caplog.set_level(logging.DEBUG)
    yield made
    assert not [secret for trial in trials for secret in trial.hidden if secret in caplog.text]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.getoption("--fault-list", default=False):
        return
    notes = config.stash[_TOLD]
    terminalreporter.section("faults: what was done, and what happened")
    for number, row in ROWS.items():
        terminalreporter.write_line(f"{number:>2}  {row.fault}; right: {row.right}")
        for done, happened in dict.fromkeys((done, happened) for at, done, happened in notes if at == number):
            terminalreporter.write_line(f"      {done}: {happened[:260]}")
        if row.later:
            terminalreporter.write_line(f"      not there yet: {row.later}")
    tried = len({row for row, _, _ in notes})
    later = sum(bool(row.later) for row in ROWS.values())
    terminalreporter.write_line(f"{len(ROWS)} rows: {tried} tried, {later} belong to parts that are not there yet")
