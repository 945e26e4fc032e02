"""What hints from webhooks save and hasten, and what happens when they get lost.

    python benchmarks/hints.py [--quick] [--json FILE]

A thousand jobs go from Queued to Transcoding and Completed, with a delivery for each. All time runs faster: the settings
are the defaults, and all their seconds are shorter by the same factor. Delays are told in seconds of real jobs.
"""

import asyncio
import gc
import json
import platform
import random
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import aiohttp
from _bodies import asset
from _report import Finding, at_most, conclude, holds, options_of
from _stub_server import pin, two_cores
from _world_server import COMPLETED, QUEUED, TRANSCODING, States, World, id_of, world

import tpstreams_async
from tpstreams_async import Polling, TPStreams

ORGANIZATION: Final = "bench1"
TOKEN: Final = "0123456789abcdef" * 4
DEFAULTS: Final = Polling()
#: So many times as fast as in earnest.
FASTER: Final = 40.0
QUICK: Final = 160.0
#: Seconds from which Transcoding shows, and for which it lasts, from and to.
QUEUEING: Final = (10.0, 60.0)
WORKING: Final = (60.0, 300.0)
#: Seconds that a delivery is under way.
UNDER_WAY: Final = (0.1, 1.0)
LOST: Final = (0.0, 0.5, 1.0)
_GIVE_UP_SECONDS: Final = 60.0


class Delivery(NamedTuple):
    """What a webhook sends, and when it arrives, in seconds from the beginning."""

    at: float
    body: bytes


class Row(NamedTuple):
    """What became of one run. Delays are in seconds of real jobs."""

    lost: float
    delivered: int
    gets: int
    pages: int
    cpu: float
    p50: float
    p99: float
    most: float
    ended: int


def polling(faster: float) -> Polling:
    """Return the defaults, faster."""
    return Polling(
        interval=DEFAULTS.interval / faster,
        interval_max=DEFAULTS.interval_max / faster,
        hint_memory=DEFAULTS.hint_memory / faster,
        not_found_grace=DEFAULTS.not_found_grace / faster,
        last_look=DEFAULTS.last_look / faster,
    )


def timeline(jobs: int, faster: float) -> dict[int, States]:
    """Return what each job goes through, in seconds of this benchmark."""
    chance = random.Random(3)
    states: dict[int, States] = {}
    for number in range(jobs):
        begins = chance.uniform(*QUEUEING)
        ends = begins + chance.uniform(*WORKING)
        states[number] = [(0.0, QUEUED), (begins / faster, TRANSCODING), (ends / faster, COMPLETED)]
    return states


def deliveries(states: dict[int, States], lost: float, faster: float) -> list[Delivery]:
    """Return those that arrive, the first one first."""
    chance = random.Random(5)
    arriving = []
    for number, each in states.items():
        body = asset(id_of(number))
        for seconds, status in each:
            body["video"]["status"] = status
            arrives = seconds + chance.uniform(*UNDER_WAY) / faster
            if chance.random() >= lost:
                arriving.append(Delivery(arrives, json.dumps(body).encode()))
    return sorted(arriving)


async def deliver(client: TPStreams, arriving: Sequence[Delivery], began: float) -> None:
    for each in arriving:
        await asyncio.sleep(began + each.at - time.monotonic())
        client.jobs.hint(each.body)


async def measure(server: World, jobs: int, lost: float, faster: float) -> Row:
    """Wait for all jobs while so large a part of the deliveries gets lost."""
    states = timeline(jobs, faster)
    arriving = deliveries(states, lost, faster)
    known: dict[str, float] = {}
    gc.collect()
    async with TPStreams(ORGANIZATION, TOKEN, base_url=server.url, polling=polling(faster)) as client:
        began = server.begin(jobs, states)
        cpu = time.process_time()
        delivering = asyncio.create_task(deliver(client, arriving, began))
        waiting = [client.jobs.asset(id_of(number)) for number in states]
        async for job in client.jobs.as_completed(waiting, timeout=_GIVE_UP_SECONDS):
            known[job.id] = time.monotonic()
        cpu = time.process_time() - cpu
        await delivering
    counts = server.counts()
    ended = sum([(await job).video.status == COMPLETED for job in waiting])
    delays = sorted((known[id_of(number)] - began - each[-1][0]) * faster for number, each in states.items())
    if delays[0] < 0:
        raise RuntimeError("an end was known before there was one")
    p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    return Row(lost, len(arriving), counts["get"], counts["page"], cpu, p50, p99, delays[-1], ended)


def show(row: Row) -> None:
    print(
        f"{row.lost:>6.0%} {row.delivered:>10,} {row.gets:>8,} {row.pages:>8,} {row.cpu:>7.2f} {row.p50:>8.1f} "
        f"{row.p99:>8.1f} {row.most:>8.1f} {row.ended:>7,}",
        flush=True,
    )


def findings(rows: Sequence[Row], jobs: int) -> list[Finding]:
    """Compare with what the settings allow."""
    longest = DEFAULTS.interval_max * (1 + DEFAULTS.jitter)
    bounds = {0.0: DEFAULTS.interval, 0.5: DEFAULTS.hint_slowdown * longest, 1.0: longest}
    found: list[Finding] = []
    for row in rows:
        name = f"hints, {row.lost:.0%} lost"
        found.append(holds(f"{name}: every wait ends", row.ended == jobs, f"{row.ended:,} of {jobs:,}"))
        found.append(at_most(f"{name}: p99 of the delay", row.p99, bounds[row.lost], "s"))
    return found


NOTES: Final = f"""
Everything runs faster than in earnest, but for requests and the processor, so that these weigh as many times as much in
delays. A job is Queued for {QUEUEING[0]:g} to {QUEUEING[1]:g} s and Transcoding for {WORKING[0]:g} to {WORKING[1]:g} s, which it shows to nobody but who asks; a
delivery is under way for {UNDER_WAY[0]:g} to {UNDER_WAY[1]:g} s. Delay: from the end at the server until whoever waits knows of it. The limits are
what the settings allow: an interval where nothing is lost; the longest one where all is; and that slowed down, as it is
for a job of which some deliveries came.
"""


async def run(server: World, jobs: int, faster: float) -> list[Row]:
    rows = []
    for lost in LOST:
        rows.append(await measure(server, jobs, lost, faster))
        show(rows[-1])
    return rows


def main() -> None:
    options = options_of(__doc__)
    jobs, faster = (200, QUICK) if options.quick else (1000, FASTER)
    client_core, server_core = two_cores()
    pin(client_core)
    print(
        f"tpstreams-async {tpstreams_async.__version__}, aiohttp {aiohttp.__version__}, Python "
        f"{platform.python_version()}; {jobs:,} jobs, {faster:g} times as fast\n\n"
        f"{'lost':>6} {'deliveries':>10} {'GETs':>8} {'pages':>8} {'CPU s':>7} {'p50 s':>8} {'p99 s':>8} {'max s':>8} "
        f"{'ended':>7}\n{'-' * 80}",
        flush=True,
    )
    with world(server_core) as server:
        rows = asyncio.run(run(server, jobs, faster))
    print(NOTES)
    conclude(options, *findings(rows, jobs))


if __name__ == "__main__":
    main()
