"""How long those who wait wait, and how much is asked, when webhooks are handed over and some of them get lost.

    python benchmarks/hints.py [--quick] [--json FILE]

Each video goes from Queued over Transcoding to Completed, and each change is delivered to ``client.jobs.hint`` unless
it is lost. Intervals are a tenth of the default ones, so that this takes seconds; delays are shown in first intervals.
The simulator runs in the same process: what is counted are requests, and nothing here says how fast the client is.
"""

import asyncio
import random
from statistics import median
from typing import NamedTuple

from _report import at_most, conclude, holds, options_of

from tpstreams_async import Polling, TPStreams
from tpstreams_async.simulator import Simulator

INTERVAL = 0.2
POLLING = Polling(interval=INTERVAL, interval_max=15 * INTERVAL, hint_memory=60 * INTERVAL, not_found_grace=3.0)
SECONDS = (2.0, 8.0)


class Outcome(NamedTuple):
    """What became of all waits."""

    ended: int
    gets: int
    pages: int
    p50: float
    p99: float


async def run(waits: int, lost: float) -> Outcome:
    """Wait for so many videos while a part of the deliveries gets lost."""
    chance = random.Random(waits)
    loop = asyncio.get_running_loop()
    ends: dict[str, float] = {}
    delays: list[float] = []
    async with (
        Simulator(fetch=False, journal_size=10 * waits) as sim,
        TPStreams(sim.organization_id, sim.token, base_url=sim.url, polling=POLLING) as client,
    ):

        def change(asset_id: str, status: str) -> None:
            sim.set_status(asset_id, status)
            if status == "Completed":
                ends[asset_id] = loop.time()
            if chance.random() >= lost:
                client.jobs.hint(sim.delivery(asset_id))

        async def wait(asset_id: str) -> None:
            await client.jobs.asset(asset_id)
            delays.append(loop.time() - ends[asset_id])

        ids = [sim.add_asset(status="Queued") for _ in range(waits)]
        for asset_id in ids:
            end = chance.uniform(*SECONDS)
            loop.call_later(end * chance.uniform(0.1, 0.5), change, asset_id, "Transcoding")
            loop.call_later(end, change, asset_id, "Completed")
        await asyncio.wait_for(asyncio.gather(*map(wait, ids)), 60)
        pages = len(sim.journal.requests("GET", "assets/"))
        delays.sort()
        return Outcome(
            ended=len(delays),
            gets=sim.journal.total - pages,
            pages=pages,
            p50=median(delays) / INTERVAL,
            p99=delays[len(delays) * 99 // 100] / INTERVAL,
        )


def main() -> None:
    options = options_of(__doc__)
    waits = 200 if options.quick else 1000
    outcomes = {lost: asyncio.run(run(waits, lost)) for lost in (0.0, 0.5, 1.0)}
    print(f"{waits:,} waits; delays in first intervals of {INTERVAL} s\n")
    print(f"{'deliveries lost':>16} {'ended':>7} {'GETs':>7} {'pages':>7} {'p50':>7} {'p99':>7}")
    for lost, outcome in outcomes.items():
        counts = f"{outcome.ended:7,} {outcome.gets:7,} {outcome.pages:7,}"
        print(f"{lost:16.0%} {counts} {outcome.p50:7.2f} {outcome.p99:7.2f}")
    ended = sum(outcome.ended for outcome in outcomes.values())
    conclude(
        options,
        holds("waits end, whatever is lost", ended == 3 * waits, f"{ended:,} of {3 * waits:,}"),
        at_most("delay when nothing is lost, median", outcomes[0.0].p50, 0.25, "first intervals"),
    )


if __name__ == "__main__":
    main()
