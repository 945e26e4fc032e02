"""What became of an attempt, as far as it can be known."""

import enum

from ._route import Effect
from .errors import (
    APIError,
    ConnectError,
    DecodeError,
    RateLimitedError,
    ServerError,
    TPStreamsError,
    TransportError,
)


class Verdict(enum.Enum):
    """What an attempt to change something did at the server."""

    #: Provably nothing: no connection was made, so no byte left.
    NOT_SENT = "not sent"
    #: Nothing: the server read it and said no.
    REFUSED = "refused"
    #: Anything from nothing to everything.
    UNKNOWN = "unknown"
    #: What was asked for.
    DONE = "done"


def verdict_of(error: TPStreamsError) -> Verdict:
    """Judge an attempt that failed, by its error.

    A `ConnectError` is raised only where nothing was sent. An answer with a status is trusted where it means that the
    request was looked at and refused; a 408, a 5xx and a redirect can come from anything on the way, at any moment.
    """
    if isinstance(error, ConnectError):
        return Verdict.NOT_SENT
    if isinstance(error, APIError) and not isinstance(error, ServerError):
        return Verdict.REFUSED
    return Verdict.UNKNOWN


def may_repeat(effect: Effect, error: TPStreamsError, decode_failures: int) -> bool:
    """Tell whether an attempt that ended with this error may be made again, bounds aside.

    Args:
        effect: of the request.
        error: of the last attempt.
        decode_failures: answers so far that could not be understood; one is taken for an accident.
    """
    if isinstance(error, ConnectError):
        return error.may_pass
    if isinstance(error, RateLimitedError):
        return True
    if effect is Effect.CHANGE:
        return False
    if isinstance(error, ServerError):
        return error.status >= 400
    if isinstance(error, DecodeError):
        return decode_failures <= 1
    return isinstance(error, TransportError)
