"""Rows that came to a bad end are sent once more when that is asked for; nothing else is, and nothing is mixed up."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from run_support import manifest, run

from tpstreams_async import InvalidInputError
from tpstreams_async.simulator import Fault, Simulator

pytestmark = [pytest.mark.usefixtures("ledger_in_the_loop"), pytest.mark.looptime]
BULK = "assets/videos/bulk-create/"
BEFORE = Fault.reset(when="before")
AFTER = Fault.reset(when="after")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "videos.ledger"


def states(results: list[Any]) -> Counter[str]:
    return Counter(result.state for result in results)


async def refused(sim: Simulator, client: Any, ledger: Path, rows: Any) -> None:
    """Bring rows in, of which each is refused, for a reason that is gone afterwards."""
    sim.faults.add("POST", BULK, Fault.status(400, body={"detail": "DRM is not enabled."}), times=None)
    assert states(await run(client, rows, ledger)) == {"failed": len(rows)}
    sim.faults.clear()
    sim.journal.clear()


async def failed(sim: Simulator, client: Any, ledger: Path, rows: Any) -> list[str]:
    """Bring rows in of which the server has the assets, and fails with them; return their ids."""
    results = await run(client, rows, ledger, wait=False)
    for result in results:
        sim.set_status(result.asset_id, "Error")
    assert states(await run(client, rows, ledger)) == {"failed": len(rows)}
    sim.journal.clear()
    return [result.asset_id for result in results]


def asked(ledger: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(ledger)) as connection:
        return connection.execute(query).fetchall()


async def test_what_was_refused_is_sent_once_more_as_it_stands(sim: Simulator, client: Any, ledger: Path) -> None:
    await refused(sim, client, ledger, manifest(3))
    assert states(await run(client, manifest(3), ledger)) == {"failed": 3}
    assert len(sim.journal) == 0
    going = client.ingest(manifest(3), ledger=ledger, resend="failed")
    results = [result async for result in going]
    assert {(result.state, result.earlier, result.error) for result in results} == {("completed", False, None)}
    assert (going.progress.completed, going.progress.failed, len(sim.assets)) == (3, 0, 3)
    assert asked(ledger, "SELECT state, videos FROM summary") == [("completed", 3)]


async def test_each_run_that_is_told_so_sends_what_failed_once(sim: Simulator, client: Any, ledger: Path) -> None:
    await refused(sim, client, ledger, manifest(1))
    for _ in range(2):
        sim.faults.add("POST", BULK, Fault.status(400))
        assert states(await run(client, manifest(1), ledger, resend="failed")) == {"failed": 1}
    assert sim.journal.count("POST") == 2
    assert states(await run(client, manifest(1), ledger, resend="failed")) == {"completed": 1}
    sim.journal.clear()
    assert states(await run(client, manifest(1), ledger, resend=["failed", "held", "needs_review"])) == {"completed": 1}
    assert len(sim.journal) == 0


async def test_what_the_server_failed_with_gets_another_asset_beside_it(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    old = await failed(sim, client, ledger, manifest(2))
    results = await run(client, manifest(2), ledger, resend="failed")
    assert states(results) == {"completed": 2}
    new = [result.asset_id for result in results]
    assert {*old, *new} == set(sim.assets)
    assert len(sim.assets) == 4
    history = asked(ledger, "SELECT line, became, note FROM history WHERE line = 1 AND became <> 'submitting'")
    assert history == [
        (1, "submitted", old[0]),
        (1, "failed", history[1][2]),
        (1, "submitted", new[0]),
        (1, "completed", None),
    ]


@pytest.mark.parametrize("lost", [BEFORE, AFTER])
async def test_an_old_asset_is_never_taken_for_the_new_one(
    lost: Fault, sim: Simulator, client: Any, ledger: Path
) -> None:
    old = await failed(sim, client, ledger, manifest(2))
    sim.faults.add("POST", BULK, lost)
    results = await run(client, manifest(2), ledger, resend="failed")
    assert states(results) == {"completed": 2}
    assert len(sim.assets) == 4
    assert {result.asset_id for result in results}.isdisjoint(old)


async def test_the_manifest_says_how_a_row_is_sent_once_more(sim: Simulator, client: Any, ledger: Path) -> None:
    rows = [{**row, "key": row["number"], "folder": "nowhere"} for row in manifest(2)]
    assert states(await run(client, rows, ledger)) == {"failed": 2}
    mended = [{**row, "key": row["number"], "title": f"Mended {row['number']}"} for row in manifest(2)]
    assert states(await run(client, mended, ledger)) == {"failed": 2}
    assert states(await run(client, mended, ledger, resend="failed")) == {"completed": 2}
    assert {asset["title"] for asset in sim.assets.values()} == {"Mended 0", "Mended 1"}


async def test_rows_that_the_manifest_does_not_have_stay_as_they_are(sim: Simulator, client: Any, ledger: Path) -> None:
    await refused(sim, client, ledger, manifest(4))
    results = await run(client, manifest(2), ledger, resend="failed")
    assert [result.extra["number"] for result in results] == [0, 1]
    assert states(await run(client, manifest(4), ledger)) == {"completed": 2, "failed": 2}


async def test_a_changed_row_is_sent_once_more_after_a_review(sim: Simulator, client: Any, ledger: Path) -> None:
    await run(client, manifest(2), ledger)
    changed = [{**row, "resolutions": "720p"} for row in manifest(2)]
    assert states(await run(client, changed, ledger)) == {"needs_review": 2}
    assert states(await run(client, changed[:1], ledger, resend="needs_review")) == {"completed": 1}
    assert states(await run(client, changed, ledger)) == {"completed": 1, "needs_review": 1}
    assert len(sim.assets) == 3


@pytest.mark.parametrize("lost", [None, BEFORE, AFTER])
async def test_a_held_row_is_sent_once_more_after_a_look(
    lost: Fault | None, sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, BEFORE, times=None)
    assert states(await run(client, manifest(2), ledger, on_unknown="hold")) == {"held": 2}
    sim.faults.clear()
    if lost is not None:
        sim.faults.add("POST", BULK, lost)
    assert states(await run(client, manifest(2), ledger, resend="held")) == {"completed": 2}
    assert len(sim.assets) == 2


@pytest.mark.parametrize("lost", [None, BEFORE, AFTER])
async def test_candidates_that_were_looked_at_are_no_candidates_any_more(
    lost: Fault | None, sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, AFTER)
    bringing = asyncio.ensure_future(run(client, manifest(1), ledger, settle=30))
    await asyncio.sleep(10)
    await client.assets.create(inputs=[manifest(1)[0]["url"]], title="Lesson 0", resolutions=["240p"])
    (result,) = await bringing
    assert (result.state, len(result.candidates)) == ("needs_review", 2)
    if lost is not None:
        sim.faults.add("POST", BULK, lost)
    (again,) = await run(client, manifest(1), ledger, resend="needs_review")
    assert again.state == "completed"
    assert again.asset_id not in result.candidates
    assert len(sim.assets) == 3


async def stopped(client: Any, source: Any, ledger: Path, **options: Any) -> None:
    """Let a run send, and stop it before it has found out what became of that."""
    going = client.ingest(source, ledger=ledger, batch_size=1, concurrency=1, settle=1000, **options)
    asyncio.get_running_loop().call_later(30, going.stop)
    assert [result async for result in going] == []


async def test_the_video_of_a_row_that_is_sent_once_more_is_no_other_rows(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    one, other = ({**row, "title": "Lesson"} for row in manifest(2))
    sim.faults.add("POST", BULK, AFTER, Fault.status(429, headers={"Retry-After": "60"}))
    await stopped(client, [one, other], ledger)
    assert states(await run(client, [one], ledger, on_unknown="hold")) == {"held": 1}
    sim.faults.clear()
    sim.faults.add("POST", BULK, BEFORE)
    await stopped(client, [other], ledger)
    (first,) = sim.assets
    results = {result.line: result for result in await run(client, [one, other], ledger, resend="held")}
    assert results[1].state == "completed"
    assert (results[2].state, results[2].candidates) == ("needs_review", (first,))


async def test_what_the_server_was_still_to_create_for_a_held_row_is_no_other_rows(
    make_sim: Any, make_client: Any, ledger: Path
) -> None:
    sim = await make_sim(visible_after=20)
    client = make_client(sim)
    one, other = ({**row, "title": "Lesson"} for row in manifest(2))
    sim.faults.add("POST", BULK, AFTER)
    assert states(await run(client, [one], ledger, on_unknown="hold")) == {"held": 1}
    sim.faults.add("POST", BULK, BEFORE)
    results = await run(client, [other, one], ledger, resend="held", batch_size=1, concurrency=1)
    assert states(results) == {"completed": 2}
    (first, *_) = sim.assets
    assert first not in {result.asset_id for result in results}
    assert len(sim.assets) == 3


@pytest.mark.parametrize("existing", ["skip", "adopt"])
async def test_what_was_there_before_counts_for_what_is_sent_once_more(
    existing: str, sim: Simulator, client: Any, ledger: Path
) -> None:
    old = await failed(sim, client, ledger, manifest(2))
    made = sim.add_asset(title="Lesson 0")
    results = await run(client, manifest(2), ledger, resend="failed", existing=existing)
    ends = {result.extra["number"]: (result.state, result.asset_id) for result in results}
    assert ends[0] == ("skipped" if existing == "skip" else "completed", made)
    assert ends[1][0] == "completed"
    assert ends[1][1] not in old
    assert len(sim.assets) == 4


async def test_what_is_sent_once_more_can_be_lost_with_the_process(sim: Simulator, client: Any, ledger: Path) -> None:
    await refused(sim, client, ledger, manifest(6))
    async with client.ingest(
        manifest(6), ledger=ledger, resend="failed", wait=False, batch_size=2, concurrency=1
    ) as going:
        await anext(going)
    assert 0 < len(sim.assets) < 6
    assert states(await run(client, manifest(6), ledger)) == {"completed": 6}
    assert len(sim.assets) == 6


async def test_a_dry_run_sends_nothing_once_more(sim: Simulator, client: Any, ledger: Path) -> None:
    await refused(sim, client, ledger, manifest(1))
    assert states(await run(client, manifest(1), ledger, resend="failed", dry_run=True)) == {"planned": 1}
    assert states(await run(client, manifest(1), ledger)) == {"failed": 1}
    assert len(sim.journal) == 0


@pytest.mark.parametrize("wrong", ["completed", "skipped", ["failed", "planned"], 7, None, [None], b"failed", "f"])
def test_only_bad_ends_can_be_sent_once_more(wrong: Any, sim: Simulator, client: Any, ledger: Path) -> None:
    with pytest.raises(InvalidInputError, match="must be one of failed, held, needs_review, not") as caught:
        client.ingest(manifest(1), ledger=ledger, resend=wrong)
    assert caught.value.argument == "resend"
    assert not ledger.exists()


@pytest.mark.parametrize("ended", ["held", "needs_review"])
async def test_a_video_that_a_look_has_found_becomes_the_rows(
    ended: str, sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, AFTER)
    if ended == "held":
        assert states(await run(client, manifest(1), ledger, on_unknown="hold")) == {"held": 1}
    else:
        bringing = asyncio.ensure_future(run(client, manifest(1), ledger, settle=30))
        await asyncio.sleep(10)
        other = sim.add_asset(title="Lesson 0")
        assert states(await bringing) == {"needs_review": 1}
        sim.delete_asset(other)
    (own,) = sim.assets
    sim.journal.clear()
    (result,) = await run(client, manifest(1), ledger, resend=ended, existing="adopt")
    assert (result.state, result.asset_id) == ("completed", own)
    assert sim.journal.count("POST") == 0
