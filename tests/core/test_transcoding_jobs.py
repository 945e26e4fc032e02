"""``client.transcoding_jobs``: what is sent, what is understood, and that no credentials of a bucket show."""

import logging
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest
from support.canaries import CANARY, faces, report
from support.payloads import TRANSCODING_JOB
from support.scripted import ScriptedServer, answer, hang, hang_up, raw

from tpstreams_async import (
    BadRequestError,
    InvalidInputError,
    Message,
    NotFoundError,
    OutcomeUnknownError,
    Retry,
    Timeouts,
    TPStreamsError,
    TranscodingJob,
    codec,
)

URL = "https://origin.example/talk.mp4"
INPUT = f"s3://our-input/it's/talk.mp4?access_key={CANARY}&secret_key={CANARY}/a+b="
OUTPUT = f"s3://our-output/talks/?access_key=<{CANARY}>&secret_key={CANARY}&region=eu-west-1"
NEW: dict[str, Any] = {"input_url": URL, "output_path": "s3://our-output/talks/", "resolutions": ["720p"]}
JOB = answer(TRANSCODING_JOB, 201)


def only(server: ScriptedServer) -> tuple[str, str, bytes]:
    (request,) = server.requests
    prefix = f"/api/v1/{server.organization_id}/"
    assert request.target.startswith(prefix)
    return request.method, request.target.removeprefix(prefix), request.body


async def test_create_sends_only_what_was_given(scripted: Any, make_client: Any) -> None:
    server = await scripted(JOB)
    job = await make_client(server).transcoding_jobs.create(**NEW)
    method, target, body = only(server)
    assert (method, target) == ("POST", "transcoding_jobs/")
    assert orjson.loads(body) == NEW
    assert isinstance(job, TranscodingJob)
    assert (job.id, job.status, job.resolutions) == ("Tc7wRq2mXzK", "Transcoding", ("360p", "720p"))


async def test_create_sends_all_that_was_given(scripted: Any, make_client: Any) -> None:
    server = await scripted(JOB)
    metadata = {"order": 7, "tags": ("a", None), "deep": {"x": 1.5, "ok": True}}
    await make_client(server).transcoding_jobs.create(
        input_path=INPUT, output_path=OUTPUT, resolutions="360p,720p", enable_drm=False, client_metadata=metadata
    )
    assert orjson.loads(only(server)[2]) == {
        "input_path": INPUT,
        "output_path": OUTPUT,
        "resolutions": ["360p", "720p"],
        "enable_drm": False,
        "client_metadata": {"order": 7, "tags": ["a", None], "deep": {"x": 1.5, "ok": True}},
    }


