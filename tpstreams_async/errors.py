"""The errors, as a tree.

::

    TPStreamsError
    ├── InvalidInputError (also ValueError)     an argument is wrong; nothing was sent
    ├── ClientClosedError                       the client is closed, or belongs to another loop or process
    ├── APIError                                the server answered, and said no
    │   ├── BadRequestError                     any other 4xx: the request, or the state it needs, must change
    │   ├── AuthenticationError                 401: the token is wrong
    │   ├── PermissionDeniedError               403: the token may not do this
    │   ├── NotFoundError                       404: there is no such thing (any more, or yet)
    │   ├── RateLimitedError                    429, 425: too many requests; `retry_after` says when
    │   └── ServerError                         408, 5xx, and redirects that are not followed
    ├── TransportError                          no usable answer arrived
    │   ├── ConnectError                        no connection was made: nothing was sent
    │   └── RequestTimeoutError (also TimeoutError)   the time of the call, or of every attempt, was over
    ├── DecodeError                             an answer arrived that cannot be understood; `path` says where
    ├── OutcomeUnknownError                     a request that changes something may or may not have been carried out
    ├── UploadFailedError                       a file did not arrive; its asset is there without it
    ├── LedgerError                             the ledger of bulk work cannot be used, read or written
    └── JobError                                waiting for a job ended without its success
        ├── JobFailedError                      the server says that the job failed
        ├── JobTimeoutError (also TimeoutError) it had not ended in time; the job goes on at the server
        ├── JobSupersededError                  a newer job took its place
        ├── JobVanishedError                    what was waited for is gone
        └── JobPollError                        looking at it failed too often, or is not allowed

Every error can be pickled. None carries a secret: bodies and URLs are shown with their secrets hidden, and a traceback
does not lead through frames of this package that have one among their variables.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ._redact import text as _hide

_BODY_SHOWN = 2048


class TPStreamsError(Exception):
    """Base of everything that this package raises on purpose."""

    #: Attributes that hold live objects, which stay behind when the error is pickled.
    _not_pickled: ClassVar[frozenset[str]] = frozenset()

    # Subclasses take keyword arguments, which BaseException's own pickling would lose.
    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: None if name in self._not_pickled else value for name, value in self.__dict__.items()}
        return _rebuild, (type(self), self.args), state


def _rebuild(cls: type[TPStreamsError], args: tuple[object, ...]) -> TPStreamsError:
    error = cls.__new__(cls, *args)
    error.args = args
    return error


class InvalidInputError(TPStreamsError, ValueError):
    """An argument is wrong. It was found before a byte was sent.

    Attributes:
        argument: the name of the argument, such as ``"start_time"`` or ``"inputs[1].url"``.
    """

    argument: str

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"{argument}: {problem}")
        self.argument = argument


class ClientClosedError(TPStreamsError):
    """The client was closed, or is used outside the event loop or process that it belongs to.

    Attributes:
        outcome_unknown: whether a request that changes something was under way, which may have been carried out.
        how_to_find_out: what to look at to learn its outcome, if that is unknown.
    """

    def __init__(self, message: str, *, how_to_find_out: str | None = None) -> None:
        super().__init__(message)
        self.outcome_unknown: bool = how_to_find_out is not None
        self.how_to_find_out = how_to_find_out


class APIError(TPStreamsError):
    """The server answered with an error.

    Attributes:
        status: the HTTP status.
        detail: the server's own words, if it had any.
        field_errors: messages by the name of the field that they are about.
        body: the beginning of the body (2 KiB at most), with secrets hidden.
        method: the HTTP method of the request.
        url: the URL of the request, without its query.
        attempts: how often the request was sent.
        request_id: the server's name for the request, where it gave one.
        retry_after: the seconds that the server asked to wait for, or None if it did not say.
        item_index: which of the things that were asked for in one request it is about, from 0; None if the server did
            not say.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        method: str,
        url: str,
        detail: str | None = None,
        field_errors: Mapping[str, Sequence[str]] | None = None,
        body: str = "",
        attempts: int = 1,
        request_id: str | None = None,
        retry_after: float | None = None,
        item_index: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.method = method
        self.url = url
        self.detail = detail
        self.field_errors: dict[str, tuple[str, ...]] = {
            name: tuple(messages) for name, messages in (field_errors or {}).items()
        }
        self.body: str = _hide(body[:_BODY_SHOWN])
        self.attempts = attempts
        self.request_id = request_id
        self.retry_after = retry_after
        self.item_index = item_index

    def __str__(self) -> str:
        tries = f" (after {self.attempts} attempts)" if self.attempts > 1 else ""
        name = f" [request id {self.request_id}]" if self.request_id else ""
        return f"{super().__str__()}{tries}{name}"


class BadRequestError(APIError):
    """The server refused the request as it stands (400 and every other 4xx without a class of its own)."""


class AuthenticationError(APIError):
    """The server does not accept the token (401)."""


class PermissionDeniedError(APIError):
    """The token is valid but may not do this (403)."""


class NotFoundError(APIError):
    """There is no such object or organization (404)."""


class RateLimitedError(APIError):
    """The server asks for fewer requests (429, 425); `retry_after` says for how long, where the server did."""


class ServerError(APIError):
    """The server, or something in front of it, failed (408, 5xx), or sent a redirect."""


class TransportError(TPStreamsError):
    """No usable answer arrived.

    Attributes:
        method: the HTTP method of the request.
        url: the URL of the request, without its query.
        attempts: how often the request was tried.
    """

    def __init__(self, message: str, *, method: str, url: str, attempts: int = 1) -> None:
        super().__init__(message)
        self.method = method
        self.url = url
        self.attempts = attempts

    def __str__(self) -> str:
        tries = f" (after {self.attempts} attempts)" if self.attempts > 1 else ""
        return f"{super().__str__()}{tries}"


