"""Uploads whose disk hangs: they end all the same, and what hangs keeps its file until it is done.

In real time, as a thread knows of no other.
"""

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from faults.acts import failure
from faults.conftest import Tell
from jobs.job_support import turns
from support.uploads import CLIP, LARGE, held, left_behind, until

from tpstreams_async import ClientClosedError, InvalidInputError, Retry, TPStreams, TPStreamsError, UploadFailedError
from tpstreams_async.simulator import Simulator, SimulatorThread

pytestmark = pytest.mark.row(68)


async def test_a_file_whose_disk_hangs_is_given_up(
    sim: Simulator, make_client: Any, tmp_path: Path, told: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    read, released = os.pread, threading.Event()

    def hanging(number: int, most: int, at: int) -> bytes:
        if at:
            released.wait(10)
        return read(number, most, at)

    monkeypatch.setattr(os, "pread", hanging)
    client = make_client(sim, retry=Retry(attempts=2, backoff_base=0))
    says = "the file gave nothing for 0.5 s (stall_timeout)"
    error = await failure(UploadFailedError, says, client.assets.upload(path, **CLIP, stall_timeout=0.5))
    assert (error.attempts, left_behind(sim)) == (2, error.asset.id)
    released.set()
    assert held(path) == []
    told("an upload, the disk hangs", str(error).replace(error.asset.id, "…"))


class Hanging:
    """Makes the system hang where a file is looked at: the first time when it is opened, the second at the end."""

    def __init__(self, path: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self._path = str(path)
        self._left = at
        self._stat = os.stat
        self.entered = threading.Event()
        self.released = threading.Event()
        monkeypatch.setattr(os, "stat", self)

    def __call__(self, name: Any, *rest: Any, **more: Any) -> os.stat_result:
        if name == self._path:
            self._left -= 1
            if not self._left:
                self.entered.set()
                self.released.wait(10)
        return self._stat(name, *rest, **more)


LOOKS: dict[str, tuple[int, type[TPStreamsError], str]] = {
    "opened": (1, InvalidInputError, "file: could not be opened within 0.5 s (stall_timeout)"),
    "looked at again": (2, UploadFailedError, "whether the file changed meanwhile could not be seen for 0.5 s (stall_"),
}


@pytest.mark.parametrize("what", LOOKS)
async def test_a_disk_that_hangs_around_an_upload_holds_no_other_up(
    what: str, sim: Simulator, make_client: Any, tmp_path: Path, told: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    at, kind, says = LOOKS[what]
    hanging = Hanging(path, at, monkeypatch)
    client = make_client(sim, max_connections=1)
    async with asyncio.timeout(5):
        error = await failure(kind, says, client.assets.upload(str(path), **CLIP, stall_timeout=0.5))
        await client.assets.upload(b"another", **CLIP)
    assert len(sim.assets) == at
    assert getattr(error, "maybe_arrived", False) is (at == 2)
    assert held(path, patience=0) != [], "what hangs is not closed"
    hanging.released.set()
    assert held(path) == []
    told(f"an upload, the disk hangs while its file is {what}", str(error).replace(sorted(sim.assets)[0], "…"))


@pytest.mark.row(82)
@pytest.mark.parametrize("what", LOOKS)
async def test_a_disk_that_hangs_around_an_upload_does_not_outlast_the_client(
    what: str, sim: Simulator, client: TPStreams, tmp_path: Path, told: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    at = LOOKS[what][0]
    hanging = Hanging(path, at, monkeypatch)
    upload = asyncio.create_task(client.assets.upload(str(path), **CLIP))
    await until(hanging.entered.is_set)
    async with asyncio.timeout(5):
        await client.aclose()
        with pytest.raises(ClientClosedError) as caught:
            await upload
    notes = [f"assets.upload: asset {name} was left behind though it may have its file" for name in sim.assets]
    assert (getattr(caught.value, "__notes__", []), len(notes)) == (notes, at - 1)
    hanging.released.set()
    assert held(path) == []
    told(f"an upload whose client is closed while its file is {what}, and the disk hangs", caught.value)


def test_a_file_that_is_opened_when_its_loop_is_gone_is_closed(
    tmp_path: Path, told: Tell, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    hanging = Hanging(path, 1, monkeypatch)

    async def give_up(sim: Any) -> None:
        async with TPStreams(sim.organization_id, sim.token, base_url=sim.url) as client:
            await failure(
                InvalidInputError, "could not be opened", client.assets.upload(str(path), **CLIP, stall_timeout=0.1)
            )

    with SimulatorThread(fetch=False) as sim:
        asyncio.run(give_up(sim))
    hanging.released.set()
    assert held(path) == []
    assert caplog.records == []
    told("an upload, the disk hangs until its loop is gone", "the file is closed")


async def test_a_read_that_was_given_up_does_not_meet_another_file(
    sim: Simulator,
    make_client: Any,
    tmp_path: Path,
    told: Tell,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The second attempt's read stood in line behind it, and was taken back."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    read, released = os.pread, threading.Event()
    met: list[tuple[int, int]] = []

    def hanging(number: int, most: int, at: int) -> bytes:
        if at:
            released.wait(10)
            met.append((number, os.fstat(number).st_ino))
        return read(number, most, at)

    monkeypatch.setattr(os, "pread", hanging)
    caplog.set_level("INFO")
    client = make_client(sim, retry=Retry(attempts=3, backoff_base=0.5))
    upload = asyncio.create_task(client.assets.upload(path, **CLIP, stall_timeout=0.5))
    await until(lambda: "attempt 2 failed" in caplog.text)
    await turns(20)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    other = tmp_path / "other"
    other.touch()
    with other.open("rb") as opened:
        released.set()
        assert held(path) == []
        ((number, inode),) = met
        assert (number != opened.fileno(), inode) == (True, path.stat().st_ino)
    told("an upload that is given up while its file is read", "the file is closed after that")
