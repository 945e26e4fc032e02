"""What gives a file: its size is known before anything is created, and what is wrong later ends the upload."""

import asyncio
import io
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from support.uploads import CLIP, LARGE, Again, held, left_behind, pieces, sent, until

from tpstreams_async import InvalidInputError, UploadFailedError
from tpstreams_async.simulator import Simulator
from tpstreams_async.upload import source

MOST = 5 * 2**30
CONTENT = b"content" * 100


@pytest.mark.parametrize("size", [0, -1, True, 1.0, "100", b"1", float("nan")])
async def test_a_size_that_is_none_is_refused(size: Any, sim: Simulator, client: Any) -> None:
    given = Again(CONTENT)
    with pytest.raises(InvalidInputError, match="must be a whole number of at least 1") as caught:
        await client.assets.upload(given, **CLIP, size=size)
    assert (caught.value.argument, sim.journal.count(), given.begun) == ("size", 0, 0)


async def test_pieces_need_a_size(sim: Simulator, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENT)
    async with await anyio.open_file(path, "rb") as opened:
        for given in (pieces(CONTENT), Again(CONTENT), opened):
            with pytest.raises(InvalidInputError, match="is missing: storage wants to know") as caught:
                await client.assets.upload(given, **CLIP)
            assert (caught.value.argument, sim.journal.count()) == ("size", 0)
        asset = await client.assets.upload(opened, **CLIP, size=len(CONTENT))
    assert sim.uploads[asset.id].size_bytes == len(CONTENT)


@pytest.mark.parametrize("form", ["path", "bytes", "file", "None"])
async def test_what_has_a_size_needs_none(form: str, sim: Simulator, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENT)
    with path.open("rb") as file, pytest.raises(InvalidInputError, match="anything else has its own") as caught:
        await client.assets.upload({"path": path, "bytes": CONTENT, "file": file}.get(form), **CLIP, size=len(CONTENT))
    assert (caught.value.argument, sim.journal.count()) == ("size", 0)


