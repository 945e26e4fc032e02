"""Storage that says no, fails, or breaks off: the file is sent again where that helps, and else the asset is named."""

import asyncio
from typing import Any

import attrs
import pytest
from faults.acts import failure, now, success
from faults.conftest import Tell
from support.scripted import ScriptedServer, answer
from support.uploads import CLIP, LARGE, Again, announced, arrived, left_behind, pieces, raw_storage, sent

from tpstreams_async import (
    APIError,
    ConnectError,
    Retry,
    TPStreams,
    UploadFailedError,
)
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


REFUSALS = {
    "403 that denies": Fault.storage_error(403, "AccessDenied", "Access Denied"),
    "403 of a signature": Fault.storage_error(403, "SignatureDoesNotMatch", "The signature is wrong."),
    "400 of a size": Fault.storage_error(400, "EntityTooLarge", "Too large."),
    "404": Fault.storage_error(404, "NoSuchBucket", "The specified bucket does not exist"),
    "405": Fault.storage_error(405, "MethodNotAllowed", "Not allowed."),
    "411": Fault.storage_error(411, "MissingContentLength", "Send a length."),
    "412": Fault.storage_error(412, "PreconditionFailed", "No."),
    "413 of a proxy": Fault.html(413),
    "401 of a proxy": Fault.status(401),
}


@pytest.mark.row(64)
@pytest.mark.parametrize("what", REFUSALS)
@pytest.mark.parametrize("moment", ["head", "inside", "before", "after"])
async def test_a_refusal_is_final(moment: Any, what: str, sim: Simulator, client: TPStreams, told: Tell) -> None:
    fault = REFUSALS[what]
    struck = fault.once_read(MEBIBYTE) if moment == "inside" else attrs.evolve(fault, when=moment)
    sim.faults.add("POST", STORAGE, struck, times=None)
    error = await failure(UploadFailedError, "storage answered 4", client.assets.upload(LARGE, **CLIP), within=1)
    assert (error.attempts, sent(sim), error.maybe_arrived) == (1, 1, False)
    assert isinstance(error.__cause__, APIError)
    assert str(error.__cause__.status) in what
    if fault.answer is not None and b"<Code>" in fault.answer.body:
        code = fault.answer.body.partition(b"<Code>")[2].partition(b"<")[0].decode()
        assert f"({code}: " in str(error)
    told(f"an upload, {what}, {moment}", behind(error, sim))


BROKEN = {
    "500": Fault.storage_error(500, "InternalError", "We failed."),
    "502 of a proxy": Fault.html(502),
    "503": Fault.storage_error(503, "SlowDown", "Reduce your request rate."),
    "504": Fault.status(504),
    "408": Fault.storage_error(408, "RequestTimeout", "Too slow."),
    "400 of a slow line": Fault.storage_error(400, "RequestTimeout", "Nothing was read for a while."),
    "409": Fault.storage_error(409, "OperationAborted", "Another operation is going on."),
    "429": Fault.status(429),
    "425": Fault.status(425),
    "reset": Fault.reset(),
    "close": Fault.close(),
    "garbage": Fault.garbage(),
    "half an answer": Fault.raw(b"HTTP/1.1 204 No"),
    "silence": Fault.stall(),
}


@pytest.mark.row(65)
@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("moment", ["head", "at once", "inside", "before", "after"])
@pytest.mark.parametrize("form", ["bytes", "async iterable"])
async def test_the_file_is_sent_again_from_its_beginning(
    form: str, moment: Any, what: str, sim: Simulator, client: TPStreams, told: Tell
) -> None:
    fault, inside = BROKEN[what], {"at once": 0, "inside": 5 * MEBIBYTE}
    struck = fault.once_read(inside[moment]) if moment in inside else attrs.evolve(fault, when=moment)
    sim.faults.add("POST", STORAGE, struck)
    given, size = (LARGE, None) if form == "bytes" else (Again(LARGE), len(LARGE))
    asset = await success(client.assets.upload(given, **CLIP, size=size), within=70)
    assert arrived(sim, asset.id, LARGE, times=2 if moment == "after" else 1)
    assert (left_behind(sim), sent(sim)) == (asset.id, 2)
    assert isinstance(given, bytes) or (given.open == 0 and given.begun == 2)
    told(f"an upload of {form}, {what}, {moment}", f"2 forms, 1 video; success after {now():.1f} s")


