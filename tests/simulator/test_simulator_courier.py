"""How deliveries reach their addresses: by hand, by themselves and in a thread."""

import asyncio

import pytest
from aiohttp import web
from conftest import until
from receivers import Receiver

from tpstreams_async.simulator import ManualClock, Simulator, SimulatorThread

LIFE = ["Not Started", "Queued", "Processing", "Transcoding", "Completed"]


async def test_every_address_is_told_and_the_latest_secret_counts(api, receiver, webhook):
    async with Receiver() as other:
        second = api.sim.add_webhook(other.url, "two")
        assert [r.url for r in api.sim.webhooks] == [receiver.url, other.url]
        api.sim.add_asset()
        api.sim._service.webhooks.replace(second, other.url + "/new", "three")
        await api.sim.deliver_webhooks()
        assert [headers["x-streams-token"] for headers, _ in receiver.requests + other.requests] == ["s3cret", "three"]
        assert receiver.requests[0][1] == other.requests[0][1]
        assert api.sim.webhook_deliveries[1].url == other.url + "/new"


async def test_nothing_is_told_any_more_after_the_last_is_gone(api, clock, receiver, webhook):
    asset_id = api.sim.add_asset()
    api.sim.remove_webhook(webhook)
    assert api.sim.webhooks == ()
    api.sim.set_status(asset_id, "Error")
    await api.sim.deliver_webhooks()
    api.sim.add_webhook(receiver.url)
    api.sim.set_status(asset_id, "Transcoding")
    await api.sim.deliver_webhooks()
    assert receiver.statuses == ["Transcoding"]
    with pytest.raises(KeyError):
        api.sim.remove_webhook(webhook)


async def test_what_is_on_its_way_to_one_that_is_removed_gets_lost(api, receiver, webhook):
    async def answer():
        if api.sim.webhooks:
            api.sim.remove_webhook(webhook)
        return web.Response()

    receiver.answer = answer
    api.sim.set_status(api.sim.add_asset(), "Error")
    assert [d.outcome for d in await api.sim.deliver_webhooks()] == ["sent", "lost"]
    assert receiver.statuses == ["Completed"]


