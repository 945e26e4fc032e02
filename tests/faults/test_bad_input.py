"""Ids that lead elsewhere and times that make no part of a video are refused before a byte is sent."""

import inspect
import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from faults.conftest import Tell
from support.payloads import TRIM_START
from support.scripted import answer

from tpstreams_async import InvalidInputError, TPStreams, TrimStart
from tpstreams_async.simulator import Simulator

pytestmark = pytest.mark.looptime

URL = "https://origin.example/clip.mp4"

IDS: dict[str, Any] = {
    "nothing in it": "",
    "one level up": "..",
    "another call": "../assets/videos",
    "another host": "//elsewhere.example",
    "another scheme": "https://elsewhere.example/",
    "a slash": "a/b",
    "a backslash": "..\\a",
    "a query": "a?limit=1",
    "a fragment": "a#b",
    "an escaped level up": "%2e%2e",
    "an escaped slash": "a%2Fb",
    "an escaped NUL": "a%00",
    "a matrix parameter": "a;b",
    "a user": "a@b",
    "a port": "a:80",
    "a space": "a b",
    "a line break and a header": "a\r\nX-Injected: 1",
    "a line break at its end": "a\n",
    "a letter of another alphabet": "\u0430sset1",
    "digits of another script": "asset\u0661",
    "a lone surrogate": "\ud800",
    "65 characters": "a" * 65,
    "a number": 7,
    "bytes": b"asset1",
}
CALLS: dict[str, tuple[str, Callable[[TPStreams, Any], Any]]] = {
    "get": ("asset_id", lambda client, bad: client.assets.get(bad)),
    "delete": ("asset_id", lambda client, bad: client.assets.delete(bad)),
    "move": ("asset_id", lambda client, bad: client.assets.move(bad)),
    "move into": ("parent", lambda client, bad: client.assets.move("asset1", parent=bad)),
    "generate_subtitle": ("asset_id", lambda client, bad: client.assets.generate_subtitle(bad)),
    "upload_subtitle": ("asset_id", lambda client, bad: client.assets.upload_subtitle(bad, b"WEBVTT")),
    "upload_thumbnail": ("asset_id", lambda client, bad: client.assets.upload_thumbnail(bad, b"\xff\xd8\xff")),
    "trim": ("asset_id", lambda client, bad: client.assets.trim(bad, end_time=1)),
    "trim_status": ("asset_id", lambda client, bad: client.assets.trim_status(bad)),
    "revert_trim": ("asset_id", lambda client, bad: client.assets.revert_trim(bad)),
    "create in": ("folder", lambda client, bad: client.assets.create(inputs=[URL], resolutions="240p", folder=bad)),
    "find in": ("folder", lambda client, bad: client.assets.find(folder=bad)),
    "list in": ("parent", lambda client, bad: client.assets.list(parent=bad).first()),
    "jobs.asset": ("asset", lambda client, bad: client.jobs.asset(bad)),
    "jobs.subtitle": ("asset", lambda client, bad: client.jobs.subtitle(bad)),
    "jobs.until": ("asset", lambda client, bad: client.jobs.until(bad, bool)),
    "jobs.trim": ("trim", lambda client, bad: client.jobs.trim(bad)),
    "jobs.trim by what was asked for": (
        "trim.asset_id",
        lambda client, bad: client.jobs.trim(TrimStart(asset_id=bad, trim_job_id=7)),
    ),
    "jobs.resume": ("ref", lambda client, bad: client.jobs.resume(f"asset:{bad}" if isinstance(bad, str) else bad)),
    "the organization": ("organization_id", lambda _, bad: TPStreams(bad or "..", "token")),
}


async def made(what: Any) -> None:
    """Await what a call gave, if that is what it takes to make it."""
    if inspect.isawaitable(what):
        await what


@pytest.mark.row(74)
@pytest.mark.parametrize("call", CALLS)
async def test_an_id_that_leads_elsewhere_is_refused(call: str, sim: Simulator, client: Any, told: Tell) -> None:
    argument, make = CALLS[call]
    for bad in IDS.values():
        with pytest.raises(InvalidInputError) as caught:
            await made(make(client, bad))
        assert caught.value.argument == argument
        assert len(str(caught.value)) < 300
    assert sim.journal.count() == 0
    told(f"{call}, {len(IDS)} such ids", f"0 requests; each time InvalidInputError of {argument}")


@pytest.mark.row(74)
@pytest.mark.parametrize("what", IDS)
async def test_it_is_said_what_an_id_is_made_of(what: str, sim: Simulator, client: Any, told: Tell) -> None:
    with pytest.raises(InvalidInputError, match=r"must be an id of 1 to 64 of A-Z a-z 0-9 _ -, not ") as caught:
        await client.assets.get(IDS[what])
    assert sim.journal.count() == 0
    str(caught.value).encode()
    told(f"get, an id with {what}", caught.value)


TIMES: dict[str, tuple[dict[str, Any], str]] = {
    "start nan": ({"start_time": math.nan}, "start_time"),
    "end nan": ({"end_time": math.nan}, "end_time"),
    "start infinite": ({"start_time": math.inf}, "start_time"),
    "end infinite": ({"start_time": 1, "end_time": math.inf}, "end_time"),
    "end minus infinite": ({"end_time": -math.inf}, "end_time"),
    "start negative": ({"start_time": -0.001, "end_time": 5}, "start_time"),
    "end negative": ({"end_time": -1}, "end_time"),
    "reversed": ({"start_time": 5, "end_time": 4.999}, "end_time"),
    "nothing between them": ({"start_time": 5, "end_time": 5}, "end_time"),
    "an end at the beginning": ({"end_time": 0}, "end_time"),
    "a start of 400 digits": ({"start_time": 10**400}, "start_time"),
    "an end beyond all videos": ({"end_time": 1e300}, "end_time"),
    "a start as text": ({"start_time": "1"}, "start_time"),
    "an end as text": ({"end_time": "00:00:30"}, "end_time"),
    "a start that is True": ({"start_time": True}, "start_time"),
    "a start that is a Decimal": ({"start_time": Decimal(1)}, "start_time"),
    "none": ({}, "start_time"),
}


@pytest.mark.row(75)
@pytest.mark.parametrize("what", TIMES)
async def test_times_that_make_no_part_of_a_video_are_refused(
    what: str, sim: Simulator, client: Any, told: Tell
) -> None:
    times, argument = TIMES[what]
    with pytest.raises(InvalidInputError) as caught:
        await client.assets.trim(sim.add_asset(), **times)
    assert caught.value.argument == argument
    assert sim.journal.count() == 0
    told(f"a trim, times: {what}", f"0 requests; InvalidInputError: {caught.value}")


@pytest.mark.row(75)
@pytest.mark.parametrize(
    "given",
    [
        {"start_time": 0},
        {"start_time": 1e-9},
        {"end_time": 0.001},
        {"start_time": 3, "end_time": 3.0001},
        {"start_time": -0.0, "end_time": 10**9},
    ],
)
async def test_times_that_make_a_part_are_sent_as_they_are(
    given: dict[str, float], scripted: Any, make_client: Any, told: Tell
) -> None:
    server = await scripted(answer(TRIM_START))
    await make_client(server).assets.trim("asset1", **given)
    (request,) = server.requests
    assert json.loads(request.body) == given
    told(f"a trim, {' and '.join(f'{name} {value:g}' for name, value in given.items())}", "sent as it is")
