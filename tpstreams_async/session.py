"""The session: limit, attempt, judge, retry."""

import asyncio
import logging
import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final, NamedTuple, TypeVar

from . import _redact
from ._answer import read_answer
from ._clock import Clock
from ._deadline import Deadlines
from ._frames import bare
from ._gate import Gate, Lane
from ._http import Http, closed_while
from ._limiter import Limiter
from ._outcome import concluded, out_of_time
from ._pool import Options
from ._retry import Retrier, RetryBudget
from ._route import Effect
from ._trail import Trail
from ._verdict import Verdict, verdict_of
from ._wire import Request
from .config import RateLimit, Retry, Settings, Timeouts
from .errors import (
    ClientClosedError,
    DecodeError,
    InvalidInputError,
    NotFoundError,
    TPStreamsError,
)

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("tpstreams_async")


#: Seconds that a file may take. Whoever sends one sees for himself that it goes on.
_LONGEST: Final = 7 * 86400.0
_ONCE: Final = Retry(attempts=1)


class Policy(NamedTuple):
    """How long a call may take, how often it is attempted, and whether it comes after those that somebody waits for."""

    timeouts: Timeouts
    retry: Retry
    bulk: bool = False


class Session:
    """Sends requests to one organization of one server.

    It belongs to the event loop and the process in which it is first used.
    """

    def __init__(
        self,
        settings: Settings,
        options: Options,
        *,
        policy: Policy,
        rate_limit: RateLimit | None = None,
        clock: Clock,
    ) -> None:
        self.policy: Policy = policy
        self._deadlines = Deadlines()
        self._http = Http(settings, options, self._deadlines)
        self._clock = clock
        self._limiter = Limiter(rate_limit, clock)
        self.budget: RetryBudget = RetryBudget(policy.retry, clock)
        self._gate = Gate(options.concurrency, self._limiter)
        #: Uploads take long, so they leave connections for all else: one at least, but for where there is only one.
        self.uploads: Gate = Gate(max(1, options.concurrency // 2), Limiter(None, clock))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0
        self._closed = False

    def require_usable(self) -> None:
        """Open at first use.

        Raises:
            ClientClosedError: the client is closed, or belongs to another event loop or process.
        """
        self._usable_loop()

    def _usable_loop(self) -> asyncio.AbstractEventLoop:
        """Return the running loop; see `require_usable`."""
        if self._closed:
            raise ClientClosedError("this client is closed; make a new one")
        # Before the loop is asked for: after a fork inside a coroutine there is none.
        if self._loop is not None and self._pid != os.getpid():
            raise ClientClosedError("this client was made before a fork; make a new one in this process")
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._http.open()
            self._loop, self._pid = loop, os.getpid()
        elif self._loop is not loop:
            raise ClientClosedError("this client belongs to another event loop; make a new one in this loop")
        return loop

    def require_closable(self) -> None:
        """Check that closing happens where the client lives, or after its event loop or process has ended.

        Raises:
            ClientClosedError: the client belongs to another event loop, which still runs.
        """
        elsewhere = self._loop is not None and self._pid == os.getpid() and not self._loop.is_closed()
        if elsewhere and self._loop is not asyncio.get_running_loop():
            raise ClientClosedError("this client belongs to another event loop; close it there")

    def sign_in(self, token: _redact.Secret | None) -> None:
        """Send a token with each request from now on, or none."""
        self._http.sign_in(token)

    async def aclose(self) -> None:
        """Close all connections. Calls under way end with `ClientClosedError`. Closing twice does no harm."""
        if self._closed:
            return
        self._closed = True
        if self._loop is None or self._pid != os.getpid() or self._loop.is_closed():
            return
        # Whatever a call waits for, its deadline ends it; what aiohttp does to calls under way when it is closed
        # differs from case to case.
        self._deadlines.close()
        await self._http.close()

    async def pause(self, seconds: float) -> None:
        """Sleep, unless the client is closed meanwhile.

        Raises:
            ClientClosedError: the client is closed.
        """
        with suppress(TimeoutError), self.limit(seconds):
            await asyncio.Event().wait()

    @contextmanager
    def limit(self, seconds: float) -> Generator[None, None, None]:
        """Give what is no request so many seconds.

        Raises:
            TimeoutError: they are over.
            ClientClosedError: the client is closed.
        """
        try:
            with self._deadlines.within(seconds, self._usable_loop()):
                yield
        except TimeoutError:
            if self._closed:
                raise ClientClosedError("the client was closed") from None
            raise

    async def send(self, request: Request[T], policy: Policy | None = None) -> T:
        """Send a request, again where that is safe and may help, and return what it decodes to.

        Raises:
            APIError: the server said no.
            TransportError: there was no usable answer within the deadline.
            DecodeError: the answer could not be understood.
            OutcomeUnknownError: it is not known whether a change was carried out.
            ClientClosedError: the client is closed.
        """
        loop = self._usable_loop()
        if self._http.token is None and not request.route.anonymous and not request.storage:
            raise InvalidInputError("token", "is missing: this client has none. Log in with client.auth.login")
        policy = policy or self.policy
        trail = Trail(deadline=loop.time() + policy.timeouts.total)
        failure: TPStreamsError
        try:
            return await self._carry_out(request, policy, trail, loop)
        except TPStreamsError as error:
            failure = concluded(request, error, trail, self._http.url(request))
        except TimeoutError as late:
            failure = self._closed_meanwhile(request, trail) or out_of_time(
                request, policy.timeouts.total, trail, str(late), self._http.url(request)
            )
        # Outside of the except blocks: a chain to what was cancelled would lead to frames that hold the token.
        try:
            raise bare(failure)
        finally:
            del failure

    async def push(self, request: Request[T], policy: Policy | None = None) -> T:
        """Send a request that brings a file to storage, once, for as long as it takes; see `send` for the errors."""
        connect = (policy or self.policy).timeouts.connect
        return await self.send(request, Policy(Timeouts(total=_LONGEST, attempt=_LONGEST, connect=connect), _ONCE))

    async def _carry_out(self, request: Request[T], policy: Policy, trail: Trail, loop: asyncio.AbstractEventLoop) -> T:
        """Attempt a call until it succeeds, may not be repeated, or its time is over."""
        timeouts = policy.timeouts
        left = timeouts.total
        first: TPStreamsError | None = None
        reads = request.route.effect is Effect.READ
        if reads and timeouts.attempt < timeouts.total and self._gate.enter():
            # It waits for nothing but its exchange, whose own limit is the shorter one, so that a second is spared.
            try:
                return await self._once(request, policy, trail, loop)
            except TPStreamsError as error:
                first = bare(error)
            finally:
                self._gate.leave(loop)
            if self._closed:
                raise TimeoutError  # as all limits do that a closing client ends
            left = trail.deadline - loop.time()
        with self._deadlines.within(left, loop):
            if first is None:
                try:
                    return await self._attempt(request, policy, trail, loop)
                except TPStreamsError as error:
                    first = bare(error)
            # Only now, so that a success pays for no retry machinery.
            retrier = Retrier(
                route=request.route,
                trail=trail,
                retry=policy.retry,
                clock=self._clock,
                budget=self.budget,
            )
            return await retrier.run(first, lambda: self._attempt(request, policy, trail, loop))

    async def _attempt(self, request: Request[T], policy: Policy, trail: Trail, loop: asyncio.AbstractEventLoop) -> T:
        if not self._gate.enter():
            trail.in_line = True
            lane = Lane.STORAGE if request.storage else Lane.BULK if policy.bulk else Lane.CALL
            if not await self._gate.wait(loop, trail.deadline, lane):
                raise TimeoutError("the rate limit, or a pause that the server asked for, goes on for longer")
            trail.in_line = False
            trail.admitted = loop.time()
        try:
            return await self._once(request, policy, trail, loop)
        finally:
            self._gate.leave(loop)

    async def _once(self, request: Request[T], policy: Policy, trail: Trail, loop: asyncio.AbstractEventLoop) -> T:
        http = self._http
        try:
            answer = await http.exchange(request, policy.timeouts, trail, loop)
            result = read_answer(request, answer, http.url, self._clock.wall, http.hide)
            if not request.storage:
                self._limiter.pace.succeeded(loop.time())
        except TPStreamsError as error:
            gone = isinstance(error, NotFoundError) and request.route.effect is Effect.DELETE and trail.maybe_done
            if not gone:
                self._judge(request, error, policy, trail)
                raise
            result = request.decode(b"")
        if request.route.effect is not Effect.READ:
            _log(request, Verdict.DONE, trail)
        return result

    def _judge(self, request: Request[Any], error: TPStreamsError, policy: Policy, trail: Trail) -> None:
        """Note what an attempt that failed means for the call, and for all others."""
        verdict = verdict_of(error)
        if request.route.effect is not Effect.READ:
            _log(request, verdict, trail)
        trail.maybe_done = trail.maybe_done or verdict is Verdict.UNKNOWN
        trail.decode_failures += isinstance(error, DecodeError)
        if not request.storage:
            self._limiter.heed(error, policy.retry, trail.admitted)

    def _closed_meanwhile(self, request: Request[T], trail: Trail) -> ClientClosedError | None:
        if not self._closed:
            return None
        unknown = request.route.effect is not Effect.READ and (trail.maybe_done or trail.may_have_left)
        return closed_while(request, self._http.url(request), outcome_unknown=unknown)


class Scoped:
    """A session seen with another policy."""

    def __init__(self, session: Session, policy: Policy) -> None:
        self._session = session
        self.policy: Policy = policy
        self.uploads: Gate = session.uploads
        self.budget: RetryBudget = session.budget

    async def send(self, request: Request[T]) -> T:
        """Send a request under this policy; see `Session.send`."""
        return await self._session.send(request, self.policy)

    async def push(self, request: Request[T]) -> T:
        """Send a file; see `Session.push`."""
        return await self._session.push(request, self.policy)

    def require_usable(self) -> None:
        """Open at first use; see `Session.require_usable`."""
        self._session.require_usable()

    def sign_in(self, token: _redact.Secret | None) -> None:
        """Send a token with each request from now on, or none."""
        self._session.sign_in(token)

    async def pause(self, seconds: float) -> None:
        """Sleep, unless the client is closed meanwhile."""
        await self._session.pause(seconds)

    def limit(self, seconds: float) -> AbstractContextManager[None]:
        """Give what is no request so many seconds; see `Session.limit`."""
        return self._session.limit(seconds)


def _log(request: Request[Any], verdict: Verdict, trail: Trail) -> None:
    logger.debug("%s: attempt %d: %s", request.route.name, trail.attempts, verdict.value)
