"""The tokens that this process logged in for: one for each user, however many clients ask for it."""

import asyncio
import copy
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Final, NamedTuple
from weakref import WeakSet

from attrs import define, field

from .._redact import Secret
from ..errors import TPStreamsError
from ..models.auth import AuthToken


class Account(NamedTuple):
    """Who logs in where."""

    origin: str
    organization_id: str
    username: str


class _GoneError(Exception):
    """Whoever logged in for others was cancelled."""


@define(eq=False)
class _Login:
    password: Secret
    pending: "Future[AuthToken]" = field(factory=Future["AuthToken"])
    pid: int = field(factory=os.getpid)
    #: Those who use the token; weak, so that a client that was dropped does not keep it alive.
    users: WeakSet[object] = field(factory=WeakSet[object])


class Logins:
    """The logins of a process. Clients may live in several event loops and threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logins: dict[Account, _Login] = {}

    async def token(
        self,
        account: Account,
        password: Secret,
        user: object,
        log_in: Callable[[], Awaitable[AuthToken]],
        wall: Callable[[], float],
        *,
        renew: bool,
    ) -> AuthToken:
        """Return the token of an account. Of those who ask at the same time, one logs in and all get what it got.

        Raises:
            TPStreamsError: what the login raised.
        """
        while True:
            login, leads = self._join(account, password, wall, renew=renew)
            if leads:
                token = await self._lead(account, login, log_in)
            else:
                try:
                    # Whoever is cancelled while waiting must not cancel the login of the others.
                    token = await asyncio.shield(asyncio.wrap_future(login.pending))
                except _GoneError:
                    continue
                except TPStreamsError as error:
                    raise copy.copy(error) from None  # a shared one would collect everyone's tracebacks
            self.release(user)
            with self._lock:
                login.users.add(user)
            return token

    def release(self, user: object) -> None:
        """Let a user go; the token is kept for others."""
        with self._lock:
            for login in self._logins.values():
                login.users.discard(user)

    def leave(self, user: object) -> bool | None:
        """Let a user go. Return whether nobody else uses the token, or None if the user has none from here.

        What nobody uses is forgotten, so that nobody gets a token that is about to be logged out.
        """
        with self._lock:
            for account, login in list(self._logins.items()):
                if user in login.users:
                    login.users.discard(user)
                    if login.users or login.pid != os.getpid():
                        return False
                    del self._logins[account]
                    return True
        return None

    def _join(
        self, account: Account, password: Secret, wall: Callable[[], float], *, renew: bool
    ) -> tuple[_Login, bool]:
        """Return the login to wait for, and whether the caller is the one to carry it out."""
        with self._lock:
            there = self._logins.get(account)
            if there is not None and there.password.reveal() == password.reveal():
                under_way = not there.pending.done() and there.pid == os.getpid()
                if under_way or (not renew and there.pending.done() and _valid(there.pending, wall())):
                    return there, False
            login = self._logins[account] = _Login(password)
            return login, True

    async def _lead(self, account: Account, login: _Login, log_in: Callable[[], Awaitable[AuthToken]]) -> AuthToken:
        try:
            token = await log_in()
        except BaseException as error:
            with self._lock:
                if self._logins.get(account) is login:
                    del self._logins[account]
            login.pending.set_exception(error if isinstance(error, TPStreamsError) else _GoneError())
            raise
        login.pending.set_result(token)
        return token


def _valid(done: "Future[AuthToken]", now: float) -> bool:
    if done.cancelled() or done.exception() is not None:
        return False
    expiry = done.result().expiry
    try:
        until = None if expiry is None else datetime.fromisoformat(expiry)
    except ValueError:
        return True
    return until is None or until.tzinfo is None or until.timestamp() > now


LOGINS: Final = Logins()
