"""Waits that the server disturbs between two looks, and waits that their own callers give up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from faults.acts import failure, now, success
from faults.conftest import Tell
from jobs.job_support import Watched, later, turns

from tpstreams_async import JobPollError, Polling, Retry, ServerError, TPStreams
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

STEADY = Polling(jitter=0.0)
#: Seconds until all work on the video is done.
MINUTE = 60

#: Everything that can be waited for.
KINDS: dict[str, Callable[[TPStreams, str], Any]] = {
    "a video": lambda client, asset_id: client.jobs.asset(asset_id),
    "a trim": lambda client, asset_id: client.jobs.trim(asset_id),
    "subtitles": lambda client, asset_id: client.jobs.subtitle(asset_id),
    "a condition": lambda client, asset_id: client.jobs.until(asset_id, lambda asset: asset.duration == 9),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
async def sim(make_sim: Any) -> Simulator:
    made: Simulator = await make_sim(trim_seconds=MINUTE, subtitle_seconds=MINUTE)
    return made


async def video_at_work(sim: Simulator, client: TPStreams) -> str:
    """Return a video that is transcoded, trimmed and subtitled for a minute from now."""
    asset_id = sim.add_asset()
    await client.assets.generate_subtitle(asset_id)
    await client.assets.trim(asset_id, end_time=9)
    sim.set_status(asset_id, "Transcoding")
    later(MINUTE, sim.set_status, asset_id, None)
    sim.journal.clear()
    return asset_id


@pytest.mark.row(58)
@every_kind
async def test_a_failure_between_two_looks_ends_no_wait(
    kind: str, sim: Simulator, make_client: Any, told: Tell
) -> None:
    client = make_client(sim, polling=STEADY, retry=Retry(attempts=1))
    asset_id = await video_at_work(sim, client)
    failing = [408, 500, 502, 503]
    for status in failing:
        sim.faults.add("GET", "*", Fault.html(status), skip=1)
    await success(KINDS[kind](client, asset_id).result(), within=2 * MINUTE)
    shown = [record.status for record in sim.journal]
    assert shown[:8] == [word for status in failing for word in (200, status)]
    assert set(shown[8:]) == {200}
    assert now() >= MINUTE
    told(f"a wait for {kind}, looks that get {', '.join(map(str, shown))}", "success")


@pytest.mark.row(58)
@pytest.mark.parametrize("attempts", [1, 4])
@pytest.mark.parametrize("status", [503, 429])
async def test_only_six_looks_in_a_row_that_fail_end_a_wait(
    status: int, attempts: int, sim: Simulator, make_client: Any, told: Tell
) -> None:
    retries = "with retries" if attempts > 1 else "without retries"
    client = make_client(sim, polling=STEADY, retry=Retry(attempts=attempts))
    job = client.jobs.asset(await video_at_work(sim, client))
    sim.faults.add("GET", "*", Fault.status(status), times=5 * attempts)
    await success(job.result(), within=10 * MINUTE)
    assert not sim.faults.waiting
    told(f"a wait, {status} for five looks, {retries}", "success")

    job = client.jobs.asset(await video_at_work(sim, client))
    rules = sim.faults.add("GET", "*", Fault.status(status), times=6 * attempts)
    if status == 429:
        await success(job.result(), within=10 * MINUTE)
        told(f"a wait, 429 for six looks, {retries}", "success: patience is no failure")
        return
    says = f"client.jobs.resume({job.ref!r})"
    error = await failure(JobPollError, says, job.result(), within=10 * MINUTE)
    assert isinstance(error.__cause__, ServerError)
    assert (rules[0].used, job.done) == (6 * attempts, False)
    told(f"a wait, {status} for six looks, {retries}", "JobPollError; awaited again, success")
    assert (await success(job.result(), within=10 * MINUTE)).status == "Completed"


async def by_result(_: TPStreams, job: Any) -> None:
    await job.result()


async def by_updates(_: TPStreams, job: Any) -> None:
    async for _update in job.updates():
        pass


async def by_gather(client: TPStreams, job: Any) -> None:
    await client.jobs.gather([job])


async def by_as_completed(client: TPStreams, job: Any) -> None:
    async for _job in client.jobs.as_completed([job]):
        pass


async def cancelled(wait: Awaitable[None]) -> None:
    """Cancel the task that waits, after 20 seconds."""
    task = asyncio.ensure_future(wait)
    later(20, task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def timed_out(wait: Awaitable[None]) -> None:
    """Let a limit of one's own cancel the wait."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(20):
            await wait


async def beside_a_failure(wait: Awaitable[None]) -> None:
    """Let a group cancel the wait because something else fails."""

    async def failing() -> None:
        await asyncio.sleep(20)
        raise LookupError

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(failing())
            await wait

    with pytest.raises(ExceptionGroup) as caught:
        await both()
    assert [type(error) for error in caught.value.exceptions] == [LookupError]


@pytest.mark.row(59)
@every_kind
@pytest.mark.parametrize("way", [by_result, by_updates, by_gather, by_as_completed])
@pytest.mark.parametrize("give_up", [cancelled, timed_out, beside_a_failure])
async def test_a_wait_that_is_given_up_ends_alone(
    give_up: Any, way: Any, kind: str, sim: Simulator, make_client: Any, told: Tell
) -> None:
    client = make_client(sim, polling=STEADY)
    asset_id = await video_at_work(sim, client)
    job = KINDS[kind](client, asset_id)
    others = [
        asyncio.ensure_future(other.result()) for other in (job, *(make(client, asset_id) for make in KINDS.values()))
    ]
    began = now()
    await give_up(way(client, job))
    assert now() - began == 20
    await turns()
    assert Watched(client).waiting == len(others)
    await success(asyncio.gather(*others), within=3 * MINUTE)
    assert job.done
    assert {record.method for record in sim.journal} == {"GET"}
    assert (await client.assets.get(asset_id)).duration == 9, "the server went on"
    manner = f"a wait {way.__name__.replace('_', ' ')}, {give_up.__name__.replace('_', ' ')}"
    told(manner, "it ended at once; the server's work and other waits went on")


@pytest.mark.row(59)
@every_kind
async def test_a_wait_that_was_given_up_can_be_taken_up_again(
    kind: str, sim: Simulator, make_client: Any, told: Tell
) -> None:
    client = make_client(sim, polling=STEADY)
    job = KINDS[kind](client, await video_at_work(sim, client))
    await cancelled(job.result())
    await turns()
    assert Watched(client).empty
    asked = sim.journal.count()
    await asyncio.sleep(3 * MINUTE)
    assert sim.journal.count() == asked, "nobody looks when nobody waits"
    await success(job.result(), within=0)
    told(f"a wait for {kind}, cancelled, and again", "success")
