"""Videos that were there before the rows: they are left alone, made the rows' own, or the reason to send nothing."""

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from existing_support import LOOKING, by_line, few_at_a_time, ledger, posts, row, states, told
from run_support import manifest, run

from tpstreams_async import InvalidInputError
from tpstreams_async.simulator import Simulator, render

pytestmark = [pytest.mark.usefixtures("ledger_in_the_loop"), pytest.mark.looptime]
__all__ = ["few_at_a_time", "ledger"]


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


async def made(client: Any, numbers: Any) -> None:
    """Create videos of one title that show their inputs, as the server still works on them."""
    for number in numbers:
        url = f"https://origin.example/{number}.mp4"
        await client.assets.create(inputs=[url], resolutions=["240p"], title="Lesson")


@pytest.mark.usefixtures("few_at_a_time")
@pytest.mark.parametrize(
    ("existing", "expected"), [("skip", {"skipped": 2, "needs_review": 1}), ("adopt", {"needs_review": 3})]
)
async def test_what_is_not_among_the_first_of_a_crowd_needs_a_review(
    existing: str, expected: Any, make_sim: Any, make_client: Any, ledger: Path
) -> None:
    sim = await make_sim(processing_seconds=600)
    client = make_client(sim)
    await made(client, range(6))
    given = [row(url=f"https://origin.example/{number}.mp4") for number in (1, 2, 5)]
    results = by_line(await run(client, given, ledger, existing=existing, wait=False))
    assert states(results) == expected
    assert (results[0].state, results[0].candidates) == ("needs_review", ())
    assert posts(sim) == 6


@pytest.mark.usefixtures("few_at_a_time")
@pytest.mark.parametrize("fitting", [0, 4])
async def test_nothing_is_adopted_by_one_of_a_crowd_of_rows(
    fitting: int, make_sim: Any, make_client: Any, ledger: Path
) -> None:
    sim = await make_sim(processing_seconds=600)
    client = make_client(sim)
    await made(client, [fitting])
    given = [row(url=f"https://origin.example/{number}.mp4") for number in range(5)]
    results = by_line(await run(client, given, ledger, existing="adopt", wait=False))
    assert [result.state == "needs_review" for result in results] == [number == fitting for number in range(5)]


@pytest.mark.usefixtures("few_at_a_time")
async def test_rows_of_one_place_are_decided_on_together(sim: Simulator, client: Any, ledger: Path) -> None:
    for title in "AABBB":
        sim.add_asset(title=title)
    rows = [row(title) for title in "AABBB"]
    assert states(await run(client, rows, ledger, existing="adopt")) == {"completed": 5}
    assert posts(sim) == 0


@pytest.mark.parametrize("existing", LOOKING)
async def test_what_lies_in_a_folder_that_is_not_named_is_not_in_the_root(
    existing: str, sim: Simulator, client: Any, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = render.Renderer.list_row

    def with_number(self: Any, asset: Any, now: float) -> Any:
        return {**listed(self, asset, now), "parent": None, "parent_id": 5}

    monkeypatch.setattr(render.Renderer, "list_row", with_number)
    there = sim.add_asset(title="Lesson", parent=sim.add_folder("One"))
    (result,) = await run(client, [row()], ledger, existing=existing)
    assert (result.state, result.asset_id != there, posts(sim)) == ("completed", True, 1)


@pytest.mark.parametrize("existing", ["Adopt", "", None, True])
async def test_another_word_is_refused(existing: Any, client: Any, ledger: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        client.ingest(manifest(1), ledger=ledger, existing=existing)
    assert caught.value.argument == "existing"


@pytest.mark.parametrize("existing", LOOKING)
async def test_a_row_with_a_file_is_compared_by_title_and_folder_and_its_file_is_not_read(
    existing: str, sim: Simulator, client: Any, ledger: Path
) -> None:
    there = sim.add_asset(title="Lesson")
    given = [{"path": str(ledger.with_name("gone.mp4")), "title": "Lesson", "resolutions": "240p"}]
    (result,) = await run(client, given, ledger, existing=existing)
    assert (result.asset_id, result.error, posts(sim)) == (there, None, 0)
