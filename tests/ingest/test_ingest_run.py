"""Bulk ingestion as a whole: each row is sent once, and comes to an end that is told."""

import asyncio
import gc
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from run_support import manifest, run

from tpstreams_async import (
    APIError,
    ClientClosedError,
    IngestProgress,
    InvalidInputError,
    LedgerError,
    OutcomeUnknownError,
)
from tpstreams_async.simulator import Fault, Simulator, bulk_endpoints
from tpstreams_async.simulator.answers import detail

pytestmark = pytest.mark.usefixtures("ledger_in_the_loop")
BULK = "assets/videos/bulk-create/"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "videos.ledger"


def states(results: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for result in results:
        found[result.state] = found.get(result.state, 0) + 1
    return found


def sizes(sim: Simulator) -> list[int]:
    return [len(orjson.loads(request.body)) for request in sim.journal.requests("POST", BULK)]


@pytest.mark.looptime
async def test_each_row_gets_one_asset_and_one_result(sim: Simulator, client: Any, ledger: Path) -> None:
    results = await run(client, manifest(45), ledger)
    assert states(results) == {"completed": 45}
    assert sorted(sizes(sim)) == [5, 20, 20]
    titles = {asset_id: sim.assets[asset_id]["title"] for asset_id in sim.assets}
    assert {result.asset_id: result.title for result in results} == titles
    assert {result.line: result.extra["number"] for result in results} == {n + 1: n for n in range(45)}
    assert not any(result.earlier or result.error for result in results)


@pytest.mark.looptime
async def test_a_second_run_sends_nothing_and_tells_all_again(sim: Simulator, client: Any, ledger: Path) -> None:
    await run(client, manifest(5), ledger)
    sim.journal.clear()
    results = await run(client, manifest(5), ledger)
    assert [(result.state, result.earlier) for result in results] == [("completed", True)] * 5
    assert len(sim.journal) == 0


@pytest.mark.looptime
async def test_new_rows_of_a_longer_manifest_are_sent_alone(sim: Simulator, client: Any, ledger: Path) -> None:
    await run(client, manifest(5), ledger)
    results = await run(client, manifest(7), ledger)
    assert [result.extra["number"] for result in results if not result.earlier] == [5, 6]
    assert sizes(sim) == [5, 2]


@pytest.mark.looptime
@pytest.mark.parametrize("bad", [1, 3, 50])
async def test_bad_rows_cost_a_request_each_at_the_most(bad: int, sim: Simulator, client: Any, ledger: Path) -> None:
    rows = manifest(50)
    for row in rows[:: 50 // bad][:bad]:
        row["folder"] = "nowhere"
    results = await run(client, rows, ledger, batch_size=50, concurrency=1)
    assert states(results) == {"failed": bad} | ({"completed": 50 - bad} if bad < 50 else {})
    assert sim.journal.count("POST") <= bad + 1
    failed = [result for result in results if result.state == "failed"]
    assert all("folder" in result.error and result.asset_id is None for result in failed)
    assert sorted(result.line for result in failed) == [n + 1 for n, row in enumerate(rows) if "folder" in row]


@pytest.mark.looptime
async def test_a_refusal_that_names_no_row_is_narrowed_down(sim: Simulator, client: Any, ledger: Path) -> None:
    refusal = Fault.status(400, body={"detail": "Something is wrong."})
    sim.faults.add("POST", BULK, refusal, times=4)
    results = await run(client, manifest(8), ledger, concurrency=1)
    assert states(results) == {"completed": 7, "failed": 1}
    assert sizes(sim) == [8, 4, 2, 1, 1, 2, 4]
    assert [result.error for result in results if result.error] == ["refused (400): Something is wrong."]


@pytest.mark.looptime
async def test_rows_that_cannot_be_read_fail_alone(sim: Simulator, client: Any, ledger: Path) -> None:
    rows = [{"url": "ftp://origin.example/x", "resolutions": "240p"}, *manifest(2)]
    results = await run(client, rows, ledger)
    assert [(result.line, result.state) for result in results if result.error] == [(1, "failed")]
    assert states(results) == {"failed": 1, "completed": 2}


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("bad", "title", "own"),
    [
        ({"Title": " A ", "course": "Physics", "at": date(2024, 5, 1)}, "A", {"course": "Physics", "at": "2024-05-01"}),
        ({"title": "A\nB", 7: "no column", "course": None}, None, {"course": None}),
        ({"title": 7}, None, {}),
        ("no row", None, {}),
    ],
)
async def test_of_a_row_that_cannot_be_read_is_told_what_can_be(
    bad: Any, title: str | None, own: dict[str, Any], client: Any, ledger: Path
) -> None:
    (result,) = await run(client, [bad], ledger, dry_run=True)
    assert (result.state, result.title, {**result.extra}) == ("failed", title, own)


@pytest.mark.looptime
@pytest.mark.parametrize(
    "fault",
    [
        Fault.reset(when="after"),
        Fault.status(502, when="after"),
        Fault.cut(5),
        Fault.reset(when="head"),
        Fault.status(503),
        Fault.stall(),
    ],
    ids=["reset", "502", "cut", "reset before", "503 before", "silence before"],
)
async def test_a_lost_answer_doubles_and_loses_nothing(fault: Fault, sim: Simulator, client: Any, ledger: Path) -> None:
    sim.faults.add("POST", BULK, fault)
    results = await run(client, manifest(30), ledger)
    assert states(results) == {"completed": 30}
    assert sorted(result.asset_id for result in results) == sorted(sim.assets)
    assert len(sim.assets) == 30


@pytest.mark.looptime
@pytest.mark.parametrize("when", ["before", "after"])
async def test_with_hold_nothing_is_sent_twice(when: Any, sim: Simulator, client: Any, ledger: Path) -> None:
    sim.faults.add("POST", BULK, Fault.reset(when=when))
    results = await run(client, manifest(30), ledger, on_unknown="hold")
    assert states(results) == {"held": 20, "completed": 10}
    assert len(sim.assets) == (30 if when == "after" else 10)
    assert sorted(sizes(sim)) == [10, 20]


@pytest.mark.looptime
async def test_what_was_there_before_is_nobodys_asset(sim: Simulator, client: Any, ledger: Path) -> None:
    there = [sim.add_asset(title=f"Lesson {number}") for number in range(3)]
    sim.faults.add("POST", BULK, Fault.reset(), Fault.reset(when="after"))
    results = await run(client, manifest(6), ledger, batch_size=3, concurrency=1)
    assert states(results) == {"completed": 6}
    assert not {result.asset_id for result in results} & set(there)
    assert len(sim.assets) == 9


@pytest.mark.looptime
async def test_equal_rows_are_two_rows_also_when_their_answers_are_lost(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    rows = [manifest(1)[0]] * 3
    sim.faults.add("POST", BULK, Fault.reset(when="after"), Fault.reset(when="after"), Fault.reset())
    results = await run(client, rows, ledger, concurrency=1)
    assert states(results) == {"completed": 3}
    assert {result.asset_id for result in results} == set(sim.assets)
    assert len(sim.assets) == 3


@pytest.mark.looptime
async def test_what_nothing_tells_apart_needs_a_review(sim: Simulator, client: Any, ledger: Path) -> None:
    rows = [{**row, "title": "Same"} for row in manifest(2)]
    sim.faults.add("POST", BULK, Fault.reset(when="after"))
    results = await run(client, rows, ledger, settle=60)
    assert states(results) == {"needs_review": 2}
    assert all(set(result.candidates) == set(sim.assets) and result.error for result in results)
    again = await run(client, rows, ledger)
    assert states(again) == {"needs_review": 2}
    assert sizes(sim) == [2]


@pytest.mark.looptime
@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_refusal_that_is_about_all_rows_ends_the_run(
    status: int, sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.status(status))
    with pytest.raises(APIError) as caught:
        await run(client, manifest(100), ledger, concurrency=1)
    assert caught.value.status == status
    assert sizes(sim) == [20]
    assert states(await run(client, manifest(100), ledger)) == {"completed": 100}
    assert len(sim.assets) == 100


@pytest.mark.looptime
async def test_turned_away_rows_are_sent_later(sim: Simulator, client: Any, ledger: Path) -> None:
    sim.faults.add("POST", BULK, Fault.status(429, headers={"Retry-After": "90"}), times=5)
    results = await run(client, manifest(40), ledger)
    assert states(results) == {"completed": 40}
    assert len(sim.assets) == 40


@pytest.mark.looptime
async def test_a_server_that_stays_away_ends_the_run_and_the_ledger_stays_true(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.status(503), times=None)
    with pytest.raises(OutcomeUnknownError):
        await run(client, manifest(400), ledger)
    assert sim.journal.count("POST") < 50
    sim.faults.clear()
    assert states(await run(client, manifest(400), ledger)) == {"completed": 400}
    assert len(sim.assets) == 400


@pytest.mark.looptime
async def test_a_row_that_makes_the_server_fail_spoils_no_other(
    sim: Simulator, client: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = bulk_endpoints._checked

    def broken(call: Any, index: int, item: Any) -> Any:
        if item["title"] == "Lesson 7":
            raise detail(500, "Oops.")
        return check(call, index, item)

    monkeypatch.setattr(bulk_endpoints, "_checked", broken)
    results = await run(client, manifest(20), ledger)
    assert states(results) == {"completed": 19, "planned": 1}
    (unsent,) = [result for result in results if result.state == "planned"]
    assert (unsent.title, unsent.asset_id) == ("Lesson 7", None)
    assert "next run" in unsent.error
    monkeypatch.undo()
    assert states(await run(client, manifest(20), ledger)) == {"completed": 20}
    assert len(sim.assets) == 20


@pytest.mark.looptime
async def test_assets_that_fail_or_go_away_are_told_with_their_id(sim: Simulator, client: Any, ledger: Path) -> None:
    failing, going, _ = [result.asset_id for result in await run(client, manifest(3), ledger, wait=False)]
    sim.set_status(failing, "Error")
    sim.delete_asset(going)
    results = await run(client, manifest(3), ledger)
    assert states(results) == {"failed": 2, "completed": 1}
    assert {result.asset_id for result in results if result.error} == {failing, going}
    assert states(await run(client, manifest(3), ledger)) == {"failed": 2, "completed": 1}


@pytest.mark.looptime
async def test_without_waiting_a_row_ends_with_its_asset(sim: Simulator, client: Any, ledger: Path) -> None:
    results = await run(client, manifest(3), ledger, wait=False)
    assert states(results) == {"submitted": 3}
    assert {result.asset_id for result in results} == set(sim.assets)
    again = await run(client, manifest(3), ledger)
    assert [(result.state, result.earlier) for result in again] == [("completed", False)] * 3
    assert sizes(sim) == [3]


@pytest.mark.looptime
async def test_no_more_than_so_many_are_at_the_server_at_once(sim: Simulator, client: Any, ledger: Path) -> None:
    seen: list[int] = []
    going = client.ingest(manifest(40), ledger=ledger, batch_size=5, max_in_processing=12)

    async def look() -> None:
        while True:
            seen.append(going.progress.processing)
            await asyncio.sleep(0.5)

    looking = asyncio.ensure_future(look())
    _ = [result async for result in going]
    looking.cancel()
    assert len(sim.assets) == 40
    assert max(seen) == 10, "a third batch has no room"
    times = [request.at for request in sim.journal.requests("POST", BULK)]
    assert times[2] - times[1] >= 6.0, "there was no room for a third batch before the first was done"


@pytest.mark.looptime
async def test_progress_counts_each_row_in_one_place(sim: Simulator, client: Any, ledger: Path) -> None:
    bad = {"url": "x", "resolutions": "240p"}
    going = client.ingest([*manifest(40), bad], ledger=ledger)
    assert (going.progress, repr(going)) == (IngestProgress(), "<Ingest: 0 of 0 rows at their end>")
    async for _ in going:
        now = going.progress
    assert (now.completed, now.failed, now.planned, now.sending, now.processing) == (40, 1, 0, 0, 0)
    assert (now.rate > 0, now.seconds_left) == (True, 0.0)
    assert repr(going) == "<Ingest: 41 of 41 rows at their end>"


async def test_a_dry_run_touches_nothing(sim: Simulator, client: Any, ledger: Path) -> None:
    results = await run(client, [*manifest(3), {"url": "x"}], ledger, dry_run=True)
    assert states(results) == {"planned": 3, "failed": 1}
    assert (len(sim.journal), list(ledger.parent.iterdir())) == (0, [])


@pytest.mark.looptime
async def test_who_leaves_ends_the_run_and_the_next_goes_on(sim: Simulator, client: Any, ledger: Path) -> None:
    async with client.ingest(manifest(200), ledger=ledger, max_in_processing=20) as going:
        async for _ in going:
            break
    assert [result async for result in going] == []
    assert len(sim.assets) < 200
    assert len(await run(client, manifest(200), ledger)) == 200
    assert len(sim.assets) == 200


@pytest.mark.looptime
async def test_a_run_that_nobody_holds_any_more_ends(sim: Simulator, client: Any, ledger: Path) -> None:
    async for _ in client.ingest(manifest(200), ledger=ledger, max_in_processing=20):
        break
    gc.collect()
    (course,) = client._ingests
    await course.ended()
    assert len(sim.assets) < 200
    assert len(await run(client, manifest(200), ledger)) == len(sim.assets) == 200


@pytest.mark.looptime
async def test_closing_the_client_ends_the_run_and_lets_go_of_the_ledger(
    sim: Simulator, make_client: Any, ledger: Path
) -> None:
    client = make_client(sim)
    going = client.ingest(manifest(200), ledger=ledger, max_in_processing=20)
    await anext(going)
    await client.aclose()
    with pytest.raises(ClientClosedError):
        _ = [result async for result in going]
    assert len(await run(make_client(sim), manifest(200), ledger)) == len(sim.assets) == 200


@pytest.mark.looptime
async def test_a_ledger_in_use_is_refused(sim: Simulator, client: Any, ledger: Path) -> None:
    async with client.ingest(manifest(50), ledger=ledger) as going:
        await anext(going)
        with pytest.raises(LedgerError, match="another run"):
            await run(client, manifest(50), ledger)
        assert sizes(sim).count(20) == 2


async def test_a_source_that_cannot_be_read_raises_before_anything_is_sent(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    source = ledger.with_name("videos.csv")
    source.write_text('url,title,resolutions\nhttps://origin.example/1.mp4,One,240p\n"x', encoding="utf-8")
    with pytest.raises(InvalidInputError, match="line 3"):
        await run(client, source, ledger)
    assert len(sim.journal) == 0


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": 51}, "batch_size"),
        ({"concurrency": 0}, "concurrency"),
        ({"wait": 1}, "wait"),
        ({"on_unknown": "raise"}, "on_unknown"),
        ({"settle": -1}, "settle"),
        ({"settle": float("nan")}, "settle"),
        ({"max_in_processing": 0}, "max_in_processing"),
        ({"dry_run": None}, "dry_run"),
        ({"stop_on_signals": 1}, "stop_on_signals"),
        ({"format": "xls"}, "format"),
        ({"defaults": {"title": "x"}}, "defaults"),
    ],
)
async def test_wrong_arguments_are_found_at_once(options: Any, argument: str, client: Any, ledger: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        client.ingest(manifest(1), ledger=ledger, **options)
    assert caught.value.argument.startswith(argument)
