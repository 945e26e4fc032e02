"""Subtitle tracks: ``client.subtitles``."""

from .. import _routes, _validate
from .._transport import Transport
from .._wire import build, nothing
from ..models import Track
from ..pagination import Pager

_NAMES = ("asset_id", "subtitle_id")


class Subtitles:
    """The subtitle tracks of a video. ``client.assets.upload_subtitle`` and ``generate_subtitle`` make them."""

    def __init__(self, transport: Transport, *, origin: str) -> None:
        self._transport = transport
        self._origin = origin

    def list(self, asset_id: str) -> Pager[Track]:
        """Go through the subtitle tracks of a video, uploaded and generated.

        Args:
            asset_id: of the video.

        Returns:
            A `Pager`: ``async for``, ``.pages()``, ``.collect(limit=…)``, ``.first()``, ``.count()``.

        Raises:
            InvalidInputError: the id could lead elsewhere.

        API: ``GET assets/<id>/subtitles/``
        """
        _validate.identifier("asset_id", asset_id)
        return Pager(self._transport, _routes.LIST_SUBTITLES, Track, {}, asset_id, origin=self._origin)

    async def delete(self, asset_id: str, subtitle_id: int | str) -> None:
        """Delete a subtitle track that was uploaded.

        It is sent again when its answer got lost; finding the track gone then is a success.

        Args:
            asset_id: of the video.
            subtitle_id: the number of the track, 1 or more.

        Raises:
            PermissionDeniedError: the server generated the track; such a one cannot be deleted.
            NotFoundError: there is no such track.
            OutcomeUnknownError: the answer got lost, and so did those of the next attempts.

        API: ``DELETE assets/<id>/subtitles/<subtitle id>/``
        """
        number = _validate.numeric_id("subtitle_id", subtitle_id)
        await self._transport.send(build(_routes.DELETE_SUBTITLE, nothing, asset_id, number, id_names=_NAMES))
