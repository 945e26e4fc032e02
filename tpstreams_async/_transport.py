"""What a resource needs of the session."""

from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from ._gate import Gate
from ._redact import Secret
from ._retry import RetryBudget
from ._wire import Request
from .session import Policy

T = TypeVar("T")


class Transport(Protocol):
    """Sends a request and returns what its answer decodes to."""

    async def send(self, request: Request[T]) -> T:
        """Send the request; see `tpstreams_async.session.Session.send` for the errors."""
        ...

    async def push(self, request: Request[T]) -> T:
        """Send a request that brings a file to storage, once, for as long as it takes."""
        ...

    @property
    def policy(self) -> Policy:
        """How long a call may take and how often it is attempted."""
        ...

    @property
    def uploads(self) -> Gate:
        """What uploads have to pass: so many of them are under way at once."""
        ...

    @property
    def budget(self) -> RetryBudget:
        """Where retries are taken from that are not made by `send`."""
        ...

    def sign_in(self, token: Secret | None) -> None:
        """Send a token with each request from now on, or none."""
        ...

    def require_usable(self) -> None:
        """Raise `ClientClosedError` if the client is closed, or belongs to another event loop or process."""
        ...

    async def pause(self, seconds: float) -> None:
        """Sleep, unless the client is closed meanwhile."""
        ...

    def limit(self, seconds: float) -> AbstractContextManager[None]:
        """Give what is no request so many seconds, unless the client is closed meanwhile."""
        ...
