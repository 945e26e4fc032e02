"""The HTTP side: takes a request in, has it answered, and plays the fault that was scripted for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from aiohttp import web

from .answers import Answer, detail
from .body import Body, StruckError
from .delivery import Delivery, GoneError, refusal_of_size
from .dispatch import Incoming, answer
from .faults import Fault, Faults
from .journal import Journal, Recorded
from .routes import STORAGE
from .service import Service
from .storage import Storage

_NOTHING = Answer(500)


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
        self._storage = Storage(service)

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
        try:
            work = await self._take_in(request, recorded)
        except StruckError:
            return await self._deliver(request, recorded, _NOTHING, fault)
        if fault is not None and fault.when == "inside":
            fault = None
        if fault is not None and fault.when == "before":
            fault = await self._delivery.pause(fault)
            if fault is not None:
                return await self._deliver(request, recorded, _NOTHING, fault)
        done = work()
        fault = await self._delivery.pause(fault)
        return await self._deliver(request, recorded, done, fault)

    async def _take_in(self, request: web.BaseRequest, recorded: Recorded) -> Callable[[], Answer]:
        """Read the body of a request, and return what is to be done then."""
        body = Body(request, recorded, self._delivery)
        if recorded.place.route == STORAGE:
            return await self._storage.take_in(recorded, body)
        recorded.body = await self._read(body)
        limit = self._service.settings.max_request_bytes
        if len(recorded.body) > limit:
            recorded.body = b""
            return partial(refusal_of_size, limit)
        incoming = Incoming(request.method, recorded.place, request.query, request.headers, recorded.body)
        return partial(answer, self._service, incoming)

    async def _deliver(
        self, request: web.BaseRequest, recorded: Recorded, done: Answer, fault: Fault | None
    ) -> web.StreamResponse:
        sent = fault.answer if fault is not None and fault.answer is not None else done
        if fault is None or fault.answers:
            recorded.status = sent.status
        return await self._delivery.send(request, sent, fault)

    async def _read(self, body: Body) -> bytes:
        """Return the body of a request, or only a little more than may be of one that is too large."""
        data = bytearray()
        while (chunk := await body.next()) and len(data) <= self._service.settings.max_request_bytes:
            data += chunk
        return bytes(data)
