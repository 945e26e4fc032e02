"""A trim is awaited by its number."""

import asyncio
from itertools import pairwise

import pytest
from job_support import Watched, assert_idle, later, looks, now, trim_looks

from tpstreams_async import JobFailedError, JobSupersededError, JobTimeoutError, JobVanishedError, TrimStart
from tpstreams_async.simulator import Fault

STATUS = ("GET", "assets/<id>/trim/status/")


async def begin(client, asset_id):
    return await client.assets.trim(asset_id, start_time=0, end_time=30)


async def test_awaiting_a_trim_returns_its_last_status(sim, client):
    asset_id = sim.add_asset(duration=60)
    start = await begin(client, asset_id)
    job = client.jobs.trim(start)
    assert job.ref == f"trim:{asset_id}:{start.trim_job_id}"
    trim = await job
    assert (trim.id, trim.status_display, trim.end_time) == (start.trim_job_id, "Completed", 30)
    assert trim_looks(sim, asset_id) == [0, 2, 4]
    assert looks(sim, asset_id) == []
    await assert_idle(client)


async def test_the_status_of_an_older_trim_is_ignored(sim, client):
    asset_id = sim.add_asset()
    sim.stale_trim_status(asset_id, 20)
    start = await begin(client, asset_id)
    job = client.jobs.trim(start)
    trim = await job
    assert trim.id == start.trim_job_id
    assert now() >= 20


async def test_intervals_grow_while_an_older_trim_is_shown(sim, client):
    asset_id = sim.add_asset()
    sim.stale_trim_status(asset_id)
    start = await begin(client, asset_id)
    with pytest.raises(JobTimeoutError):
        await client.jobs.trim(start).result(timeout=30)
    times = trim_looks(sim, asset_id)
    gaps = [after - before for before, after in pairwise(times)]
    # The last one is cut to the limit.
    assert gaps[:-1] == sorted(gaps[:-1])
    assert gaps[-2] > 3 * gaps[0]


async def test_an_older_trim_is_no_news(sim, client):
    asset_id = sim.add_asset()
    sim.stale_trim_status(asset_id, 20)
    job = client.jobs.trim(await begin(client, asset_id))
    updates = [update async for update in job.updates()]
    assert {update.snapshot.id for update in updates} == {int(job.ref.rpartition(":")[2])}
    assert updates[0].elapsed >= 20


async def test_an_older_trim_is_not_what_was_seen(sim, client):
    asset_id = sim.add_asset()
    sim.stale_trim_status(asset_id)
    job = client.jobs.trim(await begin(client, asset_id))
    with pytest.raises(JobTimeoutError) as caught:
        await job.result(timeout=30)
    assert caught.value.snapshot is None
    assert job.latest is None


async def test_a_newer_trim_supersedes_the_one_that_is_awaited(sim, client):
    asset_id = sim.add_asset()
    job = client.jobs.trim(await begin(client, asset_id))
    newer = await begin(client, asset_id)
    with pytest.raises(JobSupersededError) as caught:
        await job
    assert caught.value.job is job
    assert caught.value.ref == job.ref
    assert caught.value.snapshot.id == newer.trim_job_id
    assert str(newer.trim_job_id) in str(caught.value)
    assert job.done
    assert (await client.jobs.trim(newer)).status_display == "Completed"


async def test_a_trim_is_superseded_in_the_middle_of_the_wait(sim, client):
    asset_id = sim.add_asset()
    job = client.jobs.trim(await begin(client, asset_id))
    sim.set_trim_status(asset_id, "Processing")
    updates = job.updates()
    assert (await anext(updates)).status == "Processing"
    await begin(client, asset_id)
    with pytest.raises(JobSupersededError):
        await anext(updates)
    # It has no end of its own to show, so there is no terminal update.
    with pytest.raises(StopAsyncIteration):
        await anext(updates)


