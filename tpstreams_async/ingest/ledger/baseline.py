"""Which assets were there before any row was sent: none of them is ever taken for a row's own."""

import sqlite3
from collections.abc import Iterable


def covered(connection: sqlite3.Connection) -> int:
    """Return the number of the last row that had not been sent when the baseline was taken; 0 if there is none."""
    number: int | None = connection.execute("SELECT max(number) FROM baselines").fetchone()[0]
    return number or 0


def uncovered(connection: sqlite3.Connection) -> int | None:
    """Return the number of the last row, if it was planned after the baseline was taken."""
    last: int | None = connection.execute("SELECT max(number) FROM videos").fetchone()[0]
    return last if last is not None and last > covered(connection) else None


def extend(connection: sqlite3.Connection, asset_ids: Iterable[str], through: int | None) -> None:
    """Add assets to the baseline. With `through` it is complete, for the rows up to that number."""
    connection.executemany("INSERT OR IGNORE INTO foreigners VALUES (?)", ((asset_id,) for asset_id in asset_ids))
    if through is not None:
        connection.execute("INSERT INTO baselines VALUES (?)", (through,))


def foreign(connection: sqlite3.Connection, asset_ids: Iterable[str]) -> set[str]:
    """Return those of the assets that are in the baseline."""
    found: set[str] = set()
    for asset_id in asset_ids:
        rows = connection.execute("SELECT asset_id FROM foreigners WHERE asset_id = ?", (asset_id,))
        found.update(row[0] for row in rows)
    return found
