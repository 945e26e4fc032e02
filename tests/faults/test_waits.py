"""Waiting for work that takes odd turns: it ends where the work does, or at its limit, and nowhere else."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from faults.acts import failure, now, success
from faults.conftest import Tell
from jobs.job_support import later, page, script, trim_looks
from support.payloads import TRIM_STATUS
from support.scripted import ScriptedServer, answer

from tpstreams_async import (
    JobFailedError,
    JobSupersededError,
    JobTimeoutError,
    Polling,
    TPStreams,
)
from tpstreams_async._clock import Clock
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

STEADY = Polling(jitter=0.0)
HOUR = 3600.0


@pytest.fixture
def client(sim: Simulator, make_client: Any) -> TPStreams:
    made: TPStreams = make_client(sim, polling=STEADY)
    return made


@pytest.mark.row(52)
@pytest.mark.parametrize(
    "words",
    [
        ["Transcoding", "Queued", "Not Started", "Transcoding", "Completed"],
        ["Processing", "Not Started", "Completed"],
        ["Uploading", "", "Queued", "Completed"],
    ],
    ids=", ".join,
)
async def test_a_status_that_goes_back_ends_nothing(words: list[str], sim: Simulator, client: Any, told: Tell) -> None:
    asset_id = sim.add_asset(status=words[0])
    script(sim, asset_id, {number * 40.0: word for number, word in enumerate(words)})
    job = client.jobs.asset(asset_id)
    updates, asset = await success(asyncio.gather(_words(job), job.result()), within=HOUR)
    assert updates == words
    assert asset.status == "Completed"
    assert now() >= 40 * (len(words) - 1)
    told(f"a wait for a video, status {', '.join(map(repr, words))}", f"success, after {now():.0f} s")


@pytest.mark.row(52)
async def test_a_trim_that_goes_back_ends_nothing(sim: Simulator, client: Any, told: Tell) -> None:
    words = ["Processing", "Pending", "Queued", "Completed"]
    asset_id = sim.add_asset()
    job = client.jobs.trim(await client.assets.trim(asset_id, end_time=9))
    for number, word in enumerate(words):
        later(number * 40.0, sim.set_trim_status, asset_id, word)
    assert await success(_words(job), within=HOUR) == words
    told(f"a wait for a trim, status {', '.join(words)}", f"success, after {now():.0f} s")


async def _words(job: Any) -> list[str | None]:
    return [update.status async for update in job.updates()]


async def _trim(sim: Simulator, client: Any) -> Any:
    asset_id = sim.add_asset()
    job = client.jobs.trim(await client.assets.trim(asset_id, end_time=9))
    sim.set_trim_status(asset_id, "Processing")
    return job


async def _until(sim: Simulator, client: Any) -> Any:
    return client.jobs.until(sim.add_asset(), lambda asset: asset.duration == 0)


async def _subtitle(sim: Simulator, client: Any) -> Any:
    return client.jobs.subtitle(sim.add_asset())


async def _asset(sim: Simulator, client: Any) -> Any:
    return client.jobs.asset(sim.add_asset(status="Transcoding"))


#: Work that never ends by itself, and how long a wait for it takes.
ENDLESS: dict[str, tuple[Callable[..., Any], float]] = {
    "a video": (_asset, 6 * HOUR),
    "a trim": (_trim, HOUR),
    "subtitles": (_subtitle, HOUR),
    "a condition": (_until, 6 * HOUR),
}
every_endless = pytest.mark.parametrize("what", ENDLESS)


@pytest.mark.row(53)
@every_endless
@pytest.mark.parametrize("limit", [None, 0, 90])
async def test_work_that_never_ends_is_given_up_at_the_limit(
    limit: float | None, what: str, sim: Simulator, client: Any, told: Tell
) -> None:
    make, usual = ENDLESS[what]
    job = await make(sim, client)
    sim.journal.clear()
    began, seconds = now(), usual if limit is None else limit
    says = f"had not ended after {seconds:g} s: last seen "
    error = await failure(JobTimeoutError, says, job.result(timeout=limit), within=seconds)
    assert isinstance(error, TimeoutError)
    assert now() - began == pytest.approx(seconds, abs=0.1)
    assert (error.job, error.snapshot) == (job, job.latest)
    assert error.ref is None if what == "a condition" else f"client.jobs.resume({job.ref!r})" in str(error)
    count = sim.journal.count("GET")
    assert count == sim.journal.count() <= 10 + seconds / STEADY.interval_max
    assert not job.done
    told(
        f"a wait for {what}, {'no limit given' if limit is None else f'limit {limit:g} s'}",
        f"JobTimeoutError after {seconds:,.0f} s, {count} look{'s'[: count != 1]}",
    )


@pytest.mark.row(53)
async def test_what_was_given_up_can_be_waited_for_again(sim: Simulator, client: Any, told: Tell) -> None:
    job = await _asset(sim, client)
    await failure(JobTimeoutError, "wait on with client.jobs.resume", job.result(timeout=10), within=10)
    sim.set_status(job.id, "Completed")
    for again in (client.jobs.resume(job.ref), job):
        assert (await success(again.result())).status == "Completed"
    told("a wait, given up and begun again", "success")


@pytest.mark.row(54)
@pytest.mark.parametrize("progress", [100, 101, 250, 10**12, -1, 99.5])
async def test_progress_is_kept_as_it_is_and_ends_nothing(
    progress: float, sim: Simulator, client: Any, told: Tell
) -> None:
    asset_id = sim.add_asset()
    answers = [page(sim, asset_id, status=word, progress=shown) for word, shown in _progressing(progress)]
    sim.faults.add("GET", "assets/<id>/", *(Fault.status(200, body=body) for body in answers))
    job = client.jobs.asset(asset_id)
    updates = [(update.status, update.progress, update.terminal) async for update in job.updates()]
    assert updates == [("Transcoding", progress, False), ("Transcoding", 0, False), ("Completed", 0, True)]
    told(f"a wait, progress {progress:g}, then 0", "success at the word Completed, and not before")


def _progressing(progress: float) -> list[tuple[str, float]]:
    return [("Transcoding", progress), ("Transcoding", progress), ("Transcoding", 0), ("Completed", 0)]


@pytest.mark.row(55)
@pytest.mark.parametrize("word", ["Completed", "Failed", "Cancelled", "Pending"])
async def test_the_status_of_an_older_trim_says_nothing(word: str, sim: Simulator, client: Any, told: Tell) -> None:
    asset_id = sim.add_asset()
    start = await client.assets.trim(asset_id, end_time=9)
    older = {**TRIM_STATUS, "id": start.trim_job_id - 1, "status_display": word}
    sim.faults.add("GET", "assets/<id>/trim/status/", Fault.status(200, body=older), times=5)
    job = client.jobs.trim(start)
    (update, trim) = await success(asyncio.gather(_words(job), job.result()), within=HOUR)
    assert (trim.id, trim.status_display, update) == (start.trim_job_id, "Completed", ["Completed"])
    assert len(trim_looks(sim, asset_id)) == 6
    told(f"a wait for a trim, 5 looks that show an older one, {word}", "6 looks; success of the right one")


@pytest.mark.row(55)
@pytest.mark.parametrize("word", ["Completed", "Failed", "Pending"])
@pytest.mark.parametrize("seen", [True, False], ids=["seen before", "never seen"])
async def test_a_newer_trim_takes_the_place_of_the_one_that_is_awaited(
    seen: bool, word: str, sim: Simulator, client: Any, told: Tell
) -> None:
    asset_id = sim.add_asset()
    start = await client.assets.trim(asset_id, end_time=9)
    newer = {**TRIM_STATUS, "id": start.trim_job_id + 1, "status_display": word}
    sim.faults.add("GET", "assets/<id>/trim/status/", Fault.status(200, body=newer), skip=seen)
    says = f"was replaced (trim {start.trim_job_id + 1} is newer than {start.trim_job_id})"
    error = await failure(JobSupersededError, says, client.jobs.trim(start).result())
    assert error.snapshot.id == start.trim_job_id + 1
    assert len(trim_looks(sim, asset_id)) == 1 + seen
    told(f"a wait for a trim, {'then' if seen else 'at once'} a newer one that is {word}", error)


@pytest.mark.row(56)
@pytest.mark.parametrize("kind", ["asset", "trim", "subtitle"])
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
async def test_work_that_fails_is_an_error_and_stays_one(
    at_once: bool, kind: str, sim: Simulator, client: Any, told: Tell
) -> None:
    asset_id = sim.add_asset(status=None if kind == "trim" else "Transcoding")
    if kind == "trim":
        await client.assets.trim(asset_id, end_time=9)
        sim.set_trim_status(asset_id, "Processing")
    fail = (sim.set_trim_status, asset_id, "Failed") if kind == "trim" else (sim.set_status, asset_id, "Error")
    later(0 if at_once else 20, *fail)
    await asyncio.sleep(0)
    job = getattr(client.jobs, kind)(asset_id)
    says = "its video failed" if kind == "subtitle" else f"the server says {fail[2]!r}"
    error = await failure(JobFailedError, says, job.result())
    assert error.snapshot == job.latest
    assert (error.job, error.ref, job.done) == (job, job.ref, True)
    asked = sim.journal.count()
    for again in (job.result(), client.jobs.gather([job])):
        await failure(JobFailedError, says, again, within=0)
    assert [await anext(aiter(client.jobs.as_completed([job])))] == [job]
    (last,) = [update async for update in job.updates()]
    assert (last.terminal, last.outcome) == (True, "failed")
    assert sim.journal.count() == asked, "how it ended is known"
    told(f"a wait for the {kind}, which fails {'at once' if at_once else 'later'}", error)


def _wandering() -> Callable[[], float]:
    """Make a wall clock that is hours away, each time somewhere else."""
    hours = iter(range(-1000, 1_000_000, 7))
    return lambda: next(hours) * HOUR


@pytest.mark.row(57)
@pytest.mark.parametrize(
    "date",
    ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT", "yesterday"],
    ids=["1970", "2100", "none"],
)
async def test_no_clock_but_the_loops_counts(date: str, scripted: Any, make_client: Any, told: Tell) -> None:
    server: ScriptedServer = await scripted()
    looked: list[float] = []

    def showing(word: str, **more: Any) -> Any:
        step = answer({"id": "asset1", "video": {"status": word}, **more}, headers={"Date": date})

        async def note(exchange: Any) -> None:
            looked.append(now())
            await step(exchange)

        return note

    times = {"created": "1970-01-01T00:00:00Z", "modified": "2100-01-01T00:00:00Z"}
    server.steps = [*[showing("Transcoding", **times)] * 6, showing("Completed")]
    clock = Clock(wall=_wandering(), uniform=lambda _, bound: bound)
    job = make_client(server, polling=STEADY, _clock=clock).jobs.asset("asset1")
    last = [update async for update in job.updates(timeout=HOUR)][-1]
    assert looked == pytest.approx([0, 2, 5, 9.5, 16.25, 26.375, 41.5625], abs=0.01)
    assert last.elapsed == pytest.approx(41.5625, abs=0.01)
    server.steps = [showing("Transcoding")]
    endless = make_client(server, _clock=clock).jobs.asset("asset1")
    await failure(JobTimeoutError, "after 100 s", endless.result(timeout=100), within=100)
    told(f"waits, the server's date is {date}, our own wanders", "looks and limits at the usual moments")
