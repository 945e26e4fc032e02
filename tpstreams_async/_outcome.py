"""What the caller gets in the end, when a call did not succeed."""

from typing import Any

from ._route import Effect
from ._trail import Trail
from ._verdict import Verdict, verdict_of
from ._wire import Request
from .errors import (
    APIError,
    ClientClosedError,
    OutcomeUnknownError,
    RequestTimeoutError,
    TPStreamsError,
    TransportError,
)


def concluded(request: Request[Any], error: TPStreamsError, trail: Trail, url: str) -> TPStreamsError:
    """Return what the caller gets for the error that ended the attempts."""
    if isinstance(error, (APIError, TransportError)):
        error.attempts = trail.attempts
    harmless = request.route.effect is Effect.READ or isinstance(error, ClientClosedError)
    if harmless or (verdict_of(error) is not Verdict.UNKNOWN and not trail.maybe_done):
        return error
    unknown = _unknown(request, _reason(error), trail, url)
    unknown.__cause__ = error
    return unknown


def out_of_time(request: Request[Any], total: float, trail: Trail, why: str, url: str) -> TPStreamsError:
    """Return what the caller gets when the time of the call is over.

    Args:
        request: what was asked.
        total: seconds that the call had.
        trail: what it left behind so far.
        why: what it waited for, if that was this client's own doing.
        url: as it may be shown.
    """
    limit = f"the call cannot finish within timeouts.total={total:g} s"
    why = why or ("it waited for its turn" if trail.in_line or trail.attempts == 0 else "")
    sent = why or f"attempts made: {trail.attempts}"
    late = RequestTimeoutError(
        f"{request.route.name}: {limit} ({sent}). Raise the timeout, lower the load, or try again later",
        method=request.route.method,
        url=url,
        attempts=trail.attempts,
        held_back=bool(why),
    )
    if request.route.effect is Effect.READ or not (trail.maybe_done or trail.may_have_left):
        return late
    unknown = _unknown(request, limit, trail, url)
    unknown.__cause__ = late
    return unknown


def _unknown(request: Request[Any], reason: str, trail: Trail, url: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        operation=request.route.name,
        method=request.route.method,
        url=url,
        reason=reason,
        how_to_find_out=request.how_to_find_out,
        attempts=trail.attempts,
        request=request.shown_json,
        safe_to_repeat=request.route.effect is not Effect.CHANGE,
    )


def _reason(error: TPStreamsError) -> str:
    if isinstance(error, APIError):
        return f"the answer was {error.status}, which does not tell"
    if isinstance(error, RequestTimeoutError):
        return "no answer came in time"
    if isinstance(error, TransportError):
        return "the connection broke before a whole answer was there"
    return f"the answer could not be understood: {error}"
