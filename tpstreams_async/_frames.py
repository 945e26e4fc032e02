"""What an error's traceback leads through. Reports of errors often show the local variables of every frame."""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from .errors import TPStreamsError

P = ParamSpec("P")
T = TypeVar("T")


def bare(error: TPStreamsError) -> TPStreamsError:
    """Take the frames from an error, and from all errors that it leads to: they hold bodies, headers and arguments."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        link.__traceback__ = None
        if link.__suppress_context__ or not isinstance(link.__context__, TPStreamsError):
            link.__context__ = None
        link = link.__cause__ or link.__context__
    return error


def sealed_plain(function: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function is given out of the tracebacks of its errors."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except TPStreamsError as error:
            failure = bare(error)
        del args, kwargs
        try:
            raise failure
        finally:
            del failure

    return call


def sealed(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Keep what a coroutine function is given out of the tracebacks of its errors."""

    @functools.wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        pending = method(*args, **kwargs)
        del args, kwargs
        try:
            return await pending
        except TPStreamsError as error:
            failure = bare(error)
        try:
            raise failure
        finally:
            del failure

    return call
