"""A process that dies at any statement leaves a ledger that says all that was told, and no half of anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ledger_crash import STEPS, Content, contents
from ledger_support import broken_moves, every, opened, without_waiting_for_the_disk

from tpstreams_async.ingest.ledger import moves

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each run is a fork of one process")
unsynced = pytest.fixture(autouse=True)(without_waiting_for_the_disk)
HERE = Path(__file__).parent


def killed_everywhere(directory: Path, variant: str = "sound") -> list[Path]:
    """Run the program until it is not killed any more; return what each of its runs left."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    program = [sys.executable, str(HERE / "ledger_crash.py"), str(directory), variant]
    subprocess.run(program, check=True, env=environment, timeout=300)
    return sorted(directory.iterdir())


def crashed(content: Content) -> Content:
    return {key: ("unknown", None) if row[0] == "submitting" else row for key, row in content.items()}


async def what_is_wrong(run: Path) -> str | None:
    """Look at what a run left: it has to be what was done, or that and all of the step that had begun."""
    report = (run / "report").read_text().split() if (run / "report").exists() else []
    done, begun = report.count("done"), report.count("begun")
    async with opened(run / "videos.ledger") as ledger:
        found = {row.key: (str(row.state), row.asset_id) for row in await every(ledger)}
        breaks = await ledger._read(broken_moves)
    if found not in [crashed(content) for content in contents()[done : begun + 1]]:
        return f"{run.name}: {done} steps were done and {begun} begun, and there is {found}"
    return f"{run.name}: {breaks}" if breaks else None


async def test_what_was_told_is_there_after_a_crash_at_any_statement(tmp_path: Path) -> None:
    runs = killed_everywhere(tmp_path)
    # A step is three statements at least: a transaction with something in it.
    assert len(runs) > 3 * len(STEPS)
    assert [wrong for run in runs if (wrong := await what_is_wrong(run))] == []


@pytest.mark.parametrize("variant", ["late", "piecemeal"])
async def test_a_ledger_that_commits_late_or_in_pieces_would_be_found_out(tmp_path: Path, variant: str) -> None:
    runs = killed_everywhere(tmp_path, variant)
    assert [wrong for run in runs if (wrong := await what_is_wrong(run))]


async def test_a_ledger_that_forgets_what_was_being_sent_would_be_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = killed_everywhere(tmp_path)
    monkeypatch.setattr(
        moves, "begin", lambda connection, _: connection.execute("SELECT runs FROM ledger").fetchone()[0]
    )
    assert [wrong for run in runs if (wrong := await what_is_wrong(run))]