@pytest.mark.row(65)
@pytest.mark.parametrize("attempts", [1, 2, 5])
@pytest.mark.parametrize(
    "case",
    [("503", "inside", False), ("503", "before", True), ("reset", "inside", False), ("reset", "after", True)],
)
async def test_it_is_sent_no_more_often_than_the_policy_says(
    case: tuple[str, Any, bool], attempts: int, sim: Simulator, make_client: Any, told: Tell
) -> None:
    what, moment, maybe = case
    fault = BROKEN[what]
    struck = fault.once_read(MEBIBYTE) if moment == "inside" else attrs.evolve(fault, when=moment)
    sim.faults.add("POST", STORAGE, struck, times=None)
    client = make_client(sim, retry=Retry(attempts=attempts, backoff_base=1, backoff_max=4))
    error = await failure(UploadFailedError, "assets.upload: ", client.assets.upload(LARGE, **CLIP))
    assert (error.attempts, sent(sim), error.maybe_arrived) == (attempts, attempts, maybe)
    assert now() == pytest.approx(sum([1, 2, 4, 4][: attempts - 1]), abs=0.1)
    assert error.__cause__ is not None
    told(f"an upload, {what} each time, {moment}, attempts={attempts}", behind(error, sim))


@pytest.mark.row(65)
async def test_all_uploads_share_the_budget_of_the_client(sim: Simulator, make_client: Any, told: Tell) -> None:
    sim.faults.add("POST", STORAGE, Fault.reset(), times=None)
    client = make_client(sim, retry=Retry(budget=5, budget_per_second=0))
    view = client.with_options(retry=Retry(attempts=9))
    calls = [made.assets.upload(SMALL, **CLIP) for made in (client, view) * 5]
    ended = await success(asyncio.gather(*calls, return_exceptions=True))
    assert {type(error) for error in ended} == {UploadFailedError}
    assert sent(sim) == 10 + 5
    told("ten uploads, a reset each time, a budget of 5", "15 forms; 10 times UploadFailedError")


@pytest.mark.row(65)
async def test_a_view_has_its_own_attempts(sim: Simulator, client: TPStreams, told: Tell) -> None:
    sim.faults.add("POST", STORAGE, Fault.status(503), times=None)
    view = client.with_options(retry=Retry(attempts=2))
    error = await failure(UploadFailedError, "storage answered 503", view.assets.upload(SMALL, **CLIP))
    assert (error.attempts, sent(sim)) == (2, 2)
    told("an upload of a view with attempts=2, 503 each time", behind(error, sim))


@pytest.mark.row(65)
async def test_what_may_have_arrived_once_may_be_there_whatever_comes_later(
    sim: Simulator, client: TPStreams, told: Tell
) -> None:
    lost, refused = Fault.reset(when="after"), Fault.storage_error(403, "AccessDenied", when="head")
    sim.faults.add("POST", STORAGE, lost, refused)
    error = await failure(UploadFailedError, "storage answered 403", client.assets.upload(SMALL, **CLIP))
    assert error.maybe_arrived
    assert arrived(sim, error.asset.id, SMALL)
    told("an upload whose first answer is lost, and that is refused then", behind(error, sim))


@pytest.mark.row(65)
@pytest.mark.parametrize("asked", [7, 30])
async def test_storage_is_given_the_time_that_it_asks_for(asked: int, sim: Simulator, client: Any, told: Tell) -> None:
    sim.faults.add("POST", STORAGE, Fault.status(503, headers={"Retry-After": str(asked)}))
    asset = await success(client.assets.upload(SMALL, **CLIP))
    assert now() == pytest.approx(asked, abs=0.1)
    assert arrived(sim, asset.id, SMALL)
    told(f"an upload, 503 that asks for {asked} s", f"2 forms; success after {now():.0f} s")


