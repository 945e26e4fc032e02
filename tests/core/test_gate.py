"""The gate that every request passes, whatever happens to those who wait in front of it."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from tpstreams_async import RateLimit
from tpstreams_async._clock import Clock
from tpstreams_async._gate import Gate, Lane
from tpstreams_async._limiter import Limiter

pytestmark = pytest.mark.looptime
#: More rounds than anybody has to wait for.
MOST_ROUNDS = 1_000


@define(eq=False)
class Visitor:
    """Somebody who wants to go through."""

    lane: Lane
    task: asyncio.Task[None] = field(init=False)
    entered: float | None = None
    gone: bool = False

    @property
    def waits(self) -> bool:
        return self.entered is None and not self.gone


class World:
    """A gate, and those who have come to it, in their order."""

    def __init__(self, room: int, rate: float | None) -> None:
        self.loop = asyncio.get_running_loop()
        self.limiter = Limiter(rate and RateLimit(per_second=rate), Clock(uniform=lambda _, high: high))
        self.gate = Gate(room, self.limiter)
        self.room = room
        self.paused_until = 0.0
        self.all: list[Visitor] = []

    @property
    def inside(self) -> list[Visitor]:
        return [visitor for visitor in self.all if visitor.entered is not None and not visitor.gone]

    @property
    def waiting(self) -> list[Visitor]:
        return [visitor for visitor in self.all if visitor.waits]

    async def come(self, lane: Lane) -> None:
        visitor = Visitor(lane)
        self.all.append(visitor)
        visitor.task = asyncio.ensure_future(self._visit(visitor))

    async def _visit(self, visitor: Visitor) -> None:
        assert await self.gate.wait(self.loop, 1e9, visitor.lane)
        before = self.all[: self.all.index(visitor)]
        assert not [other for other in before if other.waits and other.lane is visitor.lane], "first come, first served"
        visitor.entered = self.loop.time()
        assert len(self.inside) <= self.room
        assert visitor.lane is Lane.STORAGE or visitor.entered >= self.paused_until

    async def leave(self, number: int) -> None:
        if inside := self.inside:
            inside[number % len(inside)].gone = True
            self.gate.leave(self.loop)

    async def cancel(self, number: int) -> None:
        if waiting := self.waiting:
            visitor = waiting[number % len(waiting)]
            visitor.gone = True
            visitor.task.cancel()

    async def let_pass(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def pause(self, seconds: float) -> None:
        self.limiter.pause(seconds)
        self.paused_until = max(self.paused_until, self.loop.time() + seconds)

    async def refuse(self, successes: int) -> None:
        for _ in range(successes):
            self.limiter.pace.succeeded(self.loop.time())
        self.limiter.pace.refused(self.loop.time(), self.loop.time())
        self.limiter.active = True

    async def empty(self) -> None:
        """Let everyone through."""
        for _ in range(MOST_ROUNDS):
            if not self.waiting:
                return
            await self.leave(0)
            await asyncio.sleep(1)
        pytest.fail("somebody waits for ever")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("come"), st.sampled_from(Lane)),
        st.tuples(st.sampled_from(["leave", "cancel", "refuse"]), st.integers(0, 9)),
        st.tuples(st.sampled_from(["let_pass", "pause"]), st.floats(0.01, 3)),
    ),
    max_size=60,
)


@given(st.integers(1, 3), st.none() | st.floats(0.5, 20), STEPS, st.booleans())
@settings(deadline=None)
async def test_it_loses_nobody_and_lets_no_more_through_than_it_may(
    room: int, rate: float | None, steps: list[tuple[str, Any]], at_once: bool
) -> None:
    world = World(room, rate)
    for step, value in steps:
        await getattr(world, step)(value)
        if not at_once:
            await asyncio.sleep(0)
    await world.empty()
    for visitor in world.all:
        await asyncio.wait([visitor.task])
        assert visitor.gone or visitor.task.exception() is None
    if rate is not None:
        paced = sorted(v.entered for v in world.all if v.entered is not None and v.lane is not Lane.STORAGE)
        assert all(later - earlier >= 1 / rate - 1e-6 for earlier, later in pairwise(paced))
    while world.inside:
        await world.leave(0)
    await asyncio.sleep(1_000)
    for _ in range(room):
        await world.come(Lane.CALL)
    await asyncio.sleep(10)
    assert len(world.inside) == room, "all places were free again"
    assert not world.gate.enter()


async def test_one_who_is_cancelled_as_his_turn_comes_gives_it_to_the_next() -> None:
    world = World(1, None)
    for _ in range(3):
        await world.come(Lane.CALL)
    await asyncio.sleep(0)
    await world.leave(0)
    await world.cancel(0)
    await world.empty()
    assert [visitor.entered is None for visitor in world.all] == [False, True, False]


async def test_those_who_are_gone_are_not_waited_for() -> None:
    world = World(1, 1.0)
    for _ in range(10):
        await world.come(Lane.CALL)
    await asyncio.sleep(0.5)
    for _ in range(4):
        await world.leave(0)
        await asyncio.sleep(1)
    for _ in range(5):
        await world.cancel(0)
    await asyncio.sleep(0)
    assert (len(world.waiting), len(world.inside)) == (0, 1)
    await world.leave(0)
    assert await world.gate.wait(world.loop, world.loop.time() + 1.5)
    assert not await world.gate.wait(world.loop, world.loop.time() + 0.5)


async def test_one_who_comes_as_a_pause_ends_makes_nobody_hurry() -> None:
    loop = asyncio.get_running_loop()
    limiter = Limiter(None, Clock(uniform=lambda _, high: high))
    gate = Gate(1_000, limiter)
    went: list[float] = []

    async def work() -> None:
        assert await gate.wait(loop, lane=Lane.BULK)
        went.append(loop.time() - began)

    began = loop.time()
    limiter.pause(5)
    call = gate.wait(loop, lane=Lane.CALL)
    # Before the gate's own timer, which is of the same moment.
    loop.call_at(began + 5, lambda: call.send(None))
    await asyncio.gather(*[work() for _ in range(100)])
    call.close()
    assert min(went) >= 5
    assert max(second - first for first, second in pairwise(went)) < 0.05
    assert max(went) - min(went) > 0.9
