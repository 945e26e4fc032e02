"""Whatever is wrong with a file is found before anything is created."""

import asyncio
import bz2
import gzip
import io
import lzma
import os
import socket
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.uploads import CLIP, held

from tpstreams_async import InvalidInputError
from tpstreams_async.simulator import Simulator

CONTENT = b"content" * 100


def closed(path: Path) -> Any:
    with path.open("rb") as file:
        return file


def closed_bytes(_: Path) -> Any:
    file = io.BytesIO(CONTENT)
    file.close()
    return file


def released(_: Path) -> Any:
    with memoryview(CONTENT) as view:
        return view


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
    "missing": (gone, "No such file or directory"),
    "missing, named": (
        lambda it: f"{gone(it)}",
        "No such file or directory (text is a path; content is given as bytes)",
    ),
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
    "released memoryview": (released, "cannot be read: "),
    "table without rows": (lambda _: memoryview(bytearray(256)).cast("B", [1, 256])[:0], "is empty"),
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
