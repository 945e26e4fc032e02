"""Runs with a small defect each, which a check of what is left after crashes has to find."""

import re
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial
from typing import Any

from tpstreams_async.codec import Page
from tpstreams_async.ingest.ledger import State, database, moves
from tpstreams_async.ingest.lookup.existing import Existing
from tpstreams_async.ingest.lookup.settling import Settler
from tpstreams_async.ingest.record import Record
from tpstreams_async.resources import _finding


def sound() -> None:
    """No defect."""


def hurries() -> None:
    """Looks for what may be there at once: the program gives it no time to settle."""


def replans() -> None:
    """Sends again what is unknown, without looking for it."""

    async def settle(self: Settler) -> None:
        rows = [row async for row in self._record.ledger.rows(State.UNKNOWN)]
        await self._record.absent(rows, "never looked for")

    Settler.settle = settle


def resends() -> None:
    """Looks, and finds nothing whatever is there."""

    async def candidates(*_: Any) -> list[Any]:
        return []

    Settler._candidates = candidates


def forgets() -> None:
    """Takes what the last run was sending for not sent."""

    def begin(connection: sqlite3.Connection, now: str) -> int:
        connection.execute(
            "INSERT INTO events SELECT number, state, 'planned', ?, 'forgotten' FROM videos WHERE state = 'submitting'",
            (now,),
        )
        connection.execute("UPDATE videos SET state = 'planned' WHERE state = 'submitting'")
        connection.execute("UPDATE ledger SET runs = runs + 1")
        run: int = connection.execute("SELECT runs FROM ledger").fetchone()[0]
        return run

    moves.begin = begin


def sends_first() -> None:
    """Commits that rows are about to be sent only together with what became of them."""
    claims = 0
    claim = moves.claim

    def noted(*arguments: Any) -> list[Any]:
        nonlocal claims
        claims += 1
        return claim(*arguments)

    def transaction(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Any]) -> Any:
        if not connection.in_transaction:
            connection.execute("BEGIN IMMEDIATE")
        before = claims
        result = work(connection)
        if claims == before:
            connection.execute("COMMIT")
        return result

    moves.claim = noted
    database._transaction = transaction


def looks_at_one_page() -> None:
    """Looks for what may be there on the first page of the list alone."""
    walk = _finding.walk

    async def first_page(fetch: partial[Any]) -> AsyncGenerator[dict[str, Any], None]:
        if fetch.args[0] is None:
            async for row in walk(fetch):
                yield row
        else:
            page: Page[Any] = await fetch(0)
            for row in page.results:
                yield row

    _finding.walk = first_page


def trusts_failures() -> None:
    """Takes a failure of the server for a word that nothing was done."""
    lost = Record.lost

    async def told(self: Record, rows: Sequence[Any], reason: str) -> None:
        await (self.released(rows, reason) if re.search(r"\b50\d\b", reason) else lost(self, rows, reason))

    Record.lost = told


def hastens() -> None:
    """Takes note that it has looked at what was there before it has."""
    decide = Existing.decide

    async def noted(self: Existing) -> None:
        await self._ledger._write(
            lambda connection, _: connection.execute("INSERT INTO looks SELECT max(number) FROM videos")
        )
        await decide(self)

    Existing.decide = noted


DEFECTS: dict[str, Callable[[], None]] = {
    variant.__name__: variant
    for variant in (
        sound,
        hurries,
        replans,
        resends,
        forgets,
        sends_first,
        looks_at_one_page,
        trusts_failures,
        hastens,
    )
}
