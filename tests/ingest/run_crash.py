"""A program that makes runs of a manifest in forks of itself, each of which can be killed at a point of its course.

It reads a line of JSON for each run, and answers with a line of its number and its exit status: ``{"number": 1,
"url": …, "token": …, "organization_id": …, "ledger": …, "point": 17, "variant": "sound"}``. Points are counted from 1,
and are SQL statements and what goes over the wire; 0 kills nothing. ``adopt`` and ``skip`` look at what was there.
Any other variant than these and ``sound`` is a run with a defect.
"""

import asyncio
import json
import os
import signal
import sqlite3
import sys
import tempfile
import threading
from asyncio import selector_events
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger_support import UNSYNCED
from run_defects import DEFECTS, sound

from tpstreams_async import Polling, Retry, TPStreams, _pace
from tpstreams_async._clock import Clock
from tpstreams_async.ingest.ledger import database
from tpstreams_async.ingest.run import Ingest
from tpstreams_async.simulator import Fault, Simulator

KILLED = 77
#: Seconds after which a run takes for certain that the server creates nothing more.
SETTLE = 0.05
GOOD = [f"Lesson {number}" for number in range(4)]
ROWS = [
    {"url": f"https://origin.example/{number}.mp4", "title": title, "resolutions": "240p"}
    for number, title in enumerate(GOOD)
]
BAD = {"url": "https://origin.example/bad.mp4", "title": "Bad", "resolutions": "240p", "folder": "nowhere"}
#: What a variant makes of videos that were there.
EXISTING: dict[str, Any] = {"adopt": "adopt", "skip": "skip", "hastens": "adopt"}
MANIFEST = [*ROWS[:1], BAD, *ROWS[1:]]


def _die_at(point: int) -> None:
    """Let this process end just before a point, without any farewell."""
    left = point
    lock = threading.Lock()

    def count(*_: Any) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left == 0:
                os._exit(KILLED)

    connect = sqlite3.connect

    def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(count)
        return connection

    def counted(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            count()
            return method(*arguments)

        return call

    transport: Any = selector_events._SelectorSocketTransport
    sqlite3.connect = traced
    transport.write = counted(transport.write)
    transport._read_ready = counted(transport._read_ready)


async def _run(order: dict[str, Any]) -> None:
    async with TPStreams(
        order["organization_id"],
        order["token"],
        base_url=order["url"],
        retry=Retry(attempts=1, backoff_base=0.01),
        polling=Polling(interval=0.01),
        _clock=Clock(uniform=lambda *_: 0.0),
    ) as client:
        settle = 0.0 if order["variant"] == "hurries" else SETTLE
        run: Ingest = client.ingest(
            MANIFEST,
            ledger=order["ledger"],
            batch_size=2,
            concurrency=2,
            settle=settle,
            existing=EXISTING.get(order["variant"], "create"),
        )
        results = [[result.title, result.state, result.asset_id] async for result in run]
    Path(order["ledger"]).with_name("results").write_text(json.dumps(results))


def _run_and_tell(order: dict[str, Any]) -> None:
    child = os.fork()
    if not child:
        DEFECTS.get(order["variant"], sound)()
        if order["point"]:
            _die_at(order["point"])
        try:
            asyncio.run(_run(order))
        except Exception:  # noqa: BLE001 - whatever it is, the test is to see it
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    # So short a line goes through a pipe in one piece.
    os.write(1, f"{order['number']} {os.waitstatus_to_exitcode(status)}\n".encode())


async def _warm_up() -> None:
    """Let everything be loaded that is loaded on first use, so that no run has to."""
    async with Simulator(fetch=False, processing_seconds=0) as sim:
        sim.faults.add("POST", "assets/videos/bulk-create/", Fault.status(503))
        with tempfile.TemporaryDirectory() as folder:
            await _run(
                {
                    "organization_id": sim.organization_id,
                    "token": sim.token,
                    "url": sim.url,
                    "ledger": f"{folder}/videos.ledger",
                    "variant": "sound",
                }
            )


def main() -> None:
    # What a process has written outlives it, on the disk or not yet.
    database._SETTINGS = (*database._SETTINGS, UNSYNCED)
    # How many requests the server bears is no matter here, and time is real.
    _pace._LEAST = 1_000.0
    asyncio.run(_warm_up())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        # Each run has a process that waits for it, so that several can be under way.
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _run_and_tell(json.loads(line))
            os._exit(0)


if __name__ == "__main__":
    main()
