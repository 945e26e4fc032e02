"""Crowds of rows of one title, and rows of great size: they neither hold up an event loop nor fill memory."""

import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from run_support import manifest, run

from tpstreams_async.ingest.ledger import LedgerRow, State
from tpstreams_async.ingest.lookup.pairing import candidates, clusters, id_of, marks, pairs
from tpstreams_async.ingest.manifest import Row, read_rows
from tpstreams_async.ingest.payload import Parcel, planned
from tpstreams_async.simulator import Fault, Simulator

BULK = "assets/videos/bulk-create/"
COUNT = 2_000


async def crowd(count: int) -> tuple[list[LedgerRow], dict[str, Any]]:
    rows: list[LedgerRow] = []
    async for row in read_rows([{**row, "title": "Same"} for row in manifest(count)]):
        assert isinstance(row, Row)
        it = planned(row)
        about = {"key": it.key, "line": it.line, "title": it.title, "source": it.source, "payload": it.payload}
        rows.append(LedgerRow(number=it.line, state=State.UNKNOWN, changed=datetime.now(UTC), **about))
    return rows, {row.key: marks(row, Parcel(row, Path("videos.ledger"))) for row in rows}


def shown(count: int, scheme: str = "https") -> list[dict[str, Any]]:
    """Return what a list shows of so many videos, the newest first."""
    return [
        {"id": f"a{number}", "title": "Same", "video": {"inputs": [{"url": f"{scheme}://origin.example/{number}.mp4"}]}}
        for number in reversed(range(count))
    ]


@pytest.mark.parametrize("how", ["pairs", "clusters", "candidates"])
async def test_the_time_does_not_grow_with_the_square_of_the_crowd(how: str) -> None:
    rows, known = await crowd(COUNT)
    began = time.process_time()
    if how == "pairs":
        assert pairs(rows, shown(COUNT), known) == {row.key: f"a{row.number - 1}" for row in rows}
    elif how == "clusters":
        parts = clusters(rows, shown(COUNT), known)
        assert all([id_of(it) for it in part.assets] == [f"a{part.rows[0].number - 1}"] for part in parts)
        assert len(parts) == COUNT
    else:
        found = {row.number: ids for row, ids in candidates(rows, shown(COUNT), known)}
        assert [found[number][0] for number in (1, COUNT)] == ["a0", f"a{COUNT - 1}"]
        assert {len(ids) for ids in found.values()} == {50}
    # Each with each are four million comparisons: twenty seconds.
    assert time.process_time() - began < 3


async def test_what_the_list_shows_no_input_of_may_be_anybodys() -> None:
    rows, known = await crowd(60)
    hidden = shown(60, scheme="private")
    assert pairs(rows, hidden, known) is None
    (part,) = clusters(rows, hidden, known)
    assert (len(part.rows), len(part.assets)) == (60, 60)
    assert all(ids == tuple(map(id_of, hidden[:50])) for _, ids in candidates(rows, hidden, known))


async def test_what_is_likely_comes_first_among_the_candidates_and_nothing_twice() -> None:
    rows, known = await crowd(3)
    free = [*shown(3), {"id": "hidden", "title": "Same"}]
    assert [ids for _, ids in candidates(rows, free, known)] == [
        ("a0", "hidden", "a2", "a1"),
        ("a1", "hidden", "a2", "a0"),
        ("a2", "hidden", "a1", "a0"),
    ]


@pytest.mark.looptime
@pytest.mark.usefixtures("ledger_in_the_loop")
async def test_a_row_of_a_crowd_notes_a_part_of_the_candidates(sim: Simulator, client: Any, tmp_path: Path) -> None:
    rows = [{**row, "title": "Same"} for row in manifest(60)]
    sim.faults.add("POST", BULK, Fault.reset(when="after"), times=2)
    results = await run(client, rows, tmp_path / "videos.ledger", batch_size=30, concurrency=1, settle=60)
    assert {str(result.state) for result in results} == {"needs_review"}
    assert [len(set(result.candidates)) for result in results] == [50] * 60
    assert len(sim.assets) == 60


@pytest.mark.looptime
@pytest.mark.usefixtures("ledger_in_the_loop")
async def test_memory_does_not_grow_with_large_rows(client: Any, tmp_path: Path) -> None:
    def source() -> Iterator[dict[str, Any]]:
        for row in manifest(300):
            yield {**row, "transcript": "x" * 200_000}

    for earlier in (False, True):
        tracemalloc.start()
        told = 0
        async for result in client.ingest(source(), ledger=tmp_path / "videos.ledger", wait=False, concurrency=1):
            assert result.earlier is earlier
            told += 1
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # All of them are 60 MB.
        assert (told, peak < 30 * 2**20) == (300, True), peak
