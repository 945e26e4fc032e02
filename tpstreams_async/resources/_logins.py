"""The tokens that this process logged in for: one for each user, however many clients ask for it."""

import asyncio
import copy
import hmac
import os
import secrets
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Final, NamedTuple
from weakref import WeakSet

from attrs import define, field

from .._redact import Secret
from ..errors import ClientClosedError, TPStreamsError
from ..models.auth import AuthToken

#: Passwords are compared by what this makes of them, so that none is kept.
_KEY: Final = secrets.token_bytes(32)


class Account(NamedTuple):
    """Who logs in where.

    Attributes:
        proof: what was made of the password.
    """

    origin: str
    organization_id: str
    username: str
    proof: bytes

    @classmethod
    def of(cls, origin: str, organization_id: str, username: str, password: Secret) -> "Account":
        """Return who logs in where with this password."""
        proof = hmac.digest(_KEY, password.reveal().encode("utf-8", "surrogatepass"), "sha256")
        return cls(origin, organization_id, username, proof)


class _GoneError(Exception):
    """Whoever logged in for others was cancelled, or had its client closed."""


@define(eq=False)
class Login:
    """One login, under way or carried out."""

    account: Account
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
        user: object,
        log_in: Callable[[], Awaitable[AuthToken]],
        wall: Callable[[], float],
        *,
        renew: bool,
    ) -> Login:
        """Return a login of an account. Of those who ask at the same time, one logs in and all get what it got.

        Raises:
            TPStreamsError: what the login raised.
        """
        while True:
            login, leads = self._join(account, user, wall(), renew=renew)
            try:
                if leads:
                    await self._lead(login, log_in)
                else:
                    # Whoever is cancelled while waiting must not cancel the login of the others.
                    await asyncio.shield(asyncio.wrap_future(login.pending))
            except BaseException as error:
                self._drop(login, user)
                if isinstance(error, _GoneError):
                    continue
                if leads or not isinstance(error, TPStreamsError):
                    raise
                raise copy.copy(error) from error.__cause__  # a shared one would collect everyone's tracebacks
            self.use(login, user)
            return login

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
        """Note who uses a login, and no other. One that was replaced or forgotten meanwhile is for nobody else."""
        with self._lock:
            for other in self._all():
                other.users.discard(user)
            login.users.add(user)
            if not any(there is login for there in self._all()):
                self._replaced.append(login)

    def _all(self) -> list[Login]:
        return [*self._logins.values(), *self._replaced]

    def _of(self, user: object) -> Login | None:
        """Return the login that a user uses; those that are under way are none."""
        return next((login for login in self._all() if user in login.users and login.pending.done()), None)

    def _drop(self, login: Login, user: object) -> None:
        with self._lock:
            login.users.discard(user)

    def _forget(self, login: Login) -> None:
        if self._logins.get(login.account) is login:
            del self._logins[login.account]
        self._replaced = [there for there in self._replaced if there is not login]

    def _join(self, account: Account, user: object, now: float, *, renew: bool) -> tuple[Login, bool]:
        """Return the login to wait for, and whether the caller is the one to carry it out.

        The caller counts as a user of it at once, so that nobody logs it out before the caller gets it.
        """
        with self._lock:
            self._replaced = [login for login in self._replaced if login.users]
            there = self._logins.get(account)
            leads = there is None or not self._serves(there, user, now, renew=renew)
            if there is None or leads:
                if there is not None:
                    self._replaced.append(there)
                there = self._logins[account] = Login(account)
            there.users.add(user)
            return there, leads

    def _serves(self, there: Login, user: object, now: float, *, renew: bool) -> bool:
        """Tell whether a user can have what is there, or will be."""
        if not there.pending.done():
            return there.pid == os.getpid()
        # Who still uses an earlier token has not tried this one. Were each to renew, the places would soon be taken.
        used = self._of(user)
        outdated = used is not None and used is not there and used.account == there.account
        return _valid(there.pending, now) and (outdated or not renew)

    async def _lead(self, login: Login, log_in: Callable[[], Awaitable[AuthToken]]) -> None:
        try:
            token = await log_in()
        except BaseException as error:
            with self._lock:
                self._forget(login)
            # That the client of the one who logged in was closed is nothing to the others.
            own = isinstance(error, ClientClosedError) or not isinstance(error, TPStreamsError)
            login.pending.set_exception(_GoneError() if own else error)
            raise
        login.pending.set_result(token)


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
