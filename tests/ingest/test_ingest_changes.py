"""A manifest that has changed since its rows were sent: nothing is created twice, and what is wrong can be mended."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from run_support import manifest, run

from tpstreams_async import AuthenticationError, InvalidInputError
from tpstreams_async.simulator import Fault, Simulator

pytestmark = [pytest.mark.usefixtures("ledger_in_the_loop"), pytest.mark.looptime]
BULK = "assets/videos/bulk-create/"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "videos.ledger"


def signed(signature: int, count: int = 3, **more: Any) -> list[dict[str, Any]]:
    return [{**row, "url": f"{row['url']}?signature={signature}", **more} for row in manifest(count)]


def keyed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"key": f"lesson-{row['number']}", **row} for row in rows]


def states(results: list[Any]) -> Counter[str]:
    return Counter(result.state for result in results)


async def stopped_after_one_batch(client: Any, rows: Any, ledger: Path, **options: Any) -> None:
    options = {"batch_size": 2, "concurrency": 1, "wait": False, **options}
    async with client.ingest(rows, ledger=ledger, **options) as going:
        await anext(going)


CHANGES = {
    "other resolutions": lambda row: {**row, "resolutions": "720p"},
    "another signature": lambda row: {**row, "url": f"{row['url']}?signature=2"},
    "another place of the file": lambda row: {**row, "url": f"https://mirror.example/{row['number']}.mp4"},
    "more settings": lambda row: {**row, "generate_subtitle": True},
    "another title": lambda row: {**row, "title": f"The {row['title']}"},
    "the title in other words": lambda row: {
        **row,
        "title": f" {row['title'].replace(' ', '  ')}",
        "resolutions": "720p",
    },
}


@pytest.mark.parametrize("change", CHANGES)
async def test_rows_that_changed_after_they_were_sent_are_reviewed_and_not_sent_again(
    change: str, sim: Simulator, client: Any, ledger: Path
) -> None:
    before = await run(client, manifest(3), ledger)
    sent = sim.journal.count("POST")
    changed = [CHANGES[change](row) for row in manifest(3)]
    for _ in range(2):
        results = await run(client, changed, ledger)
        assert states(results) == {"needs_review": 3}
        assert [result.candidates for result in results] == [(result.asset_id,) for result in before]
        assert all("sent before, with other values" in result.error for result in results)
    assert (sim.journal.count("POST"), len(sim.assets)) == (sent, 3)
    assert states(await run(client, manifest(3), ledger)) == {"completed": 3}


async def test_a_key_keeps_a_row_the_same_whatever_changes(sim: Simulator, client: Any, ledger: Path) -> None:
    before = await run(client, keyed(signed(1)), ledger)
    after = await run(client, keyed(signed(2, title="Another", resolutions="720p")), ledger)
    assert [result.asset_id for result in after] == [result.asset_id for result in before]
    assert {(result.state, result.earlier) for result in after} == {("completed", True)}
    assert {result.extra["key"] for result in after} == {"lesson-0", "lesson-1", "lesson-2"}
    assert (sim.journal.count("POST"), len(sim.assets)) == (1, 3)


@pytest.mark.parametrize("count", [1, 3])
async def test_a_row_that_gets_a_key_is_the_same_row(count: int, sim: Simulator, client: Any, ledger: Path) -> None:
    rows = manifest(1) * count
    before = await run(client, rows, ledger)
    sim.journal.clear()
    named = [{**row, "key": f"mine-{number}"} for number, row in enumerate(rows)]
    for changed in (named, [{**row, "title": "Another", "url": f"{row['url']}?signature=2"} for row in named]):
        after = await run(client, changed, ledger)
        assert [(result.asset_id, result.earlier) for result in after] == [(it.asset_id, True) for it in before]
        assert len(sim.journal) == 0


async def test_rows_of_which_some_have_got_a_key_are_each_sent_once(sim: Simulator, client: Any, ledger: Path) -> None:
    await run(client, manifest(2), ledger)
    rows = [{**manifest(1)[0], "key": "first"}, *manifest(2), {**manifest(1)[0], "key": "second"}]
    results = await run(client, rows, ledger)
    assert states(results) == {"completed": 4}
    assert len(sim.assets) == len({result.asset_id for result in results}) == 4


OTHER_FORMS: dict[str, Any] = {
    "in another order": lambda plain, named: [*plain, named],
    "with another one between": lambda plain, named: [plain[0], named, *plain[1:]],
    "with other values of the one that has a key": lambda plain, named: [{**named, "resolutions": "720p"}, *plain],
    "without the one that has a key": lambda plain, _: plain,
}


@pytest.mark.parametrize("form", OTHER_FORMS.values(), ids=OTHER_FORMS)
@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("count", [1, 11])
async def test_rows_without_a_key_are_the_same_whatever_becomes_of_an_equal_one_that_has_one(
    count: int, later: bool, form: Any, sim: Simulator, client: Any, ledger: Path
) -> None:
    (row,) = manifest(1)
    plain, named = [row] * count, {**row, "key": "mine"}
    if later:
        await run(client, [row, *plain], ledger, wait=False)
    for asset_id in [result.asset_id for result in await run(client, [named, *plain], ledger, wait=False)]:
        sim.set_status(asset_id, "Error")
    assert states(await run(client, [named, *plain], ledger)) == {"failed": count + 1}
    sim.journal.clear()
    rows = form(plain, named)
    assert states(await run(client, rows, ledger)) == {"failed": len(rows)}
    assert len(sim.journal) == 0


async def test_a_row_that_is_gone_and_was_not_created_is_no_part_of_the_progress(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.reset(when="before"))
    sim.faults.add("GET", "assets/", Fault.status(401), skip=1)
    with pytest.raises(AuthenticationError):
        await run(client, manifest(1), ledger)
    with closing(sqlite3.connect(ledger)) as connection:
        assert connection.execute("SELECT state FROM videos").fetchall() == [("unknown",)]
    going = client.ingest(manifest(2)[1:], ledger=ledger)
    assert states([result async for result in going]) == {"completed": 1}
    progress = going.progress
    assert (progress.planned, progress.sending, progress.completed, progress.seconds_left) == (0, 0, 1, 0.0)


async def test_rows_that_were_not_sent_yet_are_sent_as_the_manifest_has_them_now(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    await stopped_after_one_batch(client, keyed(signed(1, 6)), ledger)
    assert len(sim.assets) == 2
    results = await run(client, keyed(signed(2, 6)), ledger)
    assert states(results) == {"completed": 6}
    urls = Counter(f"{asset['inputs'][0]['url']}".rpartition("?")[2] for asset in sent_videos(sim))
    assert urls == {"signature=1": 2, "signature=2": 4}


def sent_videos(sim: Simulator) -> list[Any]:
    bodies = [json.loads(record.body) for record in sim.journal.requests("POST", BULK) if record.status == 201]
    return [video for body in bodies for video in body]


async def test_what_left_the_manifest_before_it_was_sent_is_not_sent(sim: Simulator, client: Any, ledger: Path) -> None:
    await stopped_after_one_batch(client, manifest(6), ledger)
    going = client.ingest(manifest(3), ledger=ledger)
    results = [result async for result in going]
    assert sorted(result.extra["number"] for result in results) == [0, 1, 2]
    assert len(sim.assets) == 3
    assert (going.progress.completed, going.progress.planned, going.stopped) == (3, 0, False)
    assert states(await run(client, manifest(6), ledger)) == {"completed": 6}
    assert len(sim.assets) == 6


async def test_mended_settings_replace_those_that_were_not_sent(sim: Simulator, client: Any, ledger: Path) -> None:
    rows = [{name: value for name, value in row.items() if name != "resolutions"} for row in manifest(6)]
    await stopped_after_one_batch(client, rows, ledger, defaults={"resolutions": "240p"})
    results = await run(client, rows, ledger, defaults={"resolutions": "720p"})
    assert states(results) == {"needs_review": 2, "completed": 4}
    assert Counter(",".join(video["resolutions"]) for video in sent_videos(sim)) == {"240p": 2, "720p": 4}


async def test_a_row_that_was_refused_is_sent_once_it_is_mended(sim: Simulator, client: Any, ledger: Path) -> None:
    wrong = [{**row, "folder": "nowhere"} for row in manifest(2)]
    assert states(await run(client, wrong, ledger)) == {"failed": 2}
    results = await run(client, manifest(2), ledger)
    assert states(results) == {"completed": 2}
    assert len(sim.assets) == 2


async def test_a_row_of_which_nobody_knows_is_not_sent_in_another_form(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    sim.faults.add("POST", BULK, Fault.reset(when="after"))
    assert states(await run(client, manifest(1), ledger, on_unknown="hold")) == {"held": 1}
    (result,) = await run(client, [CHANGES["other resolutions"](row) for row in manifest(1)], ledger)
    assert (result.state, result.candidates) == ("needs_review", ())
    assert len(sim.assets) == 1


async def test_other_videos_are_sent_though_the_ledger_has_seen_some(sim: Simulator, client: Any, ledger: Path) -> None:
    await run(client, manifest(2), ledger)
    others = [{**row, "url": f"{row['url']}.mov", "title": f"Other {row['number']}"} for row in manifest(2)]
    results = await run(client, [*others, *manifest(2)], ledger)
    assert (states(results), len(sim.assets)) == ({"completed": 4}, 4)


async def test_two_rows_of_one_manifest_may_have_one_title(sim: Simulator, client: Any, ledger: Path) -> None:
    rows = [{**row, "title": "Introduction"} for row in manifest(3)]
    await run(client, rows[:2], ledger)
    assert states(await run(client, rows, ledger)) == {"completed": 3}
    assert len(sim.assets) == 3


async def test_a_key_is_one_rows_alone(sim: Simulator, client: Any, ledger: Path) -> None:
    rows = [{"Key": 7, **manifest(1)[0]}, {"key": "7", **manifest(2)[1]}, {"key": "", **manifest(3)[2]}]
    results = {result.line: result for result in await run(client, rows, ledger)}
    assert [results[line].state for line in (1, 2, 3)] == ["completed", "failed", "completed"]
    assert results[2].error == "row 2, key: '7' is that of an earlier row, too"
    assert (results[1].extra["Key"], results[2].extra["key"], len(sim.assets)) == (7, "7", 2)
    with pytest.raises(InvalidInputError, match="cannot be the same for all rows"):
        client.ingest(rows, ledger=ledger, defaults={"key": "x"})


async def test_many_rows_that_changed_are_set_aside_in_parts(sim: Simulator, client: Any, ledger: Path) -> None:
    await run(client, manifest(1200), ledger, wait=False, batch_size=50)
    sent = sim.journal.count("POST")
    results = await run(client, signed(2, 1200), ledger, wait=False)
    assert states(results) == {"needs_review": 1200}
    assert sim.journal.count("POST") == sent


async def test_rows_with_keys_of_their_own_are_others_though_they_have_one_title(
    sim: Simulator, client: Any, ledger: Path
) -> None:
    def news(day: int) -> list[dict[str, Any]]:
        return [
            {"key": f"day {day}", "url": f"https://origin.example/{day}.mp4", "title": "News", "resolutions": "240p"}
        ]

    for day in range(3):
        assert states(await run(client, news(day), ledger)) == {"completed": 1}
    assert len(sim.assets) == 3
    assert states(await run(client, [*news(0), *news(2)], ledger)) == {"completed": 2}
    assert len(sim.assets) == 3


async def test_the_summary_is_about_the_manifest_as_it_is_now(sim: Simulator, client: Any, ledger: Path) -> None:
    wrong = [{**row, "folder": "nowhere"} for row in manifest(2)]
    await run(client, [*wrong, *manifest(5)[2:]], ledger)
    await run(client, manifest(4), ledger)
    with closing(sqlite3.connect(ledger)) as connection:
        assert connection.execute("SELECT state, videos FROM summary").fetchall() == [("completed", 4)]
