"""Bulk ingestion: killed again and again over a connection that fails all the time, and as fast as it can go.

    python benchmarks/ingest.py [killed] [fast] [--quick] [--json FILE] [--seed N] [--rows N] [--kills N]

`killed` compares what the ledger says with what the simulator holds when all is over. `fast` brings rows in from a CSV
file, and compares with a loop around aiohttp that posts the same batches and writes nothing down. There the run has one
core, and a stub server that answers as cheaply as Python can has another: it is not what is measured. Only ratios
within one run mean anything. Ends with status 1 if a target was missed, but not with --json, where the file tells.
"""

import argparse
import asyncio
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import aiohttp
from _ingest_killed import SIDE, Plan, killed, write_manifest
from _ingest_side import BATCH, CONCURRENCY, Order
from _report import Finding, Options, at_least, at_most, conclude, holds
from _sides import ORGANIZATION, TOKEN
from _stub_server import two_cores
from _world_server import world

import tpstreams_async
from tpstreams_async import TPStreams
from tpstreams_async.simulator import Simulator

PARTS: Final = ("killed", "fast")
STUB: Final = str(Path(__file__).with_name("_bulk_server.py"))
#: Rows whose memory is compared with that of many.
FEW: Final = 1_000
BAD: Final = (0, 1, 3, 10)
FULL_BATCH: Final = 50


class Choice(NamedTuple):
    """What the command line says.

    Attributes:
        parts: of `PARTS`.
        options: for the report.
        seed: of all chance in `killed`.
        rows: of each part; None for as many as usual.
        kills: in `killed`; None for as many as usual.
    """

    parts: list[str]
    options: Options
    seed: int
    rows: int | None
    kills: int | None


class Figures(NamedTuple):
    """What one run did.

    Attributes:
        rows: brought in.
        seconds: that it took.
        cpu: seconds of its process.
        peak: bytes, the most that its process ever had.
        lag_ms: by which its event loop was late at worst.
        busy_ms: by which it was late at worst while its process had a core.
        requests: that came in at the server.
    """

    rows: int
    seconds: float
    cpu: float
    peak: int
    lag_ms: float
    busy_ms: float
    requests: int

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds

    @property
    def cpu_us(self) -> float:
        return 1e6 * self.cpu / self.rows

    @property
    def mebibytes(self) -> float:
        return self.peak / 2**20


def measure(folder: Path, rows: int, side: str, *, wait: bool = False) -> Figures:
    """Bring so many rows in by one side, with a server of its own."""
    client_core, server_core = two_cores()
    manifest, ledger = folder / f"{rows}.csv", folder / "fast.ledger"
    if not manifest.exists():
        write_manifest(manifest, rows)
    for file in folder.glob("fast.ledger*"):
        file.unlink()
    with world(server_core, STUB) as server:
        order = Order(side, server.url, ORGANIZATION, TOKEN, str(manifest), str(ledger), client_core)
        order = order._replace(wait=wait, in_processing=rows)
        command = [sys.executable, str(SIDE), json.dumps(order._asdict())]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        counts = server.counts()
    if told["states"] != {"completed" if wait else "submitted": rows} or counts["created"] != rows:
        raise RuntimeError(f"{told['states']}, {counts['created']} created")
    requests = counts["post"] + counts["get"] + counts["page"]
    return Figures(rows, told["seconds"], told["cpu"], told["peak"], told["lag_ms"], told["busy_ms"], requests)


def show(name: str, figures: Figures) -> None:
    print(
        f"{name:<24} {figures.rows:>8,} {figures.seconds:8.2f} {figures.per_second:9,.0f} "
        f"{figures.cpu_us:8.1f} {figures.requests / figures.rows:9.4f} {figures.mebibytes:9.1f} "
        f"{figures.lag_ms:8.1f} {figures.busy_ms:8.1f}",
        flush=True,
    )


HEADING: Final = (
    f"{'side':<24} {'rows':>8} {'s':>8} {'rows/s':>9} {'CPU µs':>8} {'requests':>9} {'peak RSS':>9} {'lag':>8} "
    f"{'busy':>8}\n"
    f"{'':<24} {'':>8} {'':>8} {'':>9} {'per row':>8} {'per row':>9} {'MiB':>9} {'ms':>8} {'ms':>8}\n{'-' * 101}"
)
NOTES: Final = """
From the reading of the CSV file to the last result; the processes were started before. Lag: by how much a sleep of a
millisecond was late at worst; busy: by how much while the process had a core, as others may want it. SQLite's cache is
2 MiB at most, whatever the size of the ledger; of the growth about 100 bytes for a row are a hash of it, by which rows
of the same content are told apart. An awaited row is done 2 s after it was created, and is seen at the next look; all
rows are awaited at once; what is late then is Python's collection of garbage, among so many objects.
"""