class ConnectError(TransportError):
    """No connection could be made, so nothing was sent.

    Attributes:
        may_pass: whether another attempt may fare better; False for a certificate that is not accepted.
    """

    def __init__(self, message: str, *, may_pass: bool = True, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.may_pass = may_pass


class RequestTimeoutError(TransportError, TimeoutError):
    """The call did not finish within ``timeouts.total``, or no attempt did within ``timeouts.attempt``.

    From a request that changes something it means that nothing was sent; else it is the cause of an
    `OutcomeUnknownError`.

    Attributes:
        held_back: whether it was this client that let the time go by: with its rate limit, or in a pause that the
            server had asked for.
    """

    def __init__(self, message: str, *, held_back: bool = False, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.held_back = held_back


class DecodeError(TPStreamsError):
    """The answer is not what the API documents, so it cannot be understood.

    Attributes:
        problem: what is wrong with it.
        path: where in the answer, such as ``$.video.status``; ``$`` is the whole.
        body: the beginning of the answer where it is known (2 KiB at most), with secrets hidden.
    """

    def __init__(self, problem: str, *, path: str = "$", body: str = "") -> None:
        super().__init__(f"{problem} (at {path})")
        self.problem = problem
        self.path = path
        self.body: str = _hide(body[:_BODY_SHOWN])


class OutcomeUnknownError(TPStreamsError):
    """A request that changes something was sent, and its outcome is not known.

    The server may have carried it out, or may yet do so. It was therefore *not* sent again, unless it is one that does
    no harm twice, as a deletion. ``__cause__`` says what went wrong.

    Attributes:
        operation: what was attempted, such as ``"assets.create"``.
        method: the HTTP method of the request.
        url: the URL of the request, without its query.
        request: the JSON body of the request, with secrets hidden; empty where it had none. What was asked for several
            times in one request is a list under ``"items"``.
        attempts: how often the request was tried. All but the last changed nothing: provably, or with
            ``on_unknown="reconcile"`` as far as the list showed.
        how_to_find_out: what to look at to learn the outcome, such as the call that lists what was created.
        candidates: ids of what may be the outcome, where several were found and nothing tells which of them it is.
    """

    def __init__(
        self,
        *,
        operation: str,
        method: str,
        url: str,
        reason: str,
        how_to_find_out: str,
        attempts: int = 1,
        request: Mapping[str, Any] | None = None,
        safe_to_repeat: bool = False,
    ) -> None:
        meanwhile = "; sending it again does no harm" if safe_to_repeat else ", so it was not sent again"
        super().__init__(
            f"{operation}: {reason}. {method} {url} may or may not have been carried out{meanwhile}. "
            f"To find out: {how_to_find_out}"
        )
        self.operation = operation
        self.method = method
        self.url = url
        self.request: dict[str, Any] = dict(request or {})
        self.attempts = attempts
        self.how_to_find_out = how_to_find_out
        self.candidates: tuple[str, ...] = ()

    def __str__(self) -> str:
        found = f". {len(self.candidates)} fit: {', '.join(self.candidates)}" if self.candidates else ""
        return f"{super().__str__()}{found}"


class UploadFailedError(TPStreamsError):
    """A file did not arrive. The asset that was created for it is left behind without it.

    Attributes:
        asset: the asset, as it was created.
        attempts: how often the file was sent, from its beginning.
        sent: bytes of the file that were sent in the last attempt.
        maybe_arrived: whether the whole file was sent, in any of the attempts, and no answer says that it was refused.
            It may have arrived all the same.
    """

    def __init__(
        self,
        why: str,
        *,
        asset: Any,
        attempts: int = 0,
        sent: int = 0,
        maybe_arrived: bool = False,
        advice: str = "Upload the file anew, which creates another asset",
    ) -> None:
        left = f"Asset {asset.id} was left behind without its file. "
        if maybe_arrived:
            left = f"Asset {asset.id} may have got it all the same: see client.assets.get({asset.id!r}). If not: "
        super().__init__(
            f"assets.upload: {why}. {left}{advice}, and delete this one with client.assets.delete({asset.id!r})"
        )
        self.asset = asset
        self.attempts = attempts
        self.sent = sent
        self.maybe_arrived = maybe_arrived


class LedgerError(TPStreamsError):
    """The ledger of bulk work cannot be used, read or written. What was to be written then is not in it.

    Attributes:
        problem: what is wrong.
        path: the ledger's file.
    """

    def __init__(self, problem: str, *, path: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.problem = problem
        self.path = path


class JobError(TPStreamsError):
    """Waiting for a job ended without its success.

    Attributes:
        job: the handle that was awaited; None after unpickling.
        ref: text from which ``client.jobs.resume(ref)`` waits on, or None for a job that cannot be resumed.
        snapshot: what was last seen of the job, or None if nothing was.
    """

    _not_pickled = frozenset({"job"})

    def __init__(self, message: str, *, job: Any = None, ref: str | None = None, snapshot: Any = None) -> None:
        super().__init__(message)
        self.job = job
        self.ref = ref
        self.snapshot = snapshot


class JobFailedError(JobError):
    """The server says that the job failed; `snapshot` has what it says."""


class JobTimeoutError(JobError, TimeoutError):
    """The job had not ended in time. It goes on at the server, and can be waited for again."""


class JobSupersededError(JobError):
    """A newer job took the place of this one, whose outcome can no longer be seen."""


class JobVanishedError(JobError):
    """What was waited for does not exist (any more)."""


class JobPollError(JobError):
    """Looking at the job failed for good; ``__cause__`` says why. The job itself goes on at the server."""
