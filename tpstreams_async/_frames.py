"""What an error's traceback leads through. Reports of errors often show the local variables of every frame."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from .errors import TPStreamsError

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


def bare(error: E) -> E:
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


def _wrong_call(error: TypeError) -> TypeError:
    """Return the error of a call whose arguments do not fit, without the frame that holds them; raise any other."""
    if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
        raise error
    return error.with_traceback(None)


def sealed_plain(function: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function is given out of the tracebacks of its errors."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        failure: Exception
        try:
            return function(*args, **kwargs)
        except TPStreamsError as error:
            failure = bare(error)
        except TypeError as error:
            failure = _wrong_call(error)
        del args, kwargs
        try:
            raise failure
        finally:
            del failure

    return call


def sealed(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Keep what a coroutine function is given out of the tracebacks of its errors, and of its cancellation."""

    @functools.wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        failure: BaseException
        pending: Coroutine[Any, Any, T] | TypeError
        try:
            pending = method(*args, **kwargs)
        except TypeError as error:
            pending = _wrong_call(error)
        del args, kwargs
        if isinstance(pending, TypeError):
            raise pending
        try:
            return await pending
        except (TPStreamsError, asyncio.CancelledError) as error:
            failure = bare(error)
        try:
            raise failure
        finally:
            del failure

    return call
