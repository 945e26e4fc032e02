"""Videos that were there before the rows: they are left alone, made the rows' own, or the reason to send nothing."""

import asyncio
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_support import ledger_in_the_loop, manifest, run

from tpstreams_async import InvalidInputError
from tpstreams_async.ingest import _existing
from tpstreams_async.ingest.ledger import Ledger
from tpstreams_async.simulator import Fault, Simulator, render

pytestmark = [pytest.mark.usefixtures("ledger_in_the_loop"), pytest.mark.looptime]
__all__ = ["ledger_in_the_loop"]
BULK = "assets/videos/bulk-create/"
LOOKING = ["adopt", "skip"]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "videos.ledger"


@pytest.fixture
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no more than four rows and four videos be compared."""
    monkeypatch.setattr(_existing, "MOST", 4)


def states(results: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for result in results:
        found[result.state] = found.get(result.state, 0) + 1
    return found


def by_line(results: Any) -> list[Any]:
    return sorted(results, key=lambda result: result.line)


def told(results: Any) -> list[tuple[str, str | None]]:
    return [(str(result.state), result.asset_id) for result in by_line(results)]


def row(title: str = "Lesson", url: str = "https://origin.example/a.mp4", **more: Any) -> dict[str, Any]:
    return {"url": url, "title": title, "resolutions": "240p", **more}


def posts(sim: Simulator) -> int:
    return sim.journal.count("POST")


async def test_by_default_what_is_there_is_not_looked_at(sim: Simulator, client: Any, ledger: Path) -> None:
    there = sim.add_asset(title="Lesson 0")
    results = await run(client, manifest(2), ledger)
    assert states(results) == {"completed": 2}
    assert there not in {result.asset_id for result in results}
    assert len(sim.assets) == 3


async def test_what_fits_becomes_the_rows_asset(sim: Simulator, client: Any, ledger: Path) -> None:
    there = [sim.add_asset(title=f"Lesson {number}") for number in range(5)]
    results = await run(client, manifest(5), ledger, existing="adopt")
    assert told(results) == [("completed", asset_id) for asset_id in there]
    assert not any(result.error or result.earlier for result in results)
    assert [result.extra["number"] for result in by_line(results)] == [*range(5)]
    assert (posts(sim), len(sim.assets)) == (0, 5)


async def test_what_fits_is_the_reason_to_send_nothing(sim: Simulator, client: Any, ledger: Path) -> None:
    there = [sim.add_asset(title=f"Lesson {number}") for number in range(5)]
    going = client.ingest(manifest(5), ledger=ledger, existing="skip")
    results = [result async for result in going]
    assert told(results) == [("skipped", asset_id) for asset_id in there]
    assert not any(result.error or result.candidates or result.earlier for result in results)
    assert (going.progress.skipped, going.progress.planned, going.progress.seconds_left) == (5, 0, 0.0)
    assert [request.method for request in sim.journal.requests()] == ["GET"], "the list and nothing else"


@pytest.mark.parametrize("existing", LOOKING)
async def test_only_what_is_not_there_is_sent(existing: str, sim: Simulator, client: Any, ledger: Path) -> None:
    there = [sim.add_asset(title=f"Lesson {number}") for number in (1, 3)]
    results = by_line(await run(client, manifest(5), ledger, existing=existing))
    assert [result.asset_id in there for result in results] == [False, True, False, True, False]
    assert [result.state for result in results if result.asset_id not in there] == ["completed"] * 3
    assert (posts(sim), len(sim.assets)) == (1, 5)


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


async def test_several_that_fit_need_a_review(sim: Simulator, client: Any, ledger: Path) -> None:
    there = [sim.add_asset(title="Lesson") for _ in range(2)]
    for _ in range(2):
        (result,) = await run(client, [row()], ledger, existing="adopt")
        assert (result.state, result.asset_id, set(result.candidates)) == ("needs_review", None, set(there))
        assert "nothing tells" in result.error
    assert posts(sim) == 0


async def test_of_several_the_first_in_the_list_is_the_reason(sim: Simulator, client: Any, ledger: Path) -> None:
    there = [sim.add_asset(title="Lesson") for _ in range(3)]
    listed = [asset.id async for asset in client.assets.list()]
    assert set(listed) == set(there)
    (result,) = await run(client, [row()], ledger, existing="skip")
    assert (result.state, result.asset_id) == ("skipped", listed[0])


async def test_one_that_fits_two_rows_is_nobodys(sim: Simulator, client: Any, ledger: Path) -> None:
    there = sim.add_asset(title="Lesson")
    rows = [row(), row(url="https://origin.example/b.mp4")]
    results = await run(client, rows, ledger, existing="adopt")
    assert [(result.state, result.candidates) for result in results] == [("needs_review", (there,))] * 2
    assert posts(sim) == 0


async def test_one_can_be_the_reason_to_skip_several(sim: Simulator, client: Any, ledger: Path) -> None:
    there = sim.add_asset(title="Lesson")
    rows = [row(), row(), row(url="https://origin.example/b.mp4")]
    assert told(await run(client, rows, ledger, existing="skip")) == [("skipped", there)] * 3


@pytest.mark.parametrize(("count", "created"), [(1, 2), (2, 1), (3, 0)])
async def test_equal_rows_share_what_is_there(
    count: int, created: int, sim: Simulator, client: Any, ledger: Path
) -> None:
    there = {sim.add_asset(title="Lesson") for _ in range(count)}
    results = await run(client, [row()] * 3, ledger, existing="adopt")
    assert states(results) == {"completed": 3}
    assert there <= {result.asset_id for result in results} == set(sim.assets)
    assert (len(sim.assets), posts(sim)) == (3, created)


async def test_more_videos_than_equal_rows_need_a_review(sim: Simulator, client: Any, ledger: Path) -> None:
    there = {sim.add_asset(title="Lesson") for _ in range(3)}
    results = await run(client, [row()] * 2, ledger, existing="adopt")
    assert [(result.state, set(result.candidates)) for result in results] == [("needs_review", there)] * 2


@pytest.mark.parametrize("existing", LOOKING)
async def test_a_video_counts_in_its_folder_alone(existing: str, sim: Simulator, client: Any, ledger: Path) -> None:
    folders = [sim.add_folder("One"), sim.add_folder("Two")]
    there = [sim.add_asset(title="Lesson", parent=folders[0]), sim.add_asset(title="Test")]
    rows = [
        row(folder=folders[0].upper() if "-" in folders[0] else folders[0]),
        row(folder=folders[1]),
        row(),
        row("Test", folder=folders[0]),
        row("Test"),
    ]
    results = by_line(await run(client, rows, ledger, existing=existing, concurrency=1))
    assert [result.asset_id if result.asset_id in there else None for result in results] == [
        there[0],
        None,
        None,
        None,
        there[1],
    ]
    assert len(sim.assets) == 2 + 3 + len(folders)


async def test_many_folders_with_the_same_titles_are_kept_apart(
    make_sim: Any, client: Any, make_client: Any, ledger: Path
) -> None:
    sim = await make_sim()
    folders = [sim.add_folder(f"Course {number}") for number in range(30)]
    there = [sim.add_asset(title="Introduction", parent=folder) for folder in folders]
    rows = [row("Introduction", url=f"https://origin.example/{folder}.mp4", folder=folder) for folder in folders]
    results = await run(make_client(sim), rows, ledger, existing="adopt")
    assert told(results) == [("completed", asset_id) for asset_id in there]


@pytest.mark.parametrize("existing", LOOKING)
@pytest.mark.parametrize(
    ("titles", "fits"),
    [
        (("Le\u0301on  1 ", " L\u00e9on 1"), True),
        ((unicodedata.normalize("NFD", "Übung"), "Übung"), True),
        (("lesson", "Lesson"), False),
        (("Lesson 1", "Lesson 10"), False),
        (("Lesson", "Lesson%"), False),
    ],
)
async def test_titles_are_compared_without_their_spelling(
    existing: str, titles: tuple[str, str], fits: bool, sim: Simulator, client: Any, ledger: Path
) -> None:
    asset_id = sim.add_asset(title=titles[0])
    (result,) = await run(client, [row(titles[1])], ledger, existing=existing)
    assert (result.asset_id == asset_id, posts(sim)) == (fits, 0 if fits else 1)


@pytest.mark.parametrize("existing", LOOKING)
async def test_a_row_without_a_title_has_the_name_of_its_file(
    existing: str, sim: Simulator, client: Any, ledger: Path
) -> None:
    there = sim.add_asset(title="a.mp4")
    (result,) = await run(client, [{"url": row()["url"], "resolutions": "240p"}], ledger, existing=existing)
    assert (result.title, result.asset_id, posts(sim)) == ("a.mp4", there, 0)


@pytest.mark.parametrize("existing", LOOKING)
async def test_the_input_counts_where_the_list_shows_one(
    existing: str, make_sim: Any, make_client: Any, ledger: Path
) -> None:
    sim = await make_sim(processing_seconds=60)
    client = make_client(sim)
    one, two = [
        await client.assets.create(
            inputs=[f"https://origin.example/{name}.mp4?Expires=1"], resolutions=["240p"], title="T"
        )
        for name in "ab"
    ]
    sim.journal.clear()
    rows = [row("T", url=f"https://origin.example/{name}.mp4?Expires=2") for name in "abc"]
    results = by_line(await run(client, rows, ledger, existing=existing))
    assert [result.asset_id for result in results][:2] == [one.id, two.id]
    assert states(results) == ({"completed": 3} if existing == "adopt" else {"skipped": 2, "completed": 1})
    assert posts(sim) == 1


async def test_what_can_be_told_apart_is_told_apart_beside_what_cannot(
    make_sim: Any, make_client: Any, ledger: Path
) -> None:
    sim = await make_sim(processing_seconds=60)
    client = make_client(sim)
    for name in "aab":
        url = f"https://origin.example/{name}.mp4"
        await client.assets.create(inputs=[url], resolutions=["240p"], title="T")
    sim.journal.clear()
    rows = [row("T", url=f"https://origin.example/{name}.mp4") for name in "abc"]
    results = by_line(await run(client, rows, ledger, existing="adopt"))
    assert [(str(result.state), len(result.candidates)) for result in results] == [
        ("needs_review", 2),
        ("completed", 0),
        ("completed", 0),
    ]
    assert posts(sim) == 1


@pytest.mark.parametrize("wait", [True, False])
async def test_an_adopted_video_is_awaited_like_one_that_was_created(
    wait: bool, make_sim: Any, make_client: Any, ledger: Path, looptime: Any
) -> None:
    sim = await make_sim(processing_seconds=60)
    client = make_client(sim)
    asset = await client.assets.create(inputs=["https://origin.example/a.mp4"], resolutions=["240p"], title="Lesson")
    began = float(looptime)
    assert told(await run(client, [row()], ledger, existing="adopt", wait=wait)) == [
        ("completed" if wait else "submitted", asset.id)
    ]
    assert (float(looptime) - began > 50) is wait
    assert told(await run(client, [row()], ledger, existing="adopt")) == [("completed", asset.id)]
    assert posts(sim) == 1


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


async def test_a_failed_video_fails_the_row_that_adopts_it(sim: Simulator, client: Any, ledger: Path) -> None:
    there = sim.add_asset(title="Lesson", status="Error")
    for _ in range(2):
        (result,) = await run(client, [row()], ledger, existing="adopt")
        assert (result.state, result.asset_id) == ("failed", there)
        assert there in result.error
    assert posts(sim) == 0


@pytest.mark.parametrize("existing", LOOKING)
async def test_folders_and_live_streams_do_not_count(existing: str, sim: Simulator, client: Any, ledger: Path) -> None:
    sim.add_folder("Lesson")
    sim.add_live_stream("Lesson")
    (result,) = await run(client, [row()], ledger, existing=existing)
    assert (result.state, posts(sim)) == ("completed", 1)


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
async def test_a_folder_that_is_not_shown_may_be_any(
    existing: str, sim: Simulator, client: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = render.Renderer.list_row

    def without_folder(self: Any, asset: Any, now: float) -> Any:
        shown = listed(self, asset, now)
        return {name: value for name, value in shown.items() if name not in ("parent", "parent_id")}

    monkeypatch.setattr(render.Renderer, "list_row", without_folder)
    folder = sim.add_folder("One")
    there = [sim.add_asset(title="Lesson", parent=folder), sim.add_asset(title="Test", parent=folder)]
    results = by_line(
        await run(client, [row(folder=folder), row("Test"), row("Test", folder=folder)], ledger, existing=existing)
    )
    assert [result.asset_id for result in results] == [there[0], None, None]
    assert [result.candidates for result in results] == [(), (there[1],), (there[1],)]
    assert posts(sim) == 0


@pytest.mark.parametrize(
    ("existing", "sizes", "expected"),
    [
        ("adopt", (3, 6), {"needs_review": 3}),
        ("skip", (3, 6), {"skipped": 3}),
        ("adopt", (5, 1), {"needs_review": 5}),
        ("skip", (11, 1), {"skipped": 11}),
        ("adopt", (9, 0), {"submitted": 9}),
    ],
)
@pytest.mark.usefixtures("few_at_a_time")
async def test_a_crowd_of_one_title_is_told_apart_as_far_as_it_can_be(
    existing: str, sizes: tuple[int, int], expected: Any, sim: Simulator, client: Any, ledger: Path
) -> None:
    rows, videos = sizes
    for _ in range(videos):
        sim.add_asset(title="Lesson")
    given = [row(url=f"https://origin.example/{number}.mp4") for number in range(rows)]
    assert states(await run(client, given, ledger, existing=existing, wait=False)) == expected


@pytest.mark.usefixtures("few_at_a_time")
async def test_what_is_not_among_the_first_of_a_crowd_needs_a_review(
    make_sim: Any, make_client: Any, ledger: Path
) -> None:
    sim = await make_sim(processing_seconds=600)
    client = make_client(sim)
    for number in range(6):
        url = f"https://origin.example/{number}.mp4"
        await client.assets.create(inputs=[url], resolutions=["240p"], title="Lesson")
    given = [row(url=f"https://origin.example/{number}.mp4") for number in (1, 2, 5)]
    results = await run(client, given, ledger, existing="skip", wait=False)
    assert states(results) == {"skipped": 2, "needs_review": 1}
    assert posts(sim) == 6


@pytest.mark.parametrize("existing", LOOKING)
async def test_thousands_of_rows_and_videos_are_matched_some_at_a_time(
    existing: str, sim: Simulator, client: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {f"Lesson {number}": sim.add_asset(title=f"Lesson {number}") for number in range(2500)}
    places: Callable[..., Any] = Ledger.places
    sizes: list[int] = []

    async def counted(self: Ledger, after: Any) -> Any:
        found, then = await places(self, after)
        sizes.append(sum(len(place.rows) + len(place.seen) for place in found))
        return found, then

    monkeypatch.setattr(Ledger, "places", counted)
    results = await run(client, manifest(2500), ledger, existing=existing, wait=False)
    assert {result.title: result.asset_id for result in results} == there
    assert max(sizes) <= 2 * _existing.MOST
    assert (sum(sizes), posts(sim)) == (5000, 0)


@pytest.mark.usefixtures("few_at_a_time")
@pytest.mark.parametrize("existing", LOOKING)
@pytest.mark.parametrize(
    ("point", "skip"),
    [("begin_look", 0), *[(point, skip) for point in ("extend_baseline", "places", "found") for skip in (0, 2)]],
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


@pytest.mark.parametrize("existing", ["Adopt", "", None, True])
async def test_another_word_is_refused(existing: Any, client: Any, ledger: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        client.ingest(manifest(1), ledger=ledger, existing=existing)
    assert caught.value.argument == "existing"