async def test_more_than_storage_takes_is_refused(sim: Simulator, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "sparse.mp4"
    path.touch()
    os.truncate(path, MOST + 1)
    says = r"has 5,368,709,121 bytes, and one upload can bring 5,368,709,120 at the most\. Let the server download it"
    with path.open("rb") as file:
        for argument, given, size in (("file", path, None), ("file", file, None), ("size", Again(b""), MOST + 1)):
            with pytest.raises(InvalidInputError, match=says) as caught:
                await client.assets.upload(given, **CLIP, size=size)
            assert (caught.value.argument, sim.journal.count()) == (argument, 0)
    assert held(path) == []


@pytest.mark.parametrize("form", ["bytes", "BytesIO", "path", "pieces"])
async def test_the_limit_is_the_last_size_that_is_taken(
    form: str, sim: Simulator, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", len(CONTENT))
    for content in (CONTENT, CONTENT + b"x"):
        path = tmp_path / "clip.mp4"
        path.write_bytes(content)
        forms = {"bytes": content, "BytesIO": io.BytesIO(content), "path": path, "pieces": Again(content)}
        call = client.assets.upload(forms[form], **CLIP, size=len(content) if form == "pieces" else None)
        if content is CONTENT:
            await call
            sim.journal.clear()
        else:
            with pytest.raises(InvalidInputError, match="at the most"):
                await call
    assert sim.journal.count() == 0


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"resolutions": []}, "resolutions"),
        ({"resolutions": ["4k"]}, "resolutions[0]"),
        ({"content_protection_type": "DRM"}, "content_protection_type"),
        ({"folder": "../x"}, "folder"),
        ({"generate_subtitle": 1}, "generate_subtitle"),
        ({"progress": 5}, "progress"),
        ({"stall_timeout": 0}, "stall_timeout"),
        ({"stall_timeout": -1}, "stall_timeout"),
        ({"stall_timeout": float("inf")}, "stall_timeout"),
        ({"stall_timeout": float("nan")}, "stall_timeout"),
        ({"stall_timeout": "60"}, "stall_timeout"),
        ({"stall_timeout": None}, "stall_timeout"),
    ],
)
async def test_what_else_is_wrong_is_found_with_the_file_unopened(
    options: dict[str, Any], argument: str, sim: Simulator, client: Any
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await client.assets.upload("/there/is/none", **{**CLIP, **options})
    assert (caught.value.argument, sim.journal.count()) == (argument, 0)


async def wrong(kind: str) -> AsyncIterator[Any]:
    yield CONTENT[:300]
    if kind == "raises":
        raise KeyError("mine")
    if kind == "many":
        yield CONTENT
    elif kind != "few":
        yield {"text": "text", "None": None, "number": 7, "list": [1, 2]}[kind]


SAYS = {
    "few": "it gave 300 bytes in place of the 700 that size= said",
    "many": "it gave more than the 700 bytes that size= said",
    "text": "it gave 'text' in place of bytes",
    "None": "it gave None in place of bytes",
    "number": "it gave 7 in place of bytes",
    "list": "it gave [1, 2] in place of bytes",
}


@pytest.mark.parametrize("kind", SAYS)
async def test_pieces_that_are_not_what_was_said_end_the_upload(kind: str, sim: Simulator, client: Any) -> None:
    with pytest.raises(UploadFailedError) as caught:
        await client.assets.upload(wrong(kind), **CLIP, size=len(CONTENT))
    error = caught.value
    assert f"the file is not what it was said to be: {SAYS[kind]}. Asset {error.asset.id} was left behind" in str(error)
    assert (error.asset.id, error.attempts, error.maybe_arrived) == (left_behind(sim), 1, False)
    assert sim.uploads == {}


async def test_too_many_pieces_after_the_last_byte_end_the_upload(sim: Simulator, client: Any) -> None:
    with pytest.raises(UploadFailedError, match="it gave more than the 300 bytes"):
        await client.assets.upload(wrong("many"), **CLIP, size=300)
    assert sim.uploads == {}


async def test_pieces_without_bytes_are_none(sim: Simulator, client: Any) -> None:
    async def sparse() -> AsyncIterator[bytes]:
        for piece in (b"", CONTENT, b"", b""):
            yield piece

    asset = await client.assets.upload(sparse(), **CLIP, size=len(CONTENT))
    assert sim.uploads[asset.id].size_bytes == len(CONTENT)


class Failing:
    """Raises at once, where it begins or where it is read."""

    def __init__(self, where: str, error: BaseException) -> None:
        self.where = where
        self.error = error

    def __aiter__(self) -> Any:
        if self.where == "begin":
            raise self.error
        return self

    async def __anext__(self) -> bytes:
        raise self.error


@pytest.mark.parametrize("where", ["begin", "read"])
@pytest.mark.parametrize(
    "error", [KeyError("mine"), TimeoutError("mine"), OSError(5, "mine"), asyncio.CancelledError("m")]
)
async def test_what_pieces_raise_comes_through(error: BaseException, where: str, sim: Simulator, client: Any) -> None:
    with pytest.raises(type(error)) as caught:
        await client.assets.upload(Failing(where, error), **CLIP, size=5)
    assert caught.value is error
    assert f"asset {left_behind(sim)} was left behind without its file" in error.__notes__[-1]
    assert sent(sim) <= 1


async def test_a_file_that_cannot_be_read_on_ends_the_upload(
    sim: Simulator, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    read = os.pread

    def failing(number: int, most: int, at: int) -> bytes:
        if at > 5_000_000:
            raise OSError(5, "Input/output error")
        return read(number, most, at)

    monkeypatch.setattr(os, "pread", failing)
    with pytest.raises(UploadFailedError, match="it cannot be read on: Input/output error") as caught:
        await client.assets.upload(path, **CLIP)
    assert (caught.value.asset.id, caught.value.attempts) == (left_behind(sim), 1)
    assert held(path) == []


async def test_what_was_read_ahead_in_vain_raises_nothing(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    read, failed = os.pread, threading.Event()

    def failing(number: int, most: int, at: int) -> bytes:
        if at:
            failed.set()
            raise OSError(5, "Input/output error")
        return read(number, most, at)

    def progress(_: int, __: int) -> None:
        failed.wait(10)
        raise KeyError("mine")

    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    monkeypatch.setattr(os, "pread", failing)
    with pytest.raises(KeyError):
        await client.assets.upload(path, **CLIP, progress=progress)
    assert held(path) == []
    assert complaints == []


@pytest.mark.parametrize("end", ["success", "failure"])
async def test_an_iterable_is_left_ended(end: str, sim: Simulator, client: Any) -> None:
    """What was begun for an upload does not wait for the garbage collector with whatever it holds."""
    given = Again(LARGE)

    def progress(done: int, total: int) -> None:
        if end == "failure" and done > 3_000_000:
            raise KeyError

    upload = client.assets.upload(given, **CLIP, size=len(LARGE), progress=progress)
    if end == "success":
        await upload
    else:
        with pytest.raises(KeyError):
            await upload
    assert (given.begun, given.open) == (1, 0)


async def test_an_upload_that_is_cancelled_while_its_file_is_opened_leaves_nothing(
    sim: Simulator, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENT)
    opens, entered, released = os.open, threading.Event(), threading.Event()

    def slow(name: Any, *rest: Any, **more: Any) -> int:
        if str(name) == str(path):
            entered.set()
            released.wait(10)
        return opens(name, *rest, **more)

    monkeypatch.setattr(os, "open", slow)
    upload = asyncio.create_task(client.assets.upload(path, **CLIP))
    await until(entered.is_set)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    released.set()
    for _ in range(1000):
        await asyncio.sleep(0)
    assert held(path) == []
    assert sim.journal.count() == 0


async def test_an_upload_that_is_cancelled_while_its_file_is_read_leaves_nothing(
    sim: Simulator, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    read, entered, released = os.pread, threading.Event(), threading.Event()

    def slow(number: int, most: int, at: int) -> bytes:
        if at > 3_000_000:
            entered.set()
            released.wait(10)
        return read(number, most, at)

    monkeypatch.setattr(os, "pread", slow)
    upload = asyncio.create_task(client.assets.upload(path, **CLIP))
    await until(entered.is_set)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await upload
    assert f"asset {left_behind(sim)} was left behind" in caught.value.__notes__[0]
    assert held(path, patience=0) != [], "what is being read is not closed"
    released.set()
    assert held(path) == []
