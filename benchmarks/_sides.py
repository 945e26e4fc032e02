"""Calls and decodings of several sides, measured in turns.

Only ratios within one run mean anything: the sides take turns in short windows, each round gives one ratio, and the
median of the rounds is shown. CPU is that of the client's process alone.
"""

import asyncio
import contextlib
import gc
import itertools
import platform
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from statistics import median
from typing import Any, NamedTuple

import aiohttp
import orjson
from _bodies import asset_body
from _stub_server import HOST, pin, two_cores

import tpstreams_async
from tpstreams_async import TPStreams

ORGANIZATION = "bench1"
TOKEN = "0123456789abcdef" * 4
POOL = 100
#: More than the URLs that yarl remembers: an application, too, asks for one asset after the other.
IDS = tuple(f"aZ3kQm9{number:04}" for number in range(4000))

READ = "aiohttp: get + read"
DICT = "aiohttp + orjson to a dict"
FAIR = f"the same behind Semaphore({POOL})"
OURS = "client.assets.get"

Call = Callable[[str], Awaitable[Any]]


class Plan(NamedTuple):
    """How long is measured: rounds, and seconds for a window of one side in one round."""

    rounds: int
    seconds: float


class Window(NamedTuple):
    """What one side did in one window."""

    cpu_us: float
    per_second: float
    latencies: Sequence[float] = ()
    never_served: int = 0


class Row(NamedTuple):
    """One side of one comparison, over all rounds."""

    load: str
    side: str
    cpu_us: float
    ratio: float
    per_second: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    never_served: int | None = None


@contextlib.asynccontextmanager
async def sides(port: int) -> AsyncIterator[dict[str, Call]]:
    """Open every side's client."""
    origin = f"http://{HOST}:{port}"
    base = f"{origin}/api/v1/{ORGANIZATION}/assets"
    semaphore = asyncio.Semaphore(POOL)
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Token {TOKEN}"}) as session,
        TPStreams(ORGANIZATION, TOKEN, base_url=origin, max_connections=POOL) as client,
    ):
        assert session.connector is not None
        assert session.connector.limit == POOL

        async def read(asset_id: str) -> bytes:
            async with session.get(f"{base}/{asset_id}/") as response:
                return await response.read()

        async def to_dict(asset_id: str) -> Any:
            async with session.get(f"{base}/{asset_id}/") as response:
                return orjson.loads(await response.read())

        async def fair(asset_id: str) -> Any:
            async with semaphore, session.get(f"{base}/{asset_id}/") as response:
                return orjson.loads(await response.read())

        yield {READ: read, DICT: to_dict, FAIR: fair, OURS: client.assets.get}


async def measure(call: Call, callers: int, seconds: float) -> Window:
    """Let so many callers call again and again for a while, after one unmeasured call of each."""
    ids = itertools.cycle(IDS)
    await asyncio.gather(*(call(next(ids)) for _ in range(callers)))
    latencies: list[float] = []
    never_served = 0
    gc.collect()
    cpu, began = time.process_time(), time.perf_counter()
    end = began + seconds

    async def caller() -> None:
        nonlocal never_served
        done = began
        while (asked := time.perf_counter()) < end:
            await call(next(ids))
            never_served += done == began and time.perf_counter() > end
            done = time.perf_counter()
            latencies.append(done - asked)

    # A call that is under way at the end is finished, and counts: leaving it out would hide those who starve.
    await asyncio.gather(*(caller() for _ in range(callers)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    calls = len(latencies)
    return Window(cpu / calls * 1e6, calls / wall, latencies, never_served)


def summed_up(load: str, rounds: list[dict[str, Window]], base: str) -> list[Row]:
    """Return a row for each side: medians over the rounds; the ratio is to the base in the same round."""
    rows = []
    for side in rounds[0]:
        windows = [each[side] for each in rounds]
        rows.append(
            Row(
                load,
                side,
                median(window.cpu_us for window in windows),
                median(each[side].cpu_us / each[base].cpu_us for each in rounds),
                median(window.per_second for window in windows),
                _percentile_ms(windows, 50),
                _percentile_ms(windows, 99),
                max(window.never_served for window in windows),
            )
        )
    return rows


def _percentile_ms(windows: list[Window], percent: int) -> float | None:
    """Return the median over the windows, so that a pause of the whole machine in one of them does not decide."""
    if not windows[0].latencies:
        return None
    return median(1e3 * sorted(each.latencies)[len(each.latencies) * percent // 100] for each in windows)


async def compare_calls(port: int, callers: int, base: str, without: str | None, plan: Plan) -> list[Row]:
    """Measure every side with so many calls in flight."""
    rounds = []
    async with sides(port) as calls:
        order = [side for side in calls if side != without]
        for number in range(plan.rounds):
            turn = order if number % 2 else order[::-1]
            windows = {side: await measure(calls[side], callers, plan.seconds) for side in turn}
            rounds.append({side: windows[side] for side in order})
    return summed_up(f"{callers} in flight", rounds, base)


def show(rows: list[Row]) -> None:
    """Print the table."""
    print(
        f"{'load':<14} {'side':<27} {'CPU µs':>8} {'ratio':>6} {'per s':>7} {'p50 ms':>7} {'p99 ms':>7} {'starved':>7}"
    )
    load = ""
    for row in rows:
        if row.load != load:
            print("-" * 92)
        shown = "" if row.load == load else row.load
        load = row.load
        times = "" if row.p50_ms is None else f"{row.p50_ms:7.2f} {row.p99_ms:7.1f} {row.never_served:7}"
        print(f"{shown:<14} {row.side:<27} {row.cpu_us:8.1f} {row.ratio:6.2f} {row.per_second:7.0f} {times}".rstrip())


def plan_of(*, quick: bool) -> Plan:
    """Return how long to measure."""
    return Plan(rounds=3, seconds=0.15) if quick else Plan(rounds=9, seconds=0.5)


def begin() -> int | None:
    """Take a core for the client, and say what is measured on what. Return the core that is left for a server."""
    client_core, server_core = two_cores()
    pin(client_core)
    cores = "two cores" if client_core is not None else "no core of its own for either side"
    print(
        f"tpstreams-async {tpstreams_async.__version__}, aiohttp {aiohttp.__version__}, orjson {orjson.__version__}, "
        f"Python {platform.python_version()}; {len(asset_body())} bytes per asset; {cores}; medians of several rounds"
    )
    return server_core
