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
class Login:
    """One login, under way or carried out."""

    account: Account
    password: Secret
    pending: "Future[AuthToken]" = field(factory=Future["AuthToken"])
    pid: int = field(factory=os.getpid)
    #: Those who use the token; weak, so that a client that was dropped does not keep it alive.
    users: WeakSet[object] = field(factory=WeakSet[object])


class Logins:
    """The logins of a process. Clients may live in several event loops and threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._logins: dict[Account, Login] = {}
        #: Those that nobody gets any more, but some still use.
        self._replaced: list[Login] = []

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
            login, leads = self._join(account, password, user, wall, renew=renew)
            if leads:
                token = await self._lead(login, log_in)
            else:
                try:
                    # Whoever is cancelled while waiting must not cancel the login of the others.
                    token = await asyncio.shield(asyncio.wrap_future(login.pending))
                except _GoneError:
                    continue
                except TPStreamsError as error:
                    raise copy.copy(error) from None  # a shared one would collect everyone's tracebacks
            self.release(user)
            self.use(login, user)
            return token

    def release(self, user: object) -> None:
        """Let a user go; the token is kept for others."""
        with self._lock:
            for login in self._all():
                login.users.discard(user)

    def leave(self, user: object) -> tuple[Login, bool] | None:
        """Let a user go. Return its login and whether nobody else uses that, or None if the user has none from here.

        What nobody uses is forgotten, so that nobody gets a token that is about to be logged out.
        """
        with self._lock:
            login = self._of(user)
            if login is None:
                return None
            login.users.discard(user)
            if login.users or login.pid != os.getpid():
                return login, False
            self._forget(login)
            return login, True

    def use(self, login: Login, user: object) -> None:
        """Note who uses a login. One that was replaced or forgotten meanwhile is for nobody else."""
        with self._lock:
            login.users.add(user)
            if not any(there is login for there in self._all()):
                self._replaced.append(login)

    def _all(self) -> list[Login]:
        return [*self._logins.values(), *self._replaced]

    def _of(self, user: object) -> Login | None:
        return next((login for login in self._all() if user in login.users), None)

    def _forget(self, login: Login) -> None:
        if self._logins.get(login.account) is login:
            del self._logins[login.account]
        self._replaced = [there for there in self._replaced if there is not login]

    def _join(
        self, account: Account, password: Secret, user: object, wall: Callable[[], float], *, renew: bool
    ) -> tuple[Login, bool]:
        """Return the login to wait for, and whether the caller is the one to carry it out."""
        with self._lock:
            self._replaced = [login for login in self._replaced if login.users]
            there = self._logins.get(account)
            if there is not None:
                if there.password.reveal() == password.reveal() and self._serves(there, user, wall(), renew=renew):
                    return there, False
                self._replaced.append(there)
            login = self._logins[account] = Login(account, password)
            return login, True

    def _serves(self, there: Login, user: object, now: float, *, renew: bool) -> bool:
        """Tell whether a user can have what is there, or will be."""
        if not there.pending.done():
            return there.pid == os.getpid()
        # Who still uses an earlier token has not tried this one. Were each to renew, the places would soon be taken.
        used = self._of(user)
        outdated = used is not None and used is not there and used.account == there.account
        return _valid(there.pending, now) and (outdated or not renew)

    async def _lead(self, login: Login, log_in: Callable[[], Awaitable[AuthToken]]) -> AuthToken:
        try:
            token = await log_in()
        except BaseException as error:
            with self._lock:
                self._forget(login)
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
