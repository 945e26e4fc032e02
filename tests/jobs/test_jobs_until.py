"""Any condition on an asset can be awaited."""

import asyncio

import pytest
from job_support import assert_idle, looks, now, script, turns

from tpstreams_async import BadRequestError, InvalidInputError, JobTimeoutError, JobVanishedError, NotFoundError

AWAY = {"method": "GET", "url": "https://elsewhere.example/"}


async def test_it_ends_with_the_first_asset_for_which_the_condition_holds(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Transcoding", 20: "Completed"})
    asset = await client.jobs.until(asset_id, lambda asset: asset.video.status == "Transcoding")
    assert asset.video.status == "Transcoding"
    assert looks(sim, asset_id) == [0, 2, 5]
    await assert_idle(client)


async def test_the_condition_sees_every_look(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Transcoding", 8: "Completed"})
    seen = []

    def predicate(asset):
        seen.append(asset.video.status)
        return len(seen) == 4

    await client.jobs.until(asset_id, predicate)
    assert seen == ["Queued", "Queued", "Transcoding", "Transcoding"]


async def test_a_trim_can_be_awaited_by_the_duration_it_leaves(sim, client):
    asset_id = sim.add_asset(duration=60)
    await client.assets.trim(asset_id, end_time=30)
    asset = await client.jobs.until(asset_id, lambda asset: asset.video.duration == 30)
    assert asset.video.duration == 30


@pytest.mark.parametrize(("answer", "ends"), [("yes", True), (1, True), ([0], True), (0, False), (None, False)])
async def test_any_true_value_will_do(sim, client, answer, ends):
    job = client.jobs.until(sim.add_asset(), lambda _: answer)
    if ends:
        await job
    else:
        with pytest.raises(JobTimeoutError):
            await job.result(timeout=10)


async def test_a_video_that_failed_does_not_end_it(sim, client):
    asset_id = sim.add_asset(status="Error")
    with pytest.raises(JobTimeoutError) as caught:
        await client.jobs.until(asset_id, lambda asset: asset.video.status == "Completed").result(timeout=60)
    assert caught.value.snapshot.video.status == "Error"


async def test_what_the_condition_raises_ends_the_wait(sim, client):
    error = LookupError("no such key")

    def predicate(_):
        raise error

    job = client.jobs.until(sim.add_asset(), predicate)
    with pytest.raises(LookupError) as caught:
        await job
    assert caught.value is error
    assert now() == 0
    assert not job.done
    await assert_idle(client)


@pytest.mark.parametrize(
    "error",
    [
        InvalidInputError("title", "is not what I want"),
        BadRequestError("refused", status=400, **AWAY),
        NotFoundError("nothing there", status=404, **AWAY),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_an_error_of_this_package_that_the_condition_raises_is_no_failed_look(sim, client, error):
    calls = []

    def predicate(_):
        calls.append(1)
        raise error

    with pytest.raises(type(error)) as caught:
        await client.jobs.until(sim.add_asset(), predicate)
    assert caught.value is error
    assert len(calls) == 1


async def test_a_condition_that_fails_harms_no_other_job(sim, client):
    asset_id = sim.add_asset(status="Transcoding")
    script(sim, asset_id, {4: "Completed"})
    other = asyncio.create_task(client.jobs.asset(asset_id).result())
    with pytest.raises(ZeroDivisionError):
        await client.jobs.until(asset_id, lambda _: 1 / 0)
    assert (await other).video.status == "Completed"


async def test_a_condition_may_work_after_it_failed(sim, client):
    answers = iter([ZeroDivisionError, True])

    def predicate(_):
        answer = next(answers)
        if answer is not True:
            raise answer
        return True

    job = client.jobs.until(sim.add_asset(), predicate)
    with pytest.raises(ZeroDivisionError):
        await job
    assert (await job).video.status == "Completed"


@pytest.mark.parametrize("predicate", [None, True, "video.status == 'Completed'", 5])
def test_a_condition_that_cannot_be_called_is_refused(make_offline, predicate):
    with pytest.raises(InvalidInputError) as caught:
        make_offline().jobs.until("abc", predicate)
    assert caught.value.argument == "predicate"


async def test_an_async_condition_is_refused_and_not_taken_for_true(sim, client):
    async def predicate(_):
        return False

    with pytest.raises(InvalidInputError) as caught:
        await client.jobs.until(sim.add_asset(status="Transcoding"), predicate)
    assert caught.value.argument == "predicate"


def test_it_has_no_ref(make_offline):
    jobs = make_offline().jobs
    job = jobs.until("abc", bool)
    with pytest.raises(InvalidInputError, match="until"):
        _ = job.ref
    with pytest.raises(InvalidInputError):
        jobs.resume("until:abc")


async def test_its_errors_have_no_ref_either(sim, client):
    job = client.jobs.until(sim.add_asset(), lambda _: False)
    with pytest.raises(JobTimeoutError) as caught:
        await job.result(timeout=5)
    assert caught.value.ref is None
    assert caught.value.job is job
    assert "resume" not in str(caught.value)
    assert "jobs.until" in str(caught.value)


async def test_each_condition_is_a_job_of_its_own(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Transcoding", 9: "Completed"})
    first, second = await asyncio.gather(
        client.jobs.until(asset_id, lambda asset: asset.video.status == "Transcoding"),
        client.jobs.until(asset_id, lambda asset: asset.video.status == "Completed"),
    )
    assert (first.video.status, second.video.status) == ("Transcoding", "Completed")


async def test_those_who_await_the_same_condition_share_its_looks(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Transcoding"})
    job = client.jobs.until(asset_id, lambda asset: asset.video.status == "Transcoding")
    await asyncio.gather(*(job.result() for _ in range(50)))
    assert looks(sim, asset_id) == [0, 2, 5]


async def test_an_asset_that_vanishes_ends_it(sim, client):
    asset_id = sim.add_asset()
    job = client.jobs.until(asset_id, lambda _: False)
    wait = asyncio.create_task(job.result())
    await turns(50)
    sim.delete_asset(asset_id)
    with pytest.raises(JobVanishedError):
        await wait


async def test_its_updates_show_status_and_progress(sim, client):
    asset_id = sim.add_asset(status="Queued")
    script(sim, asset_id, {4: "Transcoding"})
    job = client.jobs.until(asset_id, lambda asset: asset.video.status == "Transcoding")
    shown = [(update.status, update.terminal, update.outcome) async for update in job.updates()]
    assert shown == [("Queued", False, None), ("Transcoding", True, "succeeded")]
