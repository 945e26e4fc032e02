"""``client.subtitle_jobs``: what is sent, and what is understood."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from support.canaries import CANARY, SIGNED, faces, report
from support.payloads import SUBTITLE_JOB
from support.scripted import ScriptedServer, answer, hang_up

from tpstreams_async import (
    BadRequestError,
    DecodeError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknownError,
    SubtitleJob,
    codec,
)

URL = "https://origin.example/talk.mp3"


def only(server: ScriptedServer) -> tuple[str, str, bytes]:
    (request,) = server.requests
    return request.method, request.target.removeprefix(f"/api/v1/{server.organization_id}/"), request.body


@pytest.mark.parametrize("more", [{}, {"client_metadata": {}}, {"client_metadata": {"order": [1, "ä"]}}], ids=repr)
async def test_create_sends_what_was_given(more: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(SUBTITLE_JOB, 201))
    job = await make_client(server).subtitle_jobs.create(url=URL, **more)
    method, target, body = only(server)
    assert (method, target) == ("POST", "subtitle_jobs/")
    assert orjson.loads(body) == {"url": URL, **more}
    assert isinstance(job, SubtitleJob)
    assert job.id == "Sb4kLp9vNwC"


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        *[({"url": bad}, "url") for bad in ("", "talk.mp3", "ftp://a", "s3://b/k", "https://", "https://a b", None, 7)],
        *[
            ({"url": URL, "client_metadata": bad}, "client_metadata")
            for bad in ("x", [1], {1: 1}, {"a": {1}}, {"a": "x" * 10_240})
        ],
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_what_is_wrong_is_named_and_nothing_is_sent(
    given: Any, argument: str, scripted: Any, make_client: Any
) -> None:
    server = await scripted()
    with pytest.raises(InvalidInputError) as caught:
        await make_client(server).subtitle_jobs.create(**given)
    assert caught.value.argument == argument
    assert server.requests == []


@pytest.mark.parametrize("paged", [False, True], ids=["bare array", "page"])
async def test_list_goes_through_jobs_in_either_form(paged: bool, scripted: Any, make_client: Any) -> None:
    rows = [SUBTITLE_JOB, {"id": "another", "client_metadata": None}]
    server = await scripted(answer({"count": 2, "next": None, "results": rows} if paged else rows))
    jobs = make_client(server).subtitle_jobs.list()
    assert [job.id async for job in jobs] == ["Sb4kLp9vNwC", "another"]
    assert only(server) == ("GET", "subtitle_jobs/", b"")
    assert await jobs.count() == 2


async def test_get_returns_a_job(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({**SUBTITLE_JOB, "priority": 3}))
    job = await make_client(server).subtitle_jobs.get("Sb4kLp9vNwC")
    assert only(server) == ("GET", "subtitle_jobs/Sb4kLp9vNwC/", b"")
    assert (job.status, job.language, job.client_metadata) == ("Completed", "en", {"order": 8})
    assert (job.audio_duration, job.duration) == ("00:02:00.500000", 120.5)
    assert job.created == datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)
    assert job.subtitle_url == SUBTITLE_JOB["subtitle_url"], "those who ask get it"
    assert dict(job.extra) == {"priority": 3}
    server.steps = [answer({"detail": "Not found."}, 404)]
    with pytest.raises(NotFoundError):
        await make_client(server).subtitle_jobs.get("nothing")
    server.steps = [answer({"status": "Queued"})]
    with pytest.raises(DecodeError, match="id"):
        await make_client(server).subtitle_jobs.get("Sb4kLp9vNwC")


@pytest.mark.parametrize(("shown", "seconds"), [(None, None), (90, 90), ("90.5", 90.5), ("later", None)])
def test_a_duration_is_told_in_seconds(shown: Any, seconds: float | None) -> None:
    job = codec.structure(SubtitleJob, {"id": "job1", "audio_duration": shown})
    assert job.audio_duration == (None if shown is None else str(shown))
    assert job.duration == seconds


@pytest.mark.parametrize("bad", ["", "a/b", "..", None, 7, SubtitleJob(id="job1")], ids=repr)
async def test_an_id_that_is_none_is_refused(bad: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    with pytest.raises(InvalidInputError) as caught:
        await make_client(server).subtitle_jobs.get(bad)
    assert caught.value.argument == "job_id"
    assert server.requests == []


@pytest.mark.looptime
async def test_a_lost_answer_says_how_to_find_out_and_shows_no_signature(scripted: Any, make_client: Any) -> None:
    server = await scripted(hang_up(reset=True))
    with pytest.raises(OutcomeUnknownError, match=r"client\.subtitle_jobs\.list\(\)") as caught:
        await make_client(server).subtitle_jobs.create(url=SIGNED)
    assert len(server.requests) == 1
    assert "https://***@media.example/a.m3u8?***" in caught.value.how_to_find_out
    assert CANARY not in report(caught.value)
    server.steps = [answer({"url": [f"{SIGNED} is not reachable"]}, 400)]
    with pytest.raises(BadRequestError) as refused:
        await make_client(server).subtitle_jobs.create(url=SIGNED)
    assert CANARY not in report(refused.value)


def test_a_job_keeps_its_signatures_to_itself() -> None:
    job = SubtitleJob(id="job1", url=SIGNED, subtitle_url=SIGNED, error_message=f"no access to {SIGNED}")
    assert CANARY not in faces(job)