def fast(folder: Path, rows: int, *, quick: bool) -> list[Finding]:
    """Measure many rows, few, and some that are awaited."""
    print(f"\n{HEADING}")
    few = measure(folder, FEW, "ours")
    show("client.ingest", few)
    rounds: list[tuple[Figures, Figures]] = []
    for _ in range(1 if quick else 3):
        raw, many = measure(folder, rows, "raw"), measure(folder, rows, "ours")
        show("aiohttp, no ledger", raw)
        show("client.ingest", many)
        rounds.append((many, raw))
    awaited = measure(folder, 2_000 if quick else 10_000, "ours", wait=True)
    show("client.ingest, awaited", awaited)
    print(NOTES)
    ours = [each for each, _ in rounds]
    growth = median(each.mebibytes for each in ours) - few.mebibytes
    ratio = median(many.per_second / raw.per_second for many, raw in rounds)
    return [
        at_least("ingest, rows per second", median(each.per_second for each in ours), 1_000, "rows/s"),
        at_least("ingest, rows per second, beside no ledger", 100 * ratio, 3, "% of those of aiohttp"),
        at_most("ingest, CPU", median(each.cpu_us for each in ours), 250, "µs per row"),
        at_most("ingest, requests per row", ours[0].requests / rows, 1.01 / BATCH, f"in batches of {BATCH}"),
        at_most(f"ingest, memory, {FEW:,} to {rows:,} rows", growth, 30, "MiB more"),
        at_most("ingest, worst lag of the busy loop", median(each.busy_ms for each in ours), 100, "ms"),
        at_most("ingest and wait, requests per row", awaited.requests / awaited.rows, 0.25, "per row"),
        at_most("ingest and wait, worst lag of the busy loop", awaited.busy_ms, 400, "ms"),
    ]


async def with_bad_rows(folder: Path, bad: int) -> tuple[int, int]:
    """Bring a batch in of which some rows are bad; return how many requests that took, and how many were created."""
    rows: list[dict[str, str]] = [
        {"url": f"https://media.example.com/{number}.mp4", "title": f"Clip {number}", "resolutions": "240p"}
        for number in range(FULL_BATCH)
    ]
    for place in range(bad):
        rows[place * FULL_BATCH // bad]["folder"] = "nowhere"
    async with (
        Simulator(fetch=False) as sim,
        TPStreams(sim.organization_id, sim.token, base_url=sim.url) as client,
        client.ingest(rows, ledger=folder / f"bad{bad}.ledger", batch_size=FULL_BATCH, wait=False) as run,
    ):
        failed = [result.title async for result in run if result.state == "failed"]
        assert len(failed) == bad
        return sim.journal.count("POST"), len(sim.assets)


async def bad_rows(folder: Path) -> list[Finding]:
    findings = []
    for bad in BAD:
        requests, created = await with_bad_rows(folder, bad)
        reached = requests <= bad + 1 and created == FULL_BATCH - bad
        wanted = f"≤ {bad + 1}, {FULL_BATCH - bad}"
        found = f"{requests} requests, {created} created"
        findings.append(holds(f"ingest, {FULL_BATCH} rows of which {bad} are bad", reached, found, wanted))
    return findings


def choice() -> Choice:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help="killed or fast (both)")
    parser.add_argument("--quick", action="store_true", help="take half a minute, for a rough idea")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append the figures to this file, a line for each")
    parser.add_argument("--seed", type=int, default=1, help="of all chance in `killed` (1)")
    parser.add_argument("--rows", type=int, help="of each part (5000 and 100000)")
    parser.add_argument("--kills", type=int, help="in `killed` (20)")
    given = parser.parse_args()
    if not set(given.parts) <= set(PARTS):
        parser.error(f"PART must be one of {', '.join(PARTS)}")
    return Choice(given.parts or list(PARTS), Options(given.quick, given.json), given.seed, given.rows, given.kills)


def main() -> None:
    chosen = choice()
    quick = chosen.options.quick
    print(
        f"tpstreams-async {tpstreams_async.__version__}, aiohttp {aiohttp.__version__}, Python "
        f"{platform.python_version()}; batches of {BATCH}, {CONCURRENCY} at once"
    )
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "killed" in chosen.parts:
            kills = chosen.kills if chosen.kills is not None else 4 if quick else 20
            findings += asyncio.run(killed(Plan(chosen.rows or (500 if quick else 5_000), kills, chosen.seed), folder))
        if "fast" in chosen.parts:
            findings += fast(folder, chosen.rows or (20_000 if quick else 100_000), quick=quick)
            findings += asyncio.run(bad_rows(folder))
    conclude(chosen.options, *findings)
    sys.exit(chosen.options.json is None and not all(each.reached for each in findings))


if __name__ == "__main__":
    main()
