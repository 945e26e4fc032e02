"""Transcoding jobs: creating, listing, cancelling, and their way to the end."""

import re
from datetime import datetime, timedelta

import pytest

from tpstreams_async.simulator import Simulator
from tpstreams_async.simulator.clock import INDIA
from tpstreams_async.simulator.ids import ALPHABET

SECRET = "?access_key=AK&secret_key=SK&region=r"
GOOD = {
    "input_url": "https://origin.example/in.mp4",
    "output_path": f"s3://bucket/out/{SECRET}",
    "resolutions": ["240p", "720p"],
}
COMMON = {
    "id",
    "resolutions",
    "video_duration",
    "status",
    "input_url",
    "output_path",
    "start_time",
    "end_time",
    "error_message",
}
ALL = COMMON | {"enable_drm", "drm_content_id", "client_metadata"}
REQUIRED = ["This field is required."]
ONE_INPUT = {"non_field_errors": ["Provide either input_url or input_path, and not both."]}
S3 = ["Enter a valid path, such as s3://bucket/path."]


async def create(api, status=201, **fields):
    return await api.post("transcoding_jobs/", {**GOOD, **fields}, status=status)


async def show(api, job_id):
    return await api.get(f"transcoding_jobs/{job_id}/")


async def listed(api, query=""):
    return [row["id"] for row in (await api.get(f"transcoding_jobs/?{query}"))["results"]]


async def test_a_new_one_has_every_key(api):
    job = await create(api, enable_drm=True, client_metadata={"mine": [1, {"a": None}]})
    assert set(job) == ALL
    assert set(job["id"]) <= set(ALPHABET)
    assert re.fullmatch("[0-9a-f]{32}", job["drm_content_id"])
    assert (job["status"], job["enable_drm"], job["resolutions"]) == ("Queued", True, ["240p", "720p"])
    assert (job["input_url"], job["output_path"]) == (GOOD["input_url"], GOOD["output_path"])
    assert job["client_metadata"] == {"mine": [1, {"a": None}]}
    assert {job[name] for name in ("video_duration", "start_time", "end_time", "error_message")} == {None}


async def test_without_drm_and_metadata(api):
    job = await create(api)
    assert (job["enable_drm"], job["drm_content_id"], job["client_metadata"]) == (False, None, None)


async def test_the_input_may_be_a_path(api):
    body = {**GOOD, "input_path": f"s3://bucket/in.mp4/{SECRET}"}
    del body["input_url"]
    job = await api.post("transcoding_jobs/", body, status=201)
    assert set(job) == ALL | {"input_path"}
    assert (job["input_url"], job["input_path"]) == (None, body["input_path"])


async def test_each_view_has_its_own_keys_and_spelling(api):
    job_id = (await create(api, enable_drm=True))["id"]
    detail = await show(api, job_id)
    (row,) = (await api.get("transcoding_jobs/"))["results"]
    delivery = api.sim.transcoding_delivery(job_id)
    assert set(detail) == COMMON | {"client_metadata"}
    assert set(row) == COMMON | {"enable_drm"}
    assert set(delivery) == ALL
    assert (detail["status"], row["status"], delivery["status"]) == ("Queued", "queued", "queued")


async def test_the_way_to_the_end(api, clock):
    job_id = (await create(api))["id"]
    seen = []
    for seconds in (0, 1.125, 0.125, 4.5, 0.25):
        clock.advance(seconds)
        job = await show(api, job_id)
        seen.append((job["status"], job["start_time"] is not None, job["end_time"] is not None))
        assert (job["video_duration"] is not None) == (job["status"] == "Completed")
    queued, transcoding = ("Queued", False, False), ("Transcoding", True, False)
    assert seen == [queued, queued, transcoding, transcoding, ("Completed", True, True)]
    assert isinstance(job["video_duration"], int)
    clock.advance(1000)
    assert await show(api, job_id) == job, "the end does not move"


async def test_times_are_written_in_two_ways(api, clock):
    job_id = (await create(api))["id"]
    clock.advance(6)
    job, delivery = await show(api, job_id), api.sim.transcoding_delivery(job_id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+12:00", job["start_time"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", delivery["start_time"])
    start, end = (datetime.fromisoformat(job[name]) for name in ("start_time", "end_time"))
    assert end - start == timedelta(seconds=4.8)
    assert datetime.fromisoformat(delivery["end_time"]) == end.replace(microsecond=0)


