"""Runs that look at what was there, one after the other: each row is looked at once, and what is its own stays so."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from existing_support import BULK, LOOKING, by_line, few_at_a_time, ledger, posts, row, states, told
from run_support import manifest, run

from tpstreams_async.ingest.ledger import Ledger, sightings
from tpstreams_async.simulator import Fault, Simulator

pytestmark = [pytest.mark.usefixtures("ledger_in_the_loop"), pytest.mark.looptime]
__all__ = ["few_at_a_time", "ledger"]


@pytest.mark.parametrize("existing", LOOKING)
@pytest.mark.parametrize("count", [1, 3])
async def test_a_resume_costs_no_request(existing: str, count: int, sim: Simulator, client: Any, ledger: Path) -> None:
    for number in range(count):
        sim.add_asset(title=f"Lesson {number}")
    first = await run(client, manifest(3), ledger, existing=existing)
    sim.journal.clear()
    again = await run(client, manifest(3), ledger, existing=existing)
    assert told(again) == told(first)
    assert all(result.earlier for result in again)
    assert len(sim.journal) == 0


async def test_a_walk_is_made_once_for_the_baseline_and_the_look(
    sim: Simulator, make_client: Any, ledger: Path
) -> None:
    client = make_client(sim)
    for number in range(300):
        sim.add_asset(title=f"Other {number}")
    await run(client, manifest(1), ledger, wait=False)
    plain = sim.journal.count("GET")
    sim.journal.clear()
    await run(client, manifest(1), ledger.with_name("2.ledger"), wait=False, existing="adopt")
    assert sim.journal.count("GET") == plain
    sim.journal.clear()
    await run(client, manifest(1), ledger.with_name("3.ledger"), wait=False, existing="skip", on_unknown="hold")
    assert sim.journal.count("GET") == plain


async def test_more_adopted_videos_than_slots_come_to_their_end(make_sim: Any, make_client: Any, ledger: Path) -> None:
    sim = await make_sim(processing_seconds=60)
    client = make_client(sim)
    for number in range(12):
        await client.assets.create(
            inputs=[f"https://origin.example/{number}.mp4"], resolutions=["240p"], title=f"Lesson {number}"
        )
    results = await run(client, manifest(14), ledger, existing="adopt", max_in_processing=5)
    assert states(results) == {"completed": 14}
    assert len(sim.assets) == 14


@pytest.mark.parametrize("existing", LOOKING)
async def test_what_belongs_to_a_row_is_not_there_for_another(
    existing: str, sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.add_asset(title="Test")
    first = await run(client, [row(), row("Test")], ledger, existing="adopt")
    rows = [
        row(),
        row("Test"),
        row(url="https://origin.example/b.mp4"),
        row("Test", url="https://origin.example/b.mp4"),
    ]
    results = await run(client, rows, ledger, existing=existing)
    assert told(results)[:2] == told(first)
    assert states(results) == {"completed": 4}
    assert {result.asset_id for result in results} == set(sim.assets)
    assert len(sim.assets) == 4


@pytest.mark.parametrize("existing", LOOKING)
async def test_what_was_planned_for_another_run_is_looked_at_by_the_present_one(
    existing: str, sim: Simulator, client: Any, ledger: Path
) -> None:
    there = [sim.add_asset(title=f"Lesson {number}") for number in range(60)]
    sim.faults.add("POST", BULK, Fault.status(403), skip=1)
    with pytest.raises(Exception, match="403"):
        await run(client, manifest(60), ledger, batch_size=20, concurrency=1, wait=False)
    sim.faults.clear()
    results = by_line(await run(client, manifest(60), ledger, existing=existing))
    # Twenty were sent, and twenty were on their way when the run came to its end.
    assert [result.asset_id in there for result in results] == [False] * 40 + [True] * 20
    assert len(sim.assets) == 60 + 40


async def test_what_no_video_was_found_for_is_sent_by_the_next_run_without_a_look(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.status(403), times=None)
    with pytest.raises(Exception, match="403"):
        await run(client, manifest(60), ledger, existing="adopt", concurrency=1)
    sim.faults.clear()
    sim.journal.clear()
    results = await run(client, manifest(60), ledger, existing="skip", wait=False)
    assert states(results) == {"submitted": 60}
    assert sim.journal.count("GET") == 0


@pytest.mark.parametrize("existing", LOOKING)
async def test_what_a_held_row_may_have_made_needs_a_review(
    existing: str, sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.reset(when="after"))
    assert states(await run(client, [row()], ledger, on_unknown="hold")) == {"held": 1}
    (made,) = sim.assets
    await asyncio.sleep(60)  # its input does not show any more
    rows = [row(), row(url="https://origin.example/b.mp4"), row("Test")]
    results = by_line(await run(client, rows, ledger, existing=existing, on_unknown="hold"))
    assert [str(result.state) for result in results] == ["held", "needs_review", "completed"]
    assert results[1].candidates == (made,)


@pytest.mark.parametrize("on_unknown", ["hold", "reconcile"])
async def test_rows_whose_answer_was_lost_are_settled_before_the_list_is_gone_through(
    on_unknown: str, sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.reset(when="after"))
    sim.faults.add("GET", "assets/", Fault.status(403), times=None, skip=1)
    with pytest.raises(Exception, match="403"):
        await run(client, manifest(1), ledger)
    sim.faults.clear()
    there = sim.add_asset(title="Lesson 1")
    results = by_line(await run(client, manifest(2), ledger, existing="adopt", on_unknown=on_unknown))
    assert results[1].asset_id == there
    assert results[0].state == ("held" if on_unknown == "hold" else "completed")
    assert (len(sim.assets), posts(sim)) == (2, 1)


async def test_a_review_of_what_was_there_does_not_spoil_what_is_sent_later(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    for _ in range(2):
        sim.add_asset(title="Lesson")
    assert states(await run(client, [row()], ledger, existing="adopt")) == {"needs_review": 1}
    sim.faults.add("POST", BULK, Fault.reset(when="after"))
    rows = [row(), row(url="https://origin.example/b.mp4")]
    assert states(await run(client, rows, ledger)) == {"needs_review": 1, "completed": 1}
    assert len(sim.assets) == 3


@pytest.mark.parametrize("existing", LOOKING)
async def test_thousands_of_rows_and_videos_are_matched_some_at_a_time(
    existing: str, sim: Simulator, client: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {f"Lesson {number}": sim.add_asset(title=f"Lesson {number}") for number in range(2500)}
    places: Callable[..., Any] = Ledger.places
    sizes: list[int] = []

    async def counted(self: Ledger) -> Any:
        async for found in places(self):
            sizes.append(sum(len(place.rows) + len(place.seen) for place in found))
            yield found

    monkeypatch.setattr(Ledger, "places", counted)
    results = await run(client, manifest(2500), ledger, existing=existing, wait=False)
    assert {result.title: result.asset_id for result in results} == there
    assert max(sizes) <= 2 * sightings.MOST
    assert (sum(sizes), posts(sim)) == (5000, 0)


@pytest.mark.usefixtures("few_at_a_time")
@pytest.mark.parametrize("existing", LOOKING)
@pytest.mark.parametrize(
    ("point", "skip"),
    [("begin_look", 0), *[(point, skip) for point in ("extend_baseline", "_places", "found") for skip in (0, 2)]],
)
async def test_a_run_that_ends_while_it_looks_is_gone_on_with(
    existing: str, point: str, skip: int, make_sim: Any, make_client: Any, ledger: Path
) -> None:
    sim = await make_sim()
    client = make_client(sim)
    there = [sim.add_asset(title=f"Lesson {number}") for number in range(0, 40, 2)]
    for number in range(1000):
        sim.add_asset(title=f"Other {number}")
    work: Callable[..., Any] = getattr(Ledger, point)
    left = skip

    async def dies(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError("the power is gone")
        return await work(*arguments, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Ledger, point, dies)
        with pytest.raises(OSError, match="the power is gone"):
            await run(client, manifest(40), ledger, existing=existing)
    assert posts(sim) == 0, "nothing is sent before all was decided"
    results = by_line(await run(client, manifest(40), ledger, existing=existing))
    assert [result.asset_id for result in results][::2] == there
    assert (len(sim.assets), posts(sim)) == (1040, 1)


@pytest.mark.parametrize("existing", LOOKING)
async def test_what_a_look_has_seen_that_did_not_end_is_looked_at_again(
    existing: str, sim: Simulator, client: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, there = sim.add_asset(title="Lesson 0"), sim.add_asset(title="Lesson 1")
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "places", None)
        with pytest.raises(TypeError):
            await run(client, manifest(2), ledger, existing=existing)
    sim.delete_asset(gone)
    results = by_line(await run(client, manifest(2), ledger, existing=existing))
    assert [result.asset_id == there for result in results] == [False, True]
    assert results[0].state == "completed"


async def test_a_dry_run_looks_at_nothing(sim: Simulator, client: Any, ledger: Path) -> None:
    sim.add_asset(title="Lesson 0")
    assert states(await run(client, manifest(2), ledger, existing="skip", dry_run=True)) == {"planned": 2}
    assert len(sim.journal) == 0


async def test_the_walk_of_a_look_is_a_baseline_too(sim: Simulator, client: Any, ledger: Path) -> None:
    sim.faults.add("POST", BULK, Fault.stall(when="after"), skip=1)
    options: dict[str, Any] = {"existing": "skip", "on_unknown": "hold", "wait": False, "concurrency": 1}
    async with client.ingest(manifest(40), ledger=ledger, **options) as going:
        await anext(going)
        await asyncio.sleep(0.1)
    results = await run(client, manifest(40), ledger, on_unknown="reconcile")
    assert states(results) == {"completed": 40}
    assert len(sim.assets) == 40
