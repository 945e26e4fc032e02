"""Many jobs that are due together are found in pages of the list."""

import asyncio
import json
from urllib.parse import parse_qsl

import pytest
from job_support import assert_idle, ended, later, looks, now, script

from tpstreams_async import JobFailedError, JobTimeoutError, JobVanishedError, Polling, Retry
from tpstreams_async.simulator import Fault

MANY = 60


def pages(sim):
    """Return when pages of the list were asked for, and their queries."""
    return [(round(record.at, 3), dict(parse_qsl(record.query))) for record in sim.journal.requests("GET", "assets/")]


def singles(sim):
    """Return how many looks at single assets there were."""
    return sum(record.path.count("/assets/") and not record.path.endswith("/assets/") for record in sim.journal)


def finish(sim, ids, seconds):
    for asset_id in ids:
        later(seconds, sim.set_status, asset_id, "Completed")


@pytest.fixture
def ids(sim):
    return [sim.add_asset(status="Transcoding") for _ in range(MANY)]


async def test_jobs_that_are_due_together_take_pages_and_no_looks_of_their_own(sim, client, ids):
    finish(sim, ids, 12)
    assets = await client.jobs.gather(map(client.jobs.asset, ids))
    assert [asset.id for asset in assets] == ids
    assert {asset.status for asset in assets} == {"Completed"}
    assert [at for at, _ in pages(sim)] == pytest.approx([0, 2, 5, 9.5, 16.25], abs=0.05)
    assert singles(sim) == 0
    await assert_idle(client)


async def test_what_a_row_shows_of_a_finished_job_is_whole(sim, client, ids):
    sim.set_status(ids[7], "Completed")
    asset = (await client.jobs.gather([client.jobs.asset(ids[7])], timeout=5))[0]
    finish(sim, ids, 1)
    swept = await client.jobs.gather(map(client.jobs.asset, ids))
    assert swept[7].title == asset.title
    assert swept[7].video.tracks == asset.video.tracks
    assert swept[7].video.playback_url == asset.video.playback_url


async def test_with_detail_the_end_is_seen_in_the_asset_itself(sim, client, ids):
    finish(sim, ids, 1)
    jobs = [client.jobs.asset(asset_id, detail=asset_id in ids[:3]) for asset_id in ids]
    assets = await client.jobs.gather(jobs)
    assert all(asset.download_url for asset in assets[:3])
    assert not any(asset.download_url for asset in assets[3:])
    assert singles(sim) == 3


async def test_a_few_jobs_are_looked_at_singly(sim, client, ids):
    finish(sim, ids, 1)
    await client.jobs.gather(map(client.jobs.asset, ids[:7]))
    assert pages(sim) == []


async def test_sweeping_can_be_turned_off(sim, connect, ids):
    client = connect(polling=Polling(jitter=0, sweep=False))
    finish(sim, ids, 1)
    await client.jobs.gather(map(client.jobs.asset, ids))
    assert pages(sim) == []


async def test_kinds_that_no_list_shows_are_looked_at_singly(sim, client, ids):
    finish(sim, ids, 1)
    await client.jobs.gather(client.jobs.until(asset_id, lambda asset: asset.status == "Completed") for asset_id in ids)
    assert pages(sim) == []


async def test_a_job_that_a_list_does_not_show_is_not_taken_for_deleted(sim, client, ids):
    gone, hidden = ids[3], ids[4]
    sim.delete_asset(gone)
    finish(sim, [asset_id for asset_id in ids if asset_id != gone], 30)
    # A list without this row: rows shift while others read it.
    page = {"count": MANY, "next": None, "previous": None, "results": []}
    sim.faults.add("GET", "assets/", Fault.status(200, body=json.dumps(page).encode()), times=1)
    results = await ended(client.jobs.asset(asset_id) for asset_id in ids)
    kinds = {type(result).__name__ for result in results}
    assert kinds == {"Asset", "JobVanishedError"}
    assert isinstance(results[3], JobVanishedError)
    assert results[4].id == hidden
    # Only a look of its own says that it is gone.
    assert len(looks(sim, gone)) > 0


