"""Files that cannot be read, and files that are not what they should be, are refused before a byte is sent."""

import asyncio
import io
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from faults.conftest import Tell
from support.payloads import MESSAGE
from support.scripted import Exchange, answer

from tpstreams_async import InvalidInputError
from tpstreams_async.simulator import Simulator

VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff\xe0"
#: What is uploaded, and content that would be taken for it.
GOOD = {"subtitle": VTT, "thumbnail": PNG + b"p" * 50}
every_upload = pytest.mark.parametrize("argument", GOOD)

Refused = Callable[[str, Any, str], Awaitable[str]]


@pytest.fixture
def refused(sim: Simulator, client: Any, tmp_path: Path) -> Refused:
    """Try to upload what has to be refused in no time, without a request, and with these words. Return what is said."""

    async def check(argument: str, given: Any, says: str) -> str:
        with pytest.raises(InvalidInputError) as caught:
            async with asyncio.timeout(10):
                await getattr(client.assets, f"upload_{argument}")("asset1", given)
        let_go(given)
        assert caught.value.argument == argument
        assert says in str(caught.value)
        assert sim.journal.count() == 0
        return f"0 requests; InvalidInputError: {caught.value}".replace(str(tmp_path), "…")

    return check


def let_go(given: Any) -> None:
    if isinstance(given, io.IOBase):
        given.close()


class Vanishing(io.RawIOBase):
    """A file that is gone after its first bytes."""

    def __init__(self, start: bytes) -> None:
        self._start = start

    def read(self, size: int = -1) -> bytes:
        if not self._start:
            raise OSError(116, "Stale file handle")
        start, self._start = self._start, b""
        return start


def gone(path: Path) -> Path:
    path.unlink()
    return path


def link(to: Path) -> Path:
    made = to.with_name("link")
    made.symlink_to(to)
    return made


def closed(path: Path) -> Any:
    with path.open("rb") as file:
        return file


def locked(path: Path) -> Path:
    path.chmod(0)
    return path


def pipe(path: Path) -> Path:
    gone(path)
    os.mkfifo(path)
    return path


def opened_pipe(_: Path) -> Any:
    reading, writing = os.pipe()
    os.close(writing)
    return os.fdopen(reading, "rb")


def opened_device(_: Path) -> Any:
    return os.fdopen(os.open("/dev/zero", os.O_RDONLY), "rb")


def end_of_a_socket(_: Path) -> Any:
    one, other = socket.socketpair()
    file = one.makefile("rb")
    one.close()
    other.close()
    return file


def socket_with_a_name(path: Path) -> Path:
    gone(path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(path))
    return path


class Case(NamedTuple):
    """What is given, made from a path at which a good file is, and what is said of it."""

    what: str
    make: Callable[[Path], Any]
    says: str


def param(row: pytest.MarkDecorator, what: str, make: Callable[[Path], Any], says: str, *marks: Any) -> Any:
    return pytest.param(Case(what, make, says), id=what, marks=[row, *marks])


unreadable, irregular = pytest.mark.row(61), pytest.mark.row(62)
not_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
IRREGULAR, ENDLESS = "is not a regular file", "is no regular file, so it may never end; read it and give its content"


@pytest.mark.parametrize(
    "case",
    [
        param(unreadable, "a path that leads nowhere", lambda path: path.with_name("nowhere"), "No such file"),
        param(unreadable, "a file that was deleted", gone, "No such file"),
        param(unreadable, "a link to a file that was deleted", lambda path: link(gone(path)), "No such file"),
        param(
            unreadable, "a file that is gone halfway", lambda path: Vanishing(path.read_bytes()), "Stale file handle"
        ),
        param(unreadable, "a file that nobody may read", locked, "Permission denied", not_root),
        param(unreadable, "memory that cannot be read", lambda _: "/proc/self/mem", "cannot read '/proc/self/mem'"),
        param(unreadable, "an opened file that was closed", closed, "cannot be read"),
        param(unreadable, "a file opened for writing", lambda path: path.open("ab"), "cannot be read"),
        param(unreadable, "a file opened as text", lambda path: path.open(encoding="latin-1"), "in binary mode"),
        param(unreadable, "a path with a NUL", lambda path: f"{path}\0", "cannot read"),
        param(unreadable, "a path with a lone surrogate", lambda path: f"{path}\ud800", "cannot read"),
        param(unreadable, "a path that is too long", lambda path: path.with_name("x" * 5_000), "name too long"),
        param(unreadable, "content in place of a path", lambda _: "WEBVTT\n", "content is given as bytes"),
        param(unreadable, "no content", lambda _: b"", "is empty"),
        param(unreadable, "the number of an open file", lambda _: 0, "cannot be read"),
        param(irregular, "a directory", lambda path: path.parent, IRREGULAR),
        param(irregular, "a pipe with a name", pipe, IRREGULAR),
        param(irregular, "a link to a pipe", lambda path: link(pipe(path)), IRREGULAR),
        param(irregular, "a socket with a name", socket_with_a_name, IRREGULAR),
        param(irregular, "a device without an end", lambda _: "/dev/zero", IRREGULAR),
        param(irregular, "a device without content", lambda _: Path("/dev/null"), IRREGULAR),
        param(irregular, "an opened pipe", opened_pipe, ENDLESS),
        param(irregular, "an opened device", opened_device, ENDLESS),
        param(irregular, "an opened socket", end_of_a_socket, ENDLESS),
    ],
)
@every_upload
async def test_what_is_no_readable_file_is_refused(
    argument: str, case: Case, refused: Refused, tmp_path: Path, told: Tell
) -> None:
    path = tmp_path / "file"
    path.write_bytes(GOOD[argument])
    told(f"a {argument}, {case.what}", await refused(argument, case.make(path), case.says))


