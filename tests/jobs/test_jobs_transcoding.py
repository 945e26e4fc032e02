"""A transcoding job is awaited by its id, and webhooks tell of it."""

import asyncio
import json
from typing import Any

import pytest
from job_support import assert_idle, later, now
from shelf import Shelf, shelf_client
from support.canaries import CANARY, report
from support.payloads import TRANSCODING_JOB

from tpstreams_async import (
    Asset,
    InvalidInputError,
    JobFailedError,
    JobTimeoutError,
    JobVanishedError,
    Polling,
    SubtitleJob,
    TranscodingJob,
    codec,
)

ID = TRANSCODING_JOB["id"]
PATH = f"transcoding_jobs/{ID}/"
ASSET_PATH = f"assets/{ID}/"


@pytest.fixture
async def world(virtual_time: None, scripted: Any, make_client: Any) -> tuple[Shelf, Any]:
    shelf, client = await shelf_client(scripted, make_client)
    shelf.rows[PATH] = dict(TRANSCODING_JOB)
    return shelf, client


@pytest.fixture
def shelf(world: tuple[Shelf, Any]) -> Shelf:
    return world[0]


@pytest.fixture
def client(world: tuple[Shelf, Any]) -> Any:
    return world[1]


def delivery(**values: Any) -> dict[str, Any]:
    return {**TRANSCODING_JOB, **values}


async def test_awaiting_a_job_returns_it_when_it_is_completed(shelf, client):
    later(7, lambda: shelf.change(PATH, status="completed", video_duration=103))
    job = client.jobs.transcoding(ID)
    assert (job.kind, job.id, job.ref) == ("transcoding", ID, f"transcoding:{ID}")
    assert shelf.asked == {}, "making a handle asks nobody"
    done = await job
    assert isinstance(done, TranscodingJob)
    assert (done.id, done.status, done.duration) == (ID, "completed", 103)
    assert shelf.asked == {PATH: [0, 2, 5, 9.5]}
    assert job.latest is done
    await assert_idle(client)


async def test_a_model_or_its_id_name_the_same_job(client):
    created = codec.structure(TranscodingJob, TRANSCODING_JOB)
    assert client.jobs.transcoding(created).ref == client.jobs.transcoding(ID).ref


@pytest.mark.parametrize(
    "bad", ["", "a/b", "../x", None, 7, b"job1", Asset(id="job1"), SubtitleJob(id="job1"), TranscodingJob(id="a/b")]
)
def test_what_is_no_job_is_refused(make_offline, bad):
    with pytest.raises(InvalidInputError) as caught:
        make_offline().jobs.transcoding(bad)
    assert caught.value.argument == "job"


def test_a_creation_that_was_not_awaited_is_refused_with_a_hint(make_offline):
    client = make_offline()
    creation = client.transcoding_jobs.get("job1")
    with pytest.raises(InvalidInputError, match="await missing"):
        client.jobs.transcoding(creation)
    creation.close()


async def test_a_wait_goes_on_in_another_process(shelf, client):
    ref = client.jobs.transcoding(ID).ref
    shelf.change(PATH, status="Completed")
    assert isinstance(await client.jobs.resume(ref), TranscodingJob)
    with pytest.raises(InvalidInputError):
        client.jobs.resume(f"{ref}:5")


@pytest.mark.parametrize("status", ["Completed", "completed", "COMPLETED"])
async def test_these_words_mean_success(shelf, client, status):
    shelf.change(PATH, status=status)
    assert (await client.jobs.transcoding(ID).result(timeout=0)).status == status


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("Error", "failed"), ("error", "failed"), ("Cancelled", "cancelled"), ("CANCELLED", "cancelled")],
)
async def test_these_words_mean_failure(shelf, client, status, outcome):
    shelf.change(PATH, status=status)
    job = client.jobs.transcoding(ID)
    updates = [update async for update in job.updates()]
    assert [(update.status, update.terminal, update.outcome) for update in updates] == [(status, True, outcome)]
    with pytest.raises(JobFailedError, match=f"'{status}'") as caught:
        await job
    assert isinstance(caught.value.snapshot, TranscodingJob)
    assert (caught.value.ref, caught.value.job) == (f"transcoding:{ID}", job)


