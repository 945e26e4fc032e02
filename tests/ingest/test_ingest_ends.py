"""How runs end before their time, and what the next one makes of that."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from run_support import manifest, run

from tpstreams_async import AuthenticationError, ConnectError, Polling, RateLimit, Retry, ServerError, Timeouts
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.usefixtures("ledger_in_the_loop")
BULK = "assets/videos/bulk-create/"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "videos.ledger"


def states(results: Any) -> list[str]:
    return sorted({str(result.state) for result in results})


async def leave_in_the_second_batch(sim: Simulator, client: Any, ledger: Path, **options: Any) -> None:
    options = {"wait": False, "concurrency": 1, "batch_size": 5, **options}
    async with client.ingest(manifest(20), ledger=ledger, **options) as going:
        await anext(going)
        await asyncio.sleep(0.1)
        assert sim.journal.count("POST") == 2


@pytest.mark.looptime
@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_is_on_its_way_has_half_a_minute_when_a_run_is_left(
    when: Any, sim: Simulator, client: Any, ledger: Path, looptime: Any
) -> None:
    sim.faults.add("POST", BULK, Fault.stall(when=when), skip=1)
    await leave_in_the_second_batch(sim, client, ledger)
    assert float(looptime) <= 31
    assert len(sim.assets) <= 10
    results = await run(client, manifest(20), ledger)
    assert (states(results), len(results)) == (["completed"], 20)
    assert len(sim.assets) == 20


@pytest.mark.looptime
async def test_an_answer_that_comes_in_that_time_is_written_down(
    sim: Simulator, client: Any, ledger: Path, looptime: Any
) -> None:
    sim.faults.add("POST", BULK, Fault.delay(20, when="after"), skip=1)
    await leave_in_the_second_batch(sim, client, ledger)
    assert 20 <= float(looptime) < 25
    sim.journal.clear()
    results = await run(client, manifest(20), ledger, wait=False)
    assert [result.earlier for result in results].count(True) == 10
    assert sim.journal.count("GET") == 0, "there was nothing to be found out"


@pytest.mark.looptime
@pytest.mark.parametrize("when", ["before", "after"])
async def test_without_a_baseline_what_is_found_needs_a_review(
    when: Any, sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.stall(when=when), skip=1)
    await leave_in_the_second_batch(sim, client, ledger, on_unknown="hold")
    results = await run(client, manifest(20), ledger, on_unknown="reconcile")
    assert len(sim.assets) == 20
    assert [result.state for result in results].count("needs_review") == (5 if when == "after" else 0)
    assert len(results) == 20


@pytest.mark.looptime
async def test_a_wait_that_takes_too_long_is_told_and_gone_on_with(
    make_sim: Any, make_client: Any, ledger: Path
) -> None:
    sim = await make_sim(processing_seconds=600)
    results = await run(make_client(sim, polling=Polling(asset_timeout=60)), manifest(3), ledger)
    assert states(results) == ["submitted"]
    assert all("60" in result.error and result.asset_id for result in results)
    assert states(await run(make_client(sim), manifest(3), ledger)) == ["completed"]
    assert sim.journal.count("POST") == 1


@pytest.mark.looptime
async def test_a_token_that_is_taken_away_ends_the_wait(sim: Simulator, client: Any, ledger: Path) -> None:
    going = client.ingest(manifest(3), ledger=ledger)
    sim.faults.add("GET", "assets/<id>/", Fault.status(401), times=None)
    sim.faults.add("GET", "assets/", Fault.status(401), times=None, skip=1)
    with pytest.raises(AuthenticationError):
        _ = [result async for result in going]
    assert [result async for result in going] == []
    sim.faults.clear()
    assert states(await run(client, manifest(3), ledger)) == ["completed"]
    assert sim.journal.count("POST") == 1


@pytest.mark.looptime
async def test_a_list_that_cannot_be_read_leaves_rows_unknown_for_the_next_run(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.reset(when="after"))
    sim.faults.add("GET", "assets/", Fault.status(403), times=None, skip=1)
    with pytest.raises(Exception, match="403"):
        await run(client, manifest(3), ledger)
    sim.faults.clear()
    assert states(await run(client, manifest(3), ledger)) == ["completed"]
    assert len(sim.assets) == 3


@pytest.mark.looptime
async def test_a_server_that_cannot_be_reached_is_given_up_after_minutes(
    make_sim: Any, make_client: Any, ledger: Path, looptime: Any
) -> None:
    sim = await make_sim()
    client = make_client(sim, retry=Retry(attempts=1))
    await run(client, manifest(1), ledger)
    await sim.close()
    before = float(looptime)
    with pytest.raises(ConnectError):
        await run(client, manifest(9), ledger, on_unknown="hold")
    assert 200 < float(looptime) - before < 600


@pytest.mark.looptime
async def test_a_rate_with_longer_waits_than_a_call_has_is_waited_for(
    sim: Simulator, make_client: Any, ledger: Path, looptime: Any
) -> None:
    slow = make_client(sim, rate_limit=RateLimit(per_second=0.01), timeouts=Timeouts(total=20))
    results = await run(slow, manifest(20), ledger, batch_size=5, wait=False, on_unknown="hold")
    assert (len(results), len(sim.assets)) == (20, 20)
    assert 300 <= float(looptime) < 400
    with contextlib.closing(sqlite3.connect(ledger)) as connection:
        (moves,) = connection.execute("SELECT count(*) FROM events").fetchone()
    # To be claimed and given back some times while others have their turn.
    assert moves < 500


@pytest.mark.looptime
async def test_a_csv_file_comes_in_with_its_own_columns(sim: Simulator, client: Any, ledger: Path) -> None:
    source = ledger.with_name("videos.csv")
    source.write_text(
        "url,title,course id\nhttps://origin.example/1.mp4,One,7\nnone,Two,8\nhttps://origin.example/3.mp4,Three,9\n"
    )
    results = await run(client, source, ledger, defaults={"resolutions": ["240p", "720p"]})
    found = sorted((result.line, result.title, str(result.state), dict(result.extra)) for result in results)
    assert found == [
        (2, "One", "completed", {"course id": "7"}),
        (3, "Two", "failed", {"course id": "8"}),
        (4, "Three", "completed", {"course id": "9"}),
    ]


@pytest.mark.looptime
async def test_own_columns_that_are_no_json_come_back_as_text(sim: Simulator, client: Any, ledger: Path) -> None:
    rows = [{**manifest(1)[0], "folder name": ledger, "tags": ["a", "b"]}]
    (result,) = await run(client, rows, ledger)
    assert dict(result.extra) == {"number": 0, "folder name": str(ledger), "tags": ["a", "b"]}


class _Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.looptime
@pytest.mark.parametrize("value", [10**5000, [10**5000], _Unspeakable()], ids=["int", "list", "object"])
@pytest.mark.parametrize("column", ["title", "url", "number", "folder", "resolutions", None])
async def test_a_value_that_cannot_be_told_spoils_no_other_row(
    value: Any, column: str | None, client: Any, ledger: Path
) -> None:
    odd = value if column is None else {**manifest(1)[0], column: value}
    results = await run(client, [odd, *manifest(2)[1:]], ledger)
    ends = {result.line: str(result.state) for result in results}
    assert ends == {1: "completed" if column == "number" else "failed", 2: "completed"}
    again = await run(client, [odd, *manifest(2)[1:]], ledger)
    assert {result.key for result in again} == {result.key for result in results}


@pytest.mark.looptime
async def test_neither_results_nor_errors_show_a_signature(sim: Simulator, client: Any, ledger: Path) -> None:
    rows = [{**manifest(1)[0], "url": "https://origin.example/1.mp4?Signature=c4n4ry"}]
    sim.faults.add("POST", BULK, Fault.reset())
    (result,) = await run(client, rows, ledger, on_unknown="hold")
    assert (result.state, "c4n4ry" in f"{result!r} {result.error}") == ("held", False)


@pytest.mark.looptime
async def test_a_list_that_cannot_be_read_for_minutes_is_waited_for(
    sim: Simulator, make_client: Any, ledger_in_the_loop: None, ledger: Path
) -> None:
    client = make_client(sim, retry=Retry(attempts=1))
    loop = asyncio.get_running_loop()
    sim.faults.add("GET", "assets/", Fault.status(502), times=None)
    loop.call_later(150, sim.faults.clear)
    assert states(await run(client, manifest(3), ledger)) == ["completed"]
    assert 150 <= loop.time() < 400


@pytest.mark.looptime
async def test_a_list_that_cannot_be_read_at_all_ends_the_run(
    sim: Simulator, make_client: Any, ledger_in_the_loop: None, ledger: Path
) -> None:
    client = make_client(sim, retry=Retry(attempts=1))
    sim.faults.add("GET", "assets/", Fault.status(502), times=None)
    with pytest.raises(ServerError):
        await run(client, manifest(3), ledger)
    assert asyncio.get_running_loop().time() < 400
    assert sim.assets == {}


@pytest.mark.looptime
async def test_a_list_that_this_client_reads_slowly_is_read_to_its_end(
    make_sim: Any, make_client: Any, ledger_in_the_loop: None, ledger: Path
) -> None:
    sim: Simulator = await make_sim(page_size=2, max_page_size=2)
    for number in range(7):
        sim.add_asset(f"Before {number}")
    client = make_client(sim, rate_limit=RateLimit(per_second=0.05), timeouts=Timeouts(total=5))
    assert states(await run(client, manifest(3), ledger, wait=False)) == ["submitted"]


class Careless(dict[str, Any]):
    """A dict to which dashes make no difference, as they make none to servers that take the id for a UUID."""

    def __getitem__(self, key: str) -> Any:
        return super().__getitem__(key.replace("-", ""))

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key.replace("-", ""), default)


@pytest.mark.looptime
async def test_rows_of_one_folder_in_two_spellings_are_not_given_the_same_video(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    folder = sim.add_folder("Physics")
    store = sim._service.store
    store._by_id, store._inside = Careless(store._by_id), Careless(store._inside)
    rows = [{**row, "title": "Same"} for row in manifest(2)]
    rows[0]["folder"], rows[1]["folder"] = folder, f"{folder[:4]}-{folder[4:]}"
    sim.faults.add("POST", BULK, Fault.reset(when="before"), Fault.reset(when="after"))
    results = await run(client, rows, ledger, batch_size=1, concurrency=1)
    assert states(results) == ["needs_review"]
    (made,) = [asset_id for asset_id, asset in sim.assets.items() if asset["title"] == "Same"]
    assert [result.candidates for result in results] == [(made,), (made,)]
    assert sim.journal.count("POST") == 2
