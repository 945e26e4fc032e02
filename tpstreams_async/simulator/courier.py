"""Bringing news to those who registered for it: once each, as nobody promises more."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from heapq import heappop, heappush
from typing import NamedTuple

import aiohttp
import orjson

from .answers import JSON
from .changes import News
from .clock import ManualClock
from .deliveries import WebhookDelivery
from .service import Service
from .webhook_script import Plan
from .webhooks import Registration

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_AT_ONCE = 64
_SHORTEST = 1e-6


class _Held(NamedTuple):
    delivery: WebhookDelivery
    overtakers: list[asyncio.Task[None]]


class Courier:
    """Sends deliveries when they are due: by itself, or on a clock that is moved by hand only when it is told to.

    A clock that states no speed is taken to go as fast as the loop's.

    Those about the same subject to the same address never run beside each other.

    Args:
        service: what happens there is told.
        errors: gets every exception that nobody foresaw.
    """

    def __init__(self, service: Service, errors: list[Exception]) -> None:
        self._service = service
        self._errors = errors
        self._speed: float | None = getattr(service.clock, "speed", 1.0)
        if isinstance(service.clock, ManualClock):
            self._speed = None
        self._awake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._due: list[tuple[float, int, WebhookDelivery]] = []
        self._behind: list[_Held] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._latest: dict[tuple[str, str], asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Say that there may be news; the first time the courier begins its work."""
        if self._speed is None:
            return
        self._awake.set()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="simulator-webhooks")

    async def deliver(self) -> Sequence[WebhookDelivery]:
        """Send what is due now, and return it when all that is on its way has arrived."""
        sent: list[WebhookDelivery] = []
        while (more := self._send_due()) or self._sending:
            sent += more
            if self._sending:
                await asyncio.wait(set(self._sending))
        return sent

    async def close(self) -> None:
        """End everything at once."""
        tasks = [*self._sending, *([] if self._task is None else [self._task])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _run(self) -> None:
        try:
            while True:
                self._awake.clear()
                self._send_due()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), self._seconds())
        except Exception as error:  # noqa: BLE001 - a test is to see it in `errors`
            self._errors.append(error)

    def _seconds(self) -> float | None:
        """Return the seconds of the loop until something has to be done; None while nothing is in sight."""
        with self._service.lock:
            first = self._due[0][0] if self._due else math.inf
            ahead = min(first, self._service.changes.next_at()) - self._service.clock.now()
        # The time to come may be so short that the loop's clock would not see it pass.
        return None if ahead == math.inf else max(_SHORTEST, ahead / (self._speed or 1.0))

    def _send_due(self) -> list[WebhookDelivery]:
        service = self._service
        with service.lock:
            service.changes.look()
            for news in service.changes.take():
                body = orjson.dumps(news.row)
                for registration in service.webhooks:
                    self._accept(news, body, registration)
            now = service.clock.now()
        sent: list[WebhookDelivery] = []
        while self._due and self._due[0][0] <= now:
            delivery = heappop(self._due)[2]
            # What was overtaken may be gone before the time at which it goes at the latest.
            if delivery.outcome == "waiting":
                sent += self._send(delivery, [])
        return sent

    def _accept(self, news: News, body: bytes, registration: Registration) -> None:
        try:
            plan = self._service.webhook_script.plan(news.row)
        except Exception as error:  # noqa: BLE001 - what a test wrote into the script is broken
            self._errors.append(error)
            plan = Plan()
        for seconds in plan.copies or [0.0]:
            delivery = WebhookDelivery(
                number=self._service.deliveries.number(),
                webhook_id=registration.id,
                url=registration.url,
                subject_id=news.subject_id,
                noticed_at=news.at,
                due_at=news.at + seconds,
                body=body,
                behind=plan.behind,
                outcome="waiting" if plan.copies else "lost",
            )
            self._service.deliveries.add(delivery)
            if not plan.copies:
                continue
            if delivery.behind:
                self._behind.append(_Held(delivery, []))
                delivery.due_at += plan.at_most
            if delivery.due_at < math.inf:
                heappush(self._due, (delivery.due_at, delivery.number, delivery))

    def _send(self, delivery: WebhookDelivery, first: Sequence[asyncio.Task[None]]) -> list[WebhookDelivery]:
        """Send a delivery when those before it have arrived; return it, and what went because it has overtaken."""
        delivery.outcome = "sending"
        key = (delivery.webhook_id, delivery.subject_id)
        previous = self._latest.get(key)
        carrying = self._carry(delivery, first if previous is None else [*first, previous])
        task = self._latest[key] = asyncio.get_running_loop().create_task(carrying, name="simulator-webhook")
        self._sending.add(task)
        task.add_done_callback(partial(self._arrived, key))
        sent = [delivery]
        for held in self._overtaken(delivery, task):
            held.delivery.due_at = self._service.clock.now()
            sent += self._send(held.delivery, held.overtakers)
        return sent

    def _overtaken(self, delivery: WebhookDelivery, task: asyncio.Task[None]) -> list[_Held]:
        """Return what has now been overtaken as often as it was to be."""
        self._behind = [held for held in self._behind if held.delivery.outcome == "waiting"]
        for held in self._behind:
            if held.delivery.webhook_id == delivery.webhook_id and held.delivery.number < delivery.number:
                held.overtakers.append(task)
        ready = [held for held in self._behind if len(held.overtakers) >= held.delivery.behind]
        self._behind = [held for held in self._behind if held not in ready]
        return ready

    def _arrived(self, key: tuple[str, str], task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        if self._latest.get(key) is task:
            del self._latest[key]

    async def _carry(self, delivery: WebhookDelivery, first: Sequence[asyncio.Task[None]]) -> None:
        if first:
            await asyncio.wait(first)
        with self._service.lock:
            registration = self._service.webhooks.get(delivery.webhook_id)
        if registration is None:
            delivery.outcome = "lost"
            return
        delivery.url = registration.url
        try:
            delivery.status = await self._post(registration, delivery.body)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # TimeoutError is an OSError; ValueError is what a broken address leads to.
            delivery.outcome, delivery.error = "failed", f"{type(error).__name__}: {error}"
        except Exception as error:  # noqa: BLE001 - a test is to see it in `errors`
            delivery.outcome = "failed"
            self._errors.append(error)
        else:
            delivery.outcome = "sent"

    async def _post(self, registration: Registration, body: bytes) -> int:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_AT_ONCE)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()
            )
        headers = {"Content-Type": JSON, "x-streams-token": registration.secret_token}
        post = self._session.post(registration.url, data=body, headers=headers, allow_redirects=False)
        async with post as response:
            return response.status