async def test_metadata_may_take_all_the_room_there_is(scripted: Any, make_client: Any) -> None:
    server = await scripted(JOB)
    client = make_client(server)
    room = 10_240 - len('{"k":""}')
    for value in ("x" * room, "ä" * (room // 2)):
        server.requests.clear()
        await client.transcoding_jobs.create(**NEW, client_metadata={"k": value})
        assert orjson.loads(only(server)[2])["client_metadata"] == {"k": value}


def nested(levels: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(levels - 1):
        data = {"k": data}
    return data


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"input_url": None}, "input_url"),
        ({"input_path": "s3://our-input/talk.mp4"}, "input_url"),
        *[({"input_url": bad}, "input_url") for bad in ("", "talk.mp4", "s3://bucket/a", "https://", "https://a b", 7)],
        *[
            ({"output_path": bad}, "output_path")
            for bad in (
                *(
                    "",
                    "talks/",
                    "s3:",
                    "s3://",
                    "s3:///talks/",
                    "https://bucket.example/",
                    "S3//b",
                    "s3://b/a b",
                    "//b",
                ),
                *("s3://b/\n", "s3://b/\ud800", "s3://[b/", None, 7, b"s3://bucket/", ["s3://bucket/"]),
            )
        ],
        *[({"input_url": None, "input_path": bad}, "input_path") for bad in ("", URL, "s3:///k", 7, b"s3://b/k")],
        ({"resolutions": []}, "resolutions"),
        ({"resolutions": None}, "resolutions"),
        ({"resolutions": "720p,8k"}, "resolutions[1]"),
        *[({"enable_drm": bad}, "enable_drm") for bad in (0, "true", [])],
        *[
            ({"client_metadata": bad}, "client_metadata")
            for bad in (
                *("text", b"{}", [], [("a", 1)], 7, True, {1: 2}, {"a": {None: 1}}, {"a": object}, {"a": {1, 2}}),
                *({"a": float("nan")}, {"a": [float("inf")]}, {"a": date(2026, 1, 1)}, {"a": b"x"}, {"a": 2**70}),
                *({"a": "\ud800"}, {"\ud800": 1}, {"a": "x" * 10_240}, {"a": "ä" * 5_200}, nested(34)),
            )
        ],
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_what_is_wrong_is_named_and_nothing_is_sent(
    change: Any, argument: str, scripted: Any, make_client: Any
) -> None:
    server = await scripted()
    with pytest.raises(InvalidInputError) as caught:
        await make_client(server).transcoding_jobs.create(**{**NEW, **change})
    assert caught.value.argument == argument
    assert len(str(caught.value)) < 300
    assert server.requests == []


async def test_metadata_that_leads_to_itself_is_refused(scripted: Any, make_client: Any) -> None:
    server = await scripted()
    circle: dict[str, Any] = {}
    circle["again"] = [circle, circle]
    with pytest.raises(InvalidInputError, match="at most 32 levels"):
        await make_client(server).transcoding_jobs.create(**NEW, client_metadata=circle)
    assert server.requests == []


async def test_the_caller_s_metadata_is_not_changed(scripted: Any, make_client: Any) -> None:
    metadata = {"list": [1, (2, 3)]}
    await make_client(await scripted(JOB)).transcoding_jobs.create(**NEW, client_metadata=metadata)
    assert metadata == {"list": [1, (2, 3)]}


PARIS = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, {}),
        ({"status": "Queued"}, {"status": ["Queued"]}),
        ({"status": ["Queued", "Transcoding"]}, {"status": ["Queued", "Transcoding"]}),
        pytest.param({"status": iter(["In Progress"])}, {"status": ["In Progress"]}, id="an iterator"),
        ({"enable_drm": True}, {"enable_drm": ["true"]}),
        ({"enable_drm": False}, {"enable_drm": ["false"]}),
        ({"created_from": date(2026, 2, 3)}, {"created_from": ["2026-02-03"]}),
        ({"created_to": "2026-02-03"}, {"created_to": ["2026-02-03"]}),
        (
            {"created_from": datetime(2026, 2, 3, 4, 5, tzinfo=UTC), "created_to": "2026-02-03T06:06+02:00"},
            {"created_from": ["2026-02-03T04:05:00+00:00"], "created_to": ["2026-02-03T06:06:00+02:00"]},
        ),
        ({"created_from": datetime(2026, 2, 3, tzinfo=PARIS)}, {"created_from": ["2026-02-03T00:00:00+02:00"]}),
        ({"created_from": "2026-02-03T04:05:06Z"}, {"created_from": ["2026-02-03T04:05:06+00:00"]}),
        (
            {"created_from": date(2026, 2, 3), "created_to": date(2026, 2, 3)},
            {"created_from": ["2026-02-03"], "created_to": ["2026-02-03"]},
        ),
        ({"ordering": "created"}, {"ordering": ["created"]}),
        ({"ordering": "-created"}, {"ordering": ["-created"]}),
    ],
    ids=repr,
)
async def test_list_sends_its_filters(filters: Any, query: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({"count": 1, "next": None, "results": [TRANSCODING_JOB]}))
    (job,) = await make_client(server).transcoding_jobs.list(**filters).collect()
    assert isinstance(job, TranscodingJob)
    method, target, body = only(server)
    path, _, sent = target.partition("?")
    assert (method, path, body) == ("GET", "transcoding_jobs/", b"")
    assert parse_qs(sent) == query


async def test_list_follows_the_numbers_of_pages(scripted: Any, make_client: Any) -> None:
    server = await scripted()
    link = f"{server.url}/api/v1/{server.organization_id}/transcoding_jobs/?page=2&status=Queued&status=Error"
    server.steps = [
        answer({"count": 3, "next": link, "results": [{"id": "job1"}, {"id": "job2"}]}),
        answer({"count": 3, "next": None, "results": [{"id": "job3"}]}),
    ]
    jobs = make_client(server).transcoding_jobs.list(status=["Queued", "Error"])
    assert [job.id async for job in jobs] == ["job1", "job2", "job3"]
    queries = [parse_qs(request.target.partition("?")[2]) for request in server.requests]
    assert queries == [{"status": ["Queued", "Error"]}, {"page": ["2"], "status": ["Queued", "Error"]}]