async def test_a_list_that_cannot_be_read_stops_nobody(sim, client, ids):
    sim.faults.add("GET", "assets/", Fault.status(500), times=None)
    finish(sim, ids, 30)
    assets = await client.jobs.gather(map(client.jobs.asset, ids))
    assert {asset.status for asset in assets} == {"Completed"}


async def test_a_list_that_does_not_pay_is_left_alone(sim, client, ids):
    for _ in range(3000):
        sim.add_asset()
    finish(sim, ids[:20], 100)
    await client.jobs.gather(map(client.jobs.asset, ids[:20]))
    # A first page tells, and it is tried again more and more seldom.
    assert len(pages(sim)) < 0.1 * singles(sim)


async def test_jobs_in_a_folder_are_found_in_its_list(sim, client):
    folder = sim.add_folder("Lessons")
    for _ in range(2000):
        sim.add_asset()
    mine = [sim.add_asset(status="Transcoding", parent=folder) for _ in range(30)]
    for _ in range(2000):
        sim.add_asset()
    assets = [await client.assets.get(asset_id) for asset_id in mine]
    before = singles(sim)
    finish(sim, mine, 20)
    await client.jobs.gather(map(client.jobs.asset, assets))
    assert {query.get("parent") for _, query in pages(sim)} == {folder}
    assert singles(sim) == before


async def test_updates_show_the_whole_of_what_was_seen(sim, client, ids):
    script(sim, ids[0], {4: "Odd", 12: "Completed"})
    finish(sim, ids[1:], 12)
    seen = []

    async def follow():
        seen.extend([update async for update in client.jobs.asset(ids[0]).updates()])

    await asyncio.gather(follow(), client.jobs.gather(map(client.jobs.asset, ids)))
    assert [update.status for update in seen] == ["Transcoding", "Odd", "Completed"]
    assert all(update.snapshot.title for update in seen)
    assert [update.terminal for update in seen] == [False, False, True]


async def test_a_reader_that_comes_late_gets_the_whole_too(sim, client, ids):
    finish(sim, ids, 30)
    waits = asyncio.create_task(client.jobs.gather(map(client.jobs.asset, ids)))
    await asyncio.sleep(3)
    job = client.jobs.asset(ids[0])
    first = await anext(job.updates())
    assert first.status == "Transcoding"
    assert first.snapshot.title
    assert now() < 3.1
    await waits


async def test_latest_shows_the_status_of_a_job_that_goes_on(sim, client, ids):
    jobs = [client.jobs.asset(asset_id) for asset_id in ids]
    waits = asyncio.create_task(client.jobs.gather(jobs, timeout=60, return_exceptions=True))
    await asyncio.sleep(3)
    assert jobs[5].latest.id == ids[5]
    assert jobs[5].latest.status == "Transcoding"
    sim.set_status(ids[6], "Error")
    results = await waits
    assert isinstance(results[6], JobFailedError)
    assert results[6].snapshot.title
    # At the limit, one last look of its own shows the whole.
    assert isinstance(results[5], JobTimeoutError)
    assert results[5].snapshot.title


async def test_the_server_that_wants_fewer_requests_is_left_in_peace(sim, client, ids):
    sim.faults.add("GET", "assets/", Fault.status(429, headers={"Retry-After": "20"}), times=4)
    finish(sim, ids, 5)
    await client.jobs.gather(map(client.jobs.asset, ids))
    assert singles(sim) == 0


async def test_jobs_that_began_apart_come_together(sim, connect, ids):
    client = connect(polling=Polling())
    finish(sim, ids, 400)

    async def begin(number):
        await asyncio.sleep(number * 0.7)
        return await client.jobs.asset(ids[number])

    await asyncio.gather(*map(begin, range(MANY)))
    late = [record for record in sim.journal if record.at > 150]
    assert sum(record.path.endswith("/assets/") for record in late) > 0
    # One page for all of them, every half minute or so, where 60 looks would have been.
    assert len(late) < 60


