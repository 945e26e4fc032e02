"""Organizations: ``client.organizations``."""

from .. import _routes
from .._transport import Transport
from ..models import Organization
from ..pagination import Pager


class Organizations:
    """The organizations that the token gives access to, whichever of them the client works for."""

    def __init__(self, transport: Transport, *, origin: str) -> None:
        self._transport = transport
        self._origin = origin

    def list(self) -> Pager[Organization]:
        """Go through the organizations that the token gives access to, with the secrets that sign DRM licences.

        Returns:
            A `Pager`: ``async for``, ``.pages()``, ``.collect(limit=…)``, ``.first()``, ``.count()``.

        API: ``GET /api/v1/organizations/``
        """
        return Pager(self._transport, _routes.LIST_ORGANIZATIONS, Organization, {}, origin=self._origin)
