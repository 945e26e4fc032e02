"""One large file, uploaded by this SDK, by aiohttp's own form and by curl, to the same server.

    python benchmarks/upload.py [--quick] [--json FILE]

The server throws away what comes. The sides take turns, each in a process of its own; speeds are compared within a
round, and the median of the rounds is shown. Memory is by how much the process's peak grew.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from _report import Finding, at_least, at_most, conclude, options_of
from _stub_server import HOST, running, two_cores

CURL, FORM_DATA, OURS = "curl", "FormData", "ours"
SINK = str(Path(__file__).with_name("_sink_server.py"))
_BLOCK = os.urandom(2**20)


class Figures(NamedTuple):
    """What one upload took."""

    seconds: float
    cpu: float
    grown: float = 0.0
    lag_ms: float = 0.0


def by_curl(port: int, file: Path, core: int | None) -> Figures:
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    fields = [part for text in ("key=private/clip", "policy=e30", "x-amz-date=-") for part in ("-F", text)]
    command = [*pinned, "curl", "-sS", "--fail", *fields, "-F", f"file=@{file}", f"http://{HOST}:{port}/bucket"]
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True)
    seconds, after = time.perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Figures(seconds, cpu)


def by_python(side: str, port: int, file: Path, core: int | None) -> Figures:
    script = Path(__file__).with_name("_upload_side.py")
    command = [sys.executable, str(script), side, str(port), str(file), "" if core is None else str(core)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Figures(**json.loads(done.stdout))


def write(file: Path, mebibytes: int) -> None:
    with file.open("wb") as opened:
        for _ in range(mebibytes):
            opened.write(_BLOCK)


def main() -> None:
    options = options_of(__doc__)
    mebibytes, rounds = (64, 2) if options.quick else (1024, 5)
    client_core, server_core = two_cores()
    sides = [OURS, FORM_DATA] + ([CURL] if shutil.which("curl") else [])
    made: list[dict[str, Figures]] = []
    with (
        tempfile.TemporaryDirectory() as name,
        running(server_core, SINK) as port,
    ):
        file = Path(name) / "large.mp4"
        write(file, mebibytes)
        write(file.with_suffix(".small"), 1)
        for number in range(rounds):
            figures: dict[str, Figures] = {}
            for side in sides if number % 2 else sides[::-1]:
                by_side = by_curl(port, file, client_core) if side == CURL else None
                figures[side] = by_side or by_python(side, port, file, client_core)
            made.append(figures)
    print(f"{mebibytes} MiB, median of {rounds} rounds")
    print(f"{'side':<10} {'MiB/s':>8} {'CPU s':>7} {'grown MB':>9} {'worst lag ms':>13}")
    for side in sides:
        columns = [median(each[side][column] for each in made) for column in range(4)]
        grown, lag = ("", "") if side == CURL else (f"{columns[2] / 1e6:.1f}", f"{columns[3]:.1f}")
        print(f"{side:<10} {mebibytes / columns[0]:8.0f} {columns[1]:7.2f} {grown:>9} {lag:>13}")
    conclude(options, *findings(made))


def findings(made: list[dict[str, Figures]]) -> list[Finding]:
    ours = [each[OURS] for each in made]
    found = [
        at_most("upload: growth of the memory", median(each.grown for each in ours) / 1e6, 16, "MB"),
        at_most("upload: worst lag of the event loop", median(each.lag_ms for each in ours), 10, "ms"),
    ]
    if CURL in made[0]:
        speed = median(each[CURL].seconds / each[OURS].seconds for each in made)
        found.insert(0, at_least("upload: speed", speed, 0.85, "× curl", then=0.92))
    return found


if __name__ == "__main__":
    main()
