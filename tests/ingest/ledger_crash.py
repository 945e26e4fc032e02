"""A program that uses a ledger and is killed at one of its SQL statements: at each of them, one run after the other.

``python ledger_crash.py DIRECTORY VARIANT`` leaves a directory per run, with the ledger and with a report of what had
begun and what was done when the process died. A variant other than ``sound`` is a ledger with a defect.
"""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ledger_support import UNSYNCED, open_ledger, planned

from tpstreams_async.ingest.ledger import Ledger, SeenAsset, State, database

Row = tuple[str, str | None]
#: What is in a ledger: of each key, the state and the asset.
Content = dict[str, Row]
Call = Callable[[Ledger], Awaitable[Any]]
#: Stands for closing the ledger and opening it again.
AGAIN = "again"
SEEN = [
    SeenAsset(asset_id="c1", title="Lesson 8", folder="", shown="{}"),
    SeenAsset(asset_id="c2", title="Lesson 9", folder="", shown="{}"),
]
BAD_ENDS = (State.FAILED, State.HELD, State.NEEDS_REVIEW)
#: What is done, and what that makes of rows: by their number, or by their key.
STEPS: list[tuple[Call | str, dict[Any, Row]]] = [
    (AGAIN, {}),
    (lambda it: it.plan([planned(number) for number in range(6)]), {number: ("planned", None) for number in range(6)}),
    (lambda it: it.claim(3), {number: ("submitting", None) for number in (0, 1, 2)}),
    (lambda it: it.submitted([(key(0), "a0"), (key(1), "a1")]), {0: ("submitted", "a0"), 1: ("submitted", "a1")}),
    (lambda it: it.refused(key(2), "no"), {2: ("failed", None)}),
    (lambda it: it.claim(2), {3: ("submitting", None), 4: ("submitting", None)}),
    (lambda it: it.lost([key(3), key(4)], "silence"), {3: ("unknown", None), 4: ("unknown", None)}),
    (lambda it: it.adopted(key(3), "a3"), {3: ("submitted", "a3")}),
    (lambda it: it.absent([key(4)]), {4: ("planned", None)}),
    (lambda it: it.completed(key(0)), {0: ("completed", "a0")}),
    (lambda it: it.failed(key(1), "broken"), {1: ("failed", "a1")}),
    (lambda it: it.plan([planned(5), planned(6), planned(7)]), {6: ("planned", None), 7: ("planned", None)}),
    (lambda it: it.claim(4), {number: ("submitting", None) for number in (4, 5, 6, 7)}),
    (lambda it: it.released([key(6), key(7)]), {6: ("planned", None), 7: ("planned", None)}),
    (AGAIN, {4: ("unknown", None), 5: ("unknown", None)}),
    (lambda it: it.held(key(4), "once"), {4: ("held", None)}),
    (lambda it: it.needs_review(key(5), ["b1", "b2"]), {5: ("needs_review", None)}),
    (
        lambda it: it.plan([planned(number) for number in (8, 9, 10)]),
        {number: ("planned", None) for number in (8, 9, 10)},
    ),
    (lambda it: it.begin_look(), {}),
    (lambda it: it.extend_baseline(["c1", "c2"], through=11, seen=SEEN), {}),
    (
        lambda it: it.found(adopted=[(key(8), "c1")], skipped=[(key(9), "c2")], unclear=[(key(10), ["c1", "c2"])]),
        {8: ("submitted", "c1"), 9: ("skipped", "c2"), 10: ("needs_review", None)},
    ),
    (lambda it: it.end_look(), {}),
    (lambda it: it.claim(1), {6: ("submitting", None)}),
    (lambda it: it.put_off(key(6), "away"), {6: ("planned", None)}),
    (lambda it: it.begin_reading(), {}),
    (lambda it: it.plan([planned(6), planned(20)]), {20: ("planned", None)}),
    (lambda it: it.claim(9), {6: ("submitting", None), 20: ("submitting", None)}),
    (lambda it: it.begin_reading(), {}),
    (
        lambda it: it.plan([planned(number) for number in (0, 1, 2, 4, 5)], BAD_ENDS),
        {
            **{number: ("planned", None) for number in (1, 2, 4, 5)},
            **{
                f"{planned(1).key}~2": ("failed", "a1"),
                f"{planned(2).key}~3": ("failed", None),
                f"{planned(4).key}~5": ("held", None),
                f"{planned(5).key}~6": ("needs_review", None),
            },
        },
    ),
    (lambda it: it.claim(9), {number: ("submitting", None) for number in (1, 2, 4, 5)}),
    (lambda it: it.submitted([(key(1), "d1")]), {1: ("submitted", "d1")}),
    (lambda it: it.left_behind(key(2), State.SUBMITTING, "d2", "cut off"), {2: ("failed", "d2")}),
]


def key(number: int) -> str:
    return planned(number).key


def contents() -> list[Content]:
    """What is in the ledger before the first step and after each."""
    found: list[Content] = [{}]
    for _, effect in STEPS:
        found.append({**found[-1], **{it if isinstance(it, str) else key(it): row for it, row in effect.items()}})
    return found


async def _run(path: Path, report: int) -> None:
    ledger: Ledger | None = None
    for step, _ in STEPS:
        os.write(report, b"begun\n")
        if isinstance(step, str):
            if ledger is not None:
                await ledger.aclose()
            ledger = await open_ledger(path)
        else:
            assert ledger is not None
            await step(ledger)
        os.write(report, b"done\n")
    assert ledger is not None
    await ledger.aclose()


def _die_at(statement: int) -> None:
    """Let this process be killed just before a statement, counted from 1."""
    connect = sqlite3.connect
    left = [statement]

    def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(count)
        return connection

    def count(_: str) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    sqlite3.connect = traced


def _late(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Any]) -> Any:
    """Commit what was done only when something more is to be done."""
    if connection.in_transaction:
        connection.execute("COMMIT")
    connection.execute("BEGIN IMMEDIATE")
    return work(connection)


def _piecemeal(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Any]) -> Any:
    """Commit each statement for itself."""
    return work(connection)


DEFECTS = {"late": _late, "piecemeal": _piecemeal}


def _main(directory: Path, variant: str) -> None:
    if variant in DEFECTS:
        database._transaction = DEFECTS[variant]
    # What a process has written outlives it, on the disk or not yet.
    database._SETTINGS = (*database._SETTINGS, UNSYNCED)
    statement, status = 0, signal.SIGKILL
    while status == signal.SIGKILL:
        statement += 1
        run = directory / f"{statement:04}"
        run.mkdir()
        child = os.fork()
        if not child:
            _die_at(statement)
            asyncio.run(_run(run / "videos.ledger", os.open(run / "report", os.O_WRONLY | os.O_CREAT)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
    sys.exit(status)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2])
