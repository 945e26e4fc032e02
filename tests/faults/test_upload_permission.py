"""The permission to upload: it runs out, has a limit, or leads nowhere."""

import time
from datetime import timedelta
from typing import Any

import pytest
from faults.acts import failure, success
from faults.conftest import Tell
from jobs.job_support import turns
from support.scripted import ScriptedServer, answer
from support.uploads import CLIP, LARGE, announced, arrived, left_behind, sent

from tpstreams_async import (
    APIError,
    InvalidInputError,
    OutcomeUnknownError,
    Retry,
    Timeouts,
    UploadFailedError,
)
from tpstreams_async._clock import Clock
from tpstreams_async.simulator import Fault, Simulator
from tpstreams_async.simulator.routes import STORAGE

pytestmark = pytest.mark.looptime
MEBIBYTE = 2**20
SMALL = LARGE[:1000]


def behind(error: UploadFailedError, sim: Simulator) -> str:
    """Check that an error names the only asset, and says what to do with it. Return what it says."""
    asset_id = left_behind(sim)
    assert error.asset.id == asset_id
    assert f"delete this one with client.assets.delete('{asset_id}')" in str(error)
    found = f"Asset {asset_id} may have got it" if error.maybe_arrived else f"Asset {asset_id} was left behind without"
    assert found in str(error)
    return f"{sent(sim)} forms; UploadFailedError: {error}".replace(asset_id, "…")


@pytest.mark.row(63)
@pytest.mark.parametrize("moment", ["at first", "midway"])
async def test_a_permission_that_runs_out_ends_the_upload(moment: str, sim: Simulator, client: Any, told: Tell) -> None:
    if moment == "midway":
        sim.faults.add("POST", STORAGE, Fault.reset().once_read(5 * MEBIBYTE))

    async def expire(_: int, __: int) -> None:
        await turns(10 * (moment == "midway"))
        if moment == "at first" or sim.journal[-1].received_bytes > MEBIBYTE:
            sim.expire_upload(left_behind(sim))

    upload = client.assets.upload(LARGE, **CLIP, progress=expire)
    error = await failure(UploadFailedError, "the time that the server gave for the upload is over (20", upload)
    assert (error.attempts, error.maybe_arrived) == (2 if moment == "midway" else 1, False)
    assert isinstance(error.__cause__, APIError)
    assert sim.uploads == {}
    told(f"an upload whose permission runs out {moment}", behind(error, sim))


@pytest.mark.row(57)
@pytest.mark.parametrize("hours", [-30, 30])
async def test_a_clock_that_is_hours_away_does_not_end_an_upload(
    hours: int, sim: Simulator, make_client: Any, told: Tell
) -> None:
    sim.faults.add("POST", STORAGE, Fault.reset().once_read(MEBIBYTE))
    away = timedelta(hours=hours).total_seconds()
    client = make_client(sim, _clock=Clock(wall=lambda: time.time() + away, uniform=lambda _, bound: bound))
    asset = await success(client.assets.upload(LARGE, **CLIP))
    assert arrived(sim, asset.id, LARGE)
    told(f"an upload with a reset, the client's clock {hours} h away", "2 forms; success")


@pytest.mark.row(67)
async def test_a_file_over_the_limit_leaves_one_asset_and_no_second(
    make_sim: Any, make_client: Any, told: Tell
) -> None:
    sim = await make_sim(max_upload_bytes=999)
    client = make_client(sim)
    says = "the file has 1,000 bytes, and the server takes 999 at the most"
    error = await failure(UploadFailedError, says, client.assets.upload(SMALL, **CLIP))
    assert (error.attempts, error.sent, sent(sim), sim.journal.count()) == (0, 0, 0, 1)
    assert "Let the server download it with client.assets.create" in str(error)
    told("an upload of 1,000 bytes, limit 999", behind(error, sim))
    says = "file: has 1,000 bytes, and the server takes 999 at the most. Let the server download it"
    refused = await failure(InvalidInputError, says, client.assets.upload(SMALL, **CLIP))
    assert (sim.journal.count(), len(sim.assets)) == (1, 1)
    asset = await client.assets.upload(SMALL[:999], **CLIP)
    assert arrived(sim, asset.id, SMALL[:999])
    told("the next upload of 1,000 bytes", refused)


@pytest.mark.row(67)
@pytest.mark.parametrize("first", ["the client", "a view"])
async def test_a_limit_is_known_to_the_client_and_all_its_views(
    first: str, make_sim: Any, make_client: Any, told: Tell
) -> None:
    sim = await make_sim(max_upload_bytes=999)
    client = make_client(sim)
    users = [client, client.with_options(timeouts=Timeouts(total=20)), client.with_options(retry=Retry(attempts=2))]
    users = users if first == "the client" else users[::-1]
    await failure(UploadFailedError, "the server takes 999", users[0].assets.upload(SMALL, **CLIP))
    for user in users:
        await failure(InvalidInputError, "the server takes 999", user.assets.upload(SMALL, **CLIP))
    assert (sim.journal.count(), len(sim.assets)) == (1, 1)
    told(f"uploads of 1,000 bytes, limit 999, by {first} and then by others", "1 asset is left behind, not 4")


PLACES = {
    "http": (
        "http://storage.example/b",
        "the place for the upload must have an https URL, not http://storage.example/b",
    ),
    "no URL": ("storage", "the place for the upload is no URL"),
    "no text": (7, "expected the place for the upload"),
    "nothing": (None, "expected the place for the upload"),
}


@pytest.mark.row(69)
@pytest.mark.parametrize("what", PLACES)
async def test_a_place_that_is_none_is_not_tried(what: str, scripted: Any, make_client: Any, told: Tell) -> None:
    link, says = PLACES[what]
    api: ScriptedServer = await scripted(answer(announced(link), 201))
    error = await failure(UploadFailedError, says, make_client(api).assets.upload(SMALL, **CLIP), within=0)
    assert (error.attempts, len(api.requests), error.asset.id) == (0, 1, "asset1")
    assert "If the service has changed, update this package" in str(error)
    told(f"an upload to {what}", error)


@pytest.mark.row(69)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("policy", ["a"]),
        ("policy", {"a": 1}),
        ("policy", True),
        ("file", "x"),
        ("File", "x"),
        ('a"b', "x"),
        ("a\r\nb", "x"),
        ("é", "x"),
    ],
)
async def test_a_field_that_cannot_stand_in_a_form_is_not_sent(
    name: str, value: Any, scripted: Any, make_client: Any, told: Tell
) -> None:
    api: ScriptedServer = await scripted(answer(announced("https://storage.example/", **{name: value}), 201))
    says = "expected text that can stand in a form"
    error = await failure(UploadFailedError, says, make_client(api).assets.upload(SMALL, **CLIP), within=0)
    assert len(api.requests) == 1
    told(f"an upload, the field {name!r} is {type(value).__name__}", error)


@pytest.mark.row(11, 12)
@pytest.mark.parametrize("reset", [False, True])
async def test_an_asset_that_may_be_there_gets_no_file(reset: bool, sim: Simulator, client: Any, told: Tell) -> None:
    lost = Fault.reset(when="after") if reset else Fault.close(when="after")
    sim.faults.add("POST", "assets/upload-sessions/", lost)
    says = "To find out: no byte of the file was sent. Upload it anew"
    error = await failure(OutcomeUnknownError, says, client.assets.upload(SMALL, **CLIP), within=0)
    assert (sent(sim), len(sim.assets)) == (0, 1)
    told("the announcement of an upload, answer lost", error)
