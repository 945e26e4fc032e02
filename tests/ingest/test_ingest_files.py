"""Rows with a file of one's own: each is uploaded once, and an asset that is left without its file is named."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tpstreams_async import Polling, Retry
from tpstreams_async._clock import Clock
from tpstreams_async.simulator import Fault, Simulator

CLIP = Path(__file__).parents[2] / "examples" / "clip.mp4"
START = "assets/upload-sessions/"


@pytest.fixture
def rows(tmp_path: Path) -> list[dict[str, Any]]:
    for number in range(3):
        shutil.copy(CLIP, tmp_path / f"{number}.mp4")
    return [
        {"path": str(tmp_path / f"{number}.mp4"), "title": f"Clip {number}", "resolutions": "240p"}
        for number in range(3)
    ]


@pytest.fixture
def client(sim: Simulator, make_client: Any) -> Any:
    return hasty(make_client, sim)


def hasty(make_client: Any, sim: Simulator) -> Any:
    """A client that waits for nothing: threads read the files, and for them no time is virtual."""
    clock = Clock(uniform=lambda *_: 0.0)
    return make_client(sim, retry=Retry(attempts=1), polling=Polling(interval=0.05), _clock=clock)


async def run(client: Any, rows: Any, tmp_path: Path, **options: Any) -> list[Any]:
    results = [result async for result in client.ingest(rows, ledger=tmp_path / "videos.ledger", **options)]
    return sorted(results, key=lambda result: result.line)


def told(results: Any) -> list[str]:
    return [str(result.state) for result in results]


async def test_files_and_urls_go_side_by_side(make_sim: Any, make_client: Any, rows: Any, tmp_path: Path) -> None:
    sim = await make_sim(processing_seconds=0.1)
    urls = [{"url": "https://origin.example/1.mp4", "title": "Web", "resolutions": "240p"}]
    results = await run(hasty(make_client, sim), rows + urls, tmp_path)
    assert told(results) == ["completed"] * 4
    assert {result.asset_id for result in results} == set(sim.assets)
    again = await run(hasty(make_client, sim), rows + urls, tmp_path)
    assert [result.earlier for result in again] == [True] * 4
    assert sim.journal.count("POST", START) == 3


async def test_a_file_that_is_not_there_is_left_to_the_next_run_with_nothing_sent(
    sim: Simulator, client: Any, rows: Any, tmp_path: Path
) -> None:
    away = (tmp_path / "1.mp4").rename(tmp_path / "away")
    for _ in range(2):
        results = await run(client, rows, tmp_path, wait=False)
        assert told(results) == ["submitted", "planned", "submitted"]
        assert "1.mp4" in results[1].error
        assert "the next run tries again" in results[1].error
        assert not results[1].error.startswith("file")
        assert len(sim.assets) == sim.journal.count("POST", START) == 2
    away.rename(tmp_path / "1.mp4")
    assert told(await run(client, rows, tmp_path, wait=False)) == ["submitted"] * 3
    assert len(sim.assets) == 3


async def test_a_run_that_is_over_has_no_time_left(sim: Simulator, client: Any, rows: Any, tmp_path: Path) -> None:
    (tmp_path / "1.mp4").unlink()
    going = client.ingest(rows, ledger=tmp_path / "videos.ledger", wait=False)
    assert [result async for result in going]
    assert (going.progress.planned, going.progress.seconds_left) == (1, None)


async def test_a_file_that_does_not_arrive_names_the_asset_left_behind(
    sim: Simulator, client: Any, rows: Any, tmp_path: Path
) -> None:
    sim.faults.add("POST", "storage/<bucket>", Fault.storage_error(403, "AccessDenied"))
    results = await run(client, rows, tmp_path, wait=False, concurrency=1)
    assert told(results) == ["failed", "submitted", "submitted"]
    left = next(iter(sim.assets))
    assert results[0].asset_id == left
    assert f"client.assets.delete({left!r})" in results[0].error


async def test_an_asset_left_behind_is_never_taken_for_that_of_a_row_wherever_the_run_ends(
    sim: Simulator, client: Any, rows: Any, tmp_path: Path
) -> None:
    ledger = tmp_path / "videos.ledger"
    away = (tmp_path / "0.mp4").rename(tmp_path / "away")
    assert told(await run(client, rows[:1], tmp_path)) == ["planned"]
    away.rename(tmp_path / "0.mp4")
    sim.faults.add("POST", "storage/<bucket>", Fault.storage_error(403, "AccessDenied"))
    with closing(sqlite3.connect(ledger)) as connection:
        full = "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        connection.execute(f"CREATE TRIGGER full BEFORE UPDATE ON videos WHEN new.state = 'failed' {full}")
    with pytest.raises(sqlite3.IntegrityError, match="the disk is full"):
        await run(client, rows[:1], tmp_path)
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("DROP TRIGGER full")
    (result,) = await run(client, rows[:1], tmp_path, wait=False, settle=0)
    assert (result.state, result.asset_id) == ("failed", next(iter(sim.assets)))
    assert len(sim.assets) == 1


async def test_an_upload_that_did_not_begin_is_begun_anew(
    sim: Simulator, client: Any, rows: Any, tmp_path: Path
) -> None:
    sim.faults.add("POST", START, Fault.reset(when="before"))
    results = await run(client, rows, tmp_path, wait=False, concurrency=1, settle=0)
    assert told(results) == ["submitted", "submitted", "submitted"]
    assert len(sim.assets) == 3


async def test_an_upload_of_which_nobody_knew_that_it_began_names_the_asset_left_behind(
    sim: Simulator, client: Any, rows: Any, tmp_path: Path
) -> None:
    sim.faults.add("POST", START, Fault.reset(when="after"))
    results = await run(client, rows, tmp_path, wait=False, concurrency=1, settle=0)
    assert told(results) == ["failed", "submitted", "submitted"]
    left = next(iter(sim.assets))
    assert results[0].asset_id == left
    assert results[0].error.startswith("its file did not arrive: ")
    assert f"asset {left} was left behind" in results[0].error
    sim.delete_asset(left)
    again = await run(client, rows, tmp_path, wait=False, resend="failed")
    assert told(again) == ["submitted"] * 3
    assert len(sim.assets) == 3


@pytest.mark.parametrize("arrived", [False, True])
async def test_an_upload_that_a_run_did_not_live_to_see_the_end_of_is_found(
    arrived: bool, make_sim: Any, make_client: Any, rows: Any, tmp_path: Path
) -> None:
    sim = await make_sim(processing_seconds=0.1)
    client = hasty(make_client, sim)
    sim.faults.add("POST", "storage/<bucket>", Fault.stall(when="after" if arrived else "before"))
    going = client.ingest(rows[:1], ledger=tmp_path / "videos.ledger", grace=0)
    reading = asyncio.ensure_future(anext(going, None))
    while not (sim.uploads if arrived else sim.journal.count("POST", "storage/<bucket>")):  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.01)
    await going.aclose()
    await reading
    assert len(sim.assets) == 1
    (result,) = await run(client, rows[:1], tmp_path, settle=0)
    assert (result.state, result.asset_id) == ("completed" if arrived else "failed", next(iter(sim.assets)))
    assert len(sim.assets) == 1


async def test_whose_answer_was_lost_is_held_where_that_is_wanted(
    sim: Simulator, client: Any, rows: Any, tmp_path: Path
) -> None:
    sim.faults.add("POST", START, Fault.reset(when="before"))
    results = await run(client, rows[:1], tmp_path, on_unknown="hold")
    assert told(results) == ["held"]
    assert sim.journal.count("POST", START) == 1


@pytest.mark.parametrize("url", [None, "https://origin.example/0.mp4"])
async def test_an_asset_that_waits_for_its_file_is_not_adopted(
    url: str | None, sim: Simulator, client: Any, rows: Any, tmp_path: Path
) -> None:
    sim.faults.add("POST", START, Fault.reset(when="after"))
    assert told(await run(client, rows[:1], tmp_path, on_unknown="hold")) == ["held"]
    (left,) = sim.assets
    if url is not None:
        rows[0]["url"] = url
        del rows[0]["path"]
    ledger = tmp_path / ("other" if url else ".")
    ledger.mkdir(exist_ok=True)
    again = {"existing": "adopt", "resend": ["held", "needs_review"], "wait": False, "settle": 0}
    (result,) = await run(client, rows[:1], ledger, **again)
    assert (result.state, result.candidates) == ("needs_review", (left,))
    sim.delete_asset(left)
    assert told(await run(client, rows[:1], ledger, **again)) == ["submitted"]
    assert len(sim.assets) == 1


async def test_a_refused_file_fails_alone(sim: Simulator, client: Any, rows: Any, tmp_path: Path) -> None:
    rows[2]["folder"] = "nowhere"
    results = await run(client, rows, tmp_path, wait=False)
    assert told(results) == ["submitted", "submitted", "failed"]
    assert "folder" in results[2].error
