"""A file on its way: a session, the form, and what is done when that goes wrong."""

import logging
import mimetypes
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from attrs import define

from .. import _routes
from .._clock import Clock
from .._frames import bare
from .._retry import backoff_bound
from .._transport import Transport
from .._wire import Request, StreamedFile, build, build_upload, nothing
from ..codec import loads, structure
from ..errors import (
    APIError,
    ClientClosedError,
    DecodeError,
    InvalidInputError,
    TPStreamsError,
    UploadFailedError,
)
from ..models import Asset
from ..models.upload import UploadStart
from ..resources import Progress, UploadInput, plain_name, require_id
from .destination import Destination, destination_of
from .outlet import Outlet, Watchdog
from .refusal import may_pass, reason_of, root_of, says_expired
from .source import Source, SourceChangedError, open_source

logger: Final = logging.getLogger("tpstreams_async")


class Uploader:
    """Brings files to where the server wants them."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        #: The largest file, as the server said the last time: then a file that is too large leaves no asset behind.
        self._most: int | None = None

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
        self._transport.require_usable()
        source = await open_source(file, size)
        try:
            if self._most is not None and source.size > self._most:
                raise InvalidInputError("file", _too_large(source, self._most))
            start = await self._transport.send(build(_routes.CREATE_UPLOAD, _decode_start, json=body))
            session = start.upload_session
            if session is not None and session.max_file_size_bytes is not None:
                self._most = session.max_file_size_bytes
                if source.size > self._most:
                    raise UploadFailedError(f"the file {_too_large(source, self._most)}", asset=start.asset)
            try:
                destination = destination_of(start)
            except DecodeError as error:
                raise UploadFailedError(
                    f"the server does not say where to send the file: {error}", asset=start.asset
                ) from None
            outlet = Outlet(source.size, progress)
            upload = _Upload(
                transport=self._transport,
                clock=self._clock,
                source=source,
                asset=start.asset,
                destination=destination,
                outlet=outlet,
                stall_timeout=stall_timeout,
            )
            await upload.run()
            return start.asset
        finally:
            source.close()


@define(kw_only=True, eq=False, repr=False)
class _Upload:
    """One file for one asset."""

    transport: Transport
    clock: Clock
    source: Source
    asset: Asset
    destination: Destination
    outlet: Outlet
    stall_timeout: float
    attempts: int = 0
    #: Whether anything was read of the source.
    read: bool = False
    #: What the source or the caller's own function raised: aiohttp makes something else of it.
    own_failure: BaseException | None = None

    async def run(self) -> None:
        """Send the file, again from its beginning where that may help."""
        retry = self.transport.policy.retry
        while (failure := await self._attempt()) is not None:
            expired = says_expired(failure) or self.destination.expired(self.clock.wall())
            readable = self.source.repeatable or not self.read
            if expired or not readable or self.attempts >= retry.attempts or not may_pass(failure):
                raise self._failed(failure, expired=expired)
            asked = getattr(root_of(failure), "retry_after", None)
            pause = min(asked or self.clock.uniform(0.0, backoff_bound(retry, self.attempts)), retry.retry_after_max)
            logger.info("assets.upload: attempt %d failed, next in %.2f s: %s", self.attempts, pause, failure)
            await self.transport.pause(pause)
        if not await self.source.unchanged():
            raise self._changed("it changed while it was uploaded, so what arrived may be a mixture")

    async def _attempt(self) -> Exception | None:
        """Send the file once. Return what went wrong on the way."""
        self.attempts += 1
        self.outlet.begin()
        failure: Exception | None = None
        try:
            async with Watchdog(self.outlet, self.stall_timeout):
                await self.transport.push(self._request())
        except ClientClosedError:
            raise
        except (TPStreamsError, TimeoutError) as error:
            failure = bare(error)
        own, self.own_failure = self.own_failure, None
        if isinstance(own, SourceChangedError):
            raise self._changed(str(own))
        if own is not None:
            raise own
        return failure

    def _request(self) -> Request[None]:
        source, place = self.source, self.destination
        file = StreamedFile(
            name="file",
            filename=plain_name(source.filename),
            content_type=mimetypes.guess_type(source.filename)[0] or "application/octet-stream",
            size=source.size,
            pieces=self._pieces,
            outlet=self.outlet,
        )
        return build_upload(_routes.UPLOAD_FILE, nothing, place.url.reveal(), file=file, fields=place.fields.reveal())

    async def _pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        self.read = True
        try:
            async with aclosing(self.source.pieces()) as pieces:
                async for piece in pieces:
                    yield piece
        except Exception as error:
            self.own_failure = error
            raise

    def _failed(self, failure: Exception, *, expired: bool) -> UploadFailedError:
        if expired:
            until = f" ({self.destination.expires:%Y-%m-%d %H:%M:%S %Z})" if self.destination.expires else ""
            why = f"the time that the server gave for the upload is over{until}"
        elif isinstance(failure, TPStreamsError):
            why = reason_of(failure)
        else:
            why = f"nothing has left, and no answer came, for {self.stall_timeout:g} s (stall_timeout)"
        refused = isinstance(root_of(failure), APIError) and not may_pass(failure)
        error = self._error(why, maybe_arrived=self.outlet.sent == self.source.size and not refused)
        error.__cause__ = failure
        return error

    def _changed(self, why: str) -> UploadFailedError:
        return self._error(f"the file is not what it was: {why}")

    def _error(self, why: str, *, maybe_arrived: bool = False) -> UploadFailedError:
        return UploadFailedError(
            why, asset=self.asset, attempts=self.attempts, sent=self.outlet.sent, maybe_arrived=maybe_arrived
        )


def _too_large(source: Source, most: int) -> str:
    return f"has {source.size:,} bytes, and the server takes {most:,} at the most"


def _decode_start(body: bytes) -> UploadStart:
    start = structure(UploadStart, loads(body))
    require_id(start.asset, path="$.asset")
    return start