@pytest.mark.row(61)
@every_upload
async def test_a_file_that_vanishes_once_it_was_read_is_sent_whole(
    argument: str, scripted: Any, make_client: Any, tmp_path: Path, told: Tell
) -> None:
    path = tmp_path / "file"
    path.write_bytes(GOOD[argument])

    async def delete_and_turn_away(exchange: Exchange) -> None:
        path.unlink()
        await answer({}, 429, {"Retry-After": "0"})(exchange)

    server = await scripted(delete_and_turn_away, answer(MESSAGE))
    await getattr(make_client(server).assets, f"upload_{argument}")("asset1", path)
    assert [GOOD[argument] in request.body for request in server.requests] == [True, True]
    told(f"a {argument}, its file deleted after the first of two attempts", "both have it whole; success")


def as_bytes(content: bytes, _: Path) -> Any:
    return content


def as_path(content: bytes, path: Path) -> Any:
    path.write_bytes(content)
    return path


def as_opened(content: bytes, path: Path) -> Any:
    return as_path(content, path).open("rb")


every_form = pytest.mark.parametrize("form", [as_bytes, as_path, as_opened])


@pytest.mark.row(76)
@every_form
@pytest.mark.parametrize("start", [PNG, JPEG], ids=["PNG", "JPEG"])
@pytest.mark.parametrize("size", [2_000_000, 2_000_001, 2 * 2**20, 30_000_000])
async def test_a_thumbnail_of_two_megabytes_is_refused(
    size: int, start: bytes, form: Any, refused: Refused, tmp_path: Path, told: Tell
) -> None:
    given = form(start.ljust(size, b"x"), tmp_path / "cover")
    told(f"a thumbnail of {size:,} bytes", await refused("thumbnail", given, "must be smaller than 2,000,000 bytes"))


@pytest.mark.row(76)
@pytest.mark.parametrize("argument", GOOD)
async def test_a_huge_file_is_refused_without_reading_it_all(
    argument: str, refused: Refused, tmp_path: Path, told: Tell
) -> None:
    path = as_path(GOOD[argument], tmp_path / "file")
    with path.open("r+b") as file:
        file.truncate(2**36)
    told(f"a {argument} of 64 GiB", await refused(argument, path, "must be smaller than "))


@pytest.mark.row(76)
@every_form
async def test_a_thumbnail_just_below_is_sent_whole(
    form: Any, sim: Simulator, client: Any, tmp_path: Path, told: Tell
) -> None:
    content = PNG.ljust(1_999_999, b"x")
    given = form(content, tmp_path / "cover")
    await client.assets.upload_thumbnail(sim.add_asset(), given)
    let_go(given)
    (record,) = sim.journal
    assert content in record.body
    told("a thumbnail of 1,999,999 bytes", "1 request, which has all of it; success")


@pytest.mark.row(77)
@every_form
@pytest.mark.parametrize(
    ("what", "content"),
    [
        ("a GIF", b"GIF89a" + b"x" * 50),
        ("a WebP", b"RIFF\x24\x00\x00\x00WEBPVP8 "),
        ("an AVIF", b"\x00\x00\x00\x1cftypavif"),
        ("an SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("half of a PNG's beginning", PNG[:4]),
        ("a PNG after an empty line", b"\n" + PNG),
        ("a PNG that went through text", PNG.replace(b"\r\n", b"\n")),
        ("a page of HTML", b"<html>Not Found</html>"),
        ("a subtitle", VTT),
    ],
)
async def test_a_thumbnail_that_is_no_png_or_jpeg_is_refused(
    what: str, content: bytes, form: Any, refused: Refused, tmp_path: Path, told: Tell
) -> None:
    says = "is neither a PNG nor a JPEG image, by its content"
    told(f"a thumbnail that is {what}", await refused("thumbnail", form(content, tmp_path / "cover.png"), says))


@pytest.mark.row(78)
@every_form
@pytest.mark.parametrize(
    "case",
    [
        ("SubRip", b"1\n00:00:00,000 --> 00:00:01,000\nHello\n", "must begin with the line WEBVTT"),
        ("WebVTT in small letters", b"webvtt\n", "must begin with the line WEBVTT"),
        ("WebVTT after an empty line", b"\n" + VTT, "must begin with the line WEBVTT"),
        ("WEBVTT2", b"WEBVTT2\n", "must begin with the line WEBVTT"),
        ("WebVTT in UTF-16", VTT.decode().encode("utf-16"), "it is not UTF-8 (byte 0)"),
        ("WebVTT in Latin-1", VTT + "é".encode("latin-1"), f"it is not UTF-8 (byte {len(VTT)})"),
        ("a page of HTML", b"<html>Not Found</html>", "must begin with the line WEBVTT"),
        ("an image", PNG, "it is not UTF-8"),
    ],
)
async def test_a_subtitle_that_is_no_webvtt_is_refused(
    case: tuple[str, bytes, str], form: Any, refused: Refused, tmp_path: Path, told: Tell
) -> None:
    what, content, says = case
    told(f"a subtitle that is {what}", await refused("subtitle", form(content, tmp_path / "en.vtt"), says))