async def test_a_failure_says_what_the_server_says_but_no_secret(shelf, client):
    words = f"No access to s3://our-output/talks/?access_key={CANARY}&secret_key={CANARY} (403). " + "x" * 5000
    shelf.change(PATH, status="Error", error_message=words, output_path=f"s3://b/k?secret_key={CANARY}")
    with pytest.raises(JobFailedError, match=r"'Error': No access to s3://our-output/talks/\?\*\*\* \(403\)") as caught:
        await client.jobs.transcoding(ID)
    assert len(str(caught.value)) < 700
    assert CANARY not in report(caught.value)
    assert caught.value.snapshot.error_message == words


@pytest.mark.parametrize("status", ["Queued", "queued", "Transcoding", "TRANSCODING", "", None])
async def test_these_words_keep_one_waiting_in_silence(shelf, client, caplog, status):
    shelf.change(PATH, status=status)
    with pytest.raises(JobTimeoutError) as caught:
        await client.jobs.transcoding(ID).result(timeout=20)
    assert isinstance(caught.value.snapshot, TranscodingJob)
    assert f"client.jobs.resume('transcoding:{ID}')" in str(caught.value)
    assert not caplog.records


async def test_a_word_that_nobody_knows_keeps_one_waiting_and_is_said_once(shelf, client, caplog):
    shelf.change(PATH, status="Polishing")
    shelf.rows["transcoding_jobs/other/"] = {"id": "other", "status": "Polishing"}
    later(60, lambda: shelf.change(PATH, status="Completed"))
    later(60, lambda: shelf.change("transcoding_jobs/other/", status="Completed"))
    await client.jobs.gather([client.jobs.transcoding(ID), client.jobs.transcoding("other")])
    assert now() >= 60
    assert ["unknown status 'Polishing'" in record.message for record in caplog.records] == [True]


async def test_its_default_limit_is_six_hours(shelf, client):
    with pytest.raises(JobTimeoutError, match="21600"):
        await client.jobs.transcoding(ID)
    assert now() == pytest.approx(6 * 3600, abs=1)


async def test_its_limit_can_be_set(scripted, make_client, virtual_time):
    shelf = Shelf()
    shelf.rows[PATH] = dict(TRANSCODING_JOB)
    client = make_client(await scripted(shelf), polling=Polling(jitter=0.0, transcoding_timeout=11))
    with pytest.raises(JobTimeoutError, match="after 11 s"):
        await client.jobs.transcoding(ID)


async def test_a_job_that_is_gone_has_vanished(shelf, client):
    later(3, shelf.rows.clear)
    with pytest.raises(JobVanishedError, match="was deleted"):
        await client.jobs.transcoding(ID)
    with pytest.raises(JobVanishedError, match="404"):
        await client.jobs.transcoding("never")


async def test_those_who_wait_for_one_job_share_its_looks(shelf, client):
    later(4, lambda: shelf.change(PATH, status="Completed"))
    done = await client.jobs.gather([client.jobs.transcoding(ID) for _ in range(50)])
    assert len(done) == 50
    assert shelf.asked == {PATH: [0, 2, 5]}


async def test_a_job_and_an_asset_with_one_id_are_two(shelf, client):
    shelf.rows[ASSET_PATH] = {"id": ID, "type": "video", "video": {"status": "Completed"}}
    shelf.change(PATH, status="Error")
    done, failed = await client.jobs.gather(
        [client.jobs.asset(ID), client.jobs.transcoding(ID)], return_exceptions=True
    )
    assert isinstance(done, Asset)
    assert isinstance(failed, JobFailedError)


@pytest.mark.parametrize("form", ["dict", "bytes", "id", "model"])
async def test_a_hint_ends_the_sleep(shelf, client, form):
    forms = {
        "dict": lambda: dict(shelf.rows[PATH]),
        "bytes": lambda: json.dumps(shelf.rows[PATH]).encode(),
        "id": lambda: ID,
        "model": lambda: codec.structure(TranscodingJob, shelf.rows[PATH]),
    }

    def deliver() -> None:
        shelf.change(PATH, status="Completed")
        assert client.jobs.hint(forms[form]()) is True

    later(12, deliver)
    await client.jobs.transcoding(ID)
    assert now() == pytest.approx(12, abs=0.01)
    await assert_idle(client)


async def test_a_delivery_is_not_believed_but_looked_at(shelf, client):
    later(3, client.jobs.hint, delivery(status="Completed"))
    with pytest.raises(JobTimeoutError):
        await client.jobs.transcoding(ID).result(timeout=20)
    assert 3 in shelf.asked[PATH]


async def test_what_does_not_show_yet_is_looked_for_again_soon(shelf, client):
    later(50, client.jobs.hint, delivery(status="Completed"))
    later(51, lambda: shelf.change(PATH, status="Completed"))
    await client.jobs.transcoding(ID)
    assert now() == pytest.approx(52, abs=0.05)


