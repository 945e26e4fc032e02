"""Room at the server: who has waited longest for it gets it first."""

from pathlib import Path
from typing import Any

import pytest
from run_support import manifest, run

from tpstreams_async.simulator import Fault, Simulator

CLIP = Path(__file__).parents[2] / "examples" / "clip.mp4"
BULK = "assets/videos/bulk-create/"
START = "assets/upload-sessions/"


@pytest.mark.looptime
@pytest.mark.usefixtures("ledger_in_the_loop")
@pytest.mark.parametrize("concurrency", [1, 4])
async def test_files_do_not_keep_rows_with_a_url_waiting(
    concurrency: int, sim: Simulator, client: Any, tmp_path: Path
) -> None:
    urls = manifest(7)
    # It is refused, so its place is free before that of the other one in its batch: a file gets it.
    urls[0]["folder"] = "nowhere"
    files = [{"path": str(CLIP), "title": f"Clip {number}", "resolutions": "240p"} for number in range(30)]
    sim.faults.add("POST", START, Fault.delay(4.0), times=None)
    options = {"batch_size": 2, "max_in_processing": 2, "concurrency": concurrency}
    results = await run(client, files + urls, tmp_path / "videos.ledger", **options)
    assert sorted(str(result.state) for result in results) == ["completed"] * 36 + ["failed"]
    last = max(request.number for request in sim.journal.requests("POST", BULK))
    after = [request for request in sim.journal.requests("POST", START) if request.number > last]
    # Each batch has to wait for those files alone that were there before it, and not until all have had their turn.
    assert len(after) >= 15
