"""A dry run tells what is wrong with a manifest; what is likely not meant in one is said in the log."""

import difflib
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from run_support import manifest, run

from tpstreams_async.simulator import Simulator

LOGGER = "tpstreams_async"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "videos.ledger"


def is_there(path: Path) -> bool:
    return path.exists()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


async def test_it_looks_at_the_files(sim: Simulator, client: Any, ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "good.mp4").write_bytes(b"video")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.mp4").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    names = ["good", "empty", "folder", "pipe", "missing"]
    (tmp_path / "videos.csv").write_text("path,resolutions\n" + "".join(f"{name}.mp4,240p\n" for name in names))
    results = await run(client, tmp_path / "videos.csv", ledger, dry_run=True)
    assert [(result.line, result.state) for result in results] == [
        (2, "planned"),
        (3, "failed"),
        (4, "failed"),
        (5, "failed"),
        (6, "failed"),
    ]
    assert [result.title for result in results] == [f"{name}.mp4" for name in names]
    told = ["is empty", "is not a regular file", "is not a regular file", "No such file"]
    assert all(words in f"{result.error}" for words, result in zip(told, results[1:], strict=True))
    assert all(f"{result.error}".startswith(f"line {result.line}, path: ") for result in results[1:])
    assert len(sim.journal) == 0
    assert not is_there(ledger)


async def test_progress_tells_what_is_wrong(client: Any, ledger: Path) -> None:
    going = client.ingest([*manifest(2), {"path": "/nowhere.mp4", "resolutions": "240p"}], ledger=ledger, dry_run=True)
    results = [result async for result in going]
    assert results[-1].error.startswith("row 3, path: cannot read '/nowhere.mp4'")
    assert (going.progress.planned, going.progress.failed) == (2, 1)


@pytest.mark.parametrize("dry_run", [True, False])
async def test_rows_that_say_the_same_are_counted(
    dry_run: bool, client: Any, ledger: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [*manifest(3), *manifest(2), *manifest(1)]
    results = await run(client, rows, ledger, dry_run=dry_run, wait=False)
    assert len(results) == 6
    assert warnings(caplog) == [
        "so many rows say the same as an earlier one, and count as others all the same: 3 (row 4, 5, 6)"
    ]


async def test_nothing_is_said_of_rows_that_differ(client: Any, ledger: Path, caplog: pytest.LogCaptureFixture) -> None:
    bad = {"url": "no url", "resolutions": "240p"}
    keyed = [{**row, "key": n} for n, row in enumerate(manifest(1) * 2)]
    await run(client, [*manifest(3), *keyed, bad, bad], ledger, dry_run=True)
    assert not warnings(caplog)


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("titl", "title"),
        ("Titles", "title"),
        ("content_protection", "content_protection_type"),
        ("content-protection-typ", "content_protection_type"),
        ("generate_subtitles", "generate_subtitle"),
        ("folders", "folder"),
        ("keys", "key"),
    ],
)
async def test_a_column_that_is_likely_misspelt_is_named_once(
    column: str, meant: str, client: Any, ledger: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    lines = [f"url,resolutions,{column},course", *[f"https://origin.example/{n}.mp4,240p,x,Physics" for n in range(3)]]
    (tmp_path / "videos.csv").write_text("\n".join(lines))
    await run(client, tmp_path / "videos.csv", ledger, dry_run=True)
    assert warnings(caplog) == [
        f"column '{column}' is taken for one of your own, which only comes back in the results; is it '{meant}'?"
    ]


@pytest.mark.parametrize("own", ["course", "file", "number", "status", "language", "url_of_page", "titles", "x" * 500])
async def test_a_column_of_ones_own_is_not_remarked_on(
    own: str, client: Any, ledger: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await run(client, [{**row, own: "x"} for row in manifest(2)], ledger, dry_run=True)
    assert not warnings(caplog)


async def test_columns_without_end_cost_nothing_and_are_no_reason_to_fill_the_log(
    client: Any, ledger: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"url": f"https://o.example/{n}.mp4", "resolutions": "240p", f"titl{n}": 1} for n in range(2000)]
    await run(client, rows, ledger, dry_run=True)
    assert len(warnings(caplog)) < 30


async def test_names_without_end_are_not_compared(
    client: Any, ledger: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare, compared = difflib.get_close_matches, list[str]()

    def watched(word: str, *arguments: Any, **options: Any) -> Any:
        compared.append(word)
        return compare(word, *arguments, **options)

    monkeypatch.setattr(difflib, "get_close_matches", watched)
    row = {**manifest(1)[0], "titl": "x", **{"titles" * 20_000 + f"{n}": "x" for n in range(50)}}
    await run(client, [row], ledger, dry_run=True)
    assert sorted(compared) == ["number", "titl"]


@pytest.mark.parametrize("scheme", ["https", "HTTP"])
@pytest.mark.parametrize("made", [str, Path, "\t{}".format])
async def test_a_url_in_place_of_a_path_is_refused_and_not_shown(
    scheme: str, made: Any, client: Any, ledger: Path
) -> None:
    path = made(f"{scheme}://user:canary@origin.example/a.mp4?sig=canary")
    (result,) = await run(client, [{"path": path, "resolutions": "240p"}], ledger, dry_run=True)
    assert (result.state, result.error) == ("failed", "row 1, path: is a URL, and those belong into the column url")
    assert "canary" not in repr(result)
