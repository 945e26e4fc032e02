"""Ten thousand waits over a connection that fails all the time: each must end as it should, and leave nothing behind.

    python benchmarks/soak.py [--quick] [--json FILE]

Client, proxy and simulator share one process and one event loop. The proxy harms 30 % of all requests. A tenth of the
waits is cancelled at a random moment, a tenth of the videos fails, a tenth has a limit that comes before its end.
"""

import asyncio
import gc
import random
import sys
import tracemalloc
from collections import Counter
from typing import Any

from _fault_proxy import FaultProxy
from _report import at_most, conclude, holds, options_of
from chaos import CHANCES

from tpstreams_async import Asset, JobFailedError, JobPollError, JobTimeoutError, Polling, Retry, Timeouts, TPStreams
from tpstreams_async.simulator import Simulator

POLLING = Polling(interval=1.0, interval_max=4.0, failures=50, last_look=3.0)
RETRY = Retry(backoff_base=0.05, backoff_max=0.5, budget=100_000, budget_per_second=10_000)
#: Seconds within which the videos end; those that are to be late never do.
ENDS = (2.0, 20.0)
#: Seconds after which a wait counts as one that hangs.
PATIENCE = 150.0


def verdict(outcome: Any, asset_id: str, plan: str) -> str:
    """Say how a wait ended: by what was planned for it, or by "WRONG"."""
    fits = {
        "done": isinstance(outcome, Asset) and outcome.id == asset_id and outcome.status == "Completed",
        "failed": isinstance(outcome, JobFailedError),
        "late": isinstance(outcome, JobTimeoutError),
        "cancelled": isinstance(outcome, (asyncio.CancelledError, Asset)),
    }
    if fits[plan]:
        return plan
    return "gave up looking" if isinstance(outcome, JobPollError) else f"WRONG: {plan}, but {outcome!r:.100}"


async def wait(client: TPStreams, asset_id: str, plan: str) -> Any:
    """Wait for a video, in one of the ways there are."""
    job = client.jobs.asset(asset_id)
    if plan == "late":
        return await job.result(timeout=ENDS[1])
    if ord(asset_id[0]) % 2:
        async for update in job.updates():
            if update.terminal:
                break
    return await job


def ours() -> int:
    """Return how many bytes there are that the package made, and not the simulator, which remembers every id."""
    mine = [
        tracemalloc.Filter(True, "*/tpstreams_async/*"),
        tracemalloc.Filter(True, "<structure *"),
        tracemalloc.Filter(True, "<attrs *"),
    ]
    snapshot = tracemalloc.take_snapshot().filter_traces(mine)
    others = snapshot.filter_traces([tracemalloc.Filter(False, "*/tpstreams_async/simulator/*")])
    return sum(trace.size for trace in others.traces)


async def soak(client: TPStreams, sim: Simulator, number: int, chance: random.Random) -> Counter[str]:
    """Let so many waits come to their ends."""
    loop = asyncio.get_running_loop()
    plans = {
        sim.add_asset(status="Transcoding"): chance.choices(["done", "failed", "late", "cancelled"], [7, 1, 1, 1])[0]
        for _ in range(number)
    }
    tasks = {asset_id: asyncio.create_task(wait(client, asset_id, plan)) for asset_id, plan in plans.items()}
    for asset_id, plan in plans.items():
        status = "Error" if plan == "failed" else "Completed"
        if plan != "late":
            loop.call_later(chance.uniform(*ENDS), sim.set_status, asset_id, status)
        if plan == "cancelled":
            loop.call_later(chance.uniform(0.0, ENDS[1]), tasks[asset_id].cancel)
    done, hanging = await asyncio.wait(tasks.values(), timeout=PATIENCE)
    for task in hanging:
        task.cancel()
    outcomes = await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert len(done) + len(hanging) == number
    counts = Counter(verdict(*each) for each in zip(outcomes, plans, plans.values(), strict=True))
    return counts + Counter({"HANGS": len(hanging)})


async def run(number: int) -> tuple[Counter[str], int, int]:
    """Soak twice; what the second time leaves behind is a leak. Return how waits ended, bytes left, requests harmed."""
    chance = random.Random(number)
    counts: Counter[str] = Counter()
    async with (
        Simulator(fetch=False, journal_size=1) as sim,
        FaultProxy(int(sim.url.rpartition(":")[2]), CHANCES, number) as proxy,
        TPStreams(
            sim.organization_id,
            sim.token,
            base_url=proxy.url,
            polling=POLLING,
            retry=RETRY,
            timeouts=Timeouts(total=20, attempt=2),
        ) as client,
    ):
        left: list[int] = []
        for part in (number // 10, number):
            counts += await soak(client, sim, part, chance)
            await proxy.quiet()
            for asset_id in list(sim.assets):
                sim.delete_asset(asset_id)
            gc.collect()
            left.append(ours())
        return counts, left[1] - left[0], sum(proxy.harmed.values())


def main() -> None:
    options = options_of(__doc__)
    number = 500 if options.quick else 10_000
    tracemalloc.start()
    counts, left, harmed = asyncio.run(run(number))
    print(f"{sum(counts.values()):,} waits, {harmed:,} requests harmed")
    for ended, times in counts.most_common():
        print(f"{times:8,} {ended}")
    bad = sum(times for ended, times in counts.items() if ended.startswith(("WRONG", "HANGS", "gave up")))
    conclude(
        options,
        holds("every wait ends as it should", not bad, f"{bad} do not"),
        at_most("memory that is left, for each wait", max(0, left) / number, 100.0, "bytes"),
    )
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
