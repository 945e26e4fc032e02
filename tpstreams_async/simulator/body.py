"""The body of a request as it comes in, with the fault that strikes in the middle of it."""

from __future__ import annotations

import aiohttp
from aiohttp import web

from .delivery import Delivery, GoneError
from .journal import Recorded

_LOST = (ConnectionError, aiohttp.ClientError, web.RequestPayloadError, aiohttp.http.HttpProcessingError)


class StruckError(Exception):
    """Raised when the fault has struck and the rest of the body is not wanted any more."""


class Body:
    """Reads the body of a request piece by piece.

    Args:
        request: nothing of its body was read yet.
        recorded: where it is noted how much was read, and what goes wrong.
        delivery: keeps the silences.
    """

    def __init__(self, request: web.BaseRequest, recorded: Recorded, delivery: Delivery) -> None:
        self._request = request
        self._recorded = recorded
        fault = recorded.fault
        self._fault = fault if fault is not None and fault.when == "inside" else None
        self._delivery = delivery
        self._begun = False

    async def next(self) -> bytes:
        """Return the next bytes; none of them at the end.

        Raises:
            GoneError: the client, or the simulator, went away.
            StruckError: the fault is to be played instead of anything else.
        """
        if self._fault is not None and self._recorded.received_bytes >= self._fault.keep:
            await self._strike()
        if not self._request.can_read_body:
            chunk = b""
        else:
            self._begin()
            try:
                chunk = await self._request.content.readany()
            except _LOST:
                raise GoneError from None
        self._recorded.received_bytes += len(chunk)
        if not chunk and self._fault is not None:
            await self._strike()
        return chunk

    async def _strike(self) -> None:
        fault, self._fault = self._fault, None
        if await self._delivery.pause(fault) is not None:
            raise StruckError

    def _begin(self) -> None:
        transport = self._request.transport
        if self._begun or transport is None:
            return
        self._begun = True
        if self._request.headers.get("Expect", "").lower() == "100-continue":
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
