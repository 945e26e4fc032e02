"""Subtitle jobs: creating, listing, and their way to the end."""

import re

import pytest

from tpstreams_async.simulator import Simulator

KEYS = [
    "id",
    "url",
    "language",
    "status",
    "subtitle_url",
    "audio_duration",
    "error_code",
    "error_message",
    "client_metadata",
    "created",
]
URL = "https://origin.example/talk.mp3"


async def create(api, status=201, **fields):
    return await api.post("subtitle_jobs/", {"url": URL, **fields}, status=status)


async def show(api, job_id):
    return await api.get(f"subtitle_jobs/{job_id}/")


async def test_a_new_one_has_every_key(api):
    job = await create(api, client_metadata={"mine": 1})
    assert list(job) == KEYS
    assert (job["url"], job["language"], job["status"], job["client_metadata"]) == (URL, "en", "Queued", {"mine": 1})
    assert {job[name] for name in KEYS[4:8]} == {None}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", job["created"])
    assert await show(api, job["id"]) == job


async def test_the_way_to_the_end(api, clock):
    job = await create(api)
    seen = []
    for seconds in (0.75, 0.125, 3, 0.125):
        clock.advance(seconds)
        seen.append(await show(api, job["id"]))
        done = seen[-1]["status"] == "Completed"
        assert (seen[-1]["subtitle_url"] is not None) == (seen[-1]["audio_duration"] is not None) == done
    assert [row["status"] for row in seen] == ["Queued", "Processing", "Processing", "Completed"]
    assert seen[-1]["subtitle_url"].endswith(f"/{job['id']}.vtt")
    assert re.fullmatch(r"00:0[1-9]:[0-5]\d\.000000", seen[-1]["audio_duration"])
    clock.advance(1000)
    assert await show(api, job["id"]) == seen[-1]


async def test_how_long_it_takes_can_be_chosen(http, make_api, clock):
    async with Simulator(fetch=False, clock=clock, subtitle_job_seconds=100) as sim:
        api = make_api(sim, http)
        job_id = (await create(api))["id"]
        clock.advance(99)
        assert (await show(api, job_id))["status"] == "Processing"
        clock.advance(1)
        assert (await show(api, job_id))["status"] == "Completed"


async def test_a_status_can_be_set_and_given_back(api, clock):
    job_id = (await create(api))["id"]
    api.sim.set_subtitle_job_status(job_id, "Failed", "no_speech", "Nobody speaks.")
    clock.advance(100)
    job = await show(api, job_id)
    assert (job["status"], job["error_code"], job["error_message"]) == ("Failed", "no_speech", "Nobody speaks.")
    assert (job["subtitle_url"], job["audio_duration"]) == (None, None)
    api.sim.set_subtitle_job_status(job_id, None)
    job = await show(api, job_id)
    assert (job["status"], job["error_code"], job["error_message"]) == ("Completed", None, None)
    with pytest.raises(KeyError):
        api.sim.set_subtitle_job_status("nothere", "Failed")


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"url": None}, {"url": ["This field may not be null."]}),
        ({"url": "talk.mp3"}, {"url": ["Enter a valid URL."]}),
        ({"client_metadata": 3}, {"client_metadata": ["Value must be a JSON object."]}),
        ({"client_metadata": {"a": "é" * 5200}}, {"client_metadata": ["Metadata must not exceed 10 KB."]}),
    ],
)
async def test_a_wrong_field_is_named(api, fields, errors):
    assert await create(api, 400, **fields) == errors
    assert await api.post("subtitle_jobs/", {}, status=400) == {"url": ["This field is required."]}
    assert await api.get("subtitle_jobs/") == []


async def test_the_list_is_bare_and_a_page_when_one_is_asked_for(api):
    jobs = [await create(api) for _ in range(3)][::-1]
    assert await api.get("subtitle_jobs/") == jobs
    page = await api.get("subtitle_jobs/?limit=2")
    assert page == {
        "count": 3,
        "next": api.url("subtitle_jobs/?limit=2&offset=2"),
        "previous": None,
        "results": jobs[:2],
    }
    page = await api.get("subtitle_jobs/?page=1")
    assert page == {"count": 3, "next": None, "previous": None, "results": jobs}
    assert await api.call("GET", "subtitle_jobs/?page=2") == (404, {"detail": "Invalid page."})


async def test_the_list_can_always_be_a_page(http, make_api):
    async with Simulator(fetch=False, paginate_subtitle_jobs=True, page_size=2) as sim:
        api = make_api(sim, http)
        jobs = [await create(api) for _ in range(3)][::-1]
        page = await api.get("subtitle_jobs/")
        assert (page["count"], page["results"]) == (3, jobs[:2])
        async with api.session.get(page["next"], headers=api.headers) as response:
            assert (await response.json())["results"] == jobs[2:]


async def test_unknown_ones_and_methods(api):
    assert await api.call("GET", "subtitle_jobs/nothere/") == (404, {"detail": "Not found."})
    assert (await api.call("DELETE", "subtitle_jobs/nothere/"))[0] == 405
    assert (await api.call("PUT", "subtitle_jobs/"))[0] == 405
