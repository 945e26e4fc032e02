"""All resources of a client, each made when it is first used: most programs need a few of them."""

from collections.abc import Callable

from .._transport import Transport
from ._reconcile import Reconciler
from .assets import Assets, Uploads


class Resources:
    """The nouns of the API.

    Attributes:
        assets: videos, live streams and folders.
    """

    assets: Assets

    def __init__(
        self,
        transport: Transport,
        *,
        origin: str,
        organization_id: str,
        reconciler: Reconciler,
        uploads: Callable[[], Uploads],
    ) -> None:
        self._transport = transport
        self._origin = origin
        self._organization_id = organization_id
        self.assets = Assets(transport, origin=origin, reconciler=reconciler, uploads=uploads)
