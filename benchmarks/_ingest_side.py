"""One run of bulk ingestion in a process of its own, so that it can be killed, and its memory is its own.

    python benchmarks/_ingest_side.py ORDER

ORDER is the JSON of an `Order`. Prints a line when the run begins, and a line of JSON at its end.
"""

import asyncio
import csv
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import orjson
from _stub_server import pin

from tpstreams_async import Polling, Retry, Timeouts, TPStreams, TPStreamsError

BATCH = 20
CONCURRENCY = 4
#: How a run ends that an error has ended.
ENDED_BY_ERROR = 3
#: The header that tells of each request which run it is of.
RUN = "X-Run"
_TICK = 0.001


class Order(NamedTuple):
    """What is to be done.

    Attributes:
        side: "ours", or "raw" for the same requests by aiohttp alone, with no ledger.
        url: of the server.
        organization_id: of the client.
        token: of the client.
        manifest: a CSV file.
        ledger: path of the ledger.
        core: to run on; None for any.
        wait: whether assets are awaited.
        in_processing: assets that are awaited at once.
        settle: seconds.
        attempt: seconds for an answer, over a connection that fails all the time; None where it does not.
        run: its number.
    """

    side: str
    url: str
    organization_id: str
    token: str
    manifest: str
    ledger: str
    core: int | None = None
    wait: bool = False
    in_processing: int = 1000
    settle: float = 0.0
    attempt: float | None = None
    run: int = 0


def peak() -> int:
    """Return the most bytes of memory that this process ever had."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says begins with the size of the process that started this one.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    from resource import RUSAGE_SELF, getrusage  # noqa: PLC0415 - Windows has none

    return getrusage(RUSAGE_SELF).ru_maxrss


async def lag(worst: dict[str, float]) -> None:
    """Note by how many milliseconds a short sleep is late at worst, and how many of these this process was busy.

    What it was not busy, others had the core.
    """
    while True:
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.sleep(_TICK)
        late = time.perf_counter() - began - _TICK
        worst["lag_ms"] = max(worst["lag_ms"], 1e3 * late)
        worst["busy_ms"] = max(worst["busy_ms"], 1e3 * min(late, time.process_time() - cpu))


def client_of(order: Order, session: aiohttp.ClientSession) -> TPStreams:
    if order.attempt is None:
        return TPStreams(order.organization_id, order.token, base_url=order.url)
    return TPStreams(
        order.organization_id,
        order.token,
        base_url=order.url,
        session=session,
        timeouts=Timeouts(total=15, connect=1, attempt=order.attempt),
        # As it comes, but for the pauses, and for a budget that many faults do not use up.
        retry=Retry(backoff_base=0.03, backoff_max=0.5, budget=10_000, budget_per_second=1_000),
        polling=Polling(interval=0.5, interval_max=2.0, failures=50),
    )


async def ours(order: Order) -> Counter[str]:
    states: Counter[str] = Counter()
    async with (
        aiohttp.ClientSession(headers={RUN: f"{order.run}"}) as session,
        client_of(order, session) as client,
        client.ingest(
            order.manifest,
            ledger=order.ledger,
            batch_size=BATCH,
            concurrency=CONCURRENCY,
            wait=order.wait,
            max_in_processing=order.in_processing,
            settle=order.settle,
        ) as run,
    ):
        print("begun", flush=True)
        async for result in run:
            states[result.state] += 1
    return states


async def raw(order: Order) -> Counter[str]:
    states: Counter[str] = Counter()
    address = f"{order.url}/api/v1/{order.organization_id}/assets/videos/bulk-create/"
    headers = {"Authorization": f"Token {order.token}", "Content-Type": "application/json"}
    bodies = bodies_of(Path(order.manifest))
    async with aiohttp.ClientSession(headers=headers) as session:
        print("begun", flush=True)

        async def worker() -> None:
            while batch := list(itertools.islice(bodies, BATCH)):
                async with session.post(address, data=orjson.dumps(batch)) as response:
                    states["submitted"] += len(orjson.loads(await response.read()))

        await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
    return states


def bodies_of(manifest: Path) -> Iterator[dict[str, Any]]:
    with manifest.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield {
                "inputs": [{"url": row["url"]}],
                "title": row["title"],
                "resolutions": row["resolutions"].split(","),
            }


async def main() -> int:
    order = Order(**json.loads(sys.argv[1]))
    pin(order.core)
    worst = {"lag_ms": 0.0, "busy_ms": 0.0}
    watcher = asyncio.create_task(lag(worst))
    cpu, began = time.process_time(), time.perf_counter()
    try:
        states = await {"ours": ours, "raw": raw}[order.side](order)
    except TPStreamsError as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
        return ENDED_BY_ERROR
    seconds = time.perf_counter() - began
    watcher.cancel()
    cpu = time.process_time() - cpu
    print(json.dumps({"states": states, "seconds": seconds, "cpu": cpu, "peak": peak(), **worst}))
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
