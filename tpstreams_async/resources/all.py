"""All resources of a client, each made when it is first used: most programs need a few of them."""

# ruff: noqa: PLC0415 - nor is the module of a resource imported before

from functools import cached_property
from typing import TYPE_CHECKING

from .._transport import Transport
from ._reconcile import Reconciler
from .assets import Assets

if TYPE_CHECKING:
    from .drm import Drm
    from .folders import Folders
    from .subtitle_jobs import SubtitleJobs
    from .transcoding_jobs import TranscodingJobs


class Resources:
    """The nouns of the API.

    Attributes:
        assets: videos, live streams and folders.
    """

    assets: Assets

    def __init__(self, transport: Transport, *, origin: str, organization_id: str, reconciler: Reconciler) -> None:
        self._transport = transport
        self._origin = origin
        self._organization_id = organization_id
        self.assets = Assets(transport, origin=origin, reconciler=reconciler)

    @cached_property
    def folders(self) -> "Folders":
        """Folders that assets lie in."""
        from .folders import Folders

        return Folders(self._transport, origin=self._origin)

    @cached_property
    def transcoding_jobs(self) -> "TranscodingJobs":
        """Jobs that transcode a file of yours into a bucket of yours."""
        from .transcoding_jobs import TranscodingJobs

        return TranscodingJobs(self._transport, origin=self._origin)

    @cached_property
    def subtitle_jobs(self) -> "SubtitleJobs":
        """Jobs that make subtitles for a file of yours."""
        from .subtitle_jobs import SubtitleJobs

        return SubtitleJobs(self._transport, origin=self._origin)

    @cached_property
    def drm(self) -> "Drm":
        """Licences of encrypted videos."""
        from .drm import Drm

        return Drm(self._transport)
