"""What changes a ledger. Each of these is called inside a transaction."""

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from attrs import evolve

from ...errors import LedgerError
from ...resources import bare_folder, plain
from .reads import SELECT, made
from .records import LedgerRow, PlannedRow
from .states import EDGES, State

#: How many times as many rows as wanted are looked at, to find different ones. With no bound, a ledger full of equal
#: rows would be read to its end for each of them.
_WINDOW: Final = 10

# A row that moved in its source is the same row, and so is one that has changed, if it has a key of its own. What was
# sent is found again by what it was sent with, so that stays; else a row is as its source has it now.
_PLAN: Final = """
INSERT INTO videos (key, line, title, plain_title, folder, source, payload, state, changed, reading)
VALUES (?, ?, ?, ?, ?, ?, ?, 'planned', ?, (SELECT readings FROM ledger))
ON CONFLICT (key) DO UPDATE SET
    reading = excluded.reading,
    line = excluded.line,
    payload = CASE
        WHEN state = 'planned'
            OR (title IS excluded.title AND folder = excluded.folder AND source = excluded.source)
        THEN excluded.payload ELSE payload END,
    title = CASE WHEN state = 'planned' THEN excluded.title ELSE title END,
    plain_title = CASE WHEN state = 'planned' THEN excluded.plain_title ELSE plain_title END,
    folder = CASE WHEN state = 'planned' THEN excluded.folder ELSE folder END,
    source = CASE WHEN state = 'planned' THEN excluded.source ELSE source END
"""
_KNOWN: Final = "SELECT 1 FROM videos WHERE key = ?"
# A row that has got a name is the same row.
_NAME: Final = "UPDATE videos SET key = ? WHERE key = ? AND reading < (SELECT readings FROM ledger)"
_NAME_REPLACED: Final = "UPDATE videos SET replaced = ? WHERE replaced = ?"
# A row that is sent once more is a new one. That before it keeps what became of it, and its asset, under another key.
_REPLACE: Final = """
UPDATE videos SET replaced = key, key = key || '~' || number
WHERE key = ? AND state IN (?, ?, ?) AND reading < (SELECT readings FROM ledger)
"""
# A URL begins with its scheme; the absolute path of a file never does.
_PLANNED: Final = (
    SELECT
    + """WHERE state = 'planned' AND reading = ? AND (? IS NULL OR (source NOT LIKE 'http%') = ?)
ORDER BY number LIMIT ?"""
)
_MOVE: Final = """
UPDATE videos SET state = ?, batch = coalesce(?, batch), asset_id = coalesce(?, asset_id), error = ?, candidates = ?,
changed = ? WHERE key = ? AND state = ?
"""
#: States of which rows can be sent once more.
_MOST_AGAIN: Final = 3
_PUT_OFF: Final = "UPDATE videos SET reading = -1 WHERE key = ?"
_EVENT: Final = "INSERT INTO events SELECT number, ?, ?, ?, ? FROM videos WHERE key = ?"
_CRASHED: Final = "the run ended before its outcome was written down"


def begin(connection: sqlite3.Connection, now: str) -> int:
    """Begin a run: nobody knows what became of the rows that the last one was sending when it ended.

    Returns:
        The number of the run.
    """
    connection.execute("UPDATE ledger SET runs = runs + 1")
    connection.execute(
        "INSERT INTO events SELECT number, state, 'unknown', ?, ? FROM videos WHERE state = 'submitting'",
        (now, _CRASHED),
    )
    connection.execute(
        "UPDATE videos SET state = 'unknown', error = ?, changed = ? WHERE state = 'submitting'", (_CRASHED, now)
    )
    run: int = connection.execute("SELECT runs FROM ledger").fetchone()[0]
    return run


def still_ours(connection: sqlite3.Connection, run: int, path: Path) -> None:
    """See that no other run has begun, in spite of the lock: its file can be deleted, or the file system know none.

    Raises:
        LedgerError: another one has.
    """
    if connection.execute("SELECT runs FROM ledger").fetchone() != (run,):
        raise LedgerError("another run has taken this ledger over", path=str(path))


def put_off(connection: sqlite3.Connection, key: str, now: str, note: str) -> None:
    """Give a row back until the next reading that has it."""
    move(connection, key, State.SUBMITTING, State.PLANNED, now, note=note)
    connection.execute(_PUT_OFF, (key,))


