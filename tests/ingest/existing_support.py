"""What tests of videos that were there before the rows share."""

from pathlib import Path
from typing import Any

import pytest

from tpstreams_async.ingest.ledger import sightings
from tpstreams_async.simulator import Simulator

BULK = "assets/videos/bulk-create/"
LOOKING = ["adopt", "skip"]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "videos.ledger"


@pytest.fixture
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no more than four rows and four videos be compared."""
    monkeypatch.setattr(sightings, "MOST", 4)


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