async def test_how_long_it_takes_can_be_chosen(http, make_api, clock):
    async with Simulator(fetch=False, clock=clock, transcoding_seconds=100) as sim:
        api = make_api(sim, http)
        job_id = (await create(api))["id"]
        clock.advance(99)
        assert (await show(api, job_id))["status"] == "Transcoding"
        clock.advance(1)
        assert (await show(api, job_id))["status"] == "Completed"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"input_url": None}, ONE_INPUT),
        ({"input_url": ""}, ONE_INPUT),
        ({"input_url": {}, "input_path": "s3://b/in"}, {**ONE_INPUT, "input_url": ["Not a valid string."]}),
        ({"input_path": "s3://bucket/in.mp4"}, ONE_INPUT),
        ({"input_url": "s3://bucket/in.mp4"}, {"input_url": ["Enter a valid URL."]}),
        ({"input_url": None, "input_path": "https://a.example/"}, {"input_path": S3}),
        ({"output_path": "/tmp/out"}, {"output_path": S3}),
        ({"output_path": "s3://"}, {"output_path": S3}),
        ({"output_path": "s3:///path"}, {"output_path": S3}),
        ({"output_path": None}, {"output_path": ["This field may not be null."]}),
        ({"resolutions": []}, {"resolutions": ["This list may not be empty."]}),
        ({"resolutions": ["4k"]}, {"resolutions": ['"4k" is not a valid choice.']}),
        ({"enable_drm": "perhaps"}, {"enable_drm": ["Must be a valid boolean."]}),
        ({"client_metadata": "x"}, {"client_metadata": ["Value must be a JSON object."]}),
        ({"client_metadata": [1]}, {"client_metadata": ["Value must be a JSON object."]}),
        ({"client_metadata": {"a": "x" * 10233}}, {"client_metadata": ["Metadata must not exceed 10 KB."]}),
    ],
)
async def test_a_wrong_field_is_named(api, fields, errors):
    assert await create(api, 400, **fields) == errors
    assert await listed(api) == []


async def test_required_fields_are_named_together(api):
    errors = {**ONE_INPUT, "output_path": REQUIRED, "resolutions": REQUIRED}
    assert await api.post("transcoding_jobs/", {}, status=400) == errors


async def test_ten_kilobytes_of_metadata_are_not_too_many(api):
    metadata = {"a": "x" * 10232}
    assert (await create(api, client_metadata=metadata))["client_metadata"] == metadata


async def test_cancelling(api, clock):
    job_id = (await create(api))["id"]
    clock.advance(2)
    cancelled = {"message": "Job cancelled successfully."}
    assert await api.call("DELETE", f"transcoding_jobs/{job_id}/") == (200, cancelled)
    job = await show(api, job_id)
    assert (job["status"], job["video_duration"]) == ("Cancelled", None)
    assert datetime.fromisoformat(job["end_time"]) - datetime.fromisoformat(job["start_time"]) == timedelta(seconds=0.8)
    clock.advance(100)
    assert await show(api, job_id) == job


async def test_one_cancelled_in_the_queue_never_began(api, clock):
    job_id = (await create(api))["id"]
    clock.advance(0.5)
    await api.call("DELETE", f"transcoding_jobs/{job_id}/")
    job = await show(api, job_id)
    assert (job["status"], job["start_time"]) == ("Cancelled", None)
    assert job["end_time"]


@pytest.mark.parametrize("end", ["Completed", "error", "CANCELLED"])
async def test_what_has_ended_cannot_be_cancelled(api, end):
    job_id = (await create(api))["id"]
    api.sim.set_transcoding_status(job_id, end)
    completed = {"message": "Job is already completed."}
    assert await api.call("DELETE", f"transcoding_jobs/{job_id}/") == (200, completed)
    assert (await show(api, job_id))["status"] == end


async def test_a_status_can_be_set_and_given_back(api, clock):
    job_id = (await create(api))["id"]
    clock.advance(3)
    api.sim.set_transcoding_status(job_id, "Error", "no such bucket")
    clock.advance(50)
    job = await show(api, job_id)
    assert (job["status"], job["error_message"], job["video_duration"]) == ("Error", "no such bucket", None)
    assert datetime.fromisoformat(job["end_time"]) - datetime.fromisoformat(job["start_time"]) == timedelta(seconds=1.8)
    api.sim.set_transcoding_status(job_id, "On Hold")
    job = await show(api, job_id)
    assert (job["status"], job["end_time"], job["error_message"]) == ("On Hold", None, None)
    api.sim.set_transcoding_status(job_id, None)
    assert (await show(api, job_id))["status"] == "Completed"
    for control in (api.sim.transcoding_delivery, lambda job: api.sim.set_transcoding_status(job, "Error")):
        with pytest.raises(KeyError):
            control("nothere")


async def test_unknown_ones(api):
    for method in ("GET", "DELETE"):
        assert await api.call(method, "transcoding_jobs/nothere/") == (404, {"detail": "Not found."})
    assert (await api.call("PUT", "transcoding_jobs/nothere/"))[0] == 405


