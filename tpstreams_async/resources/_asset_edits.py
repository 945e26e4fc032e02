"""What can be done to a video that is there: the part of ``client.assets`` that changes one."""

from collections.abc import Iterable

from .. import _routes, _validate
from .._transport import Transport
from .._wire import FormFile, build
from ..models import Asset, Message, ResolutionsDeletion, TrimRevert, TrimStart, TrimStatus
from ._bodies import trim_body
from ._decoding import decode_asset, model, model_of
from ._files import FileInput, plain_name, read_file


class AssetEdits:
    """Trimming, subtitles, thumbnails and renditions."""

    def __init__(self, transport: Transport) -> None:
        self._send = transport.send

    async def generate_subtitle(self, asset_id: str) -> Asset:
        """Have English subtitles generated from the sound. ``await client.jobs.subtitle(asset)`` waits for them.

        The vendor charges per minute of video. A video can have one generated track, and must be Completed.

        Args:
            asset_id: of the video.

        Returns:
            The asset as it is now; the track comes later.

        Raises:
            BadRequestError: it has a generated track, or is not ready for one.
            OutcomeUnknownError: the answer got lost, so the work may have begun.

        API: ``POST assets/<id>/generate_subtitle/``
        """
        return await self._send(build(_routes.GENERATE_SUBTITLE, decode_asset, asset_id))

    async def upload_subtitle(
        self, asset_id: str, subtitle: FileInput, *, name: str | None = None, language: str | None = None
    ) -> Message:
        """Add a subtitle track from a WebVTT file.

        Args:
            asset_id: of the video.
            subtitle: a path, the content as bytes, or a file opened in binary mode; smaller than 16 MiB.
            name: what viewers shall see, such as ``"English"``.
            language: ISO 639-1 code, such as ``"en"``.

        Returns:
            The server's word that it has the track.

        Raises:
            InvalidInputError: the file cannot be read within 60 s, or is not WebVTT by its content; nothing was sent.
            OutcomeUnknownError: the answer got lost, so the track may exist.

        API: ``POST assets/<id>/upload_subtitle/``
        """
        _validate.identifier("asset_id", asset_id)
        fields: list[tuple[str, str]] = []
        if name is not None:
            fields.append(("name", _validate.line("name", name)))
        if language is not None:
            fields.append(("language", _validate.language("language", language)))
        filename, content = await read_file("subtitle", subtitle, max_bytes=_validate.SUBTITLE_MAX_BYTES)
        _validate.subtitle_content("subtitle", content)
        file = FormFile(
            name="subtitle", filename=_with_suffix(filename, ".vtt"), content_type="text/vtt", content=content
        )
        return await self._send(
            build(_routes.UPLOAD_SUBTITLE, model(Message), asset_id, file=file, fields=tuple(fields))
        )

    async def upload_thumbnail(self, asset_id: str, thumbnail: FileInput) -> Message:
        """Set the cover image of a video.

        Args:
            asset_id: of the video.
            thumbnail: a PNG or JPEG image, smaller than 2 MB (2,000,000 bytes): a path, the content as bytes, or a
                file opened in binary mode.

        Returns:
            The server's word that it has the image.

        Raises:
            InvalidInputError: the file cannot be read within 60 s, is too large, or is no such image by its content;
                nothing was sent.
            OutcomeUnknownError: the answer got lost; a second upload does no harm.

        API: ``POST assets/<id>/upload_thumbnail/``
        """
        _validate.identifier("asset_id", asset_id)
        filename, content = await read_file("thumbnail", thumbnail, max_bytes=_validate.THUMBNAIL_MAX_BYTES)
        content_type = _validate.image_type("thumbnail", content)
        suffixes = (".png",) if content_type == "image/png" else (".jpg", ".jpeg")
        file = FormFile(
            name="thumbnail",
            filename=_with_suffix(filename, *suffixes),
            content_type=content_type,
            content=content,
        )
        return await self._send(build(_routes.UPLOAD_THUMBNAIL, model(Message), asset_id, file=file))

    async def trim(self, asset_id: str, *, start_time: float | None = None, end_time: float | None = None) -> TrimStart:
        """Cut a video to the part between two points. ``await client.jobs.trim(start)`` waits for it.

        Args:
            asset_id: of the video.
            start_time: seconds from its beginning, 0 or more; its beginning if not given.
            end_time: seconds from its beginning, more than start_time; its end if not given. One of both is needed.

        Returns:
            What names this very trim, for ``client.jobs.trim``.

        Raises:
            InvalidInputError: the times make no part of a video; nothing was sent.
            BadRequestError: the video is not ready for it.
            OutcomeUnknownError: the answer got lost, so the trim may be under way.

        API: ``POST assets/<id>/trim/``
        """
        body = trim_body(start_time, end_time)
        _validate.identifier("asset_id", asset_id)

        return await self._send(build(_routes.TRIM, model_of(TrimStart, asset_id), asset_id, json=body))

    async def trim_status(self, asset_id: str) -> TrimStatus:
        """Return what the server tells of the latest trim of a video. It may be an earlier one than yours.

        Args:
            asset_id: of the video.

        Returns:
            The trim's number, times and status.

        Raises:
            NotFoundError: there is no such asset, or it was never trimmed.

        API: ``GET assets/<id>/trim/status/``
        """
        return await self._send(build(_routes.TRIM_STATUS, model(TrimStatus), asset_id))

    async def revert_trim(self, asset_id: str) -> TrimRevert:
        """Have a trimmed video restored to its full length.

        The API has no call that tells how this goes. ``await client.jobs.revert_trim(revert)`` watches the video.

        Args:
            asset_id: of the video.

        Returns:
            The server's name of the work, and the asset, for ``client.jobs.revert_trim``.

        Raises:
            BadRequestError: it is not trimmed.
            OutcomeUnknownError: the answer got lost, so the work may have begun.

        API: ``POST assets/<id>/trim/revert/``
        """
        _validate.identifier("asset_id", asset_id)
        return await self._send(build(_routes.REVERT_TRIM, model_of(TrimRevert, asset_id), asset_id))

    async def delete_resolutions(self, asset_id: str, resolutions: Iterable[str] | str) -> ResolutionsDeletion:
        """Delete renditions of a video. ``await client.jobs.resolutions_deleted(deletion)`` waits until they are gone.

        Args:
            asset_id: of the video, which must not be protected with AES.
            resolutions: such as ``["240p", "360p"]``, or text with commas. One that the video has must remain.

        Returns:
            What becomes of each, and the asset.

        Raises:
            InvalidInputError: these are no resolutions; nothing was sent.
            BadRequestError: none would remain, or the video's protection forbids it.
            OutcomeUnknownError: the answer got lost, so the deletion may be under way.

        API: ``POST assets/<id>/delete_resolutions/``
        """
        heights = [int(name.removesuffix("p")) for name in _validate.resolutions("resolutions", resolutions)]
        _validate.identifier("asset_id", asset_id)
        decode = model_of(ResolutionsDeletion, asset_id)
        return await self._send(build(_routes.DELETE_RESOLUTIONS, decode, asset_id, json={"resolutions": heights}))


def _with_suffix(filename: str, *suffixes: str) -> str:
    """Name a file by what it is, as the server may go by the ending."""
    plain = plain_name(filename)
    return plain if plain.lower().endswith(suffixes) else f"{plain}{suffixes[0]}"