@pytest.mark.parametrize("status", [204, 302, 500])
async def test_an_answer_is_noted_and_nothing_is_sent_again(api, clock, receiver, webhook, status):
    async def answer():
        return web.Response(status=status, headers={"Location": receiver.url})

    receiver.answer = answer
    api.sim.add_asset()
    (sent,) = await api.sim.deliver_webhooks()
    clock.advance(1000)
    assert await api.sim.deliver_webhooks() == []
    assert (sent.outcome, sent.status, len(receiver.requests)) == ("sent", status, 1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://[::1/", "https://nowhere.invalid:99999/"])
async def test_an_address_where_nobody_answers(api, url, unused_tcp_port, receiver):
    api.sim._service.webhooks.register(url.format(port=unused_tcp_port), "x")
    api.sim.add_webhook(receiver.url)
    api.sim.add_asset()
    failed, sent = await api.sim.deliver_webhooks()
    assert (failed.outcome, failed.status, bool(failed.error)) == ("failed", None, True)
    assert sent.outcome == "sent"


async def test_a_break_of_the_sender_is_in_the_errors(clock, receiver, monkeypatch):
    async with Simulator(clock=clock, fetch=False) as sim:
        sim.add_webhook(receiver.url)
        sim.add_asset()

        async def broken(*_):
            raise RuntimeError("broken")

        monkeypatch.setattr(sim._courier, "_post", broken)
        (failed,) = await sim.deliver_webhooks()
        assert failed.outcome == "failed"
        assert [str(error) for error in sim.errors] == ["broken"]


@pytest.mark.parametrize("url", ["ftp://h/", "/hook", "http://", ""])
async def test_an_address_that_cannot_be(api, url):
    with pytest.raises(ValueError, match="http or https"):
        api.sim.add_webhook(url)


@pytest.mark.parametrize("token", ["a\r\nb", "schön"])
async def test_a_secret_that_cannot_be(api, token):
    with pytest.raises(ValueError, match="printable ASCII"):
        api.sim.add_webhook("http://127.0.0.1/", token)


async def test_the_secret_shows_nowhere(api, receiver, webhook):
    api.sim.add_asset()
    await api.sim.deliver_webhooks()
    assert "s3cret" not in repr((api.sim.webhooks, api.sim.webhook_deliveries))


async def test_on_a_clock_that_is_moved_by_hand_nothing_is_sent_by_itself(api, clock, receiver, webhook):
    await api.create()
    clock.advance(100)
    await api.get("assets/")
    assert "simulator-webhooks" not in {task.get_name() for task in asyncio.all_tasks()}
    assert receiver.requests == []
    assert len(await api.sim.deliver_webhooks()) == 5


@pytest.mark.looptime
async def test_by_itself(make_api, http):
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with Receiver() as receiver, Simulator(fetch=False) as sim:
        api = make_api(sim, http)
        times = []

        async def answer():
            times.append(loop.time() - began)
            return web.Response()

        receiver.answer = answer
        sim.add_webhook(receiver.url)
        await api.create()
        await asyncio.sleep(30)
        assert receiver.statuses == LIFE
        assert times == pytest.approx([0, 0.6, 1.2, 3, 6], abs=0.01)
        assert not sim.errors


@pytest.mark.looptime
async def test_by_itself_at_another_speed_and_for_what_was_there_before(make_api, http):
    async with Receiver() as receiver, Simulator(fetch=False, speed=60) as sim:
        await make_api(sim, http).create()
        sim.add_webhook(receiver.url)
        await asyncio.sleep(0.04)
        assert receiver.statuses == LIFE[1:3]
        await asyncio.sleep(0.1)
        assert receiver.statuses == LIFE[1:]


async def test_registered_before_the_start():
    sim = Simulator(fetch=False, speed=1000)
    async with Receiver() as receiver:
        sim.add_webhook(receiver.url)
        sim.add_asset()
        async with sim:
            await until(lambda: receiver.requests)
        sim.add_asset()
        assert receiver.statuses == ["Completed"]


async def test_without_a_registration_nothing_runs(make_api, http):
    async with Simulator(fetch=False, speed=1000) as sim:
        await make_api(sim, http).create()
        assert "simulator-webhooks" not in {task.get_name() for task in asyncio.all_tasks()}
        assert (sim._service.changes.next_at(), sim.webhook_deliveries) == (float("inf"), ())


async def test_closing_ends_what_is_on_its_way():
    never = asyncio.Event()

    async def answer():
        await never.wait()

    async with Receiver(answer) as receiver:
        async with Simulator(fetch=False) as sim:
            sim.add_webhook(receiver.url)
            sim.add_asset()
            sim.add_asset()
            await until(lambda: len(receiver.requests) == 2)
        left = {task.get_name() for task in asyncio.all_tasks()}
        assert not {name for name in left if name.startswith("simulator-webhook")}
        assert [d.outcome for d in sim.webhook_deliveries] == ["sending"] * 2
        never.set()


async def test_deliveries_of_one_asset_do_not_overtake_each_other(clock):
    order = []
    gate = asyncio.Event()

    async def answer():
        order.append(len(order))
        await gate.wait()
        return web.Response()

    async with Receiver(answer) as receiver, Simulator(clock=clock, fetch=False) as sim:
        sim.add_webhook(receiver.url)
        asset_id = sim.add_asset()
        sim.set_status(asset_id, "Error")
        sim.add_asset()
        delivering = asyncio.create_task(sim.deliver_webhooks())
        await until(lambda: len(receiver.requests) == 2)
        assert [d.outcome for d in sim.webhook_deliveries] == ["sending"] * 3
        gate.set()
        assert len(await delivering) == 3
        assert sorted(receiver.statuses) == ["Completed", "Completed", "Error"]
        assert receiver.statuses[-1] == "Error"


async def test_what_cannot_be_looked_at_is_in_the_errors(receiver):
    class Broken:
        id = "broken"

        def state(self, now):
            raise RuntimeError("broken")

    async with Simulator(fetch=False) as sim:
        sim.add_webhook(receiver.url)
        with sim._service.lock:
            sim._service.changes.touch(Broken())
        await until(lambda: sim.errors)
        assert [str(error) for error in sim.errors] == ["broken"]


async def test_in_a_thread(make_api, http):
    async with Receiver() as receiver:
        with SimulatorThread(fetch=False, speed=500) as sim:
            sim.add_webhook(receiver.url)
            await make_api(sim, http).create()
            await until(lambda: len(receiver.requests) == 5)
            assert receiver.statuses == LIFE
            assert not sim.errors


async def test_in_a_thread_by_hand():
    clock = ManualClock()
    async with Receiver() as receiver:
        simulator = SimulatorThread(fetch=False, clock=clock)
        simulator.add_webhook(receiver.url)
        with pytest.raises(RuntimeError, match="not started"):
            simulator.deliver_webhooks()
        with simulator as sim:
            sim.add_asset()
            (sent,) = await asyncio.to_thread(sim.deliver_webhooks, 5)
            assert (sent.outcome, receiver.statuses) == ("sent", ["Completed"])
