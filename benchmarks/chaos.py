"""Create ten thousand videos over a connection that fails all the time, and count what is doubled or lost.

    python benchmarks/chaos.py [--quick] [--creates N] [--concurrency N] [--seed N]

Client, proxy and simulator share one process and one event loop. What every call told is compared with what the
simulator holds when all is over.
"""

import argparse
import asyncio
import contextlib
import logging
import platform
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import aiohttp
from _chaos_report import MODES, Mode, Outcome, reached, show
from _fault_proxy import Chances, FaultProxy, Harm

import tpstreams_async
from tpstreams_async import (
    BadRequestError,
    ConnectError,
    OutcomeUnknownError,
    RateLimitedError,
    Reconcile,
    RequestTimeoutError,
    Retry,
    Timeouts,
    TPStreams,
)
from tpstreams_async.simulator import Simulator

try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]

CHANCES: Final = Chances(
    share=0.3,
    weights={
        Harm.DOOR: 0.25,
        Harm.RESET_BEFORE: 1.0,
        Harm.RESET_AFTER: 1.0,
        Harm.TRUNCATE: 1.0,
        Harm.STALL_BEFORE: 0.25,
        Harm.STALL_AFTER: 0.25,
        Harm.BUSY: 1.0,
        Harm.ERROR_BEFORE: 1.0,
        Harm.ERROR_AFTER: 1.0,
    },
    silence=(0.6, 1.8),
    shut=(0.002, 0.02),
    hang_up=0.25,
    patience=(0,) * 59 + (1,),
)
TIMEOUTS: Final = Timeouts(total=15, connect=1, attempt=0.5)
#: As it comes, but for the pauses, and for a budget that ten thousand faults do not use up.
RETRY: Final = Retry(backoff_base=0.03, backoff_max=0.5, budget=10_000, budget_per_second=1_000)
RECONCILE: Final = Reconcile(settle=2, timeout=240)
#: Simulated seconds for one: a video is downloaded after 3 of them and done after 6, and its row in the list changes.
SPEED: Final = 0.25
MOST_LOOKED_FOR: Final = 200
#: What `assets.create` may raise to say that there is no video.
NOTHING_CREATED: Final = (ConnectError, RateLimitedError, RequestTimeoutError, BadRequestError)
VERDICT: Final = re.compile(r"assets\.create: attempt \d+: (.+)")


class Plan(NamedTuple):
    """What is done."""

    creates: int
    concurrency: int
    seed: int

    @property
    def limit(self) -> float:
        """Seconds after which all is given up."""
        return 60 + self.creates * 0.054


class Told(NamedTuple):
    """What a call told: an asset, or an error."""

    title: str
    asset_id: str = ""
    asset_title: str | None = None
    error: Exception | None = None


class Log(logging.Handler):
    """Counts what the client's log says of each attempt to create something."""

    def __init__(self) -> None:
        super().__init__()
        self.verdicts: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        if found := VERDICT.fullmatch(record.getMessage()):
            self.verdicts[found[1]] += 1


@contextlib.contextmanager
def listening() -> Iterator[Log]:
    """Read the client's log."""
    logger = logging.getLogger("tpstreams_async")
    before, log = logger.level, Log()
    logger.addHandler(log)
    logger.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        logger.removeHandler(log)
        logger.setLevel(before)


@contextlib.asynccontextmanager
async def harmed_client(plan: Plan) -> AsyncIterator[tuple[Simulator, FaultProxy, TPStreams]]:
    """Start a simulator, the proxy in front of it, and a client that knows the proxy alone."""
    async with (
        Simulator(fetch=False, speed=SPEED) as sim,
        FaultProxy(int(sim.url.rpartition(":")[2]), CHANCES, plan.seed) as proxy,
        TPStreams(
            sim.organization_id,
            sim.token,
            base_url=proxy.url,
            timeouts=TIMEOUTS,
            retry=RETRY,
            reconcile=RECONCILE,
        ) as client,
    ):
        yield sim, proxy, client


async def create_all(client: TPStreams, plan: Plan, mode: Mode) -> list[Told]:
    """Make all calls, so many at a time, and note what each of them told."""
    told: list[Told] = []
    numbers = iter(range(1, plan.creates + 1))

    async def worker() -> None:
        for number in numbers:
            title = f"Clip {number:05}"
            try:
                asset = await client.assets.create(
                    inputs=[f"https://media.example.com/{number}.mp4"],
                    resolutions=["240p"],
                    title=title,
                    on_unknown=mode,
                )
            except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
                told.append(Told(title, error=error))
            else:
                told.append(Told(title, asset.id, asset.title))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(plan.concurrency):
            tasks.create_task(worker())
    return told


