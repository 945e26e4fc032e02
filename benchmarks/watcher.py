"""What waiting for many jobs costs, beside a task with a loop of its own for each.

    python benchmarks/watcher.py [--quick] [--json FILE] [--jobs 1000,10000]

The client has one core, a server with all the assets another. The contenders wait for the same jobs, one after the
other. Only ratios within one run mean anything.
"""

import argparse
import asyncio
import gc
import platform
import random
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import aiohttp
from _report import Finding, Options, at_most, conclude
from _stub_server import pin, two_cores
from _world_server import COMPLETED, TRANSCODING, World, id_of, world

import tpstreams_async
from tpstreams_async import Polling, TPStreams

ORGANIZATION: Final = "bench1"
TOKEN: Final = "0123456789abcdef" * 4

NAIVE: Final = "a task with its own GET loop each"
SINGLY: Final = "one scheduler, GETs alone"
OURS: Final = "one scheduler, with sweeps"

#: Intervals after which jobs end, from and to.
FULL: Final = (8.0, 16.0)
HALF: Final = (4.0, 8.0)
SHORT: Final = (2.0, 4.0)
QUICK: Final = (2.0, 5.0)
#: An interval in which nothing happens once all were looked at: then those who wait are weighed.
_LONG: Final = 60.0
#: Seconds without a request after which nothing more happens.
_QUIET: Final = 0.5
#: Below this pace, too few looks were taken for a fair ratio.
_ON_PACE: Final = 0.95
_GIVE_UP_SECONDS: Final = 120.0
#: Naive waits that are weighed. It is the same for each, and takes long.
_WEIGHED: Final = 1000


class Setting(NamedTuple):
    """What is waited for.

    Attributes:
        name: for the table.
        jobs: how many.
        listed: assets in the list; the jobs are spread among them at random.
        interval: seconds between two looks.
        ends: intervals after which jobs end, from and to.
    """

    name: str
    jobs: int
    listed: int
    interval: float
    ends: tuple[float, float]

    def looks(self, contender: str) -> float:
        """Return how often a job is looked at on average, when it has looks of its own and they are on time."""
        # Between the first look and the last one the intervals go by; tasks begin half an interval late on average.
        return sum(self.ends) / 2 + (1.0 if contender == NAIVE else 1.5)


class Row(NamedTuple):
    """What one contender did. Requests and CPU are for jobs that end within `FULL`.

    Attributes:
        scaled: by how much requests and CPU were multiplied for that.
        pace: the part of the looks that it took of those that it would take if it were never late.
    """

    setting: str
    contender: str
    gets: float
    pages: float
    cpu: float
    p50: float
    p99: float
    kilobytes: float | None = None
    scaled: float = 1.0
    pace: float = 1.0

    @property
    def requests(self) -> float:
        return self.gets + self.pages


#: Waits for the assets with these ids, and notes the moment at which it knew of each.
Wait = Callable[[TPStreams, list[str], float, dict[str, float]], Awaitable[None]]


async def by_tasks(
    client: TPStreams, ids: list[str], interval: float, known: dict[str, float], *, spread: float = 1.0
) -> None:
    chance = random.Random(11)

    async def loop(asset_id: str) -> None:
        due = time.monotonic() + chance.uniform(0, spread * interval)
        while True:
            await asyncio.sleep(due - time.monotonic())
            video = (await client.assets.get(asset_id)).video
            if video is not None and video.status == COMPLETED:
                break
            due += interval
        known[asset_id] = time.monotonic()

    async with asyncio.TaskGroup() as tasks:
        for asset_id in ids:
            tasks.create_task(loop(asset_id))


async def by_watcher(client: TPStreams, ids: list[str], _: float, known: dict[str, float]) -> None:
    async for job in client.jobs.as_completed([client.jobs.asset(asset_id) for asset_id in ids]):
        known[job.id] = time.monotonic()


def client_of(server: World, contender: str, interval: float) -> TPStreams:
    polling = Polling(interval=interval, growth=1, interval_max=interval, jitter=0, sweep=contender == OURS)
    return TPStreams(ORGANIZATION, TOKEN, base_url=server.url, polling=polling)


def waits_of(contender: str) -> Wait:
    return by_tasks if contender == NAIVE else by_watcher


def drawn(setting: Setting) -> dict[str, float]:
    """Return which assets are waited for, in no order, and the seconds after which they end."""
    chance = random.Random(7)
    numbers = chance.sample(range(setting.listed), setting.jobs)
    return {id_of(number): chance.uniform(*setting.ends) * setting.interval for number in numbers}


