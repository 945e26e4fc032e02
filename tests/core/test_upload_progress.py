"""What is told while a file is uploaded, how long it may take, and how many go at once."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.uploads import CLIP, FORMS, LARGE, arrived, held, sent

from tpstreams_async import InvalidInputError, RequestTimeoutError, Retry, Timeouts
from tpstreams_async.simulator import Fault, Simulator
from tpstreams_async.simulator.routes import STORAGE

MP4 = (Path(__file__).parents[2] / "examples" / "clip.mp4").read_bytes()


@pytest.mark.parametrize("kind", ["function", "coroutine function"])
@pytest.mark.parametrize("form", FORMS)
async def test_progress_is_told(form: str, kind: str, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    told: list[tuple[int, int]] = []

    async def slowly(done: int, total: int) -> None:
        await asyncio.sleep(0)
        told.append((done, total))

    progress = slowly if kind.startswith("coroutine") else lambda done, total: told.append((done, total))
    size = len(LARGE) if "async" in form else None
    given = FORMS[form](path)
    await client.assets.upload(given, **CLIP, size=size, progress=progress)
    if hasattr(given, "close"):
        given.close()
    done = [sent for sent, _ in told]
    assert done == sorted(set(done))
    assert len(done) > 5
    assert (done[-1], {total for _, total in told}) == (len(LARGE), {len(LARGE)})


async def test_progress_never_goes_back_over_attempts(sim: Simulator, make_client: Any) -> None:
    sim.faults.add("POST", STORAGE, Fault.reset().once_read(9_000_000), Fault.reset().once_read(1_000_000))
    told: list[int] = []
    client = make_client(sim, retry=Retry(backoff_base=0))
    asset = await client.assets.upload(LARGE, **CLIP, progress=lambda done, _: told.append(done))
    assert sent(sim) == 3
    assert arrived(sim, asset.id, LARGE)
    assert told == sorted(set(told))
    assert told[-1] == len(LARGE)


class MineError(Exception):
    pass


@pytest.mark.parametrize("kind", ["function", "coroutine function"])
@pytest.mark.parametrize("error", [MineError, TimeoutError, OSError, InvalidInputError, asyncio.CancelledError])
@pytest.mark.parametrize("form", FORMS)
async def test_what_progress_raises_ends_the_upload(
    form: str, error: type[BaseException], kind: str, sim: Simulator, client: Any, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    mine = InvalidInputError("mine", "is it") if error is InvalidInputError else error("mine")
    tasks = asyncio.all_tasks()

    def progress(done: int, _: int) -> None:
        if done > 3_000_000:
            raise mine

    async def later(done: int, total: int) -> None:
        await asyncio.sleep(0)
        progress(done, total)

    given = FORMS[form](path)
    with pytest.raises(error) as caught:
        await client.assets.upload(
            given,
            **CLIP,
            size=len(LARGE) if "async" in form else None,
            progress=later if kind.startswith("coroutine") else progress,
        )
    assert caught.value is mine
    (asset_id,) = sim.assets
    assert f"asset {asset_id} was left behind" in mine.__notes__[0]
    for _ in range(10):
        await asyncio.sleep(0)
    assert sent(sim) <= 1
    assert sim.uploads == {}
    if hasattr(given, "close"):
        given.close()
    assert held(path) == []
    assert not [task for task in asyncio.all_tasks() - tasks if "write_bytes" in repr(task)]


async def test_the_limits_of_a_view_apply(sim: Simulator, client: Any) -> None:
    sim.faults.add("POST", STORAGE, Fault.reset(when="after"))
    view = client.with_options(retry=Retry(backoff_base=0, attempts=2), timeouts=Timeouts(total=5, attempt=1))
    asset = await view.assets.upload(MP4, **CLIP)
    assert arrived(sim, asset.id, MP4, times=2)


@pytest.mark.looptime
async def test_a_file_may_take_longer_than_any_other_call(sim: Simulator, make_client: Any) -> None:
    sim.faults.add("POST", STORAGE, *[Fault.stall(50).once_read(1_000_000)])
    client = make_client(sim, timeouts=Timeouts(total=5, attempt=1))
    asset = await client.assets.upload(LARGE, **CLIP)
    assert arrived(sim, asset.id, LARGE)
    assert asyncio.get_running_loop().time() >= 50


async def test_many_files_at_once(sim: Simulator, make_client: Any, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(MP4)
    client = make_client(sim, max_connections=8)
    assets = await asyncio.gather(*(client.assets.upload(path, **CLIP) for _ in range(50)))
    assert all(arrived(sim, asset.id, MP4) for asset in assets)
    assert len({asset.id for asset in assets}) == 50
    assert held(path) == []


@pytest.mark.looptime
@pytest.mark.parametrize("room", [1, 2, 3, 4, 5])
async def test_uploads_leave_connections_for_other_calls_and_wait_with_nothing_created(
    room: int, sim: Simulator, make_client: Any
) -> None:
    """Who waits for its turn does not stand still, and its permission does not run out meanwhile."""
    sim.faults.add("POST", STORAGE, Fault.stall(600, when="after"), times=room)
    client = make_client(sim, max_connections=room)
    most = max(1, room // 2)
    uploads = [asyncio.create_task(client.assets.upload(MP4, **CLIP, stall_timeout=1_000)) for _ in range(room + 3)]
    await asyncio.sleep(1)
    assert len(sim.assets) == most
    if room > 1:
        assert (await client.assets.list().collect())[0].title == "Clip"
    assets = await asyncio.gather(*uploads)
    assert all(arrived(sim, asset.id, MP4) for asset in assets)


@pytest.mark.looptime
async def test_uploads_leave_one_of_the_connections_that_were_given(sim: Simulator, make_client: Any) -> None:
    sim.faults.add("POST", STORAGE, Fault.stall(600, when="after"))
    async with aiohttp.TCPConnector(limit=2) as connector:
        client = make_client(sim, connector=connector)
        uploads = [asyncio.create_task(client.assets.upload(MP4, **CLIP, stall_timeout=1_000)) for _ in range(2)]
        await asyncio.sleep(1)
        assert await client.assets.list().count() == 1
        await asyncio.gather(*uploads)
        await client.aclose()


@pytest.mark.looptime
async def test_with_one_connection_calls_wait_for_the_whole_upload(sim: Simulator, make_client: Any) -> None:
    sim.faults.add("POST", STORAGE, Fault.stall(600, when="after"))
    client = make_client(sim, max_connections=1)
    loop = asyncio.get_running_loop()
    upload = asyncio.create_task(client.assets.upload(MP4, **CLIP, stall_timeout=1_000))
    await asyncio.sleep(1)
    began = loop.time()
    with pytest.raises(RequestTimeoutError, match="it waited for its turn") as caught:
        await client.assets.list().count()
    assert (caught.value.held_back, loop.time() - began) == (True, pytest.approx(60, abs=0.1))
    assert await client.with_options(timeouts=Timeouts(total=1_000)).assets.list().count() == 1
    assert loop.time() >= 600
    assert arrived(sim, (await upload).id, MP4)
