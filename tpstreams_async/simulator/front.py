"""The HTTP side: takes a request in, has it answered, and plays the fault that was scripted for it."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web

from .answers import Answer, detail
from .delivery import Delivery, GoneError, refusal_of_size
from .dispatch import Incoming, answer
from .faults import Fault, Faults
from .journal import Journal, Recorded
from .service import Service

_NOTHING = Answer(500)
_LOST = (ConnectionError, aiohttp.ClientError, web.RequestPayloadError, aiohttp.http.HttpProcessingError)


class Front:
    """Handles the requests of every connection. To be made inside the running loop.

    Args:
        service: what answers.
        journal: where requests are written down.
        faults: what goes wrong.
        errors: gets every exception that nobody foresaw.
    """

    def __init__(self, service: Service, journal: Journal, faults: Faults, errors: list[Exception]) -> None:
        self._service = service
        self._journal = journal
        self._faults = faults
        self._errors = errors
        self._closing = asyncio.Event()
        self._delivery = Delivery(self._closing)

    def close(self) -> None:
        """End every silence; the requests that kept it are not answered."""
        self._closing.set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        try:
            return await self._handle(request)
        except GoneError:
            # aiohttp wants a response, and drops it because the transport is closing.
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=503)
        except Exception as error:  # noqa: BLE001 - a test is to see it in `errors`
            self._errors.append(error)
            refusal = detail(500, "Internal server error.")
            return await self._delivery.send(request, refusal.answer, None)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        query = request.rel_url.raw_query_string
        now = self._service.clock.now()
        recorded = self._journal.record(request.method, request.path, query, request.headers, now)
        fault = recorded.fault = self._faults.take(request.method, recorded.place)
        if fault is not None and fault.when == "head":
            fault = await self._delivery.pause(fault)
            if fault is not None:
                return await self._deliver(request, recorded, _NOTHING, fault)
        body = await self._read(request)
        if body is None:
            limit = self._service.settings.max_request_bytes
            return await self._deliver(request, recorded, refusal_of_size(limit), None)
        recorded.body = body
        if fault is not None and fault.when == "before":
            fault = await self._delivery.pause(fault)
            if fault is not None:
                return await self._deliver(request, recorded, _NOTHING, fault)
        incoming = Incoming(request.method, recorded.place, request.query, request.headers, body)
        done = answer(self._service, incoming)
        fault = await self._delivery.pause(fault)
        return await self._deliver(request, recorded, done, fault)

    async def _deliver(
        self, request: web.BaseRequest, recorded: Recorded, done: Answer, fault: Fault | None
    ) -> web.StreamResponse:
        sent = fault.answer if fault is not None and fault.answer is not None else done
        if fault is None or fault.answers:
            recorded.status = sent.status
        return await self._delivery.send(request, sent, fault)

    async def _read(self, request: web.BaseRequest) -> bytes | None:
        """Return the body of the request, or None when it is too large."""
        if not request.can_read_body:
            return b""
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = bytearray()
        try:
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > self._service.settings.max_request_bytes:
                    return None
        except _LOST:
            raise GoneError from None
        return bytes(body)