class TestLists:
    @pytest.fixture
    async def jobs(self, api, clock):
        """Create five jobs a minute apart; the last is queued, the one before it transcoding."""
        made = []
        for n in range(5):
            made.append((await create(api, enable_drm=n % 2 == 0))["id"])
            clock.advance(60 if n < 3 else 3 if n == 3 else 0)
        api.sim.set_transcoding_status(made[0], "Error")
        api.sim.set_transcoding_status(made[1], "Cancelled")
        return made

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("", [4, 3, 2, 1, 0]),
            ("ordering=-created", [4, 3, 2, 1, 0]),
            ("ordering=created", [0, 1, 2, 3, 4]),
            ("status=Queued", [4]),
            ("status=transcoding", [3]),
            ("status=completed&status=ERROR&status=Error", [2, 0]),
            ("status=Cancelled&enable_drm=true", []),
            ("enable_drm=true", [4, 2, 0]),
            ("enable_drm=False", [3, 1]),
            ("created_from=1999-12-31", [4, 3, 2, 1, 0]),
            ("created_from=&created_to=", [4, 3, 2, 1, 0]),
            ("created_to=1999-12-31", []),
            ("created_from=2999-01-01T00:00:00Z", []),
            ("limit=1&offset=1", [4, 3, 2, 1, 0]),
        ],
    )
    async def test_filters_and_order(self, api, jobs, query, shown):
        assert await listed(api, query) == [jobs[n] for n in shown]

    @pytest.mark.parametrize(("name", "shown"), [("created_from", [4, 3, 2]), ("created_to", [2, 1, 0])])
    @pytest.mark.parametrize("form", ["utc", "naive", "india"])
    async def test_a_moment_of_creation_belongs_to_both_sides(self, api, jobs, name, shown, form):
        at = api.sim.parts()[0].calendar.moment(120)
        forms = {"utc": at, "naive": at.replace(tzinfo=None), "india": at.astimezone(INDIA)}
        status, page = await api.call("GET", "transcoding_jobs/", params={name: forms[form].isoformat()})
        assert (status, [row["id"] for row in page["results"]]) == (200, [jobs[n] for n in shown])

    async def test_a_day_is_meant_as_a_whole(self, api, jobs):
        calendar = api.sim.parts()[0].calendar
        days = {calendar.moment(n * 60).date() for n in range(5)}
        query = f"created_from={min(days)}&created_to={max(days)}"
        assert await listed(api, query) == jobs[::-1]

    @pytest.mark.parametrize(
        "query",
        [
            "status=running",
            "status=Queued&status=x",
            "enable_drm=2",
            "ordering=id",
            "created_from=x",
            "created_to=2030-02-30",
            "created_to=9999-12-31T23:59:61",
        ],
    )
    async def test_a_wrong_value_is_named(self, api, query):
        status, body = await api.call("GET", f"transcoding_jobs/?{query}")
        assert (status, list(body)) == (400, [query.partition("=")[0]])


class TestPages:
    @pytest.fixture
    def options(self):
        return {"fetch": False, "page_size": 2}

    @pytest.fixture
    async def jobs(self, api):
        return [(await create(api))["id"] for _ in range(5)][::-1]

    async def test_they_are_numbered(self, api, jobs):
        base = api.url("transcoding_jobs/")
        first = await api.get("transcoding_jobs/")
        second = await api.get("transcoding_jobs/?page=2")
        third = await api.get("transcoding_jobs/?page=3")
        assert (first["next"], first["previous"]) == (f"{base}?page=2", None)
        assert (second["next"], second["previous"]) == (f"{base}?page=3", base)
        assert (third["next"], third["previous"]) == (None, f"{base}?page=2")
        assert [row["id"] for page in (first, second, third) for row in page["results"]] == jobs
        assert {page["count"] for page in (first, second, third)} == {5}
        assert await api.get("transcoding_jobs/?page=last") == third

    @pytest.mark.usefixtures("jobs")
    async def test_links_keep_every_filter(self, api):
        page = await api.get("transcoding_jobs/?status=queued&status=error&page=2&ordering=created")
        base = api.url("transcoding_jobs/")
        assert page["next"] == f"{base}?ordering=created&page=3&status=error&status=queued"
        assert page["previous"] == f"{base}?ordering=created&status=error&status=queued"

    @pytest.mark.usefixtures("jobs")
    @pytest.mark.parametrize("number", ["0", "4", "-1", "x", "", "1.0", "٣"])
    async def test_a_page_that_there_is_not(self, api, number):
        answer = await api.call("GET", "transcoding_jobs/", params={"page": number})
        assert answer == (404, {"detail": "Invalid page."})

    async def test_without_rows_there_is_one_page(self, api):
        empty = {"count": 0, "next": None, "previous": None, "results": []}
        assert await api.get("transcoding_jobs/?page=1") == empty
        assert (await api.call("GET", "transcoding_jobs/?page=2"))[0] == 404