async def test_a_crowd_that_leaves_before_its_first_page_holds_up_nobody(sim, connect, ids):
    client = connect(polling=Polling(jitter=0, concurrency=1))
    # Somebody has the one place for looks, so the page that the crowd needs cannot be asked for yet.
    sim.faults.add("GET", f"assets/{ids[0]}/", Fault.delay(4), times=1)
    slow = asyncio.create_task(client.jobs.until(ids[0], lambda asset: asset.status == "Completed").result())
    await asyncio.sleep(0.1)
    crowd = asyncio.create_task(client.jobs.gather(map(client.jobs.asset, ids[1:])))
    await asyncio.sleep(0.1)
    crowd.cancel()
    await asyncio.sleep(0.1)
    finish(sim, ids, 0)
    assets = await client.jobs.gather(map(client.jobs.asset, ids[1:]), timeout=60)
    assert {asset.status for asset in assets} == {"Completed"}
    assert now() < 10
    await slow
    await assert_idle(client)


async def test_a_page_that_was_read_before_a_wait_began_does_not_end_it(sim, client, ids):
    late = [sim.add_asset() for _ in range(10)]
    # The server has read the page, with these Completed, and its answer is on its way when they are worked on anew.
    sim.faults.add("GET", "assets/", Fault.delay(3, when="after"), times=1)
    crowd = asyncio.create_task(client.jobs.gather(map(client.jobs.asset, ids)))
    await asyncio.sleep(1)
    for asset_id in late:
        sim.set_status(asset_id, "Transcoding")
    finish(sim, [*late, *ids], 29)
    await client.jobs.gather(map(client.jobs.asset, late))
    assert now() > 30
    await crowd


async def test_a_hint_while_a_page_is_read_gets_a_look_at_once(sim, client, ids):
    finish(sim, ids[1:], 40)
    sim.faults.add("GET", "assets/", Fault.delay(3, when="after"), times=1)
    crowd = asyncio.create_task(client.jobs.gather(map(client.jobs.asset, ids)))
    await asyncio.sleep(1)
    sim.set_status(ids[0], "Completed")
    client.jobs.hint(ids[0])
    asset = await client.jobs.asset(ids[0])
    assert asset.status == "Completed"
    assert now() == pytest.approx(1, abs=0.1)
    await crowd


async def test_a_row_that_shows_nothing_new_ends_a_series_of_failures(sim, connect, ids):
    client = connect(polling=Polling(jitter=0, failures=1), retry=Retry(attempts=1))
    finish(sim, ids, 12)
    sim.faults.add("GET", f"assets/{ids[0]}/", Fault.status(500), times=2)
    crowd = asyncio.create_task(client.jobs.gather(map(client.jobs.asset, ids)))
    await asyncio.sleep(1.9)
    assert client.jobs.hint(ids[0])
    assets = await crowd
    assert {asset.status for asset in assets} == {"Completed"}
    # Both failed, and a page was read at 2 s.
    assert looks(sim, ids[0])[:2] == pytest.approx([1.9, 4.0], abs=0.05)


@pytest.mark.parametrize("odd", [["video"], {"of": "video"}, 7])
async def test_a_row_of_an_odd_type_is_left_to_a_look_of_its_own(sim, client, ids, odd):
    finish(sim, ids, 0)
    await asyncio.sleep(0)
    rows = [dict(sim.assets[asset_id]) for asset_id in ids]
    rows[3]["type"] = odd
    sim.faults.add("GET", "assets/", Fault.status(200, body={"count": MANY, "next": None, "results": rows}), times=1)
    assets = await client.jobs.gather(map(client.jobs.asset, ids))
    assert [asset.id for asset in assets] == ids
    assert len(looks(sim, ids[3])) == 1
    assert singles(sim) == 1


async def test_quick_answers_are_not_asked_for_in_circles_however_wide_the_jitter(sim, connect, ids):
    client = connect(polling=Polling(jitter=1.0))
    results = await ended(client.jobs.asset(asset_id).result(timeout=60) for asset_id in ids)
    assert {type(result) for result in results} == {JobTimeoutError}
    # A quarter of the shortest interval at least lies between two of them.
    assert len(pages(sim)) < 60 / (Polling().interval / 4)
