"""What is read from a ledger."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from .records import LedgerRow
from .states import State

#: Characters after which a page ends: rows can have any number of columns, with any text in them.
_TEXT_AT_ONCE: Final = 2**21
#: Reads what a row is made from.
SELECT: Final = """SELECT number, key, line, title, source, payload, state, batch, asset_id, error, candidates, changed,
reading = (SELECT readings FROM ledger), replaced
FROM videos """
_PAGE: Final = SELECT + "WHERE number > ? ORDER BY number LIMIT ?"
_PAGE_OF_STATE: Final = SELECT + "WHERE state = ? AND number > ? ORDER BY number LIMIT ?"
# What a source no longer has counts as long as something is still to be found out about it.
_COUNTS: Final = """
SELECT state, count(*) FROM videos
WHERE reading = (SELECT readings FROM ledger) OR state IN ('submitting', 'unknown', 'submitted')
GROUP BY state
"""
_ROW: Final = SELECT + "WHERE key = ?"
_OWNER: Final = "SELECT asset_id, key FROM videos WHERE asset_id = ? AND state <> 'skipped'"


def made(columns: Sequence[Any]) -> LedgerRow:
    """Make a row from its columns.

    Raises:
        sqlite3.DatabaseError: they hold what was never written into them.
    """
    number, key, line, title, source, payload, state, batch, asset_id, error, candidates, changed, *marks = columns
    current, replaced = marks
    try:
        return LedgerRow(
            number=number,
            key=key,
            line=line,
            title=title,
            source=source,
            payload=payload,
            state=State(state),
            batch=batch,
            asset_id=asset_id,
            error=error,
            candidates=tuple(json.loads(candidates)) if candidates else (),
            changed=datetime.fromisoformat(changed),
            in_source=bool(current),
            replaced=replaced,
        )
    except (ValueError, TypeError) as error:
        raise sqlite3.DatabaseError(f"row {number} is damaged: {error}") from None


def page(connection: sqlite3.Connection, state: State | None, after: int, size: int) -> list[LedgerRow]:
    """Return rows that follow on a number: so many, or fewer if they are large; none only if there are none."""
    if state is None:
        found = connection.execute(_PAGE, (after, size))
    else:
        found = connection.execute(_PAGE_OF_STATE, (state, after, size))
    rows: list[LedgerRow] = []
    text = 0
    for columns in found:
        rows.append(made(columns))
        text += len(rows[-1].payload)
        if text > _TEXT_AT_ONCE:
            break
    return rows


def row(connection: sqlite3.Connection, key: str) -> LedgerRow | None:
    """Return one row."""
    columns = connection.execute(_ROW, (key,)).fetchone()
    return None if columns is None else made(columns)


def counts(connection: sqlite3.Connection) -> dict[State, int]:
    """Return how many rows there are in each state."""
    found = dict(connection.execute(_COUNTS))
    return {state: found.get(state, 0) for state in State}


def owners(connection: sqlite3.Connection, asset_ids: Iterable[str]) -> dict[str, str]:
    """Return the key of the row that an asset belongs to, for those that belong to any."""
    found: dict[str, str] = {}
    for asset_id in asset_ids:
        found.update(connection.execute(_OWNER, (asset_id,)))
    return found
