"""Files that are handed over: what is accepted, what is sent, and what is refused before anything is."""

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.scripted import answer
from support.threads import threads_are_stuck

from tpstreams_async import InvalidInputError, Message
from tpstreams_async.simulator import Simulator
from tpstreams_async.simulator.multipart import Part, parse_form

VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 50
JPEG = b"\xff\xd8\xff\xe0" + b"j" * 50


def form(sim: Simulator) -> dict[str, Part]:
    """Return the form of the only request."""
    (record,) = sim.journal
    return parse_form(record.headers["Content-Type"], record.body)


class PathLike(os.PathLike[str]):
    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


FORMS: dict[str, Callable[[Path], Any]] = {
    "text path": str,
    "Path": lambda path: path,
    "PathLike": PathLike,
    "bytes": lambda path: path.read_bytes(),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
}


@pytest.mark.parametrize("given", FORMS)
async def test_a_subtitle_is_taken_in_every_form(given: str, sim: Simulator, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "lesson one.vtt"
    path.write_bytes(VTT)
    asset_id = sim.add_asset()
    message = await client.assets.upload_subtitle(asset_id, FORMS[given](path), name="Ünï", language="pt-BR")
    assert isinstance(message, Message)
    parts = form(sim)
    assert parts["subtitle"].data == VTT
    assert parts["subtitle"].filename == ("lesson one.vtt" if "ath" in given else "upload.vtt")
    assert (parts["name"].data.decode(), parts["language"].data) == ("Ünï", b"pt-BR")
    assert sim.assets[asset_id]["video"]["tracks"][-1]["name"] == "Ünï"


async def test_an_open_file_is_read_from_where_it_stands_and_stays_open(
    sim: Simulator, client: Any, tmp_path: Path
) -> None:
    path = tmp_path / "two.vtt"
    path.write_bytes(b"junk" + VTT)
    with path.open("rb") as file:
        file.seek(4)
        await client.assets.upload_subtitle(sim.add_asset(), file)
        assert not file.closed
    assert (form(sim)["subtitle"].data, form(sim)["subtitle"].filename) == (VTT, "two.vtt")


async def test_what_is_not_given_is_not_in_the_form(sim: Simulator, client: Any) -> None:
    await client.assets.upload_subtitle(sim.add_asset(), VTT)
    assert set(form(sim)) == {"subtitle"}


@pytest.mark.parametrize("content", [b"WEBVTT", b"\xef\xbb\xbfWEBVTT\n", b"WEBVTT - notes\r\n", b"WEBVTT\tx", VTT])
async def test_webvtt_is_known_by_its_content(content: bytes, sim: Simulator, client: Any) -> None:
    await client.assets.upload_subtitle(sim.add_asset(), content)
    assert form(sim)["subtitle"].data == content


@pytest.mark.parametrize(
    "content",
    [b"", b"1\n00:00:00,000 --> 00:00:01,000\nSRT\n", b"WEBVTTX\n", b"webvtt\n", b" WEBVTT", b"WEBVTT \xff", PNG],
)
async def test_what_is_no_webvtt_is_refused(content: bytes, sim: Simulator, client: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await client.assets.upload_subtitle(sim.add_asset(), content)
    assert (caught.value.argument, sim.journal.count()) == ("subtitle", 0)


@pytest.mark.parametrize(
    ("name", "content", "filename"),
    [
        ("cover.png", PNG, "cover.png"),
        ("cover.PNG", PNG, "cover.PNG"),
        ("cover.jpeg", JPEG, "cover.jpeg"),
        ("cover.png", JPEG, "cover.png.jpg"),
        ("cover", PNG, "cover.png"),
        ("ünï 你好.png", PNG, "ünï 你好.png"),
        ('a"b\\c.png', PNG, "a_b_c.png"),
        ("a\nb.png", PNG, "a_b.png"),
    ],
)
async def test_a_thumbnail_is_named_and_typed_by_its_content(
    name: str, content: bytes, filename: str, sim: Simulator, client: Any, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    asset_id = sim.add_asset()
    await client.assets.upload_thumbnail(asset_id, path)
    assert (form(sim)["thumbnail"].data, form(sim)["thumbnail"].filename) == (content, filename)
    media_type = b"image/png" if content is PNG else b"image/jpeg"
    assert b"Content-Type: " + media_type in sim.journal[0].body
    assert "cover_" in sim.assets[asset_id]["video"]["cover_thumbnail_url"]


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG", b"<svg/>", b"RIFF0000WEBP", VTT])
async def test_what_is_no_image_is_refused(content: bytes, sim: Simulator, client: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await client.assets.upload_thumbnail(sim.add_asset(), content)
    assert (caught.value.argument, sim.journal.count()) == ("thumbnail", 0)


@pytest.mark.parametrize("size", [1_100_000, 1_999_999])
async def test_a_large_thumbnail_is_uploaded_without_a_warning(size: int, sim: Simulator, client: Any) -> None:
    content = PNG.ljust(size, b"p")
    await client.assets.upload_thumbnail(sim.add_asset(), content)
    assert form(sim)["thumbnail"].data == content


@pytest.mark.parametrize("given", ["bytes", "Path", "BytesIO"])
@pytest.mark.parametrize(
    ("argument", "limit"),
    [("thumbnail", 2_000_000), ("subtitle", 16 * 2**20)],
)
async def test_a_file_at_the_limit_is_refused(
    argument: str, limit: int, given: str, sim: Simulator, client: Any, tmp_path: Path
) -> None:
    content = PNG if argument == "thumbnail" else VTT
    path = tmp_path / "large"
    path.write_bytes(content.ljust(limit, b"x"))
    upload = getattr(client.assets, f"upload_{argument}")
    with pytest.raises(InvalidInputError, match=f"smaller than {limit:,} bytes") as caught:
        await upload(sim.add_asset(), FORMS[given](path))
    assert (caught.value.argument, sim.journal.count()) == (argument, 0)


def _directory(folder: Path) -> Any:
    return folder


def _fifo(folder: Path) -> Any:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def _missing(folder: Path) -> Any:
    return folder / "missing.vtt"


def _empty(folder: Path) -> Any:
    (folder / "empty.vtt").touch()
    return folder / "empty.vtt"


def _text_file(folder: Path) -> Any:
    (folder / "text.vtt").write_bytes(VTT)
    return (folder / "text.vtt").open(encoding="utf-8")


def _closed_file(folder: Path) -> Any:
    file = io.BytesIO(VTT)
    file.close()
    return file


def _write_only(folder: Path) -> Any:
    return (folder / "out.vtt").open("wb")


class _Unreadable(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, _: Any) -> int:
        raise OSError("the disk is gone")


BAD_FILES: dict[str, Callable[[Path], Any]] = {
    "directory": _directory,
    "FIFO": _fifo,
    "missing": _missing,
    "empty": _empty,
    "text file": _text_file,
    "closed file": _closed_file,
    "write-only file": _write_only,
    "broken file": lambda _: io.BufferedReader(_Unreadable()),
    "NUL in path": lambda _: "a\0b",
    "device": lambda _: "/dev/zero",
    "None": lambda _: None,
    "number": lambda _: 1.5,
    "file descriptor": lambda _: 0,
    "str content": lambda _: VTT.decode(),
    "bytearray": lambda _: bytearray(VTT),
}


@pytest.mark.parametrize("kind", BAD_FILES)
@pytest.mark.parametrize("argument", ["subtitle", "thumbnail"])
async def test_what_is_no_readable_file_is_refused(
    argument: str, kind: str, sim: Simulator, client: Any, tmp_path: Path
) -> None:
    given = BAD_FILES[kind](tmp_path)
    try:
        with pytest.raises(InvalidInputError) as caught:
            await getattr(client.assets, f"upload_{argument}")(sim.add_asset(), given)
    finally:
        if isinstance(given, io.IOBase):
            given.close()
    assert (caught.value.argument, sim.journal.count()) == (argument, 0)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root can read everything")
async def test_an_unreadable_file_is_refused(sim: Simulator, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "locked.vtt"
    path.write_bytes(VTT)
    path.chmod(0)
    with pytest.raises(InvalidInputError, match="cannot read"):
        await client.assets.upload_subtitle(sim.add_asset(), path)
    assert sim.journal.count() == 0


async def test_the_file_is_not_opened_when_the_rest_is_wrong(sim: Simulator, client: Any) -> None:
    file = io.BytesIO(VTT)
    with pytest.raises(InvalidInputError):
        await client.assets.upload_subtitle("../x", file)
    with pytest.raises(InvalidInputError):
        await client.assets.upload_subtitle("asset1", file, language="English please")
    assert file.tell() == 0


async def test_a_raw_stream_that_gives_little_at_a_time_is_read_to_its_end(scripted: Any, make_client: Any) -> None:
    class Drip(io.RawIOBase):
        left = b"WEBVTT\n\n" + b"x" * 100

        def read(self, size: int = -1) -> bytes:
            piece, self.left = self.left[:7], self.left[7:]
            return piece

    server = await scripted(answer({"detail": "done"}))
    await make_client(server).assets.upload_subtitle("asset1", Drip())
    assert b"x" * 100 in server.requests[0].body


async def test_a_pipe_is_refused_unread(make_client: Any, scripted: Any) -> None:
    server = await scripted()
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, "rb") as pipe,
        os.fdopen(writing, "wb"),
        pytest.raises(InvalidInputError, match="give its content as bytes"),
    ):
        await make_client(server).assets.upload_subtitle("asset1", pipe)
    assert server.requests == []


@pytest.mark.looptime
async def test_an_object_whose_reading_never_ends_is_given_up(make_client: Any, scripted: Any) -> None:
    server = await scripted()
    released = threading.Event()

    class Endless:
        def read(self, size: int = -1) -> bytes:
            released.wait(30)
            return b""

    try:
        with threads_are_stuck(), pytest.raises(InvalidInputError, match="within 60 s"):
            await make_client(server).assets.upload_subtitle("asset1", Endless())
    finally:
        released.set()
    assert server.requests == []


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="no file here that even root cannot read")
async def test_a_file_whose_reading_fails_is_refused_whoever_one_is(make_client: Any, scripted: Any) -> None:
    server = await scripted()
    with pytest.raises(InvalidInputError, match="cannot read '/proc/self/mem'") as caught:
        await make_client(server).assets.upload_thumbnail("asset1", "/proc/self/mem")
    assert caught.value.argument == "thumbnail"
    assert server.requests == []
