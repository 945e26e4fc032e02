"""Deliveries that go wrong on request."""

import asyncio

import pytest
from receivers import Receiver

from tpstreams_async.simulator import Mishap, Simulator

WORDS = ["one", "two", "three", "four", "five"]


@pytest.fixture
async def tell(sim, receiver):
    """Let one asset show one word after the other, and send what is due; returns the words that have arrived."""
    sim.add_webhook(receiver.url)
    asset_id = sim.add_asset(status="zero")
    await sim.deliver_webhooks()
    assert receiver.statuses == ["zero"]

    async def tell(*words):
        for word in words:
            sim.set_status(asset_id, word)
        await sim.deliver_webhooks()
        return receiver.statuses[1:]

    return tell


def outcomes(sim):
    return [d.outcome for d in sim.webhook_deliveries][1:]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({}, ["two", "three", "four", "five"]),
        ({"skip": 2}, ["one", "two", "four", "five"]),
        ({"skip": 1, "times": 2}, ["one", "four", "five"]),
        ({"times": None}, []),
        ({"times": None, "skip": 3}, ["one", "two", "three"]),
        ({"when": lambda body: body["video"]["status"].startswith("t")}, ["one", "three", "four", "five"]),
        ({"when": lambda body: "o" in body["video"]["status"], "skip": 1}, ["one", "three", "four", "five"]),
        ({"rate": 1e-12, "times": None}, WORDS),
    ],
)
async def test_a_loss(sim, tell, how, told):
    rule = sim.webhook_script.add(Mishap.loss(), **how)
    assert await tell(*WORDS) == told
    assert rule.used == 5 - len(told)
    assert outcomes(sim).count("lost") == rule.used
    assert outcomes(sim) == ["sent" if word in told else "lost" for word in WORDS]


async def test_a_loss_by_chance_is_the_same_with_the_same_seed(clock, receiver):
    async def lost(seed):
        async with Simulator(clock=clock, fetch=False) as sim:
            sim.add_webhook(receiver.url)
            rule = sim.webhook_script.add(Mishap.loss(), times=None, rate=0.3, seed=seed)
            for _ in range(200):
                sim.add_asset()
            await sim.deliver_webhooks()
            assert rule.used == [d.outcome for d in sim.webhook_deliveries].count("lost")
            return [d.outcome == "lost" for d in sim.webhook_deliveries]

    first, again, other = await lost(1), await lost(1), await lost(2)
    assert first == again != other
    assert 30 < sum(first) < 90


async def test_a_delay(sim, clock, tell):
    sim.webhook_script.add(Mishap.delay(5))
    assert await tell("one", "two") == ["two"]
    clock.advance(4.9)
    assert await tell() == ["two"]
    clock.advance(0.1)
    assert await tell() == ["two", "one"]
    assert [d.due_at for d in sim.webhook_deliveries] == [0, 5, 0]


async def test_repetitions_are_exact(sim, clock, tell, receiver):
    sim.webhook_script.add(Mishap.repeat(2, seconds=10), skip=1)
    assert await tell("one", "two", "three") == ["one", "two", "three"]
    clock.advance(10)
    assert await tell() == ["one", "two", "three", "two"]
    clock.advance(10)
    assert await tell() == ["one", "two", "three", "two", "two"]
    bodies = [body for _, body in receiver.requests]
    assert bodies[2] == bodies[4] == bodies[5]


async def test_repetitions_at_once(sim, tell):
    sim.webhook_script.add(Mishap.repeat())
    assert await tell("one", "two") == ["one", "one", "two"]


@pytest.mark.parametrize(("by", "told"), [(1, ["two", "one", "three"]), (2, ["two", "three", "one"])])
async def test_another_order(sim, tell, by, told):
    sim.webhook_script.add(Mishap.overtaken(by))
    assert await tell("one", "two", "three") == told


async def test_what_nothing_overtakes_stays_behind(sim, clock, tell):
    sim.webhook_script.add(Mishap.overtaken(2))
    assert await tell("one", "two") == ["two"]
    clock.advance(1_000_000)
    assert await tell() == ["two"]
    assert outcomes(sim) == ["waiting", "sent"]
    assert await tell("three") == ["two", "three", "one"]
    assert outcomes(sim) == ["sent"] * 3


async def test_what_nothing_overtakes_goes_when_its_time_is_up(sim, clock, tell):
    sim.webhook_script.add(Mishap.overtaken(2, seconds=30))
    assert await tell("one", "two") == ["two"]
    clock.advance(30)
    assert await tell() == ["two", "one"]
    assert await tell("three") == ["two", "one", "three"]


async def test_only_deliveries_to_the_same_address_overtake(sim, clock, tell, receiver):
    async with Receiver() as other:
        sim.add_webhook(other.url)
        sim.webhook_script.add(Mishap.overtaken())
        assert await tell("one") == []
        assert other.statuses == ["one"]
        assert await tell("two") == ["two", "one"]
        assert other.statuses == ["one", "two"]


async def test_everything_at_once(sim, clock, tell):
    script = sim.webhook_script
    script.add(Mishap.delay(1), skip=1)
    script.add(Mishap.repeat(), skip=1)
    script.add(Mishap.loss())
    assert await tell("one", "two", "three") == ["three"]
    clock.advance(1)
    assert await tell() == ["three", "two", "two"]


async def test_a_script_that_is_dropped(sim, tell):
    sim.webhook_script.add(Mishap.loss(), times=None)
    sim.webhook_script.clear()
    assert await tell("one") == ["one"]


async def test_a_script_that_breaks_harms_no_delivery(clock, receiver):
    async with Simulator(clock=clock, fetch=False) as sim:
        sim.add_webhook(receiver.url)
        sim.webhook_script.add(Mishap.loss(), when=lambda body: body["nothing"])
        sim.add_asset()
        await sim.deliver_webhooks()
        assert receiver.statuses == ["Completed"]
        assert [type(error) for error in sim.errors] == [KeyError]


@pytest.mark.parametrize(
    "how", [{"times": 0}, {"skip": -1}, {"rate": 0}, {"rate": 1.1}, {"rate": float("nan")}, {"times": -1}]
)
def test_rules_that_cannot_be(sim, how):
    with pytest.raises(ValueError, match="a rule wants"):
        sim.webhook_script.add(Mishap.loss(), **how)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Mishap.delay(-1),
        lambda: Mishap.delay(float("nan")),
        lambda: Mishap.repeat(0),
        lambda: Mishap.repeat(seconds=-1),
        lambda: Mishap.overtaken(0),
        lambda: Mishap.overtaken(seconds=-1),
    ],
)
def test_mishaps_that_cannot_be(make):
    with pytest.raises(ValueError, match="a mishap wants"):
        make()


@pytest.mark.looptime
async def test_delays_and_late_ones_go_by_themselves():
    async with Receiver() as receiver, Simulator(fetch=False, speed=10) as sim:
        sim.add_webhook(receiver.url)
        sim.webhook_script.add(Mishap.delay(50))
        sim.webhook_script.add(Mishap.overtaken(seconds=100), skip=1)
        for status in ("one", "two"):
            sim.add_asset(status=status)
        await asyncio.sleep(4.9)
        assert receiver.statuses == []
        await asyncio.sleep(0.2)
        assert receiver.statuses == ["one"]
        await asyncio.sleep(4.8)
        assert receiver.statuses == ["one"]
        await asyncio.sleep(0.2)
        assert receiver.statuses == ["one", "two"]
        assert not sim.errors
