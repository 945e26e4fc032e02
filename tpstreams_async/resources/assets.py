"""Assets: ``client.assets``."""

import builtins
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from .. import _routes, _validate
from .._frames import sealed
from .._transport import Transport
from .._wire import build, nothing
from ..errors import InvalidInputError
from ..models import Asset, Input, Message
from ..pagination import Pager, page_query
from ._asset_edits import AssetEdits
from ._bodies import create_body, find_call, find_marks, upload_body
from ._decoding import decode_asset, model
from ._files import Progress, UploadInput
from ._finding import Finder, Marks
from ._reconcile import Reconciler
from ._rows import ROOT

if TYPE_CHECKING:
    from ..models import NewVideo

T = TypeVar("T")


class Uploads(Protocol):
    """What brings a file to where the server wants it."""

    async def upload(
        self,
        file: UploadInput,
        body: dict[str, Any],
        *,
        size: int | None,
        progress: Progress | None,
        stall_timeout: float,
    ) -> Asset:
        """Create an asset and bring it its file; see `Assets.upload`."""
        ...


class Assets(AssetEdits):
    """Videos, live streams and folders of an organization."""

    def __init__(
        self, transport: Transport, *, origin: str, reconciler: Reconciler, uploads: Callable[[], Uploads]
    ) -> None:
        super().__init__(transport)
        self._transport = transport
        self._origin = origin
        self._finder = Finder(transport)
        self._reconciler = reconciler
        self._make_uploads = uploads
        self._uploads: Uploads | None = None

    @sealed
    async def create(
        self,
        *,
        inputs: Iterable[str | Input | Mapping[str, Any]],
        resolutions: Iterable[str] | str,
        title: str | None = None,
        content_protection_type: str | None = None,
        folder: str | None = None,
        generate_subtitle: bool | None = None,
        on_unknown: Literal["raise", "reconcile"] = "raise",
    ) -> Asset:
        """Create a video that the server downloads and transcodes. ``await client.jobs.asset(asset)`` waits for it.

        It is sent again only if it provably did not reach the server, or was turned away with 429 or 425. When its
        answer is lost the video may or may not exist, and `on_unknown` says what then:

        - ``"raise"``: `OutcomeUnknownError`. At most one video was created; `find` shows whether one was.
        - ``"reconcile"``: the list is gone through for a video with this title and input in this folder. One that fits
          is taken for the outcome; if none has that title, also after `Reconcile.settle` seconds, the request is sent
          again; if several have it, or one that seems to be from elsewhere, `OutcomeUnknownError` names them as its
          `candidates`. So **one call that returns has created one video, provided that** (1) no other video has that
          title in that folder, but for those of other calls of this client with ``"reconcile"``, (2) nobody renames,
          moves or deletes this one meanwhile, (3) what the server was still to create shows in the list within
          `Reconcile.settle`, and (4) rows of the list keep their order while others come and go. Those other calls take
          turns with this one, and no video becomes the outcome of two of them. Where one of these does not hold, a
          second video can be created, or another's be returned.

        Args:
            inputs: where to download the video from, one at least: a URL, an `Input`, or a dict with ``url``.
            resolutions: out of 240p, 360p, 480p, 540p, 720p and 1080p; a list, or text with commas.
            title: one line of text. The server takes the file's name if there is none.
            content_protection_type: ``"drm"``, ``"aes"`` or ``"disable"``; the organization's default if not given.
            folder: uuid of the folder to put it in; the root if not given.
            generate_subtitle: whether English subtitles shall be generated from the sound (the vendor charges for it).
            on_unknown: ``"raise"`` or ``"reconcile"``, which needs a title and may take `Reconcile.timeout` longer,
                and longer still while equal calls take their turns.

        Returns:
            The asset as it is just after creation. Its status is no news yet: wait for the job.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            BadRequestError: the server refused it; `field_errors` says why.
            OutcomeUnknownError: the answer got lost, so the video may exist; `how_to_find_out` is the call to make.

        API: ``POST assets/videos/``
        """
        body = create_body(inputs, resolutions, title, content_protection_type, folder, generate_subtitle)
        _validate.choice("on_unknown", on_unknown, ("raise", "reconcile"))
        request = build(_routes.CREATE_VIDEO, decode_asset, json=body, look_for=find_call(body))
        if on_unknown == "raise":
            return await self._send(request)
        if title is None:
            raise InvalidInputError("title", "is needed with on_unknown='reconcile': the video is found again by it")
        marks = Marks(title=title, input=body["inputs"][0]["url"], folder=folder or ROOT)
        return await self._reconciler.create(marks, lambda: self._send(request))

    @sealed
    async def upload(
        self,
        file: UploadInput,
        *,
        title: str,
        resolutions: Iterable[str] | str,
        content_protection_type: str | None = None,
        folder: str | None = None,
        generate_subtitle: bool | None = None,
        size: int | None = None,
        progress: Progress | None = None,
        stall_timeout: float = 60.0,
    ) -> Asset:
        """Create a video from a file of yours. ``await client.jobs.asset(asset)`` waits for its processing.

        The file is read while it is sent, off the event loop, so one of any size takes a few MB of memory. It goes
        straight to the server's storage, without the client's token. When the connection breaks, storage fails (5xx) or
        stands still, it is sent again from its beginning, up to `Retry.attempts` times, as long as the server's
        permission for it is valid: a second one takes the place of the first, so there is one asset all the same.
        There is no limit for the whole, which nobody could choose; `asyncio.timeout` sets one. Uploads take half of
        `max_connections` at the most; more of them wait for their turn, with nothing created or opened yet. With
        ``max_connections=1`` a file on its way has the only connection: a call that is made meanwhile waits until all
        of it was sent, or ends with `RequestTimeoutError` after its own `Timeouts.total`.

        Args:
            file: a path, the content as bytes, a file opened in binary mode (from where it stands, and stays), or an
                async iterator of bytes, with `size`. 1 byte to 5 GiB. An iterator cannot be read a second time, but an
                object whose ``__aiter__`` begins anew can. What it raises ends the upload. A `bytearray` or a
                `memoryview` is not copied: leave it as it is until the upload has ended.
            title: one line of text.
            resolutions: out of 240p, 360p, 480p, 540p, 720p and 1080p; a list, or text with commas.
            content_protection_type: ``"drm"``, ``"aes"`` or ``"disable"``; the organization's default if not given.
            folder: uuid of the folder to put it in; the root if not given.
            generate_subtitle: whether English subtitles shall be generated from the sound (the vendor charges for it).
            size: bytes, for an async iterator, which must give exactly so many.
            progress: called with the bytes that were handed over to the system so far, which are a little ahead of
                those that arrived, and all there are; it never goes back. It may be a coroutine function. What it
                raises ends the upload.
            stall_timeout: seconds after which an attempt is given up if nothing leaves and no answer comes, whether it
                is storage, the file or `progress` that takes so long. The upload is given up if opening the file, or
                the last look at whether it changed, takes so long.

        Returns:
            The asset as it was created. Its status is no news yet: wait for the job.

        Raises:
            InvalidInputError: an argument is wrong, or the file cannot be read, is empty, too large or no regular file,
                or is not opened in time; nothing was sent.
            BadRequestError: the server refused it; `field_errors` says why.
            OutcomeUnknownError: the answer to the wish to upload got lost. No byte of the file was sent; an asset that
                will never have a file may be there.
            UploadFailedError: the file did not arrive, or changed meanwhile; `asset` is left behind. All else that ends
                an upload has a note that names it.

        API: ``POST assets/upload-sessions/``, then ``POST <upload_link>``
        """
        body = upload_body(resolutions, title, content_protection_type, folder, generate_subtitle)
        _validate.function_of("progress", progress, "sent", "total")
        _validate.positive("stall_timeout", stall_timeout)
        self._uploads = self._uploads or self._make_uploads()
        return await self._uploads.upload(file, body, size=size, progress=progress, stall_timeout=stall_timeout)

    @sealed
    async def bulk_create(self, videos: "Iterable[NewVideo | Mapping[str, Any]]") -> builtins.list[Asset]:
        """Create up to 50 videos in one request: all of them, or none.

        That is the vendor's word: if one of them is refused, nothing is created. It is sent again only if it provably
        did not reach the server, or was turned away with 429 or 425.

        Args:
            videos: 1 to 50, each a `NewVideo`, or a dict with what `create` takes but for `on_unknown`. No two of them
                may have the same title and the same first input.

        Returns:
            The assets as they are just after creation, in the order of `videos`.

        Raises:
            InvalidInputError: something is wrong, and `argument` names it, such as ``videos[3].inputs[0]``; nothing was
                sent.
            BadRequestError: the server refused it. `item_index` says which of them it is about, where the server did.
            OutcomeUnknownError: the answer got lost, or has not one asset for each video, so they may exist.

        API: ``POST assets/videos/bulk-create/``
        """
        from ._bulk import bulk_request  # noqa: PLC0415 - most programs create one at a time

        return await self._send(bulk_request(videos))

    @sealed
    async def find(
        self,
        *,
        title: str | None = None,
        input: str | Input | Mapping[str, Any] | None = None,
        folder: str | None = None,
    ) -> builtins.list[Asset]:
        """Find the videos that were created with this title, from this input, in this folder.

        The whole list is gone through, or the folder where one is given, in pages that overlap: a video that is there
        all the time is not missed, although others come and go meanwhile. That holds while rows keep their order; it is
        one request for about 90 rows. Calls that are made at the same time share the pages.

        Args:
            title: as the server shows it, but for the number of spaces and the composition of its characters.
            input: the URL that it was to be downloaded from; its query does not count. Once the server has the file it
                shows a path of its own in place of the URL. Such a video cannot be ruled out, so it fits any input.
            folder: uuid of the folder that it lies in directly; anywhere if not given.

        Returns:
            The videos that fit, as the list shows them; none, one or several.

        Raises:
            InvalidInputError: an argument is wrong, or there is none; nothing was sent.
            TransportError, APIError, DecodeError: a page could not be read, after many tries.

        API: ``GET assets/``
        """
        return await self._finder.find(find_marks(title, input, folder))

    def list(
        self,
        *,
        parent: str | None = None,
        has_parent: bool | None = None,
        q: str | None = None,
        page_size: int | None = None,
        offset: int | None = None,
    ) -> Pager[Asset]:
        """Go through assets; folders can be among them (``type == "folder"``).

        Args:
            parent: uuid of a folder: only what lies in it.
            has_parent: False: only what lies in the root.
            q: text that the titles shall have. The API does not document this one: a server that does not know it may
                show everything.
            page_size: rows per page, 1 or more; the server's choice (50) if not given, and it may give fewer.
            offset: rows to skip, 0 or more.

        Returns:
            A `Pager`: ``async for``, ``.pages()``, ``.collect(limit=…)``, ``.first()``, ``.count()``.

        Raises:
            InvalidInputError: an argument is wrong.

        API: ``GET assets/``
        """
        if parent is not None:
            _validate.identifier("parent", parent)
        if has_parent is not None:
            _validate.flag("has_parent", has_parent)
        query: dict[str, Any] = {
            "parent": parent,
            "has_parent": None if has_parent is None else str(has_parent).lower(),
            "q": None if q is None else _validate.line("q", q),
            **page_query(page_size, offset),
        }
        return Pager(self._transport, _routes.LIST_ASSETS, Asset, query, origin=self._origin)

    async def get(self, asset_id: str, *, expiry: int | None = None) -> Asset:
        """Return an asset with all that the server tells of it, its analytics among them.

        Args:
            asset_id: of the asset.
            expiry: whole seconds, 1 or more, for which its playback URL shall be valid. If it is not given, that is
                for ever without encryption, and 120 s with AES.

        Returns:
            The asset, with `views_count` and the like, and `download_url`.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            NotFoundError: there is no such asset.

        API: ``GET assets/<id>/``
        """
        query = None if expiry is None else {"expiry": _validate.whole_number("expiry", expiry, 1)}
        return await self._send(build(_routes.GET_ASSET, decode_asset, asset_id, query=query))

    async def delete(self, asset_id: str) -> None:
        """Delete an asset. A folder takes all that lies in it along; the server of a live stream is stopped.

        It is sent again when its answer got lost; finding the asset gone then is a success.

        Args:
            asset_id: of the asset.

        Raises:
            NotFoundError: there is no such asset.
            OutcomeUnknownError: the answer got lost, and so did those of the next attempts.

        API: ``DELETE assets/<id>/``
        """
        await self._send(build(_routes.DELETE_ASSET, nothing, asset_id))

    async def move(self, asset_id: str, *, parent: str | None = None) -> Message:
        """Move an asset into a folder.

        Args:
            asset_id: of the asset.
            parent: uuid of the folder; None moves it to the root.

        Returns:
            The server's word that it moved.

        Raises:
            BadRequestError: there is no such folder.
            NotFoundError: there is no such asset.
            OutcomeUnknownError: the answer got lost, so it may have moved.

        API: ``POST assets/<id>/move/``
        """
        body = None if parent is None else {"parent": _validate.identifier("parent", parent)}
        return await self._send(build(_routes.MOVE_ASSET, model(Message), asset_id, json=body))