@pytest.mark.parametrize("form", ["dict", "bytes", "model"])
async def test_a_trusted_delivery_is_the_answer(shelf, client, form):
    end = delivery(status="completed", end_time="2026-02-03T10:40:30Z")
    given = {"dict": end, "bytes": json.dumps(end).encode(), "model": codec.structure(TranscodingJob, end)}[form]
    later(3, lambda: client.jobs.hint(given, trust_payload=True))
    job = await client.jobs.transcoding(ID)
    assert job == codec.structure(TranscodingJob, end)
    assert now() == 3
    assert shelf.asked == {PATH: [0, 2]}
    await assert_idle(client)


async def test_a_trusted_failure_is_one(shelf, client):
    failed = delivery(status="error", error_message="The file is broken.")
    later(3, lambda: client.jobs.hint(failed, trust_payload=True))
    with pytest.raises(JobFailedError, match="'error': The file is broken") as caught:
        await client.jobs.transcoding(ID)
    assert isinstance(caught.value.snapshot, TranscodingJob)
    assert shelf.asked == {PATH: [0, 2]}


async def test_a_trusted_delivery_that_shows_no_end_is_a_hint(shelf, client):
    later(3, lambda: client.jobs.hint(delivery(status="transcoding"), trust_payload=True))
    with pytest.raises(JobTimeoutError):
        await client.jobs.transcoding(ID).result(timeout=4)
    assert shelf.asked == {PATH: [0, 2, 3, 4]}


async def test_a_trusted_delivery_that_cannot_be_read_is_a_hint(shelf, client):
    later(3, lambda: client.jobs.hint(delivery(status="completed", start_time="lately"), trust_payload=True))
    with pytest.raises(JobTimeoutError):
        await client.jobs.transcoding(ID).result(timeout=4)
    assert shelf.asked == {PATH: [0, 2, 3, 4]}


async def test_an_end_that_came_before_anyone_waited_is_remembered(shelf, client):
    assert client.jobs.hint(delivery(status="Completed"), trust_payload=True) is False
    client.jobs.hint(delivery(), trust_payload=True)  # late: an end does not go back
    job = await client.jobs.transcoding(ID)
    assert (job.status, now()) == ("Completed", 0)


@pytest.mark.parametrize("early", [False, True], ids=["while both wait", "before"])
async def test_a_trusted_job_ends_no_wait_for_an_asset_with_its_id(shelf, client, early):
    shelf.rows[ASSET_PATH] = {"id": ID, "type": "video", "video": {"status": "Transcoding"}}
    hint = lambda: client.jobs.hint(delivery(status="completed"), trust_payload=True)  # noqa: E731
    later(0 if early else 3, hint)
    if early:
        await asyncio.sleep(1)
    done, late = await client.jobs.gather(
        [client.jobs.transcoding(ID), client.jobs.asset(ID)], timeout=10, return_exceptions=True
    )
    assert done.status == "completed"
    assert isinstance(late, JobTimeoutError)
    assert late.snapshot.status == "Transcoding"


@pytest.mark.parametrize("early", [False, True], ids=["while it waits", "before"])
async def test_a_trusted_asset_ends_no_wait_for_a_transcoding_job_with_its_id(shelf, client, early):
    asset = {"id": ID, "type": "video", "video": {"status": "Completed"}}
    later(0 if early else 3, lambda: client.jobs.hint(asset, trust_payload=True))
    if early:
        await asyncio.sleep(1)
    with pytest.raises(JobTimeoutError):
        await client.jobs.transcoding(ID).result(timeout=10)


async def test_an_asset_that_has_a_key_of_a_job_is_still_an_asset(shelf, client):
    shelf.rows[ASSET_PATH] = {"id": ID, "type": "video", "video": {"status": "Transcoding"}}
    asset = {"id": ID, "type": "video", "video": {"status": "Completed"}, "output_path": "s3://b/k"}
    later(3, lambda: client.jobs.hint(asset, trust_payload=True))
    assert (await client.jobs.asset(ID)).status == "Completed"
    assert now() == 3


def test_a_model_of_something_else_is_no_delivery(make_offline):
    for given in (SubtitleJob(id="job1"), TranscodingJob(id="a/b"), {"output_path": "s3://b/k"}):
        with pytest.raises(InvalidInputError) as caught:
            make_offline().jobs.hint(given)
        assert caught.value.argument == "delivery"
