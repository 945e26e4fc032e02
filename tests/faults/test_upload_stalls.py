"""Uploads that stand still are given up, and those that only take long are not."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from faults.acts import failure, now, success
from faults.conftest import Tell
from support.scripted import ScriptedServer, answer
from support.uploads import CLIP, LARGE, announced, arrived, left_behind, pieces, raw_storage, sent, until

from tpstreams_async import Retry, TPStreams, UploadFailedError
from tpstreams_async._form import _unconfirmed
from tpstreams_async.simulator import Fault, Simulator
from tpstreams_async.simulator.routes import STORAGE

pytestmark = pytest.mark.row(68)

MEBIBYTE = 2**20
STALL = 60.0
#: How much later than that it may be noticed.
LOOK = STALL / 8 + 0.1
SAYS = "nothing has left, and no answer came, for 60 s (stall_timeout)"


@pytest.mark.looptime
@pytest.mark.parametrize("attempts", [1, 3])
@pytest.mark.parametrize("what", ["stops reading", "does not begin to read", "never answers"])
async def test_storage_that_falls_silent_is_given_up(
    what: str, attempts: int, sim: Simulator, make_client: Any, told: Tell
) -> None:
    silent = {
        "stops reading": Fault.stall().once_read(MEBIBYTE),
        "does not begin to read": Fault.stall(when="head"),
        "never answers": Fault.stall(when="after"),
    }[what]
    sim.faults.add("POST", STORAGE, silent, times=None)
    client = make_client(sim, retry=Retry(attempts=attempts, backoff_base=0))
    error = await failure(
        UploadFailedError, SAYS, client.assets.upload(LARGE, **CLIP), within=attempts * (STALL + LOOK)
    )
    assert attempts * STALL <= now()
    assert (error.attempts, sent(sim)) == (attempts, attempts)
    assert error.maybe_arrived is (what == "never answers")
    assert isinstance(error.__cause__, TimeoutError)
    told(f"an upload, storage {what}", f"after {now():.0f} s: {error}".replace(left_behind(sim), "…"))


@pytest.mark.looptime
async def test_an_answer_that_does_not_come_to_its_end_is_given_up(scripted: Any, make_client: Any, told: Tell) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n\r\n<Error>")
        await reader.read(-1)

    async with raw_storage(half) as link:
        api: ScriptedServer = await scripted(answer(announced(link), 201))
        call = make_client(api, retry=Retry(attempts=1)).assets.upload(LARGE[:100], **CLIP)
        error = await failure(UploadFailedError, SAYS, call, within=STALL + LOOK)
    told("an upload, half a refusal", f"after {now():.0f} s: {error}")


@pytest.mark.looptime
async def test_a_stall_is_followed_by_another_attempt(sim: Simulator, client: TPStreams, told: Tell) -> None:
    sim.faults.add("POST", STORAGE, Fault.stall().once_read(MEBIBYTE), Fault.stall(when="after"))
    asset = await success(client.assets.upload(LARGE, **CLIP, stall_timeout=10), within=30)
    assert arrived(sim, asset.id, LARGE, times=2)
    told("an upload, two silences", f"3 forms; success after {now():.0f} s")


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not tell what it still holds")


@on_linux
@pytest.mark.looptime
async def test_a_slow_line_is_not_taken_for_one_that_stands_still(
    sim: Simulator, client: TPStreams, told: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is handed over to the system at once, which takes ten minutes to send it."""

    def held_by_the_system(_: int, __: int, ___: bytes) -> bytes:
        return max(0, len(LARGE) - int(now()) * len(LARGE) // 600).to_bytes(4, sys.byteorder)

    sim.faults.add("POST", STORAGE, Fault.stall(650, when="after"))
    monkeypatch.setattr("fcntl.ioctl", held_by_the_system)
    asset = await success(client.assets.upload(LARGE, **CLIP), within=660)
    assert arrived(sim, asset.id, LARGE)
    assert (sent(sim), now() >= 650) == (1, True)
    told(f"an upload of {len(LARGE):,} bytes that takes ten minutes", f"success after {now():.0f} s")


@on_linux
async def test_the_system_tells_what_it_still_holds(told: Tell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as sending:
        sending.connect(listening.getsockname())
        receiving, _ = listening.accept()
        with receiving:
            assert _unconfirmed(sending) == 0
            sending.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    sending.send(bytes(2**20))
            full = _unconfirmed(sending)
            assert full > 0
            receiving.setblocking(False)

            def drained() -> bool:
                with suppress(BlockingIOError):
                    receiving.recv(2**20)
                return _unconfirmed(sending) == 0

            await until(drained)
    assert (_unconfirmed(sending), _unconfirmed(None)) == (0, 0)
    told("a connection that nobody reads from", f"the system holds {full:,} bytes")


@pytest.mark.looptime
@pytest.mark.parametrize("when", ["at first", "midway"])
async def test_pieces_that_do_not_come_are_given_up(when: str, sim: Simulator, client: TPStreams, told: Tell) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        if when == "midway":
            yield LARGE[:MEBIBYTE]
        await asyncio.Event().wait()

    call = client.assets.upload(stuck(), **CLIP, size=len(LARGE), stall_timeout=20)
    error = await failure(UploadFailedError, "the file gave nothing for 20 s (stall_timeout)", call, within=23)
    assert (error.attempts, error.maybe_arrived) == (1, False)
    told(f"an upload, its pieces do not come, {when}", f"after {now():.0f} s: {error}".replace(left_behind(sim), "…"))


@pytest.mark.looptime
async def test_pieces_that_come_slowly_are_waited_for(sim: Simulator, client: TPStreams, told: Tell) -> None:
    async def slow() -> AsyncIterator[bytes]:
        async for piece in pieces(LARGE[:MEBIBYTE], 100_000):
            await asyncio.sleep(50)
            yield piece

    asset = await success(client.assets.upload(slow(), **CLIP, size=MEBIBYTE), within=600)
    assert arrived(sim, asset.id, LARGE[:MEBIBYTE])
    told("an upload, a piece in 50 s", f"success after {now():.0f} s")


@pytest.mark.looptime
async def test_progress_that_does_not_return_is_given_up(sim: Simulator, make_client: Any, told: Tell) -> None:
    async def stuck(_: int, __: int) -> None:
        await asyncio.Event().wait()

    client = make_client(sim, retry=Retry(attempts=1))
    call = client.assets.upload(LARGE, **CLIP, progress=stuck, stall_timeout=20)
    error = await failure(UploadFailedError, "progress did not return for 20 s (stall_timeout)", call, within=23)
    told("an upload whose progress does not return", f"after {now():.0f} s: {error}".replace(left_behind(sim), "…"))


@pytest.mark.looptime
async def test_a_limit_for_the_whole_can_be_set(sim: Simulator, client: TPStreams, told: Tell) -> None:
    sim.faults.add("POST", STORAGE, Fault.stall().once_read(MEBIBYTE))
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(30):
            await client.assets.upload(LARGE, **CLIP)
    assert now() == pytest.approx(30, abs=0.1)
    assert isinstance(caught.value.__cause__, asyncio.CancelledError)
    assert f"asset {left_behind(sim)} was left behind" in caught.value.__cause__.__notes__[0]
    told("an upload within asyncio.timeout(30), storage falls silent", "TimeoutError after 30 s")
