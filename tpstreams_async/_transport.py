"""What a resource needs of the session."""

from typing import Protocol, TypeVar

from ._wire import Request

T = TypeVar("T")


class Transport(Protocol):
    """Sends a request and returns what its answer decodes to."""

    async def send(self, request: Request[T]) -> T:
        """Send the request; see `tpstreams_async.session.Session.send` for the errors."""
        ...

    def require_usable(self) -> None:
        """Raise `ClientClosedError` if the client is closed, or belongs to another event loop or process."""
        ...

    async def pause(self, seconds: float) -> None:
        """Sleep, unless the client is closed meanwhile."""
        ...
