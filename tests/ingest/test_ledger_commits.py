"""Changes that come while others are being written share a commit, and that is all that they share."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ledger_support import every, keys, opened, planned, without_waiting_for_the_disk

from tpstreams_async.ingest.ledger import Ledger, State

unsynced = pytest.fixture(autouse=True)(without_waiting_for_the_disk)


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commits of all that is opened, as they come."""
    connect, seen = sqlite3.connect, []

    def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(lambda statement: seen.append(statement) if statement == "COMMIT" else None)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    return seen


@contextmanager
def busy(ledger: Ledger) -> Iterator[None]:
    """Keep the ledger's thread busy."""
    free = threading.Event()
    ledger._database.start(lambda _: free.wait(10))
    try:
        yield
    finally:
        free.set()


async def submitted(ledger: Ledger, rows: int) -> list[str]:
    """Bring so many rows to where they wait for their assets."""
    await ledger.plan([planned(number) for number in range(rows)])
    for row in await ledger.claim(rows):
        await ledger.submitted([(row.key, f"asset-of-{row.key}")])
    return keys(await every(ledger))


@pytest.mark.parametrize(("rows", "shared"), [(1, 1), (2, 1), (100, 1), (101, 2), (250, 3)])
async def test_what_comes_while_it_is_busy_shares_commits(
    tmp_path: Path, commits: list[str], rows: int, shared: int
) -> None:
    async with opened(tmp_path / "videos.ledger") as ledger:
        found = await submitted(ledger, rows)
        commits.clear()
        with busy(ledger):
            work = [asyncio.ensure_future(ledger.completed(key)) for key in found]
            await asyncio.sleep(0)
        await asyncio.gather(*work)
        assert len(commits) == shared
        assert (await ledger.counts())[State.COMPLETED] == rows


@pytest.mark.parametrize("bad", [[0], [3], [1, 2]])
async def test_a_change_that_cannot_be_made_spoils_no_other(tmp_path: Path, bad: list[int]) -> None:
    async with opened(tmp_path / "videos.ledger") as ledger:
        found = await submitted(ledger, 4)
        with busy(ledger):
            work = [
                asyncio.ensure_future(ledger.completed(f"no-{key}" if number in bad else key))
                for number, key in enumerate(found)
            ]
            await asyncio.sleep(0)
        results = await asyncio.gather(*work, return_exceptions=True)
        assert [number for number, result in enumerate(results) if isinstance(result, RuntimeError)] == bad
        assert [number for number, result in enumerate(results) if result is None] == [
            number for number in range(4) if number not in bad
        ]
        assert [number for number, row in enumerate(await every(ledger)) if row.state == State.SUBMITTED] == bad


async def test_a_look_sees_what_was_handed_over_before_it_alone(tmp_path: Path) -> None:
    async with opened(tmp_path / "videos.ledger") as ledger:
        found = await submitted(ledger, 3)
        with busy(ledger):
            work = [asyncio.ensure_future(ledger.completed(key)) for key in found[:2]]
            await asyncio.sleep(0)
            look = asyncio.ensure_future(ledger.counts())
            await asyncio.sleep(0)
            work.append(asyncio.ensure_future(ledger.completed(found[2])))
            await asyncio.sleep(0)
        assert (await look)[State.COMPLETED] == 2
        await asyncio.gather(*work)
        assert (await ledger.counts())[State.COMPLETED] == 3


async def test_claims_that_share_a_commit_share_no_row(tmp_path: Path) -> None:
    async with opened(tmp_path / "videos.ledger") as ledger:
        await ledger.plan([planned(number) for number in range(6)])
        with busy(ledger):
            work = [asyncio.ensure_future(ledger.claim(2)) for _ in range(3)]
            await asyncio.sleep(0)
        claims = await asyncio.gather(*work)
        assert sorted(row.key for claim in claims for row in claim) == [planned(number).key for number in range(6)]
        assert len({row.batch for claim in claims for row in claim}) == 3