async def test_from_an_id_alone_it_is_the_trim_that_is_seen_first(sim, client):
    asset_id = sim.add_asset()
    start = await begin(client, asset_id)
    job = client.jobs.trim(asset_id)
    assert job.ref == f"trim:{asset_id}"
    trim = await job
    assert trim.id == start.trim_job_id
    assert job.ref == f"trim:{asset_id}:{start.trim_job_id}"


async def test_from_an_id_alone_a_newer_trim_supersedes_the_one_seen_first(sim, client):
    asset_id = sim.add_asset()
    await begin(client, asset_id)
    later(1, sim._service.trim, sim._service.store.get(asset_id).video, 0, 10)
    with pytest.raises(JobSupersededError):
        await client.jobs.trim(asset_id)


async def test_from_an_id_alone_the_trim_stays_the_same_when_waiting_goes_on(sim, client):
    asset_id = sim.add_asset()
    start = await begin(client, asset_id)
    sim.set_trim_status(asset_id, "Processing")
    job = client.jobs.trim(asset_id)
    with pytest.raises(JobTimeoutError) as caught:
        await job.result(timeout=10)
    assert caught.value.ref == job.ref == f"trim:{asset_id}:{start.trim_job_id}"
    await begin(client, asset_id)
    with pytest.raises(JobSupersededError):
        await job


async def test_those_who_wait_by_id_learn_the_number_from_each_others_looks(sim, client):
    asset_id = sim.add_asset()
    start = await begin(client, asset_id)
    first = client.jobs.trim(asset_id).updates()
    await anext(first)
    late = client.jobs.trim(asset_id)
    update = await anext(late.updates())
    assert update.snapshot.id == start.trim_job_id
    assert late.ref == f"trim:{asset_id}:{start.trim_job_id}"
    assert len(trim_looks(sim, asset_id)) == 2, "its own first look, which shows which trim it is"


async def test_those_whose_first_looks_show_the_same_trim_share_the_looks_from_there(sim, client):
    asset_id = sim.add_asset()
    await begin(client, asset_id)
    sim.set_trim_status(asset_id, "Processing")
    early = [asyncio.create_task(client.jobs.trim(asset_id).result()) for _ in range(2)]
    await asyncio.sleep(3)
    late = [asyncio.create_task(follow(client.jobs.trim(asset_id))) for _ in range(2)]
    await asyncio.sleep(0.5)
    assert (Watched(client).jobs, Watched(client).waiting) == (1, 4)
    sim.set_trim_status(asset_id, "Completed")
    assert {(await task).status_display for task in early} == {"Completed"}
    assert [await task for task in late] == [["Processing", "Completed"]] * 2
    assert trim_looks(sim, asset_id) == [0, 2, 3, 7.5], "the late ones, too, are looked at at 3 s; from there all share"
    await assert_idle(client)


async def follow(job):
    return [update.status async for update in job.updates()]


async def test_who_comes_by_id_after_a_newer_trim_began_waits_for_the_newer(sim, client):
    asset_id = sim.add_asset()
    await begin(client, asset_id)
    sim.set_trim_status(asset_id, "Processing")
    first = asyncio.create_task(client.jobs.trim(asset_id).result())
    await asyncio.sleep(1)
    newer = await begin(client, asset_id)
    second = await client.jobs.trim(asset_id)
    assert (second.id, second.status_display) == (newer.trim_job_id, "Completed")
    with pytest.raises(JobSupersededError):
        await first


async def test_what_the_server_says_of_a_video_that_was_never_trimmed_is_passed_on(sim, client):
    job = client.jobs.trim(sim.add_asset())
    with pytest.raises(
        JobVanishedError, match=r"was not found \(404; the server says: No trim job found for this video\)"
    ):
        await job


@pytest.mark.parametrize("status", ["Completed", "completed", "SUCCESS", "Succeeded"])
async def test_these_words_mean_success(sim, client, status):
    asset_id = sim.add_asset()
    start = await begin(client, asset_id)
    sim.set_trim_status(asset_id, status)
    assert (await client.jobs.trim(start).result(timeout=0)).status_display == status


