"""Files that change, vanish or cannot be read while they are uploaded, or were none from the beginning."""

import asyncio
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.conftest import Tell
from support.uploads import CLIP, LARGE, arrived, held, left_behind, sent

from tpstreams_async import InvalidInputError, UploadFailedError
from tpstreams_async.simulator import Fault, Simulator
from tpstreams_async.simulator.routes import STORAGE

MIXTURE = "the file changed while it was uploaded, so what arrived may be a mixture"
SHORTER = "the file is not what it was said to be: it has become shorter: "


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that was last written to a while ago, so that the next change of it has another time."""
    made = tmp_path / "clip.mp4"
    made.write_bytes(LARGE)
    os.utime(made, (1_700_000_000, 1_700_000_000))
    return made


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(len(LARGE) // 2)
        file.write(b"other")


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def truncated(path: Path) -> None:
    os.truncate(path, 100)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(LARGE)
    os.utime(other, (1_700_000_000, 1_700_000_000))
    os.replace(other, path)


def vanished(path: Path) -> None:
    path.unlink()


def a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHANGES = (overwritten, grown, truncated, emptied, replaced, vanished, a_directory)
#: What does no harm to a file that is open.
ELSEWHERE = (replaced, vanished, a_directory)


class Changing:
    """Changes a file once, at some point of its upload."""

    def __init__(self, change: Callable[[Path], None], path: Path, *, after: int = 0) -> None:
        self.change = change
        self.path = path
        self.after = after
        self.done = False

    def __call__(self, sent: int, _: int) -> None:
        if not self.done and sent > self.after:
            self.done = True
            self.change(self.path)


@pytest.mark.row(60, 61)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_file_that_changes_on_its_way_is_an_error(
    change: Callable[[Path], None], path: Path, sim: Simulator, client: Any, told: Tell
) -> None:
    shrinks = change in (truncated, emptied)
    with pytest.raises(UploadFailedError, match=SHORTER if shrinks else MIXTURE) as caught:
        await client.assets.upload(path, **CLIP, progress=Changing(change, path))
    error = caught.value
    asset_id = left_behind(sim)
    assert (error.asset.id, error.attempts, error.maybe_arrived) == (asset_id, 1, not shrinks)
    assert (asset_id in sim.uploads) is not shrinks
    assert held(path) == []
    told(f"an upload of a file that is {change.__name__} meanwhile", str(error).replace(asset_id, "…"))


@pytest.mark.row(60)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_file_that_was_given_opened_is_looked_at_through_itself(
    change: Callable[[Path], None], path: Path, sim: Simulator, client: Any, told: Tell
) -> None:
    with path.open("rb") as file:
        upload = client.assets.upload(file, **CLIP, progress=Changing(change, path))
        if change in ELSEWHERE:
            assert arrived(sim, (await upload).id, LARGE)
            ended = "success"
        else:
            with pytest.raises(
                UploadFailedError, match=SHORTER if change in (truncated, emptied) else MIXTURE
            ) as caught:
                await upload
            ended = str(caught.value).replace(left_behind(sim), "…")
    assert held(path) == []
    told(f"an upload of an opened file that is {change.__name__} meanwhile", ended)


@pytest.mark.row(60)
@pytest.mark.parametrize("change", [overwritten, grown, truncated, vanished], ids=lambda change: change.__name__)
async def test_a_file_that_changes_between_two_attempts_is_an_error(
    change: Callable[[Path], None], path: Path, sim: Simulator, make_client: Any, told: Tell
) -> None:
    sim.faults.add("POST", STORAGE, Fault.reset(when="after"))
    client = make_client(sim)
    change_it = Changing(change, path, after=len(LARGE) - 1)
    with pytest.raises(UploadFailedError, match=SHORTER if change is truncated else MIXTURE) as caught:
        await client.assets.upload(path, **CLIP, progress=change_it)
    assert (sent(sim), caught.value.attempts, caught.value.maybe_arrived) == (2, 2, True)
    told(
        f"an upload with a reset, of a file that is {change.__name__}", str(caught.value).replace(left_behind(sim), "…")
    )


@pytest.mark.row(61)
async def test_a_disk_that_fails_midway_is_an_error(
    path: Path, sim: Simulator, client: Any, told: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = os.pread

    def failing(number: int, most: int, at: int) -> bytes:
        if at > 5_000_000:
            raise OSError(116, "Stale file handle")
        return read(number, most, at)

    monkeypatch.setattr(os, "pread", failing)
    says = "the file is not what it was said to be: it cannot be read on: Stale file handle"
    with pytest.raises(UploadFailedError, match=says) as caught:
        await client.assets.upload(path, **CLIP)
    assert (sent(sim), caught.value.attempts) == (1, 1)
    assert held(path) == []
    told("an upload, the disk is gone midway", str(caught.value).replace(left_behind(sim), "…"))


def pipe(path: Path) -> Path:
    path.unlink()
    os.mkfifo(path)
    return path


def unlinked(path: Path) -> Path:
    path.unlink()
    return path


NONE: dict[str, tuple[int, Callable[[Path], Any]]] = {
    "a path that is gone": (61, unlinked),
    "a directory": (62, lambda path: path.parent),
    "a pipe": (62, pipe),
    "a device": (62, lambda _: "/dev/zero"),
    "nothing": (61, lambda _: b""),
    "a text file": (61, lambda path: path.open(encoding="latin-1")),
}


@pytest.mark.parametrize("what", [pytest.param(name, marks=pytest.mark.row(row)) for name, (row, _) in NONE.items()])
async def test_what_is_no_file_creates_nothing(what: str, path: Path, sim: Simulator, client: Any, told: Tell) -> None:
    given = NONE[what][1](path)
    with pytest.raises(InvalidInputError) as caught:
        async with asyncio.timeout(10):
            await client.assets.upload(given, **CLIP)
    if isinstance(given, io.IOBase):
        given.close()
    assert (sim.journal.count(), dict(sim.assets)) == (0, {})
    told(f"an upload of {what}", str(caught.value).replace(str(path.parent), "…"))