def begin_reading(connection: sqlite3.Connection) -> None:
    """Begin to read a source: only what it has is sent from now on."""
    connection.execute("UPDATE ledger SET readings = readings + 1")


def plan(connection: sqlite3.Connection, rows: Sequence[PlannedRow], again: Collection[State], now: str) -> None:
    """Add the rows that are not there yet, or that an earlier reading has left in one of some states."""
    for row in rows:
        if row.content is not None and not _is_known(connection, row.key):
            _name(connection, row.key, row.content)
    if again:
        states = [*again, *again, *again][:_MOST_AGAIN]
        connection.executemany(_REPLACE, ((row.key, *states) for row in rows))
    connection.executemany(_PLAN, (_written(row, now) for row in rows))


def _is_known(connection: sqlite3.Connection, key: str) -> bool:
    return connection.execute(_KNOWN, (key,)).fetchone() is not None


def _name(connection: sqlite3.Connection, key: str, content: str) -> None:
    """Give the last of the rows with a content a name, so that those before it still are what they are counted as."""
    count = 0
    while _is_known(connection, f"{content}-{count}"):
        count = 2 * count + 1
    count = bisect_left(range(count), True, key=lambda number: not _is_known(connection, f"{content}-{number}"))
    former = f"{content}-{count - 1}"
    if count and connection.execute(_NAME, (key, former)).rowcount:
        connection.execute(_NAME_REPLACED, (key, former))


def _written(row: PlannedRow, now: str) -> tuple[object, ...]:
    # What no title is like is like nothing.
    compared = plain(row.title) or None, bare_folder(row.folder)
    return row.key, row.line, row.title, *compared, row.source, row.payload, now


def claim(connection: sqlite3.Connection, limit: int, distinct: bool, local: bool | None, now: str) -> list[LedgerRow]:
    """Claim the planned rows that have been there longest."""
    (reading,) = connection.execute("SELECT readings FROM ledger").fetchone()
    found = connection.execute(_PLANNED, (reading, local, local, limit * _WINDOW if distinct else limit))
    chosen: dict[object, LedgerRow] = {}
    for columns in found:
        row = made(columns)
        chosen.setdefault((row.title, row.source) if distinct else row.key, row)
        if len(chosen) == limit:
            break
    if not chosen:
        return []
    connection.execute("UPDATE ledger SET batches = batches + 1")
    batch: int = connection.execute("SELECT batches FROM ledger").fetchone()[0]
    for row in chosen.values():
        move(connection, row.key, State.PLANNED, State.SUBMITTING, now, note=f"batch {batch}", batch=batch)
    changed = datetime.fromisoformat(now)
    return [evolve(row, state=State.SUBMITTING, batch=batch, changed=changed) for row in chosen.values()]


def move(
    connection: sqlite3.Connection,
    key: str,
    was: State,
    became: State,
    now: str,
    *,
    note: str | None = None,
    error: str | None = None,
    asset_id: str | None = None,
    candidates: Sequence[str] | None = None,
    batch: int | None = None,
) -> None:
    """Move a row along an edge.

    Raises:
        RuntimeError: there is no such edge, or the row is not at its beginning. That is a defect of the caller.
    """
    listed = None if candidates is None else json.dumps(list(candidates))
    moved = connection.execute(_MOVE, (became, batch, asset_id, error, listed, now, key, was)).rowcount
    if moved != 1 or (was, became) not in EDGES:
        found = connection.execute("SELECT state FROM videos WHERE key = ?", (key,)).fetchone()
        there = "is not in the ledger" if found is None else f"is {found[0]}"
        raise RuntimeError(f"the row {key!r} cannot go from {was} to {became}: it {there}")
    connection.execute(_EVENT, (was, became, now, note or error or asset_id, key))


def take(connection: sqlite3.Connection, key: str, asset_id: str, was: State, now: str, path: Path) -> None:
    """Write down which asset is a row's.

    Raises:
        LedgerError: it is another row's already.
    """
    owner = connection.execute(
        "SELECT key, line FROM videos WHERE asset_id = ? AND state <> 'skipped'", (asset_id,)
    ).fetchone()
    if owner is not None and owner[0] != key:
        problem = f"asset {asset_id} cannot be that of row {key}: it is that of row {owner[0]} (line {owner[1]})"
        raise LedgerError(problem, path=str(path))
    move(connection, key, was, State.SUBMITTED, now, asset_id=asset_id)
