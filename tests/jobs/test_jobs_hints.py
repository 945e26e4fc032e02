"""What webhooks deliver ends the sleep of those who wait, and nothing hangs on it."""

import asyncio
import functools
import json

import pytest
from job_support import assert_idle, later, looks, now, page, script, turns

from tpstreams_async import InvalidInputError, JobFailedError, JobTimeoutError, Polling
from tpstreams_async.simulator import Fault


@pytest.fixture
def asset_id(sim):
    return sim.add_asset(status="Transcoding")


def deliver(sim, client, asset_id, **options):
    """Hand over what the server delivers now."""
    return client.jobs.hint(page(sim, asset_id), **options)


def finish(sim, client, asset_id, status="Completed", **options):
    sim.set_status(asset_id, status)
    deliver(sim, client, asset_id, **options)


@pytest.mark.parametrize("form", ["dict", "bytes", "id", "asset"])
async def test_a_hint_ends_the_sleep(sim, client, asset_id, form):
    forms = {
        "dict": lambda: page(sim, asset_id),
        "bytes": lambda: json.dumps(page(sim, asset_id)).encode(),
        "id": lambda: asset_id,
        "asset": lambda: seen,
    }
    seen = await client.assets.get(asset_id)
    script(sim, asset_id, {12: "Completed"})
    later(12, lambda: client.jobs.hint(forms[form]()))
    asset = await client.jobs.asset(asset_id)
    assert asset.status == "Completed"
    assert now() == pytest.approx(12, abs=0.01)
    await assert_idle(client)


async def test_a_hint_says_whether_anyone_waits(sim, client, asset_id):
    assert deliver(sim, client, asset_id) is False
    wait = asyncio.create_task(client.jobs.asset(asset_id).result())
    await turns()
    assert client.jobs.hint(asset_id) is True
    assert client.jobs.hint("nobodyKnows") is False
    wait.cancel()


async def test_a_delivery_is_not_believed_but_looked_at(sim, client, asset_id):
    later(3, client.jobs.hint, page(sim, asset_id, status="Completed"))
    with pytest.raises(JobTimeoutError):
        await client.jobs.asset(asset_id).result(timeout=20)
    assert 3 in looks(sim, asset_id)


async def test_what_does_not_show_yet_is_looked_for_again_soon(sim, client, asset_id):
    # The delivery comes before the server shows what it tells.
    later(50, client.jobs.hint, page(sim, asset_id, status="Completed"))
    script(sim, asset_id, {51: "Completed"})
    await client.jobs.asset(asset_id)
    assert now() == pytest.approx(52, abs=0.05)


async def test_while_hints_come_there_are_fewer_looks_of_ones_own(sim, client, asset_id):
    script(sim, asset_id, {second: f"Part {second}" for second in range(10, 100, 10)})
    for second in range(10, 100, 10):
        later(second, deliver, sim, client, asset_id)
    with pytest.raises(JobTimeoutError):
        await client.jobs.asset(asset_id).result(timeout=100)
    seen = looks(sim, asset_id)
    # One when a delivery comes, and one in between, where there would be three.
    expected = [at for second in range(10, 100, 10) for at in (second, second + 8)]
    assert [at for at in seen if at >= 10] == pytest.approx([*expected, 100], abs=0.05)


async def test_when_hints_stop_looks_come_as_often_as_before(sim, client, asset_id):
    later(10, finish, sim, client, asset_id, "Odd")
    script(sim, asset_id, {400: "Completed"})
    await client.jobs.asset(asset_id)
    # The delivery at 400 was lost: that costs no more than an ordinary interval.
    assert now() < 431


async def test_a_hint_for_which_a_look_is_under_way_gets_another(sim, client, asset_id):
    sim.faults.add("GET", "assets/<id>/", Fault.delay(4, when="after"), times=1)
    later(2, finish, sim, client, asset_id)
    await client.jobs.asset(asset_id)
    assert looks(sim, asset_id) == [0, 4]
    assert now() == pytest.approx(4, abs=0.05)


async def test_exact_repeats_cost_no_look(sim, client, asset_id):
    delivery = page(sim, asset_id)
    for second in range(3, 10):
        later(second, client.jobs.hint, dict(delivery))
    with pytest.raises(JobTimeoutError):
        await client.jobs.asset(asset_id).result(timeout=11)
    assert looks(sim, asset_id) == [0, 2, 3, 11]


async def test_a_storm_of_hints_costs_one_look_at_a_time(sim, client, asset_id):
    sim.faults.add("GET", "assets/<id>/", Fault.delay(1), times=None)

    async def storm():
        for _ in range(1000):
            await asyncio.sleep(0.01)
            client.jobs.hint(asset_id)

    task = asyncio.create_task(storm())
    with pytest.raises(JobTimeoutError):
        await client.jobs.asset(asset_id).result(timeout=10)
    assert len(looks(sim, asset_id)) <= 11
    await task


async def test_a_trusted_delivery_is_the_answer(sim, client, asset_id):
    later(3, lambda: finish(sim, client, asset_id, trust_payload=True))
    asset = await client.jobs.asset(asset_id)
    assert asset.status == "Completed"
    assert now() == 3
    assert looks(sim, asset_id) == [0, 2]
    await assert_idle(client)


async def test_a_trusted_failure_is_one(sim, client, asset_id):
    later(3, lambda: finish(sim, client, asset_id, "Error", trust_payload=True))
    with pytest.raises(JobFailedError):
        await client.jobs.asset(asset_id)
    assert looks(sim, asset_id) == [0, 2]


async def test_a_trusted_delivery_that_shows_no_end_is_a_hint(sim, client, asset_id):
    later(3, lambda: deliver(sim, client, asset_id, trust_payload=True))
    with pytest.raises(JobTimeoutError):
        await client.jobs.asset(asset_id).result(timeout=4)
    assert looks(sim, asset_id) == [0, 2, 3, 4]