@pytest.mark.parametrize("status", ["Failed", "FAILED", "Error", "Cancelled", "cancelled"])
async def test_these_words_mean_failure(sim, client, status):
    asset_id = sim.add_asset()
    start = await begin(client, asset_id)
    sim.set_trim_status(asset_id, status)
    with pytest.raises(JobFailedError, match=f"'{status}'") as caught:
        await client.jobs.trim(start)
    assert caught.value.snapshot.status_display == status


@pytest.mark.parametrize("status", ["Pending", "Queued", "Processing", "In Progress", "IN_PROGRESS", "in-progress"])
async def test_these_words_keep_one_waiting_in_silence(sim, client, caplog, status):
    asset_id = sim.add_asset()
    start = await begin(client, asset_id)
    sim.set_trim_status(asset_id, status)
    with pytest.raises(JobTimeoutError):
        await client.jobs.trim(start).result(timeout=20)
    assert not caplog.records


async def test_a_word_that_nobody_knows_keeps_one_waiting(sim, client, caplog):
    asset_id = sim.add_asset()
    start = await begin(client, asset_id)
    sim.set_trim_status(asset_id, "Sharpening the knife")
    with pytest.raises(JobTimeoutError):
        await client.jobs.trim(start).result(timeout=60)
    assert len(caplog.records) == 1


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 5, 99, -1, None])
@pytest.mark.parametrize("display", ["Processing", None])
async def test_the_number_of_a_status_is_never_trusted(sim, client, number, display):
    start = await begin(client, sim.add_asset())
    body = {"id": start.trim_job_id, "status": number, "status_display": display}
    sim.faults.add(*STATUS, Fault.status(200, body=body), times=None)
    with pytest.raises(JobTimeoutError):
        await client.jobs.trim(start).result(timeout=10)


@pytest.mark.parametrize("number", [0, 1, 4, 5])
async def test_the_word_counts_whatever_the_number_says(sim, client, number):
    start = await begin(client, sim.add_asset())
    body = {"id": start.trim_job_id, "status": number, "status_display": "Completed"}
    sim.faults.add(*STATUS, Fault.status(200, body=body), times=None)
    assert (await client.jobs.trim(start).result(timeout=0)).status == number


@pytest.mark.parametrize("by_id", [True, False])
async def test_a_status_without_a_number_of_the_job_proves_nothing(sim, client, by_id):
    asset_id = sim.add_asset()
    start = await begin(client, asset_id)
    sim.faults.add(*STATUS, Fault.status(200, body={"id": None, "status_display": "Completed"}), times=None)
    with pytest.raises(JobTimeoutError):
        await client.jobs.trim(asset_id if by_id else start).result(timeout=10)


async def test_a_video_that_was_never_trimmed_has_no_trim_to_await(sim, client):
    asset_id = sim.add_asset()
    with pytest.raises(JobVanishedError):
        await client.jobs.trim(asset_id)
    assert now() >= 30


async def test_the_status_of_the_video_does_not_matter(sim, client):
    asset_id = sim.add_asset()
    start = await begin(client, asset_id)
    sim.set_status(asset_id, "Error")
    assert (await client.jobs.trim(start)).status_display == "Completed"


async def test_two_trims_of_two_videos_are_two_jobs(sim, client):
    ids = [sim.add_asset(), sim.add_asset()]
    starts = [await begin(client, asset_id) for asset_id in ids]
    trims = await client.jobs.gather(client.jobs.trim(start) for start in starts)
    assert [trim.id for trim in trims] == [start.trim_job_id for start in starts]


async def test_a_number_that_never_was_is_waited_for_in_vain(sim, client):
    asset_id = sim.add_asset()
    start = await begin(client, asset_id)
    future = TrimStart(asset_id=asset_id, trim_job_id=start.trim_job_id + 1000)
    with pytest.raises(JobTimeoutError):
        await client.jobs.trim(future).result(timeout=100)
