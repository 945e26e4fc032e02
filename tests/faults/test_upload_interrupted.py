"""Uploads that are cancelled, or whose client is closed: nothing of them is left, and the asset is named."""

import asyncio
import gc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from faults.conftest import Tell
from jobs.job_support import turns
from support.uploads import CLIP, FORMS, LARGE, arrived, held, left_behind, sent, until

from tpstreams_async import ClientClosedError, Retry, TPStreams
from tpstreams_async.simulator import Fault, Simulator, SimulatorThread
from tpstreams_async.simulator.routes import STORAGE

pytestmark = pytest.mark.row(70)

CONTENT = LARGE[:700_000]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "clip.mp4"
    made.write_bytes(CONTENT)
    return made


async def slowly(_: int, __: int) -> None:
    await asyncio.sleep(0)


def _own(tasks: set[asyncio.Task[Any]]) -> list[asyncio.Task[Any]]:
    """Return those that do not belong to the server."""
    return [task for task in tasks if "RequestHandler" not in repr(task)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("answered", ["well", "503"])
async def test_an_upload_is_cancelled_in_each_of_its_rounds(
    answered: str, form: str, path: Path, sim: Simulator, make_client: Any, told: Tell
) -> None:
    client = make_client(sim, retry=Retry(budget=1_000, backoff_base=0.01))
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    ends: Counter[str] = Counter()
    size = len(CONTENT) if "async" in form else None
    for rounds in range(200):
        tasks = asyncio.all_tasks()
        if answered == "503":
            sim.faults.clear()
            sim.faults.add("POST", STORAGE, Fault.status(503))
        given = FORMS[form](path)
        upload = asyncio.create_task(client.assets.upload(given, **CLIP, size=size, progress=slowly))
        await turns(rounds)
        upload.cancel()
        await asyncio.wait([upload], timeout=10)
        ends[type(upload.exception()).__name__ if not upload.cancelled() else "CancelledError"] += 1
        await until(lambda before=tasks: not _own(asyncio.all_tasks() - before))  # type: ignore[misc]
        if hasattr(given, "aclose"):
            await given.aclose()
        elif hasattr(given, "close"):
            given.close()
        if not upload.cancelled():
            break
    gc.collect()
    # What was being opened is let go of by the loop.
    await until(lambda: not held(path, patience=0))
    final = "UploadFailedError" if (form, answered) == ("an async iterator", "503") else "NoneType"
    assert set(ends) <= {"CancelledError", final}
    assert ends["CancelledError"] > 10
    assert complaints == []
    # Its place in line was given back each time.
    sim.faults.clear()
    for _ in range(60):
        await client.assets.upload(b"x", **CLIP)
    told(f"an upload of {form}, answered {answered}, cancelled at each of {ends.total()} moments", "nothing is left")


MOMENTS: dict[str, Fault | None] = {
    "its form is on the way": Fault.stall().once_read(100_000),
    "its answer is on the way": Fault.stall(when="after"),
    "it waits for the next attempt": Fault.status(503, headers={"Retry-After": "25"}),
}


@pytest.mark.looptime
@pytest.mark.row(82)
@pytest.mark.parametrize("moment", MOMENTS)
async def test_an_upload_ends_with_its_client(moment: str, sim: Simulator, client: TPStreams, told: Tell) -> None:
    fault = MOMENTS[moment]
    assert fault is not None
    sim.faults.add("POST", STORAGE, fault, times=None)
    upload = asyncio.create_task(client.assets.upload(LARGE, **CLIP))
    await asyncio.sleep(5)
    await client.aclose()
    with pytest.raises(ClientClosedError) as caught:
        await upload
    file = "without its file" if moment == "its form is on the way" else "though it may have its file"
    assert caught.value.__notes__ == [f"assets.upload: asset {left_behind(sim)} was left behind {file}"]
    assert sent(sim) == 1
    told(f"an upload whose client is closed while {moment}", str(caught.value).replace(left_behind(sim), "…"))


@pytest.mark.looptime
@pytest.mark.row(82)
async def test_those_in_line_end_with_their_client_too(sim: Simulator, make_client: Any, told: Tell) -> None:
    sim.faults.add("POST", STORAGE, Fault.stall(), times=None)
    client = make_client(sim, max_connections=4)
    uploads = [asyncio.create_task(client.assets.upload(CONTENT, **CLIP)) for _ in range(10)]
    await asyncio.sleep(5)
    await client.aclose()
    ended = await asyncio.gather(*uploads, return_exceptions=True)
    assert {type(error) for error in ended} == {ClientClosedError}
    assert len(sim.assets) == 2
    assert [bool(getattr(error, "__notes__", [])) for error in ended] == [True] * 2 + [False] * 8
    told("ten uploads, two at once, their client is closed", "2 assets; 10 times ClientClosedError")


@pytest.mark.looptime
@pytest.mark.row(83)
async def test_a_closed_client_opens_no_file(client: TPStreams, told: Tell) -> None:
    await client.aclose()
    with pytest.raises(ClientClosedError) as caught:
        await client.assets.upload("/there/is/none", **CLIP)
    told("an upload of a closed client", caught.value)


@pytest.mark.looptime
async def test_one_in_line_can_be_cancelled(sim: Simulator, make_client: Any, told: Tell) -> None:
    sim.faults.add("POST", STORAGE, Fault.stall(50, when="after"))
    client = make_client(sim, max_connections=1)
    uploads = [asyncio.create_task(client.assets.upload(CONTENT, **CLIP)) for _ in range(4)]
    await asyncio.sleep(5)
    uploads[1].cancel()
    uploads[2].cancel()
    first, *cancelled, last = await asyncio.gather(*uploads, return_exceptions=True)
    assert [type(error) for error in cancelled] == [asyncio.CancelledError] * 2
    assert arrived(sim, first.id, CONTENT)
    assert arrived(sim, last.id, CONTENT)
    assert len(sim.assets) == 2
    told("two of three uploads in line, cancelled", "the third one goes on")


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_an_interruption_comes_through(end: type[BaseException], path: Path, told: Tell) -> None:
    mine = end()

    def progress(done: int, _: int) -> None:
        if done > 100_000:
            raise mine

    async def upload(sim: Any) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with TPStreams(sim.organization_id, sim.token, base_url=sim.url) as client:
            await client.assets.upload(path, **CLIP, progress=progress)

    with SimulatorThread(fetch=False) as sim, pytest.raises(end) as caught:
        asyncio.run(upload(sim))
    assert caught.value is mine
    assert held(path) == []
    told(f"an upload, {end.__name__} midway", f"{end.__name__}; nothing is left")
