"""A program that makes runs of a manifest in forks of itself, each of which can be killed at a point of its course.

It reads a line of JSON for each run, and answers with its exit status: ``{"url": …, "token": …, "organization_id": …,
"ledger": …, "point": 17, "variant": "sound"}``. Points are counted from 1, and are SQL statements and what goes over
the wire; 0 kills nothing. ``adopt`` and ``skip`` look at what was there. Any other variant than these and
``sound`` is a run with a defect.
"""

import asyncio
import json
import os
import sqlite3
import sys
import threading
from asyncio import selector_events
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tpstreams_async import Polling, Retry, TPStreams
from tpstreams_async._clock import Clock
from tpstreams_async.ingest import _moves
from tpstreams_async.ingest.existing import Existing
from tpstreams_async.ingest.run import Ingest
from tpstreams_async.ingest.settling import Settler

KILLED = 77
_DECIDE = Existing.decide
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


async def _finds_nothing(*_: Any) -> list[Any]:
    return []


def _forgets(connection: sqlite3.Connection, _: str) -> int:
    connection.execute("UPDATE videos SET state = 'planned' WHERE state = 'submitting'")
    run: int = connection.execute("SELECT runs FROM ledger").fetchone()[0]
    return run


async def _takes_note_first(self: Existing) -> None:
    await self._ledger._write(
        lambda connection, _: connection.execute("INSERT INTO looks SELECT max(number) FROM videos")
    )
    await _DECIDE(self)


def _spoil(variant: str) -> None:
    if variant == "resends":
        Settler._candidates = _finds_nothing
    elif variant == "forgets":
        _moves.begin = _forgets
    elif variant == "hastens":
        Existing.decide = _takes_note_first


async def _run(order: dict[str, Any]) -> None:
    async with TPStreams(
        order["organization_id"],
        order["token"],
        base_url=order["url"],
        retry=Retry(attempts=1),
        polling=Polling(interval=0.01),
        _clock=Clock(uniform=lambda *_: 0.0),
    ) as client:
        run: Ingest = client.ingest(
            MANIFEST,
            ledger=order["ledger"],
            batch_size=2,
            concurrency=2,
            settle=0.05,
            existing=EXISTING.get(order["variant"], "create"),
        )
        results = [[result.title, result.state, result.asset_id] async for result in run]
    Path(order["ledger"]).with_name("results").write_text(json.dumps(results))


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            _spoil(order["variant"])
            if order["point"]:
                _die_at(order["point"])
            try:
                asyncio.run(_run(order))
            except Exception:  # noqa: BLE001 - whatever it is, the test is to see it
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
