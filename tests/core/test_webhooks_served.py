"""Webhooks that a client registered are really delivered, and end the sleep of those who wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from simulator.receivers import Receiver

from tpstreams_async import BadRequestError, NotFoundError, OutcomeUnknownError, Polling
from tpstreams_async.simulator import Fault, Mishap

pytestmark = pytest.mark.looptime

SECRET = "s3cret-of-the-receiver"
SLOW = 600.0


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as made:
        yield made


def hand_on(receiver: Receiver, client: Any, **options: Any) -> list[bool]:
    """Give what is delivered to those who wait, and return whether anyone did."""
    waited: list[bool] = []

    async def answer() -> web.Response:
        headers, body = receiver.requests[-1]
        assert headers["x-streams-token"] == SECRET
        waited.append(client.jobs.hint(body, **options))
        return web.Response()

    receiver.answer = answer
    return waited


async def create(client: Any) -> Any:
    return await client.assets.create(inputs=["https://origin.example/a.mp4"], resolutions=["240p"])


Slow = Callable[..., Awaitable[tuple[Any, Any]]]


@pytest.fixture
def slow(make_sim: Any, make_client: Any) -> Slow:
    """Make a simulator that takes ten minutes for a video, and a client of it."""

    async def made(**options: Any) -> tuple[Any, Any]:
        sim = await make_sim(processing_seconds=SLOW)
        return sim, make_client(sim, polling=Polling(jitter=0), **options)

    return made


async def looks(sim: Any, client: Any) -> int:
    """Create a video, wait for it, and return how many looks that took. It must not take longer than it has to."""
    sim.journal.clear()
    began = now()
    asset = await client.jobs.asset(await create(client))
    assert asset.status == "Completed"
    assert now() - began < SLOW + 30
    return int(sim.journal.count("GET"))


async def test_a_registration_from_its_creation_to_its_end(sim: Any, client: Any, receiver: Receiver) -> None:
    made = await client.webhooks.create(url=receiver.url, secret_token=SECRET)
    assert (made.url, made.secret_token) == (receiver.url, SECRET)
    assert await client.webhooks.list().collect() == [made]
    sim.add_asset()
    await asyncio.sleep(1)
    assert [headers["x-streams-token"] for headers, _ in receiver.requests] == [SECRET]
    async with Receiver() as second:
        changed = await client.webhooks.update(made.id, url=second.url, secret_token="another")
        assert (changed.id, changed.url, changed.secret_token) == (made.id, second.url, "another")
        sim.add_asset()
        await asyncio.sleep(1)
        assert [headers["x-streams-token"] for headers, _ in second.requests] == ["another"]
        await client.webhooks.delete(made.id)
        sim.add_asset()
        await asyncio.sleep(1)
        assert (len(receiver.requests), len(second.requests)) == (1, 1)
    assert await client.webhooks.list().collect() == []
    for call in (
        client.webhooks.delete(made.id),
        client.webhooks.update(made.id, url=receiver.url, secret_token=SECRET),
    ):
        with pytest.raises(NotFoundError):
            await call


async def test_deliveries_end_a_wait_at_once_and_spare_looks(slow: Slow, receiver: Receiver) -> None:
    sim, client = await slow()
    without = await looks(sim, client)
    await client.webhooks.create(url=receiver.url, secret_token=SECRET)
    waited = hand_on(receiver, client)
    began = now()
    with_them = await looks(sim, client)
    assert now() - began == pytest.approx(SLOW, abs=0.1)
    assert receiver.statuses[-1] == "Completed"
    assert waited[-1] is True
    assert with_them < 0.8 * without, "they take the place of looks"


async def test_a_delivery_that_is_trusted_needs_no_last_look(slow: Slow, receiver: Receiver) -> None:
    sim, client = await slow()
    await client.webhooks.create(url=receiver.url, secret_token=SECRET)
    hand_on(receiver, client, trust_payload=True)
    began = now()
    await looks(sim, client)
    assert now() - began == pytest.approx(SLOW, abs=0.1)
    assert all(record.at < sim.clock.now() - 1 for record in sim.journal.requests("GET"))


async def test_deliveries_that_are_lost_cost_delay_alone(slow: Slow, receiver: Receiver) -> None:
    sim, client = await slow()
    await client.webhooks.create(url=receiver.url, secret_token=SECRET)
    hand_on(receiver, client)
    sim.webhook_script.add(Mishap.loss(), times=None, when=lambda body: body["video"]["status"] == "Completed")
    await looks(sim, client)
    assert "Completed" not in receiver.statuses


async def test_deliveries_that_are_doubled_and_late_do_no_harm(slow: Slow, receiver: Receiver) -> None:
    sim, client = await slow()
    await client.webhooks.create(url=receiver.url, secret_token=SECRET)
    hand_on(receiver, client)
    sim.webhook_script.add(Mishap.repeat(3), times=None)
    sim.webhook_script.add(Mishap.overtaken(seconds=50), times=None, rate=0.5)
    for _ in range(3):
        await looks(sim, client)
    assert len(receiver.requests) >= 3 * 4


async def test_many_waits_at_once_are_told_apart(sim: Any, client: Any, receiver: Receiver) -> None:
    await client.webhooks.create(url=receiver.url, secret_token=SECRET)
    hand_on(receiver, client)
    assets = await asyncio.gather(*(create(client) for _ in range(40)))
    ended = await client.jobs.gather(map(client.jobs.asset, assets))
    assert [asset.id for asset in ended] == [asset.id for asset in assets]
    assert {asset.status for asset in ended} == {"Completed"}


async def test_a_live_stream_is_told_of_until_its_recording(sim: Any, client: Any, receiver: Receiver) -> None:
    await client.webhooks.create(url=receiver.url, secret_token=SECRET)
    hand_on(receiver, client)
    asset = await client.live_streams.create(title="Physics")
    began = now()
    await client.jobs.live_server(asset)
    assert now() - began == pytest.approx(25, abs=0.1)
    wait = asyncio.create_task(client.jobs.recording(asset).result())
    sim.begin_streaming(asset.id)
    await asyncio.sleep(100)
    await client.live_streams.stop(asset.id)
    began = now()
    assert (await wait).video.status == "Completed"
    assert now() - began == pytest.approx(6, abs=0.1)
    assert receiver.statuses[-2:] == [("Completed", "Transcoding"), ("Completed", "Completed")]


async def test_the_deletion_of_resolutions_is_told(sim: Any, client: Any, receiver: Receiver) -> None:
    await client.webhooks.create(url=receiver.url, secret_token=SECRET)
    hand_on(receiver, client)
    began = now()
    deletion = await client.assets.delete_resolutions(sim.add_asset(), ["240p"])
    asset = await client.jobs.resolutions_deleted(deletion)
    assert asset.video.resolutions == ("480p",)
    assert now() - began == pytest.approx(2, abs=0.1)


async def test_a_registration_whose_answer_is_lost_is_in_the_list(sim: Any, client: Any, receiver: Receiver) -> None:
    sim.faults.add("POST", "webhooks/", Fault.reset(when="after"))
    with pytest.raises(OutcomeUnknownError, match=r"client\.webhooks\.list\(\)"):
        await client.webhooks.create(url=receiver.url, secret_token=SECRET)
    (found,) = await client.webhooks.list().collect()
    assert (found.url, found.secret_token) == (receiver.url, SECRET)


async def test_pages_show_each_once(make_sim: Any, make_client: Any) -> None:
    sim = await make_sim(page_size=2)
    client = make_client(sim)
    made = [await client.webhooks.create(url=f"http://127.0.0.1:9/{number}", secret_token="s") for number in range(5)]
    assert await client.webhooks.list().collect() == made[::-1]
    assert await client.webhooks.list().count() == 5


async def test_what_the_server_refuses_it_names(sim: Any, client: Any) -> None:
    sim.faults.add("POST", "webhooks/", Fault.status(400, body={"url": ["Enter a valid URL."]}))
    with pytest.raises(BadRequestError) as caught:
        await client.webhooks.create(url="https://receiver.example/", secret_token=SECRET)
    assert caught.value.field_errors == {"url": ("Enter a valid URL.",)}
    assert sim.webhooks == ()