@pytest.mark.parametrize(
    ("filters", "argument"),
    [
        *[({"status": bad}, "status") for bad in ("", " ", "a\nb", [], [""], [None], 7, b"Queued", {"a": 1}, ["a", 1])],
        *[({"enable_drm": bad}, "enable_drm") for bad in (0, "true")],
        *[
            ({name: bad}, name)
            for name in ("created_from", "created_to")
            for bad in (
                *("", "yesterday", "2026-13-01", "03.02.2026", "2026-02-03T04:05:06", "2026-02-03\n", 20260203, 1.5),
                *(datetime(2026, 2, 3), b"2026-02-03", True),
            )
        ],
        ({"created_from": date(2026, 2, 4), "created_to": date(2026, 2, 3)}, "created_to"),
        ({"created_from": "2026-02-03T04:05:06Z", "created_to": "2026-02-03T05:05:05+01:00"}, "created_to"),
        *[({"ordering": bad}, "ordering") for bad in ("", "+created", "status", "Created", True, ["created"])],
    ],
    ids=repr,
)
async def test_filters_that_are_wrong_are_named(filters: Any, argument: str, scripted: Any, make_client: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        make_client(await scripted()).transcoding_jobs.list(**filters)
    assert caught.value.argument == argument


async def test_get_returns_a_job(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({**TRANSCODING_JOB, "priority": 3}))
    job = await make_client(server).transcoding_jobs.get("Tc7wRq2mXzK")
    assert only(server) == ("GET", "transcoding_jobs/Tc7wRq2mXzK/", b"")
    assert (job.enable_drm, job.drm_content_id) == (True, TRANSCODING_JOB["drm_content_id"])
    assert (job.video_duration, job.duration) == ("00:01:43", 103)
    assert job.start_time == datetime(2026, 2, 2, 22, 20, 30, 123456, tzinfo=UTC)
    assert (job.end_time, job.error_message) == (None, None)
    assert job.output_path == TRANSCODING_JOB["output_path"], "those who ask get it"
    assert job.client_metadata == {"order": 7, "secret_token": "canary"}
    assert dict(job.extra) == {"priority": 3}
    server.steps = [answer({"detail": "Not found."}, 404)]
    with pytest.raises(NotFoundError):
        await make_client(server).transcoding_jobs.get("nothing")


@pytest.mark.parametrize(
    ("shown", "seconds"),
    [
        (None, None),
        (120, 120),
        (1.5, 1.5),
        (0, 0),
        ("120", 120),
        ("00:01:43", 103),
        ("0:01:43", 103),
        ("00:02:00.500000", 120.5),
        ("1 00:00:01", 86401),
        ("30:00:00", 108000),
        ("", None),
        ("soon", None),
        ("01:43", None),
        ("-1", None),
        ("00:61:00", None),
        ("٣:00:00", None),
        (-1, None),
        (True, None),
        ([120], None),
        ({"seconds": 120}, None),
    ],
)
async def test_a_duration_is_kept_as_shown_and_told_in_seconds(shown: Any, seconds: float | None) -> None:
    job = codec.structure(TranscodingJob, {"id": "job1", "video_duration": shown})
    assert job.video_duration == shown
    assert job.duration == seconds
    assert hash(job) == hash(TranscodingJob(id="job1"))


@pytest.mark.parametrize("data", [{"id": None}, {"id": ""}, {"id": "../x"}, {"status": "Queued"}, [], "text", None])
async def test_a_job_without_a_usable_id_is_none(data: Any, scripted: Any, make_client: Any) -> None:
    with pytest.raises(OutcomeUnknownError, match=r"transcoding_jobs\.list"):
        await make_client(await scripted(answer(data, 201))).transcoding_jobs.create(**NEW)


@pytest.mark.parametrize(
    ("body", "detail", "extra"),
    [
        ({"message": "Job cancelled successfully."}, "Job cancelled successfully.", {}),
        ({"detail": "Done.", "message": "Other."}, "Done.", {"message": "Other."}),
        ({"message": None, "id": "job1"}, None, {"message": None, "id": "job1"}),
        ({}, None, {}),
        ("Cancelled.", "Cancelled.", {}),
        ([1], None, {}),
        (b"", None, {}),
        (b"<html>gone</html>", None, {}),
        (b"\xff", None, {}),
    ],
)
async def test_cancel_takes_whatever_the_server_says(
    body: Any, detail: str | None, extra: Any, scripted: Any, make_client: Any
) -> None:
    server = await scripted(answer(body))
    message = await make_client(server).transcoding_jobs.cancel("Tc7wRq2mXzK")
    assert only(server) == ("DELETE", "transcoding_jobs/Tc7wRq2mXzK/", b"")
    assert isinstance(message, Message)
    assert (message.detail, dict(message.extra)) == (detail, extra)


@pytest.mark.looptime
async def test_cancel_is_sent_again_when_its_answer_got_lost(scripted: Any, make_client: Any) -> None:
    server = await scripted(hang_up(reset=True), answer({"message": "Job is already completed."}))
    client = make_client(server)
    assert (await client.transcoding_jobs.cancel("job1")).detail == "Job is already completed."
    server.steps = [hang_up(reset=True), answer({"detail": "Not found."}, 404)]
    assert await client.transcoding_jobs.cancel("job1") == Message()
    server.steps = [hang_up(reset=True)]
    with pytest.raises(OutcomeUnknownError, match=r"transcoding_jobs\.get\(job_id\)"):
        await client.transcoding_jobs.cancel("job1")
    server.steps = [answer({"detail": "Not found."}, 404)]
    with pytest.raises(NotFoundError):
        await client.transcoding_jobs.cancel("job1")


@pytest.mark.parametrize("call", ["get", "cancel"])
@pytest.mark.parametrize("bad", ["", "a/b", "..", "a?b", None, 7, b"job1", TranscodingJob(id="job1")], ids=repr)
async def test_an_id_that_is_none_is_refused(call: str, bad: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    with pytest.raises(InvalidInputError) as caught:
        await getattr(make_client(server).transcoding_jobs, call)(bad)
    assert caught.value.argument == "job_id"
    assert server.requests == []


@pytest.mark.looptime
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(answer({"output_path": [f"{OUTPUT} is not writable"]}, 400), id="400"),
        pytest.param(answer({"detail": f"Denied: {INPUT}"}, 403), id="403"),
        pytest.param(answer({"detail": "no"}, 500), id="500"),
        pytest.param(answer(b"<html>"), id="html"),
        pytest.param(answer({"output_path": OUTPUT}), id="no id"),
        pytest.param(hang_up(reset=True), id="reset"),
        pytest.param(raw(b"garbage\r\n\r\n"), id="garbage"),
        pytest.param(hang(), id="silence"),
    ],
)
async def test_no_error_and_no_log_has_the_credentials(
    step: Any, scripted: Any, make_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(await scripted(step), retry=Retry(attempts=2), timeouts=Timeouts(total=5))
    with caplog.at_level(logging.DEBUG), pytest.raises(TPStreamsError) as caught:
        await client.transcoding_jobs.create(input_path=INPUT, output_path=OUTPUT, resolutions=["720p"])
    assert CANARY not in report(caught.value)
    assert CANARY not in caplog.text
    if isinstance(caught.value, OutcomeUnknownError):
        assert caught.value.request["output_path"] == "s3://our-output/talks/?***"


@pytest.mark.parametrize("name", ["output_path", "input_path"])
async def test_no_refused_argument_shows(name: str, scripted: Any, make_client: Any) -> None:
    for bad in (f"https://b.example/?secret_key={CANARY}", f"s3:///{CANARY}", f"s3://b/ {CANARY}", [CANARY]):
        given = {"output_path": OUTPUT, "resolutions": ["720p"], "input_path": INPUT, name: bad}
        client = make_client(await scripted())
        with pytest.raises(InvalidInputError) as caught:
            await client.transcoding_jobs.create(**given)
        assert CANARY not in report(caught.value)


async def test_a_job_keeps_its_credentials_to_itself(scripted: Any, make_client: Any) -> None:
    row = {**TRANSCODING_JOB, "input_path": INPUT, "output_path": OUTPUT, "client_metadata": {"secret_key": CANARY}}
    job = await make_client(await scripted(answer(row))).transcoding_jobs.get("Tc7wRq2mXzK")
    assert CANARY not in faces(job)
    assert "s3://our-output/talks/" in repr(job)


async def test_a_refusal_is_told(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({"input_url": ["Not reachable."]}, 400))
    with pytest.raises(BadRequestError) as caught:
        await make_client(server).transcoding_jobs.create(**NEW)
    assert caught.value.field_errors == {"input_url": ("Not reachable.",)}
