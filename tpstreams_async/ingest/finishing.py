"""Waiting for what has to come to its end. Who is cancelled meanwhile is so after that.

What is being written cannot be stopped, and then nobody has to wonder whether it was.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


async def ended(futures: Iterable["asyncio.Future[Any]"]) -> None:
    """Wait until all of some futures are done, in whatever way."""
    await _all_done(futures, cancel=False)


async def broken_off(futures: Iterable["asyncio.Future[Any]"]) -> None:
    """Cancel some futures until all are done. Who is cancelled meanwhile cancels them again.

    What they clean up may wait for ever, as a source can that is closed while its server does not answer.
    """
    await _all_done(futures, cancel=True)


async def _all_done(futures: Iterable["asyncio.Future[Any]"], *, cancel: bool) -> None:
    cancelled: asyncio.CancelledError | None = None
    while going := {future for future in futures if not future.done()}:
        for future in going if cancel else ():
            future.cancel()
        try:
            await asyncio.wait(going)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


async def finished(future: "asyncio.Future[T]") -> T:
    """Wait until a future is done, and return its result."""
    try:
        await ended([future])
    except asyncio.CancelledError:
        if not future.cancelled():
            future.exception()  # else it would be reported as one that nobody retrieved
        raise
    return future.result()


def to_its_end(
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[S, P], Awaitable[T]]:
    """Let a method that was begun be done to its end."""

    @functools.wraps(method)
    async def call(itself: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await finished(asyncio.ensure_future(method(itself, *args, **kwargs)))

    return call
