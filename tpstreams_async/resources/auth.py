"""Tokens: ``client.auth``."""

from collections.abc import Callable
from typing import Any

from .. import _routes, _validate
from .._frames import sealed
from .._redact import Secret
from .._transport import Transport
from .._wire import build, nothing
from ..codec import loads, structure
from ..config import read_token
from ..errors import AuthenticationError, DecodeError, InvalidInputError, OutcomeUnknownError
from ..models.auth import AuthToken
from ._logins import LOGINS, Account, Login


class Auth:
    """Logging in with a name and a password, for those who have no token."""

    def __init__(self, transport: Transport, *, origin: str, organization_id: str, wall: Callable[[], float]) -> None:
        self._transport = transport
        self._origin = origin
        self._organization_id = organization_id
        self._wall = wall
        #: The one whose token is used.
        self._login: Login | None = None

    @sealed
    async def login(self, *, username: str, password: str, renew: bool = False) -> AuthToken:
        """Get a token, and use it for all that this client does from now on.

        An organization has 20 tokens at the most. So a process logs in once for each user: clients that ask later, or
        at the same time, get the same token without a request. Keep it, and give it to the next process as ``token=``.

        Args:
            username: one line of text.
            password: the password.
            renew: log in although this process did before, as when the token was revoked. Of those who had the same
                token, the first to ask logs in, and the others get what it got.

        Returns:
            The token, which is a secret.

        Raises:
            BadRequestError: the server does not accept the name or the password, or all tokens are taken.
            OutcomeUnknownError: the answer got lost. The lost token takes one of the organization's places.

        API: ``POST /api/auth/login/``
        """
        _validate.line("username", username)
        _check_password(password)
        _validate.flag("renew", renew)
        self._transport.require_usable()
        secret = Secret(password)
        account = Account.of(self._origin, self._organization_id, username, secret)

        async def log_in() -> AuthToken:
            body = {"username": username, "password": secret.reveal(), "organization_id": self._organization_id}
            return await self._transport.send(build(_routes.LOGIN, _decode, json=body))

        self._login = await LOGINS.token(account, self, log_in, self._wall, renew=renew)
        self._transport.require_usable()
        token = self._login.pending.result()
        self._transport.sign_in(Secret(token.token))
        return token

    def release(self) -> None:
        """Use the token no more, as when the client is closed. It stays valid for others, and for those who come."""
        LOGINS.release(self)

    async def logout(self) -> bool:
        """Give back the token that `login` got, and use none from now on.

        As long as other clients of this process use the token, it is not logged out: only the last one does that. A
        token that was given to the client is never logged out, as others may use it. One that the process which this
        one was forked from got is left to that.

        Returns:
            Whether the token was logged out; False if others still use it.

        Raises:
            InvalidInputError: the client's token is not from `login`.
            TPStreamsError: it could not be logged out. The client keeps it, so call this again.

        API: ``POST /api/auth/logout/``
        """
        self._transport.require_usable()
        left = LOGINS.leave(self)
        if left is None:
            problem = "is not from client.auth.login, so it is not logged out: others may use it; or there is none"
            raise InvalidInputError("token", problem)
        login, last = left
        if last:
            try:
                await self._log_out()
            except BaseException:
                LOGINS.use(login, self)
                raise
        if self._login is login:  # or there is a newer one since
            self._transport.sign_in(None)
        return last

    async def _log_out(self) -> None:
        try:
            await self._transport.send(build(_routes.LOGOUT, nothing))
        except AuthenticationError:
            pass  # it is not valid any more, which is all that was wanted
        except OutcomeUnknownError as error:
            if not isinstance(error.__cause__, AuthenticationError):
                raise


def _check_password(password: Any) -> None:
    if not isinstance(password, str) or not password:
        raise InvalidInputError("password", "must be text, and not empty")


def _decode(body: bytes) -> AuthToken:
    token = structure(AuthToken, loads(body))
    try:
        read_token(Secret(token.token))
    except InvalidInputError:
        raise DecodeError("expected a token", path="$.token") from None
    return token
