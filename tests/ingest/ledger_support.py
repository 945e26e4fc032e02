"""What tests of the ledger share."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tpstreams_async._clock import Clock
from tpstreams_async.ingest.ledger import EDGES, Ledger, LedgerRow, PlannedRow, State, database

OWNER = {"organization_id": "org001", "base_url": "https://app.example"}
NOON = 1_767_268_800.0  # 2026-01-01T12:00:00Z
PARTS = ("", "-wal")
UNSYNCED = "PRAGMA synchronous = OFF"
#: Where the history and the rows do not agree: a row that is not where its last event took it, or an event that does
#: not begin where the one before it ended.
BREAKS = """
SELECT key, state, became FROM
    (SELECT key, state,
        coalesce((SELECT became FROM events WHERE video = number ORDER BY rowid DESC LIMIT 1), 'planned') AS became
     FROM videos) WHERE state <> became
UNION ALL
SELECT video, was, before FROM
    (SELECT video, was, lag(became, 1, 'planned') OVER (PARTITION BY video ORDER BY rowid) AS before FROM events)
    WHERE was <> before
"""


def without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a fixture of this where a process may die, but the power does not fail: some disks are slow."""
    monkeypatch.setattr(database, "_SETTINGS", (*database._SETTINGS, UNSYNCED))


class Wall:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = NOON

    def __call__(self) -> float:
        return self.seconds


def planned(number: int, **changes: Any) -> PlannedRow:
    """A row to be planned, of which each number makes another one."""
    values: dict[str, Any] = {
        "key": f"key{number:06}",
        "line": number + 1,
        "title": f"Lesson {number}",
        "source": f"https://origin.example/{number}.mp4",
        "payload": f'{{"title": "Lesson {number}"}}',
    }
    return PlannedRow(**{**values, **changes})


def keys(rows: Iterable[LedgerRow]) -> list[str]:
    return [row.key for row in rows]


async def every(ledger: Ledger, state: State | None = None) -> list[LedgerRow]:
    return [row async for row in ledger.rows(state)]


async def open_ledger(path: Path, wall: Wall | None = None, **changes: str) -> Ledger:
    return await Ledger.open(path, clock=Clock(wall=wall or Wall()), **{**OWNER, **changes})


@asynccontextmanager
async def opened(path: Path, wall: Wall | None = None) -> AsyncIterator[Ledger]:
    ledger = await open_ledger(path, wall)
    try:
        yield ledger
    finally:
        await ledger.aclose()


def as_the_system_has_it(path: Path, to: Path) -> Path:
    """Copy a ledger that is open: this is what the next process finds if this one dies now."""
    to.mkdir(parents=True)
    for part in PARTS:
        there = path.with_name(path.name + part)
        if there.exists():
            shutil.copy(there, to / there.name)
    return to / path.name


def content(path: Path) -> dict[str, bytes]:
    """All that is in the files of a ledger, but for what SQLite keeps in memory that processes share."""
    return {
        found.name: found.read_bytes()
        for found in sorted(path.parent.iterdir())
        if found.is_file() and not found.name.endswith(("-lock", "-shm"))
    }


def broken_moves(connection: sqlite3.Connection) -> list[object]:
    """What is wrong in the history of a ledger: breaks in it, and moves that there are not."""
    moves = set(connection.execute("SELECT was, became FROM events"))
    return [*connection.execute(BREAKS), *(moves - EDGES)]
