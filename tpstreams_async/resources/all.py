"""All resources of a client, each made when it is first used: most programs need a few of them."""

# ruff: noqa: PLC0415 - nor is the module of a resource imported before

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from .._transport import Transport
from ._learned import Learned
from ._reconcile import Reconciler
from .assets import Assets, Uploads

if TYPE_CHECKING:
    from .access_tokens import AccessTokens
    from .chapters import Chapters
    from .drm import Drm
    from .folders import Folders
    from .live_streams import LiveStreams
    from .organizations import Organizations
    from .subtitle_jobs import SubtitleJobs
    from .subtitles import Subtitles
    from .transcoding_jobs import TranscodingJobs
    from .usages import Usages
    from .webhooks import Webhooks


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
        learned: Learned,
    ) -> None:
        self._transport = transport
        self._origin = origin
        self._organization_id = organization_id
        self._learned = learned
        self.assets = Assets(transport, origin=origin, reconciler=reconciler, uploads=uploads)

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

    @cached_property
    def live_streams(self) -> "LiveStreams":
        """Live streams, and their servers."""
        from .live_streams import LiveStreams

        return LiveStreams(self._transport, origin=self._origin)

    @cached_property
    def chapters(self) -> "Chapters":
        """Chapters of videos."""
        from .chapters import Chapters

        return Chapters(self._transport, origin=self._origin)

    @cached_property
    def subtitles(self) -> "Subtitles":
        """Subtitle tracks of videos."""
        from .subtitles import Subtitles

        return Subtitles(self._transport, origin=self._origin)

    @cached_property
    def webhooks(self) -> "Webhooks":
        """Where the server tells of changes."""
        from .webhooks import Webhooks

        return Webhooks(self._transport, origin=self._origin)

    @cached_property
    def organizations(self) -> "Organizations":
        """The organizations that the token gives access to."""
        from .organizations import Organizations

        return Organizations(self._transport, origin=self._origin)

    @cached_property
    def usages(self) -> "Usages":
        """What the organization used."""
        from .usages import Usages

        return Usages(self._transport, origin=self._origin)

    @cached_property
    def access_tokens(self) -> "AccessTokens":
        """What lets viewers play an asset."""
        from .access_tokens import AccessTokens

        return AccessTokens(
            self._transport, origin=self._origin, organization_id=self._organization_id, learned=self._learned
        )
