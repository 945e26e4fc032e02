"""Whatever is wrong with a file is found before anything is created; what cannot be known before ends the upload."""

import asyncio
import bz2
import gzip
import io
import lzma
import os
import socket
import tempfile
import threading
import zipfile
from collections.abc import AsyncIterator, Callable
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


def closed(path: Path) -> Any:
    with path.open("rb") as file:
        return file


def closed_bytes(_: Path) -> Any:
    file = io.BytesIO(CONTENT)
    file.close()
    return file


def gone(path: Path) -> Path:
    path.unlink()
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def at_the_end(path: Path) -> Any:
    file = path.open("rb")
    file.seek(0, os.SEEK_END)
    return file


def beyond_the_end(path: Path) -> Any:
    file = path.open("rb")
    file.seek(10_000)
    return file


def read_bytes_io(_: Path) -> Any:
    file = io.BytesIO(CONTENT)
    file.read()
    return file


def bytes_io_beyond(_: Path) -> Any:
    file = io.BytesIO(CONTENT)
    file.seek(10_000)
    return file


def pipe(path: Path) -> Path:
    gone(path)
    os.mkfifo(path)
    return path


def opened_pipe(_: Path) -> Any:
    reading, writing = os.pipe()
    os.close(writing)
    return os.fdopen(reading, "rb")


def opened_device(_: Path) -> Any:
    return open("/dev/zero", "rb")


def named_socket(path: Path) -> Path:
    gone(path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(path))
    return path


def end_of_a_socket(_: Path) -> Any:
    one, other = socket.socketpair()
    file = one.makefile("rb")
    one.close()
    other.close()
    return file


def loop(path: Path) -> Path:
    gone(path)
    path.symlink_to(path)
    return path


def write_only(path: Path) -> Any:
    number = os.open(path, os.O_WRONLY)
    return os.fdopen(number, "wb")


def detached(path: Path) -> Any:
    file = path.open("rb")
    file.detach().close()
    return file


def text_temporary(_: Path) -> Any:
    made = tempfile.NamedTemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by the test
    made.write("text" * 100)
    made.seek(0)
    return made


def text_spooled(_: Path) -> Any:
    made = tempfile.SpooledTemporaryFile(mode="w+", encoding="utf-8")  # noqa: SIM115 - closed by the test
    made.write("text" * 100)
    made.seek(0)
    return made


def zipped(_: Path) -> Any:
    with zipfile.ZipFile(packed := io.BytesIO(), "w") as made:
        made.writestr("clip.mp4", CONTENT)
    return zipfile.ZipFile(packed).open("clip.mp4")


def compressed(module: Any, path: Path) -> Any:
    with module.open(path, "wb") as file:
        file.write(CONTENT)
    return module.open(path, "rb")


class Raw(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, _: Any) -> int:
        raise OSError(5, "Input/output error")


class Uploaded:
    """As web frameworks hand files over."""

    async def read(self, size: int = -1) -> bytes:
        return CONTENT[:size]


class Rude(os.PathLike[str]):
    def __fspath__(self) -> str:
        raise RuntimeError("no path today")


REGULAR = "is not a regular file, so nobody knows how long it is"
BINARY = "must be opened in binary mode, as with open(path, 'rb')"
NO_FILE = "is no file of the system. Give its path, its content as bytes, or an async iterator with size="
WANTED = "must be a path, bytes, a file opened in binary mode, or an async iterator of bytes with size=, not "
BAD_FILES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (gone, "No such file or directory (text is a path; content is given as bytes)"),
    "empty": (empty, "is empty"),
    "no bytes": (lambda _: b"", "is empty"),
    "file at its end": (at_the_end, "is empty"),
    "file beyond its end": (beyond_the_end, "is empty"),
    "BytesIO at its end": (read_bytes_io, "is empty"),
    "BytesIO beyond its end": (bytes_io_beyond, "is empty"),
    "directory": (lambda path: path.parent, REGULAR),
    "current directory": (lambda _: ".", REGULAR),
    "FIFO": (pipe, REGULAR),
    "device": (lambda _: "/dev/zero", REGULAR),
    "socket with a name": (named_socket, REGULAR),
    "loop of links": (loop, "cannot read "),
    "opened pipe": (opened_pipe, REGULAR),
    "opened device": (opened_device, REGULAR),
    "end of a socket": (end_of_a_socket, NO_FILE),
    "closed file": (closed, "cannot be read: "),
    "closed BytesIO": (closed_bytes, "cannot be read: "),
    "detached file": (detached, NO_FILE),
    "write-only file": (write_only, "cannot be read: "),
    "text file": (lambda path: path.open(encoding="utf-8"), BINARY),
    "StringIO": (lambda _: io.StringIO("text"), BINARY),
    "temporary text file": (text_temporary, NO_FILE),
    "spooled text file": (text_spooled, BINARY),
    "gzip": (lambda path: compressed(gzip, path), NO_FILE),
    "bz2": (lambda path: compressed(bz2, path), NO_FILE),
    "xz": (lambda path: compressed(lzma, path), NO_FILE),
    "member of a zip": (zipped, NO_FILE),
    "file over something else": (lambda _: io.BufferedReader(Raw()), NO_FILE),
    "file of a web framework": (lambda _: Uploaded(), NO_FILE),
    "NUL in path": (lambda _: "a\0b", "cannot read "),
    "lone surrogate in path": (lambda _: "a\ud800b", "cannot read "),
    "path that is too long": (lambda _: "a" * 5_000, "cannot read "),
    "empty path": (lambda _: "", "cannot read ''"),
    "path that raises": (lambda _: Rude(), "cannot be read: "),
    "content as text": (lambda _: "WEBVTT\n" * 3, "content is given as bytes"),
    "None": (lambda _: None, WANTED),
    "number": (lambda _: 1.5, WANTED),
    "descriptor": (lambda _: 0, WANTED),
    "list": (lambda _: [b"a"], WANTED),
    "generator": (lambda _: (piece for piece in [b"a"]), WANTED),
}


@pytest.mark.parametrize("kind", BAD_FILES)
async def test_what_is_no_file_to_upload_is_refused_at_once(
    kind: str, sim: Simulator, client: Any, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENT)
    make, says = BAD_FILES[kind]
    given = make(path)
    try:
        with pytest.raises(InvalidInputError) as caught:
            async with asyncio.timeout(10):
                await client.assets.upload(given, **CLIP)
    finally:
        if hasattr(given, "close") and kind != "detached file":
            given.close()
    assert caught.value.argument == "file"
    assert says in str(caught.value)
    assert sim.journal.count() == 0
    assert held(tmp_path) == []


def refuses_everybody() -> str | None:
    """Return a file that not even the superuser can read, if there is one here."""
    for name in ("/proc/sys/vm/compact_memory", "/proc/sysrq-trigger"):
        try:
            os.close(os.open(name, os.O_RDONLY))
        except PermissionError:
            return name
        except OSError:
            continue
    return None


@pytest.mark.skipif(refuses_everybody() is None, reason="no file here that nobody can read")
async def test_an_unreadable_file_is_refused_whoever_one_is(sim: Simulator, client: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"cannot read '/proc.*': Permission denied"):
        await client.assets.upload(refuses_everybody(), **CLIP)
    assert sim.journal.count() == 0
    assert held() == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root can read everything")
async def test_an_unreadable_file_is_refused(sim: Simulator, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "locked.mp4"
    path.write_bytes(CONTENT)
    path.chmod(0)
    with pytest.raises(InvalidInputError, match=r"cannot read .*: Permission denied"):
        await client.assets.upload(path, **CLIP)
    assert sim.journal.count() == 0


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