def begin(server: World, setting: Setting, ends: dict[str, float]) -> float:
    states = {int(asset_id[-7:]): [(0.0, TRANSCODING), (seconds, COMPLETED)] for asset_id, seconds in ends.items()}
    return server.begin(setting.listed, states)


async def measure(server: World, setting: Setting, contender: str, full: Setting) -> Row:
    """Let a contender wait for all jobs of a setting, and scale requests and CPU to the full length."""
    ends = drawn(setting)
    known: dict[str, float] = {}
    server.begin(setting.listed, {})
    async with client_of(server, contender, setting.interval) as client, asyncio.timeout(_GIVE_UP_SECONDS):
        await client.assets.get(id_of(0))
        began = begin(server, setting, ends)
        gc.collect()
        cpu = time.process_time()
        await waits_of(contender)(client, list(ends), setting.interval, known)
        cpu = time.process_time() - cpu
        counts = server.counts()
    delays = sorted((known[asset_id] - began - seconds) / setting.interval for asset_id, seconds in ends.items())
    if delays[0] < 0:
        raise RuntimeError(f"{contender} knew of an end before there was one")
    scale = full.looks(contender) / setting.looks(contender)
    return Row(
        full.name,
        contender,
        counts["get"] * scale,
        counts["page"] * scale,
        cpu * scale,
        delays[len(delays) // 2],
        delays[len(delays) * 99 // 100],
        scaled=scale,
        pace=counts["get"] / (setting.looks(contender) * setting.jobs) if contender != OURS else 1.0,
    )


@contextmanager
def traced() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


async def weigh(server: World, contender: str, jobs: int) -> float:
    """Return the KB that each of so many waits takes while nothing happens."""
    setting = Setting("", jobs, jobs, _LONG, (1000, 1000))
    ends = drawn(setting)
    ids = list(ends)
    begin(server, setting, ends)
    with traced():
        async with client_of(server, contender, _LONG) as client:
            # Connections and caches are there before, and are not counted.
            await asyncio.gather(*(client.assets.get(asset_id) for asset_id in ids[:200]))
            seen = server.counts()
            before = weight()
            if contender == NAIVE:
                waiting = asyncio.ensure_future(by_tasks(client, ids, _LONG, {}, spread=0))
            else:
                waiting = asyncio.ensure_future(client.jobs.gather(map(client.jobs.asset, ids)))
            await asyncio.sleep(_QUIET)
            while (counts := server.counts()) != seen:
                seen = counts
                await asyncio.sleep(_QUIET)
            after = weight()
            waiting.cancel()
            await asyncio.wait([waiting])
    return (after - before) / jobs / 1000


def weight() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def show(row: Row, naive: Row | None) -> None:
    """Print one row of the table."""
    kilobytes = "" if row.kilobytes is None else f"{row.kilobytes:.2f}"
    ratios = "" if naive is None else f"{row.requests / naive.requests:9.2%} {row.cpu / naive.cpu:9.2%}"
    scaled = "" if row.scaled == 1 else f"  (over {SHORT[0]:g} to {SHORT[1]:g} intervals, × {row.scaled:g})"
    scaled += "" if row.pace > _ON_PACE else f"  (took {row.pace:.0%} of its looks)"
    print(
        f"{row.setting:<28} {row.contender:<34} {row.requests:9,.0f} {row.pages:7,.0f} {row.cpu:8.2f} {row.p50:6.2f} "
        f"{row.p99:6.2f} {kilobytes:>7} {ratios}{scaled}".rstrip(),
        flush=True,
    )


HEADING: Final = (
    f"{'jobs':<28} {'contender':<34} {'requests':>9} {'pages':>7} {'CPU s':>8} {'p50':>6} {'p99':>6} {'KB/job':>7} "
    f"{'requests':>9} {'CPU':>9}\n{'':<28} {'':<34} {'':>9} {'':>7} {'':>8} {'intervals':>13} {'':>7} "
    f"{'of those of tasks':>19}\n{'-' * 140}"
)
NOTES: Final = f"""
All intervals are fixed, and shorter than in earnest: to be compared is what is counted in intervals. Jobs end
{FULL[0]:g} to {FULL[1]:g} of them after the beginning ({QUICK[0]:g} to {QUICK[1]:g} with --quick).
Delay: from the end at the server until whoever waits knows.
CPU: of the client's process. Tasks take their first look at a random moment of the first interval, so as not to ask all
at once, and keep their pace. KB/job: what tracemalloc finds while all wait and nothing happens; nothing of it is an
asset. Who is late takes fewer looks, and looks cheaper than it is. In the last setting jobs end after {HALF[0]:g} to
{HALF[1]:g} intervals, the figure is the median of the rounds, and two runs of the same contender differ by several
percent.
"""


async def dense(server: World, jobs: int, *, quick: bool) -> list[Finding]:
    """Wait for all assets there are."""
    many = jobs > 2000
    rows: dict[str, Row] = {}
    for contender in (NAIVE, SINGLY, OURS):
        # A core that is busy all the time with looks could not keep the interval; sweeps leave it room for a short one.
        interval = (2.5 if contender == OURS else 4.0) if many else 0.4
        full = Setting(f"{jobs:,} of {jobs:,}", jobs, jobs, interval, QUICK if quick else FULL)
        short = many and contender != OURS
        row = await measure(server, full._replace(ends=SHORT) if short else full, contender, full)
        kilobytes = await weigh(server, contender, min(jobs, _WEIGHED) if contender == NAIVE else jobs)
        rows[contender] = row._replace(kilobytes=kilobytes)
        show(rows[contender], rows[NAIVE])
    ours, naive = rows[OURS], rows[NAIVE]
    assert ours.kilobytes is not None
    return [
        at_most(f"{jobs:,} dense jobs, requests", 100 * ours.requests / naive.requests, 2.5, "% of those of tasks"),
        at_most(f"{jobs:,} dense jobs, CPU", 100 * ours.cpu / naive.cpu, 5, "% of that of tasks"),
        at_most(f"{jobs:,} dense jobs, p99 of the delay", ours.p99, 1.05, "intervals"),
        at_most(f"{jobs:,} dense jobs, memory", ours.kilobytes, 4, "KB per job", then=2),
    ]


async def sparse(server: World, jobs: int, listed: int, *, quick: bool) -> list[Finding]:
    """Wait for a few among many."""
    setting = Setting(f"{jobs:,} of {listed:,}", jobs, listed, 0.4, QUICK if quick else HALF)
    rounds: list[tuple[Row, Row]] = []
    for number in range(1 if quick else 3):
        # Whoever comes first has no advantage of it.
        order = (SINGLY, OURS) if number % 2 else (OURS, SINGLY)
        rows = {contender: await measure(server, setting, contender, setting) for contender in order}
        for row in rows.values():
            show(row, None)
        rounds.append((rows[OURS], rows[SINGLY]))
    requests = median(ours.requests / singly.requests for ours, singly in rounds)
    cpu = median(ours.cpu / singly.cpu for ours, singly in rounds)
    return [
        at_most(f"{setting.name} listed, requests", 100 * requests, 100, "% of those of GETs alone"),
        at_most(f"{setting.name} listed, CPU", 100 * cpu, 100, "% of that of GETs alone"),
        at_most(f"{setting.name} listed, p99 of the delay", median(ours.p99 for ours, _ in rounds), 1.05, "intervals"),
    ]


def options() -> tuple[Options, Iterable[int]]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="take a few seconds, for a rough idea")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append the figures to this file, a line for each")
    parser.add_argument("--jobs", help="how many are waited for, as in 1000,10000")
    given = parser.parse_args()
    jobs = given.jobs or ("1000" if given.quick else "1000,10000")
    return Options(given.quick, given.json), [int(each) for each in jobs.split(",")]


async def compare(server: World, chosen: Options, numbers: Iterable[int]) -> list[Finding]:
    findings: list[Finding] = []
    for jobs in numbers:
        findings += await dense(server, jobs, quick=chosen.quick)
    findings += await sparse(server, *((300, 15_000) if chosen.quick else (1000, 50_000)), quick=chosen.quick)
    return findings


def main() -> None:
    chosen, numbers = options()
    client_core, server_core = two_cores()
    pin(client_core)
    print(
        f"tpstreams-async {tpstreams_async.__version__}, aiohttp {aiohttp.__version__}, Python "
        f"{platform.python_version()}\n\n{HEADING}",
        flush=True,
    )
    with world(server_core) as server:
        findings = asyncio.run(compare(server, chosen, numbers))
    print(NOTES)
    conclude(chosen, *findings)


if __name__ == "__main__":
    main()
