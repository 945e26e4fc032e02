"""The migration among the examples: what interrupts it costs no row, doubles none, and makes no result untrue."""

import asyncio
import contextlib
import csv
import os
import runpy
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tpstreams_async import ConnectError, TPStreams, TPStreamsError
from tpstreams_async.simulator import Fault, Simulator

EXAMPLE = Path(__file__).parents[2] / "examples" / "migrate.py"
HEADER = "url,title,resolutions,course\n"
GOOD = "https://media.example.com/{0}.mp4,Lesson {0},240p,Physics\n"
BULK = "assets/videos/bulk-create/"

Main = Callable[..., Awaitable[int]]


@pytest.fixture
def main(account: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Main:
    """Run the example on one's own account, in a folder with a manifest of three videos and a bad row."""
    monkeypatch.chdir(tmp_path)
    manifest = HEADER + GOOD.format(1) + ",Lesson 2,240p,Chemistry\n" + GOOD.format(3) + GOOD.format(4)
    bring(manifest)
    made: Main = runpy.run_path(str(EXAMPLE))["main"]
    return made


def bring(manifest: str) -> None:
    Path("videos.csv").write_text(manifest)


def files() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def told(path: str | Path = "videos.results.csv") -> list[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def states(path: str | Path = "videos.results.csv") -> list[str]:
    return [row["state"] for row in told(path)]


@pytest.mark.looptime
@pytest.mark.parametrize("how", ["bar", "no rich", "no terminal"])
async def test_it_tells_what_became_of_each_row(
    how: str, main: Main, account: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if how == "bar":
        monkeypatch.setenv("FORCE_COLOR", "1")
    if how == "no rich":
        monkeypatch.setitem(sys.modules, "rich.progress", None)
    assert await main("videos.csv") == 1
    printed = capsys.readouterr().out
    assert ("━" in printed) is (how == "bar")
    assert ("0 of 4 completed, 1 failed, 3 " in printed) is (how != "bar")
    assert f"videos.csv goes to organization {account.organization_id} at {account.url}" in printed
    assert "4 rows are at their end" in printed
    assert (
        "Rows at their end: 3 completed, 1 failed\n      1 × url: is missing, and there is no path either\n" in printed
    )
    titles = {asset["title"]: asset_id for asset_id, asset in account.assets.items()}
    first, bad, *_ = rows = told()
    assert first == {
        "line": "2",
        "title": "Lesson 1",
        "state": "completed",
        "asset_id": titles["Lesson 1"],
        "error": "",
        "candidates": "",
        "course": "Physics",
    }
    assert bad["error"] == "line 3, url: is missing, and there is no path either"
    assert (bad["title"], bad["course"]) == ("Lesson 2", "Chemistry")
    assert [row["line"] for row in rows] == ["2", "3", "4", "5"]


@pytest.mark.looptime
async def test_the_same_command_after_the_row_was_mended_sends_that_row(main: Main, account: Simulator) -> None:
    assert await main("videos.csv") == 1
    bring(HEADER + "".join(map(GOOD.format, range(1, 5))))
    assert await main("videos.csv") == 0
    assert states() == ["completed"] * 4
    assert sorted(str(asset["title"]) for asset in account.assets.values()) == [f"Lesson {n}" for n in range(1, 5)]
    account.journal.clear()
    assert await main("videos.csv") == 0
    assert len(account.journal) == 0


@pytest.mark.looptime
async def test_what_failed_is_sent_once_more_when_that_is_asked_for(main: Main, account: Simulator) -> None:
    account.faults.add("POST", BULK, Fault.status(400), times=None)
    assert await main("videos.csv") == 1
    account.faults.clear()
    assert await main("videos.csv") == 1
    assert states() == ["failed"] * 4
    assert await main("videos.csv", "--resend", "failed") == 1
    assert states() == ["completed", "failed", "completed", "completed"]
    assert len(account.assets) == 3


@pytest.mark.looptime
async def test_a_run_that_hears_little_before_it_is_stopped_leaves_the_results_of_the_last_one(
    main: Main, capsys: pytest.CaptureFixture[str]
) -> None:
    await main("videos.csv")
    before = told()
    loop = asyncio.get_running_loop()
    loop.call_soon(loop.call_soon, signal.raise_signal, signal.SIGINT)
    assert await main("videos.csv") == 130
    assert "The same command goes on." in capsys.readouterr().out
    assert told() == before
    assert files() == ["videos.csv", "videos.ledger", "videos.ledger-lock", "videos.results.csv"]


@pytest.mark.looptime
async def test_files_are_where_they_are_wanted_and_none_is_made_up_for_an_account(
    main: Main, account: Simulator
) -> None:
    with pytest.raises(SystemExit, match=r"cannot read 'other\.csv': No such file"):
        await main("other.csv", "--ledger", "a.ledger")
    account.faults.add("POST", BULK, Fault.status(401))
    with pytest.raises(SystemExit, match="AuthenticationError"):
        await main("videos.csv", "--ledger", "a.ledger", "--results", "a.csv")
    assert files() == ["a.ledger", "a.ledger-lock", "videos.csv"]
    assert await main("videos.csv", "--ledger", "a.ledger", "--results", "a.csv") == 1
    assert states("a.csv") == ["completed", "failed", "completed", "completed"]
    assert files() == ["a.csv", "a.ledger", "a.ledger-lock", "videos.csv"]


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be without an account, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("ORGANIZATION_ID", "TOKEN", "BASE_URL"):
        monkeypatch.delenv(f"TPSTREAMS_{name}", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLE.parents[1]))


@pytest.mark.usefixtures("alone")
async def test_what_else_listens_on_the_port_is_left_alone(sim: Simulator) -> None:
    with pytest.raises(SystemExit, match=r"is not this simulator. Name another port with --port"):
        await runpy.run_path(str(EXAMPLE))["main"]("--rows", "5", "--port", sim.url.rpartition(":")[2])
    assert sim.journal.count("POST") == 0


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, str(EXAMPLE), *arguments, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(process: Process) -> tuple[int, str]:
    printed, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode()


@pytest.mark.usefixtures("alone")
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
async def test_a_migration_that_was_killed_and_stopped_comes_to_its_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = ["--rows", "56", "--at-once", "20", "--port", port]
    example: Any = runpy.run_path(str(EXAMPLE))
    async with (
        asyncio.timeout(60),
        TPStreams(example["ORGANIZATION"], example["TOKEN"], base_url=f"http://127.0.0.1:{port}") as client,
    ):

        async def titles(least: int) -> list[str | None]:
            while True:
                with contextlib.suppress(TPStreamsError):
                    found = [asset.title async for asset in client.assets.list() if asset.video]
                    if len(found) >= least:
                        return found
                await asyncio.sleep(0.05)

        async with started(*command) as first:
            assert await titles(1)
            first.kill()
        async with started(*command) as second:
            await titles(21)
            second.send_signal(signal.SIGINT)
            status, printed = await ended(second)
        assert status == 130
        assert "The same command goes on." in printed
        stopped = told()
        assert 0 < len(stopped) < 56
        async with started(*command) as third:
            there = await titles(52)
            status, printed = await ended(third)
        assert status == 1
        with pytest.raises(ConnectError):
            await client.assets.list().first()
    results = told()
    good = [row for row in results if row["state"] == "completed"]
    assert sorted(map(str, there)) == sorted(row["title"] for row in good)
    assert len({row["title"] for row in good}) == len({row["asset_id"] for row in good}) == 52
    assert [row["line"] for row in results] == [str(line) for line in range(2, 58)]
    assert all(row["course"] and row["lesson"] for row in results)
    assert "Rows at their end: 52 completed, 4 failed" in printed
    assert [row for row in results if row["line"] in {row["line"] for row in stopped}] == stopped
