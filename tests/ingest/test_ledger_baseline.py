"""What a ledger knows of assets that were there before its rows, and of rows with files."""

from pathlib import Path

import pytest
from ledger_support import every, keys, opened, planned

from tpstreams_async.ingest.ledger import SeenAsset, sightings


async def test_the_baseline_covers_the_rows_that_were_planned_when_it_was_taken(tmp_path: Path) -> None:
    async with opened(tmp_path / "videos.ledger") as ledger:
        assert (await ledger.covered(), await ledger.uncovered()) == (0, None)
        await ledger.plan([planned(1), planned(2)])
        assert await ledger.uncovered() == 2
        await ledger.extend_baseline(["a1", "a2"])
        assert (await ledger.covered(), await ledger.uncovered()) == (0, 2)
        await ledger.extend_baseline(["a2", "a3"], through=2)
        assert (await ledger.covered(), await ledger.uncovered()) == (2, None)
        await ledger.plan([planned(3)])
        assert (await ledger.covered(), await ledger.uncovered()) == (2, 3)
    async with opened(tmp_path / "videos.ledger") as ledger:
        assert await ledger.foreign(["a0", "a1", "a3"]) == {"a1", "a3"}
        assert await ledger.covered() == 2


@pytest.mark.parametrize(("local", "claimed"), [(None, [1, 2, 3]), (False, [1, 3]), (True, [2])])
async def test_rows_with_a_file_and_with_a_url_are_claimed_apart(
    local: bool | None, claimed: list[int], tmp_path: Path
) -> None:
    async with opened(tmp_path / "videos.ledger") as ledger:
        await ledger.plan(
            [planned(1), planned(2, source="/videos/http/2.mp4"), planned(3, source="HTTP://x.example/3")]
        )
        assert keys(await ledger.claim(9, local=local)) == [planned(number).key for number in claimed]


async def test_what_is_new_of_a_row_that_is_there_is_noted(tmp_path: Path) -> None:
    async with opened(tmp_path / "videos.ledger") as ledger:
        await ledger.plan([planned(1)])
        await ledger.plan([planned(1, payload="{}", line=9)])
        assert [(row.payload, row.line, row.source) for row in await every(ledger)] == [("{}", 9, planned(1).source)]


async def test_no_more_is_read_at_once_than_can_be_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sightings, "MOST", 4)
    numbers = range(9)
    async with opened(tmp_path / "videos.ledger") as ledger:
        await ledger.plan([planned(number) for number in numbers])
        await ledger.extend_baseline(
            [],
            seen=[
                SeenAsset(asset_id=f"a{number}.{copy}", title=f"Lesson {number}", folder="", shown=f"{number}.{copy}")
                for number in numbers
                for copy in range(3)
            ],
        )
        read = []
        async for places in ledger.places():
            assert sum(len(place.seen) for place in places) <= 6
            read += [(row.key, place.seen) for place in places for row in place.rows]
    assert read == [(planned(number).key, [f"{number}.{copy}" for copy in range(3)]) for number in numbers]
