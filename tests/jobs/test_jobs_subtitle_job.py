"""A subtitle job is awaited by its id."""

from typing import Any

import pytest
from job_support import assert_idle, later, now
from shelf import Shelf, shelf_client
from support.canaries import CANARY, SIGNED, report
from support.payloads import SUBTITLE_JOB

from tpstreams_async import (
    Asset,
    InvalidInputError,
    JobFailedError,
    JobTimeoutError,
    SubtitleJob,
    TranscodingJob,
    codec,
)

ID = SUBTITLE_JOB["id"]
PATH = f"subtitle_jobs/{ID}/"


@pytest.fixture
async def world(virtual_time: None, scripted: Any, make_client: Any) -> tuple[Shelf, Any]:
    shelf, client = await shelf_client(scripted, make_client)
    shelf.rows[PATH] = {**SUBTITLE_JOB, "status": "Queued", "subtitle_url": None}
    return shelf, client


@pytest.fixture
def shelf(world: tuple[Shelf, Any]) -> Shelf:
    return world[0]


@pytest.fixture
def client(world: tuple[Shelf, Any]) -> Any:
    return world[1]


async def test_awaiting_a_job_returns_it_when_it_is_completed(shelf, client):
    later(3, lambda: shelf.change(PATH, status="Processing"))
    later(7, lambda: shelf.change(PATH, status="Completed", subtitle_url=SUBTITLE_JOB["subtitle_url"]))
    job = client.jobs.subtitle_job(codec.structure(SubtitleJob, SUBTITLE_JOB))
    assert (job.kind, job.id, job.ref) == ("subtitle_job", ID, f"subtitle_job:{ID}")
    updates = [update async for update in job.updates()]
    assert [(update.status, update.terminal) for update in updates] == [
        ("Queued", False),
        ("Processing", False),
        ("Completed", True),
    ]
    done = await job
    assert isinstance(done, SubtitleJob)
    assert done.subtitle_url == SUBTITLE_JOB["subtitle_url"]
    assert shelf.asked == {PATH: [0, 2, 5, 7]}
    await assert_idle(client)


async def test_a_wait_goes_on_in_another_process(shelf, client):
    shelf.change(PATH, status="COMPLETED")
    assert isinstance(await client.jobs.resume(f"subtitle_job:{ID}").result(timeout=0), SubtitleJob)


@pytest.mark.parametrize("status", ["Failed", "failed", "Error", "ERROR"])
async def test_these_words_mean_failure(shelf, client, status):
    shelf.change(PATH, status=status)
    with pytest.raises(JobFailedError, match=f"^the subtitle_job of {ID} failed: .*'{status}'") as caught:
        await client.jobs.subtitle_job(ID)
    assert isinstance(caught.value.snapshot, SubtitleJob)


async def test_a_failure_says_what_the_server_says_but_no_secret(shelf, client):
    shelf.change(PATH, status="Failed", error_code="NO_AUDIO", error_message=f"Nothing to hear in {SIGNED}", url=SIGNED)
    with pytest.raises(JobFailedError, match="'Failed': NO_AUDIO Nothing to hear in https") as caught:
        await client.jobs.subtitle_job(ID)
    assert CANARY not in report(caught.value)


@pytest.mark.parametrize("status", ["Queued", "Processing", "processing", "", None])
async def test_these_words_keep_one_waiting_in_silence(shelf, client, caplog, status):
    shelf.change(PATH, status=status)
    with pytest.raises(JobTimeoutError):
        await client.jobs.subtitle_job(ID).result(timeout=20)
    assert not caplog.records


async def test_a_word_that_nobody_knows_keeps_one_waiting_and_is_said_once(shelf, client, caplog):
    shelf.change(PATH, status="Listening")
    with pytest.raises(JobTimeoutError):
        await client.jobs.subtitle_job(ID).result(timeout=60)
    assert len(caplog.records) == 1


async def test_its_default_limit_is_an_hour(shelf, client):
    with pytest.raises(JobTimeoutError, match="after 3600 s"):
        await client.jobs.subtitle_job(ID)
    assert now() == pytest.approx(3600, abs=1)


async def test_its_id_is_a_hint_and_no_delivery_ends_it(shelf, client):
    later(3, client.jobs.hint, ID)
    later(4, lambda: client.jobs.hint({**SUBTITLE_JOB, "status": "Completed"}, trust_payload=True))
    with pytest.raises(JobTimeoutError):
        await client.jobs.subtitle_job(ID).result(timeout=5)
    assert shelf.asked == {PATH: [0, 2, 3, 4, 5]}


@pytest.mark.parametrize("bad", ["", "a/b", None, 7, Asset(id="job1"), TranscodingJob(id="job1")], ids=repr)
def test_what_is_no_job_is_refused(make_offline, bad):
    with pytest.raises(InvalidInputError) as caught:
        make_offline().jobs.subtitle_job(bad)
    assert caught.value.argument == "job"