@pytest.mark.row(65)
@pytest.mark.parametrize("status", [429, 503])
async def test_storage_that_asks_for_too_long_ends_the_upload(
    status: int, sim: Simulator, client: Any, told: Tell
) -> None:
    sim.faults.add("POST", STORAGE, Fault.status(status, headers={"Retry-After": "31"}))
    error = await failure(UploadFailedError, f"{status}", client.assets.upload(SMALL, **CLIP), within=1)
    assert (error.attempts, sent(sim)) == (1, 1)
    told(f"an upload, {status} that asks for 31 s", behind(error, sim))


@pytest.mark.row(65)
async def test_a_429_of_storage_does_not_slow_the_api(sim: Simulator, client: Any, told: Tell) -> None:
    sim.faults.add("POST", STORAGE, Fault.status(429, headers={"Retry-After": "20"}))
    upload = asyncio.create_task(client.assets.upload(SMALL, **CLIP))
    await asyncio.sleep(1)
    await client.assets.list().collect()
    assert now() == pytest.approx(1, abs=0.1)
    await upload
    told("a read while storage asks for 20 s", "success at once")


@pytest.mark.row(65)
@pytest.mark.parametrize("moment", ["at once", "inside", "after"])
async def test_an_iterator_is_not_sent_again_once_it_was_read(
    moment: Any, sim: Simulator, client: Any, told: Tell
) -> None:
    fault = Fault.reset(when="after") if moment == "after" else Fault.reset().once_read(MEBIBYTE * (moment == "inside"))
    sim.faults.add("POST", STORAGE, fault)
    given = pieces(LARGE)
    error = await failure(
        UploadFailedError, "assets.upload: ", client.assets.upload(given, **CLIP, size=len(LARGE)), within=1
    )
    assert (error.attempts, sent(sim), error.maybe_arrived) == (1, 1, moment == "after")
    await given.aclose()
    told(f"an upload of an iterator, reset {moment}", behind(error, sim))


@pytest.mark.row(1)
async def test_storage_that_is_not_there_leaves_an_iterator_unread(scripted: Any, make_client: Any, told: Tell) -> None:
    storage: ScriptedServer = await scripted()
    api: ScriptedServer = await scripted(answer(announced(f"{storage.url}/bucket"), 201))
    await storage.__aexit__(None, None, None)
    given = pieces(SMALL)
    call = make_client(api).assets.upload(given, **CLIP, size=len(SMALL))
    error = await failure(UploadFailedError, "no connection to", call)
    assert (error.attempts, error.sent, error.maybe_arrived) == (4, 0, False)
    assert isinstance(error.__cause__, ConnectError)
    assert await anext(given) == SMALL
    await given.aclose()
    told(
        "an upload, storage refuses the connection", f"4 attempts; UploadFailedError: {error}".replace(storage.url, "…")
    )


@pytest.mark.row(66)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("moment", ["head", "before"])
async def test_storage_that_points_elsewhere_is_not_followed(
    moment: Any, status: int, sim: Simulator, client: Any, scripted: Any, told: Tell
) -> None:
    elsewhere: ScriptedServer = await scripted(answer(b"", 204))
    fault = Fault.status(status, headers={"Location": f"{elsewhere.url}/other"}, when=moment)
    sim.faults.add("POST", STORAGE, fault, times=None)
    says = f"storage points elsewhere ({status}), which is not followed"
    error = await failure(UploadFailedError, says, client.assets.upload(LARGE, **CLIP), within=1)
    assert (error.attempts, sent(sim), elsewhere.requests) == (1, 1, [])
    told(f"an upload, {status}, {moment}", behind(error, sim))


@pytest.mark.row(64)
async def test_a_yes_that_comes_too_early_is_none(scripted: Any, make_client: Any, told: Tell) -> None:
    async def early(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with raw_storage(early) as link:
        api: ScriptedServer = await scripted(answer(announced(link), 201))
        call = make_client(api, retry=Retry(attempts=2)).assets.upload(LARGE, **CLIP)
        error = await failure(UploadFailedError, "storage said yes before the whole file was there", call)
        assert (error.attempts, error.maybe_arrived) == (2, False)
        told("an upload, 200 before its file was sent", error)
