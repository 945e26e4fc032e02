"""The record of what was told to whom."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Literal

import attrs
import orjson

_KEPT = 100_000

Outcome = Literal["waiting", "sending", "lost", "sent", "failed"]


@attrs.define(eq=False)
class WebhookDelivery:
    """A body on its way to an address, once: a repetition is a delivery of its own.

    `subject_id` is the asset (or job) that it tells of, `noticed_at` the moment of the change and `due_at` when it
    was to be sent, both on the clock; `behind` is how many others go first. It is `waiting` or `sending`, then

    - `lost`: the script wants it so, or the webhook was removed;
    - `sent`: `status` is that of the answer;
    - `failed`: there was no answer, and `error` says why.
    """

    number: int
    webhook_id: str
    url: str
    subject_id: str
    noticed_at: float
    due_at: float
    body: bytes = attrs.field(repr=False)
    behind: int = 0
    outcome: Outcome = "waiting"
    status: int | None = None
    error: str | None = None

    def json(self) -> Any:
        """Return the value of the body."""
        return orjson.loads(self.body)


class Deliveries:
    """The latest deliveries, in the order in which they were noticed. May be read from any thread."""

    def __init__(self) -> None:
        self._records: deque[WebhookDelivery] = deque(maxlen=_KEPT)
        self._total = 0

    def number(self) -> int:
        """Return the number of the next delivery; they count from 1."""
        self._total += 1
        return self._total

    def add(self, delivery: WebhookDelivery) -> None:
        """Keep a delivery, and drop the oldest when there are too many."""
        self._records.append(delivery)

    def __iter__(self) -> Iterator[WebhookDelivery]:
        return iter(self._records.copy())
