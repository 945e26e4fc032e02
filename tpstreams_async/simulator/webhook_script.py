"""What can go wrong on purpose with deliveries, and with which of them."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

Body = Mapping[str, Any]


@attrs.frozen(kw_only=True)
class Mishap:
    """One thing that goes wrong with a delivery, made by a constructor. Durations are seconds of the clock."""

    kind: Literal["loss", "delay", "repeat", "overtaken"]
    seconds: float = 0.0
    count: int = 1

    def __attrs_post_init__(self) -> None:
        if not self.seconds >= 0 or self.count < 1:
            raise ValueError(f"a mishap wants seconds of 0 or more and numbers of 1 or more, not {self!r}")

    @classmethod
    def loss(cls) -> Mishap:
        """It is never sent."""
        return cls(kind="loss")

    @classmethod
    def delay(cls, seconds: float) -> Mishap:
        """It is sent so many seconds later."""
        return cls(kind="delay", seconds=seconds)

    @classmethod
    def repeat(cls, times: int = 1, *, seconds: float = 0.0) -> Mishap:
        """It is sent again exactly as it was, so many times, each so many seconds after the one before."""
        return cls(kind="repeat", count=times, seconds=seconds)

    @classmethod
    def overtaken(cls, by: int = 1, *, seconds: float = math.inf) -> Mishap:
        """It is sent only after the next deliveries to the same address.

        Args:
            by: how many of them.
            seconds: when it is sent at the latest, though they have not come.
        """
        return cls(kind="overtaken", count=by, seconds=seconds)


@attrs.define
class Plan:
    """When a delivery is sent: `copies` are seconds from now, one for each time; `behind` is how many go first."""

    copies: list[float] = attrs.field(factory=lambda: [0.0])
    behind: int = 0
    at_most: float = math.inf

    def suffer(self, mishap: Mishap) -> None:
        """Let a mishap happen to it."""
        if mishap.kind == "loss":
            self.copies = []
        elif mishap.kind == "delay":
            self.copies = [copy + mishap.seconds for copy in self.copies]
        elif mishap.kind == "repeat":
            steps = range(mishap.count + 1)
            self.copies = [copy + step * mishap.seconds for copy in self.copies for step in steps]
        else:
            self.behind, self.at_most = mishap.count, mishap.seconds


@attrs.define(eq=False)
class WebhookRule:
    """A scripted mishap: `times` is how often it will still happen (None: always), `used` how often it did."""

    mishap: Mishap
    times: int | None
    skip: int
    when: Callable[[Body], bool] | None
    rate: float
    chance: random.Random = attrs.field(repr=False)
    used: int = 0

    def happens(self, body: Body) -> bool:
        """Tell whether the mishap happens to a delivery with this body, and use it up."""
        if self.times == 0 or (self.when is not None and not self.when(body)):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.rate < 1 and self.chance.random() >= self.rate:
            return False
        self.used += 1
        if self.times is not None:
            self.times -= 1
        return True


class WebhookScript:
    """The script of what goes wrong with deliveries. May be written from any thread."""

    def __init__(self) -> None:
        self._rules: list[WebhookRule] = []
        self._lock = threading.Lock()

    def add(
        self,
        mishap: Mishap,
        *,
        times: int | None = 1,
        skip: int = 0,
        when: Callable[[Body], bool] | None = None,
        rate: float = 1.0,
        seed: int = 0,
    ) -> WebhookRule:
        """Script a mishap for the coming deliveries; every rule has its say in each of them.

        Args:
            mishap: what happens.
            times: to how many deliveries, 1 or more; None means to every one from then on.
            skip: how many deliveries go unharmed before the first of them, 0 or more.
            when: to which deliveries, by their body; only these are counted.
            rate: to which share of these it happens by chance, above 0 and up to 1.
            seed: of that chance: the same seed gives the same choice.

        Returns:
            The rule; its `used` tells how often it happened.

        Raises:
            ValueError: nothing could ever happen like that.
        """
        if skip < 0 or (times is not None and times < 1) or not 0 < rate <= 1:
            raise ValueError("a rule wants times of 1 or more (or None), skip of 0 or more and a rate above 0, up to 1")
        rule = WebhookRule(mishap, times, skip, when, rate, random.Random(seed))
        with self._lock:
            self._rules.append(rule)
        return rule

    def plan(self, body: Body) -> Plan:
        """Return when a delivery with this body is sent, and use up what happens to it."""
        plan = Plan()
        with self._lock:
            for rule in self._rules:
                if rule.happens(body):
                    plan.suffer(rule.mishap)
            self._rules = [rule for rule in self._rules if rule.times != 0]
        return plan

    def clear(self) -> None:
        """Drop every rule."""
        with self._lock:
            self._rules.clear()
