"""A file on its way: a session, the form, and what is done when that goes wrong."""

import asyncio
import logging
from typing import Any, Final

from attrs import define, field

from .. import _redact, _routes
from .._frames import bare
from .._transport import Transport
from .._wire import Request, StreamedFile, build, nothing
from ..codec import loads, structure
from ..errors import (
    APIError,
    ClientClosedError,
    DecodeError,
    InvalidInputError,
    TPStreamsError,
    TransportError,
    UploadFailedError,
)
from ..models import Asset
from ..models.upload import UploadStart
from ..resources import Learned, Progress, UploadInput, plain_name, require_id
from .destination import Destination, destination_of
from .opening import open_source
from .outlet import Outlet, Teller, Watchdog
from .refusal import may_pass, reason_of, root_of, says_expired
from .source import Source, SourceError

logger: Final = logging.getLogger("tpstreams_async")

_ELSEWHERE: Final = "Let the server download it with client.assets.create"


class Uploader:
    """Brings files to where the server wants them."""

    def __init__(self, transport: Transport, learned: Learned) -> None:
        self._transport = transport
        self._learned = learned

    async def upload(
        self,
        file: UploadInput,
        body: dict[str, Any],
        *,
        size: int | None,
        progress: Progress | None,
        stall_timeout: float,
    ) -> Asset:
        """Create an asset and bring it its file; see `Assets.upload`.

        Raises:
            InvalidInputError: the file cannot be uploaded; nothing was sent.
            TPStreamsError: there is no asset.
            UploadFailedError: there is one, without its file.
        """
        transport = self._transport
        transport.require_usable()
        loop = asyncio.get_running_loop()
        # Those who wait have no file open, and no permission that could expire meanwhile.
        await transport.uploads.wait(loop)
        try:
            transport.require_usable()
            source = await self._open(file, size, stall_timeout)
            try:
                start = await self._start(source, body)
                await self._bring(source, start, Teller(source.size, progress), stall_timeout)
            finally:
                source.close()
        finally:
            transport.uploads.leave(loop)
        return start.asset

    async def _open(self, file: UploadInput, size: int | None, seconds: float) -> Source:
        try:
            with self._transport.limit(seconds):
                return await open_source(file, size)
        except TimeoutError:
            problem = f"could not be opened within {seconds:g} s (stall_timeout)"
        raise InvalidInputError("file", problem)

    async def _start(self, source: Source, body: dict[str, Any]) -> UploadStart:
        """Create the asset, and get the permission to bring it its file."""
        most = self._learned.max_upload_bytes
        if most is not None and source.size > most:
            # An upload that is begun in vain leaves an asset behind.
            raise InvalidInputError("file", f"{_too_large(source, most)}. {_ELSEWHERE}")
        start = await self._transport.send(build(_routes.CREATE_UPLOAD, _decode_start, json=body))
        session = start.upload_session
        if session is not None and session.max_file_size_bytes is not None:
            most = self._learned.max_upload_bytes = session.max_file_size_bytes
            if source.size > most:
                what = f"the file {_too_large(source, most)}"
                raise UploadFailedError(what, asset=start.asset, advice=_ELSEWHERE)
        return start

    async def _bring(self, source: Source, start: UploadStart, teller: Teller, stall_timeout: float) -> None:
        asset = start.asset
        try:
            destination = destination_of(start)
        except DecodeError as error:
            why = f"the server does not say where to send the file: {error}"
            raise UploadFailedError(
                why, asset=asset, advice="If the service has changed, update this package"
            ) from None
        upload = _Upload(
            transport=self._transport,
            source=source,
            asset=asset,
            destination=destination,
            teller=teller,
            stall_timeout=stall_timeout,
        )
        try:
            await upload.run()
        except UploadFailedError:
            raise
        except BaseException as error:
            whole = upload.maybe_arrived or upload.outlet.sent == source.size
            file = "though it may have its file" if whole else "without its file"
            error.add_note(f"assets.upload: asset {asset.id} was left behind {file}")
            raise


