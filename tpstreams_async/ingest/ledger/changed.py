"""Which rows are those that were sent before, in another form."""

import sqlite3
from typing import Final

from .reads import SELECT, made
from .records import LedgerRow

_MOST: Final = 500
# Rows that their source has named are what it calls them.
_GONE: Final = """
SELECT 1 FROM videos WHERE reading < (SELECT readings FROM ledger) AND replaced IS NULL
    AND state IN ('unknown', 'submitted', 'completed', 'held', 'needs_review', 'skipped') LIMIT 1
"""
_BY_PLACE: Final = """
SELECT new.number, min(old.number) FROM unsent AS new
JOIN gone AS old ON old.plain_title = new.plain_title AND old.folder = new.folder
WHERE NOT (new.key LIKE 'own.%' AND old.key LIKE 'own.%') GROUP BY new.number LIMIT ?
"""
_BY_SOURCE: Final = """
SELECT new.number, min(old.number) FROM unsent AS new JOIN gone AS old ON old.source = new.source
WHERE NOT (new.key LIKE 'own.%' AND old.key LIKE 'own.%') GROUP BY new.number LIMIT ?
"""
_ROW: Final = SELECT + "WHERE number = ?"
_ASSET: Final = "SELECT asset_id FROM videos WHERE number = ?"


def page(connection: sqlite3.Connection) -> list[tuple[LedgerRow, str | None]]:
    """Return some of the planned rows of which an earlier form was sent, with the asset of that."""
    if connection.execute(_GONE).fetchone() is None:
        return []
    found = dict(connection.execute(_BY_SOURCE, (_MOST,)))
    found |= dict(connection.execute(_BY_PLACE, (_MOST,)))
    return [
        (
            made(connection.execute(_ROW, (new,)).fetchone()),
            connection.execute(_ASSET, (old,)).fetchone()[0],
        )
        for new, old in found.items()
    ]