async def test_a_delivery_that_came_before_anyone_waited_is_remembered(sim, client, asset_id):
    before = page(sim, asset_id)
    finish(sim, client, asset_id, trust_payload=True)
    client.jobs.hint(before, trust_payload=True)  # late: an end does not go back
    asset = await client.jobs.asset(asset_id)
    assert asset.status == "Completed"
    assert now() == 0
    await assert_idle(client)


async def test_a_delivery_can_be_given_as_text(sim, client, asset_id):
    later(3, sim.set_status, asset_id, "Completed")
    later(3.5, lambda: client.jobs.hint(json.dumps(sim.delivery(asset_id))))
    await client.jobs.asset(asset_id)
    assert now() == 3.5


async def test_it_is_not_remembered_for_long(sim, client, asset_id):
    client.jobs.hint(page(sim, asset_id, status="Completed"), trust_payload=True)
    await asyncio.sleep(Polling().hint_memory)
    with pytest.raises(JobTimeoutError):
        await client.jobs.asset(asset_id).result(timeout=1)
    assert looks(sim, asset_id)[0] == Polling().hint_memory


async def test_trust_does_not_end_what_a_delivery_cannot_show(sim, client, asset_id):
    revert = client.jobs.revert_trim(asset_id)
    detail = client.jobs.asset(asset_id, detail=True)
    until = client.jobs.until(asset_id, lambda asset: asset.status == "Completed")
    waits = asyncio.create_task(client.jobs.gather([revert, detail, until], timeout=10, return_exceptions=True))
    later(3, client.jobs.hint, page(sim, asset_id, status="Completed"))
    later(4, lambda: client.jobs.hint(page(sim, asset_id, status="Completed"), trust_payload=True))
    results = await waits
    assert {type(result) for result in results} == {JobTimeoutError}


async def test_many_hints_at_once_take_a_page_or_a_look_each(sim, client):
    ids = [sim.add_asset(status="Transcoding") for _ in range(60)]
    for asset_id in ids:
        later(12, finish, sim, client, asset_id)
    assets = await client.jobs.gather(map(client.jobs.asset, ids))
    assert {asset.status for asset in assets} == {"Completed"}
    assert now() == pytest.approx(12, abs=0.05)


@pytest.mark.parametrize(
    ("delivery", "options"),
    [
        ("", {}),
        ("../other", {}),
        (b"no json", {}),
        (b"[1]", {}),
        ({}, {}),
        ({"id": None}, {}),
        ({"id": 17}, {}),
        ({"id": "abc234DEF56", "when": object()}, {}),
        (None, {}),
        (["abc234DEF56"], {}),
        ("abc234DEF56", {"trust_payload": True}),
        ("abc234DEF56", {"trust_payload": "yes"}),
    ],
)
async def test_what_names_no_asset_is_refused(client, delivery, options):
    with pytest.raises(InvalidInputError):
        client.jobs.hint(delivery, **options)


async def test_what_is_remembered_has_bounds(sim, client):
    for number in range(20_000):
        client.jobs.hint({"id": f"asset{number}"})
    assert len(client.jobs._scheduler._desk._memory) <= 10_000


async def test_an_end_is_not_remembered_for_longer_because_other_hints_come(sim, client, asset_id):
    client.jobs.hint(page(sim, asset_id, status="Completed"), trust_payload=True)
    for part in range(30):
        await asyncio.sleep(Polling().hint_memory / 2)
        client.jobs.hint(page(sim, asset_id, progress=part))
    with pytest.raises(JobTimeoutError):
        await client.jobs.asset(asset_id).result(timeout=1)


async def test_what_is_old_is_forgotten_when_somebody_comes(sim, client, asset_id):
    for number in range(100):
        client.jobs.hint({"id": f"asset{number}"})
    await asyncio.sleep(Polling().hint_memory)
    wait = asyncio.create_task(client.jobs.asset(asset_id).result(timeout=1))
    await turns()
    assert len(client.jobs._scheduler._desk._memory) == 0
    wait.cancel()


async def test_an_end_that_was_handed_on_is_not_that_of_the_next_work(sim, client, asset_id):
    sim.set_status(asset_id, "Error")
    failed = sim.delivery(asset_id)
    sim.set_status(asset_id, "Transcoding")
    later(5, functools.partial(client.jobs.hint, failed, trust_payload=True))
    with pytest.raises(JobFailedError):
        await client.jobs.asset(asset_id)
    script(sim, asset_id, {10: "Completed"})
    assert (await client.jobs.asset(asset_id)).status == "Completed"
    assert now() >= 15


async def test_a_hint_does_not_break_the_pause_that_the_server_asked_for(sim, client, asset_id):
    sim.faults.add("GET", f"assets/{asset_id}/", Fault.status(503, headers={"Retry-After": "90"}))
    later(10, client.jobs.hint, asset_id)
    script(sim, asset_id, {20: "Completed"})
    await client.jobs.asset(asset_id)
    assert looks(sim, asset_id) == [0, 90]


async def test_what_no_delivery_tells_of_is_looked_at_as_often_as_ever(sim, connect, asset_id):
    client = connect(polling=Polling(interval=1, growth=1, interval_max=1, jitter=0))
    sim.set_status(asset_id, "Completed")
    await client.assets.generate_subtitle(asset_id)
    for seconds in (0.5, 1.5, 2.5):
        later(seconds, lambda: client.jobs.hint(sim.delivery(asset_id)))
    await client.jobs.subtitle(asset_id)
    assert looks(sim, asset_id) == [0, 0.5, 1.5, 2.5, 3.5, 4.5]
