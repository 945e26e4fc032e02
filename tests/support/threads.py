"""Threads in tests whose time is virtual: it stands still while one of them works."""

import asyncio
import functools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import anyio.to_thread


def time_waits_for_threads() -> None:
    """Let the virtual time of every loop go on only when no thread works for it.

    By itself it waits only for what a loop's own executor does. What else a thread did would take an hour if the
    machine is busy, and nothing if it is not.
    """
    submit, run_sync = ThreadPoolExecutor.submit, anyio.to_thread.run_sync

    @functools.wraps(submit)
    def submitted(*arguments: Any, **options: Any) -> "Future[Any]":
        future = submit(*arguments, **options)
        _awaited(future)
        return future

    @functools.wraps(run_sync)
    async def watched(*arguments: Any, **options: Any) -> Any:
        work = asyncio.ensure_future(run_sync(*arguments, **options))
        _awaited(work)
        return await work

    ThreadPoolExecutor.submit = submitted  # type: ignore[method-assign]
    anyio.to_thread.run_sync = watched


_stuck: list[bool] = []


@contextmanager
def threads_are_stuck() -> Iterator[None]:
    """Let virtual time go on while a thread works: it never comes to its end."""
    _stuck.append(True)
    try:
        yield
    finally:
        _stuck.pop()


def _awaited(work: "Future[Any] | asyncio.Future[Any]") -> None:
    loop = asyncio._get_running_loop()
    awaited = getattr(loop, "_LoopTimeEventLoop__sync_futures", None)
    if awaited is not None and not _stuck:
        awaited.add(work)
