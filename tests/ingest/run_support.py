"""What tests of runs share."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from tpstreams_async.ingest import _database


class _AtOnce:
    """In place of a thread: does what it is given before it returns."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def submit(self, work: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001 - as a thread would
            done.set_exception(error)
        return done

    def shutdown(self, **_: Any) -> None:
        pass


@pytest.fixture
def ledger_in_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ledgers be written in the event loop: virtual time does not wait for a thread."""
    monkeypatch.setattr(_database, "ThreadPoolExecutor", _AtOnce)


def manifest(count: int) -> list[dict[str, Any]]:
    return [
        {
            "url": f"https://origin.example/{number}.mp4",
            "title": f"Lesson {number}",
            "resolutions": "240p",
            "number": number,
        }
        for number in range(count)
    ]


async def run(client: Any, source: Any, ledger: Any, **options: Any) -> list[Any]:
    return [result async for result in client.ingest(source, ledger=ledger, **options)]