def compare(told: Sequence[Told], videos: Mapping[str, str]) -> dict[str, int]:
    """Count what agrees between the calls and the server.

    Args:
        told: what the calls told.
        videos: titles by id, as the server has them.
    """
    unknown = {call.title for call in told if isinstance(call.error, OutcomeUnknownError)}
    returned = {call.asset_id: call for call in told if call.error is None}
    true = {
        asset_id
        for asset_id, call in returned.items()
        if videos.get(asset_id) == call.title and call.asset_title == call.title
    }
    untold = [title for asset_id, title in videos.items() if asset_id not in true and title not in unknown]
    wrong = sum(call.error is None for call in told) - len(true)
    return {
        "created": len(videos),
        "known": len(true),
        "unknown": len(unknown),
        "unknown, and created": len(unknown & set(videos.values())),
        "refused": sum(isinstance(call.error, NOTHING_CREATED) for call in told),
        "other errors": sum(
            call.error is not None and not isinstance(call.error, (OutcomeUnknownError, *NOTHING_CREATED))
            for call in told
        ),
        "duplicates": sum(number > 1 for number in Counter(videos.values()).values()),
        "lost": len(untold) + wrong,
    }


async def look_for(client: TPStreams, titles: Sequence[str], sim: Simulator) -> int:
    """Return for how many of these titles the client finds just what the server has."""
    on_server: dict[str, set[str]] = {}
    for asset_id, title in titles_by_id(sim).items():
        on_server.setdefault(title, set()).add(asset_id)
    found = await asyncio.gather(*(client.assets.find(title=title) for title in titles), return_exceptions=True)
    return sum(
        not isinstance(assets, BaseException) and {asset.id for asset in assets} == on_server.get(title, set())
        for title, assets in zip(titles, found, strict=True)
    )


def titles_by_id(sim: Simulator) -> dict[str, str]:
    return {asset_id: asset["title"] for asset_id, asset in sim.assets.items()}


async def run(plan: Plan, mode: Mode) -> Outcome:
    """Make all calls in one mode, and compare."""
    began = time.perf_counter()
    with listening() as log:
        async with harmed_client(plan) as (sim, proxy, client):
            told = await create_all(client, plan, mode)
            await proxy.quiet()
            videos = titles_by_id(sim)
            unknown = [call.title for call in told if isinstance(call.error, OutcomeUnknownError)]
            sample = unknown[:MOST_LOOKED_FOR] if mode == "raise" else []
            pages = sim.journal.count("GET", "assets/")
            seconds = time.perf_counter() - began
            agree = await look_for(client, sample, sim)
            if sim.errors:
                raise RuntimeError(f"the simulator itself failed: {sim.errors}")
            return Outcome(
                counts=compare(told, videos),
                errors=Counter(type(call.error).__name__ for call in told if call.error is not None),
                harmed=proxy.harmed,
                passed=proxy.passed,
                verdicts=log.verdicts,
                posts=sim.journal.count("POST", "assets/videos/"),
                pages=pages,
                found=(agree, len(sample)),
                seconds=seconds,
                peak_mib=peak_mib(),
            )


def peak_mib() -> float:
    if resource is None:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def options() -> Plan:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="create 300 videos, in less than 20 seconds")
    parser.add_argument("--creates", type=int, help="videos to create in each run (10000)")
    parser.add_argument("--concurrency", type=int, default=100, help="calls at once (100)")
    parser.add_argument("--seed", type=int, default=1, help="of the proxy's chance (1)")
    given = parser.parse_args()
    creates = given.creates or (300 if given.quick else 10_000)
    if creates < 1 or given.concurrency < 1:
        parser.error("--creates and --concurrency must be 1 or more")
    return Plan(creates, given.concurrency, given.seed)


async def both(plan: Plan) -> dict[Mode, Outcome]:
    outcomes: dict[Mode, Outcome] = {}
    async with asyncio.timeout(plan.limit):
        for mode in MODES:
            print(f"running: on_unknown={mode!r} …", flush=True)
            outcomes[mode] = await run(plan, mode)
    return outcomes


def main() -> int:
    plan = options()
    print(
        f"tpstreams-async {tpstreams_async.__version__}, aiohttp {aiohttp.__version__}, Python "
        f"{platform.python_version()}; {plan.creates} creations, {plan.concurrency} at once, seed {plan.seed}; "
        f"hard limit {plan.limit:.0f} s\n"
        f"The proxy harms {CHANCES.share:.0%} of all requests, holding some back for up to {CHANCES.silence[1]:g} s "
        f"before the work is done.\nThe client waits {TIMEOUTS.attempt:g} s for an answer; the settle time of the "
        f"second run is {RECONCILE.settle:g} s, and has to be\nlonger than what is held back.\n"
    )
    try:
        outcomes = asyncio.run(both(plan))
    except TimeoutError:
        print(f"not finished within {plan.limit:.0f} s")
        return 1
    show(plan.creates, outcomes)
    told = "reached" if reached(outcomes) else "NOT reached"
    print(
        "wanted: duplicates 0, lost 0, other errors 0 and all found again in both, unknown 0 in the second run: " + told
    )
    return 0 if told == "reached" else 1


if __name__ == "__main__":
    sys.exit(main())