@define(kw_only=True, eq=False, repr=False)
class _Upload:
    """One file for one asset."""

    transport: Transport
    source: Source
    asset: Asset
    destination: Destination
    teller: Teller
    stall_timeout: float
    attempts: int = 0
    #: Of the current attempt, so that none hears of what an earlier one leaves to be cleared away.
    outlet: Outlet = field(init=False)
    #: Whether anything was read of the source, and whether it may be there, after any of the attempts.
    read: bool = False
    maybe_arrived: bool = False

    def __attrs_post_init__(self) -> None:
        self.outlet = Outlet(self.source, self.teller)

    async def run(self) -> None:
        """Send the file, again from its beginning where that may help."""
        while (failure := await self._attempt()) is not None:
            pause = self._pause(failure)
            if pause is None:
                raise self._error(self._why(failure)) from failure
            logger.info(
                "assets.upload: attempt %d failed, next in %.2f s: %s", self.attempts, pause, self._why(failure)
            )
            await self.transport.pause(pause)
        try:
            with self.transport.limit(self.stall_timeout):
                if await self.source.unchanged():
                    return
            why = "the file changed while it was uploaded, so what arrived may be a mixture"
        except TimeoutError:
            why = f"whether the file changed meanwhile could not be seen for {self.stall_timeout:g} s (stall_timeout)"
        raise self._error(why)

    async def _attempt(self) -> Exception | None:
        """Send the file once. Return what went wrong on the way."""
        self.attempts += 1
        outlet = self.outlet = Outlet(self.source, self.teller)
        failure: Exception | None = None
        try:
            async with Watchdog(outlet, self.stall_timeout):
                await self.transport.push(self._request())
            if outlet.sent < self.source.size:
                failure = _too_early(self.destination)
        except ClientClosedError:
            raise
        except (TPStreamsError, TimeoutError) as error:
            failure = bare(error)
        refused = failure is not None and isinstance(root_of(failure), APIError) and not may_pass(failure)
        self.read = self.read or outlet.read
        self.maybe_arrived = self.maybe_arrived or (outlet.sent == self.source.size and not refused)
        if isinstance(outlet.raised, SourceError):
            raise self._error(f"the file is not what it was said to be: {outlet.raised}")
        if outlet.raised is not None:
            raise outlet.raised
        return failure

    def _request(self) -> Request[None]:
        source, place = self.source, self.destination
        file = StreamedFile(
            name="file",
            filename=plain_name(source.filename),
            content_type=source.content_type,
            size=source.size,
            outlet=self.outlet,
        )
        return Request(
            route=_routes.UPLOAD_FILE,
            target=place.url.reveal(),
            decode=nothing,
            file=file,
            fields=place.fields.reveal(),
            storage=True,
        )

    def _pause(self, failure: Exception) -> float | None:
        """Return the seconds until the next attempt, or None if there shall be none."""
        readable = self.source.repeatable or not self.read
        if not readable or not may_pass(failure):
            return None
        return self.transport.budget.pause_before(self.attempts, root_of(failure), self.transport.policy.retry)

    def _why(self, failure: Exception) -> str:
        if says_expired(failure):
            expires = self.destination.expires
            until = f" ({expires:%Y-%m-%d %H:%M:%S %Z} by its clock)" if expires else ""
            return f"the time that the server gave for the upload is over{until}"
        if isinstance(failure, TPStreamsError):
            return reason_of(failure)
        stuck = {"the file": "the file gave nothing", "progress": "progress did not return"}
        what = stuck.get(self.outlet.waits_for, "nothing has left, and no answer came,")
        return f"{what} for {self.stall_timeout:g} s (stall_timeout)"

    def _error(self, why: str) -> UploadFailedError:
        return UploadFailedError(
            why,
            asset=self.asset,
            attempts=self.attempts,
            sent=self.outlet.sent,
            maybe_arrived=self.maybe_arrived,
        )


def _too_large(source: Source, most: int) -> str:
    return f"has {source.size:,} bytes, and the server takes {most:,} at the most"


def _too_early(place: Destination) -> TransportError:
    url = _redact.url(place.url.reveal())
    return TransportError("storage said yes before the whole file was there", method="POST", url=url)


def _decode_start(body: bytes) -> UploadStart:
    start = structure(UploadStart, loads(body))
    require_id(start.asset, path="$.asset")
    return start
