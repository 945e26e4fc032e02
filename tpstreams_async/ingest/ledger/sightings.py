"""Which videos were there for planned rows before anything of these was sent."""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, TypeAlias

from .reads import SELECT, made
from .records import Place, SeenAsset

#: Rows of a page, and rows and videos that are compared with one another; as many of each have one title in one folder.
MOST: Final = 200

#: Behind which row a page begins: its title and folder as they are compared, and its number.
After: TypeAlias = tuple[str, str, int]
START: Final[After] = ("", "", 0)

#: Stands in place of a folder that the list does not show.
_ANYWHERE: Final = "?"
_UNDECIDED: Final = "SELECT 1 FROM undecided LIMIT 1"
# Kept is only what a row may be about, so that a list of any size takes no more room than the rows.
_NOTE: Final = """
INSERT OR IGNORE INTO existing (asset_id, plain_title, folder, shown) SELECT ?, ?, ?, ?
WHERE EXISTS (SELECT 1 FROM undecided WHERE plain_title = ?)
"""
_PAGE: Final = """
SELECT number, plain_title, folder FROM undecided
WHERE (plain_title, folder, number) > (?, ?, ?) AND EXISTS (
    SELECT 1 FROM existing
    WHERE existing.plain_title = undecided.plain_title AND existing.folder IN (undecided.folder, '?'))
ORDER BY plain_title, folder, number LIMIT ?
"""
_ROW: Final = SELECT + "WHERE number = ?"
_SEEN: Final = """
SELECT shown, folder FROM existing WHERE plain_title = ? AND folder IN (?, '?') AND NOT EXISTS (
    SELECT 1 FROM videos WHERE videos.asset_id = existing.asset_id AND state <> 'skipped')
ORDER BY number LIMIT ?
"""
_CLOUD: Final = """
SELECT 1 FROM videos WHERE plain_title = ? AND folder = ? AND +state IN ('held', 'needs_review') AND replaced IS NULL
LIMIT 1
"""
_ELSEWHERE: Final = "SELECT 1 FROM videos WHERE plain_title = ? AND folder <> ? LIMIT 1"


def undecided(connection: sqlite3.Connection) -> bool:
    """Tell whether there are rows that were neither looked at nor sent."""
    return connection.execute(_UNDECIDED).fetchone() is not None


def begin(connection: sqlite3.Connection) -> None:
    """Forget what a look has seen that did not come to its end: it may be gone."""
    connection.execute("DELETE FROM existing")


def note(connection: sqlite3.Connection, seen: Iterable[SeenAsset]) -> None:
    """Keep what is there, as far as undecided rows may be about it."""
    connection.executemany(
        _NOTE,
        ((it.asset_id, it.title, it.folder if it.folder is not None else _ANYWHERE, it.shown, it.title) for it in seen),
    )


def page(connection: sqlite3.Connection, after: After) -> tuple[list[Place], After]:
    """Return undecided rows with videos that they may be about, by their places, and behind which row to go on."""
    found = connection.execute(_PAGE, (*after, MOST)).fetchall()
    places: list[Place] = []
    groups = [(where, list(rows)) for where, rows in groupby(found, itemgetter(1, 2))]
    if len(groups) > 1 and len(found) == MOST:
        groups.pop()  # there may be more of it
    seen = 0
    for where, rows in groups:
        crowded = len(rows) == MOST or where == after[:2]
        places.append(_place(connection, where, rows, crowded))
        after = (*where, rows[-1][0])
        seen += len(places[-1].seen)
        if seen >= MOST:
            break
    return places, after


def _place(connection: sqlite3.Connection, where: tuple[str, str], found: Sequence[Any], crowded: bool) -> Place:
    seen = connection.execute(_SEEN, (*where, MOST + 1)).fetchall()
    clouded = connection.execute(_CLOUD, where).fetchone() is not None
    if any(folder == _ANYWHERE for _, folder in seen):
        clouded = clouded or connection.execute(_ELSEWHERE, where).fetchone() is not None
    return Place(
        rows=[made(connection.execute(_ROW, columns[:1]).fetchone()) for columns in found],
        seen=[shown for shown, _ in seen[:MOST]],
        clouded=clouded,
        crowded=crowded,
        complete=len(seen) <= MOST,
    )


def end(connection: sqlite3.Connection) -> None:
    """Take note that all rows that are there were looked at."""
    connection.execute("INSERT INTO looks SELECT coalesce(max(number), 0) FROM videos")
    begin(connection)
