"""Uploads that succeed: what is accepted, and what arrives."""

import asyncio
import io
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from support.scripted import ScriptedServer, answer, head
from support.uploads import CLIP, LARGE, Again, announced, arrived, held, pieces

from tpstreams_async.simulator import Simulator
from tpstreams_async.simulator.routes import STORAGE

MP4 = (Path(__file__).parents[2] / "examples" / "clip.mp4").read_bytes()


class PathLike(os.PathLike[str]):
    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


class BytesPath(os.PathLike[Any]):
    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> bytes:
        return os.fsencode(self.path)


def spooled(path: Path) -> Any:
    made = tempfile.SpooledTemporaryFile()  # noqa: SIM115 - closed by the test
    made.write(b"junk" + path.read_bytes())
    made.seek(4)
    return made


def named(path: Path) -> Any:
    made = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed by the test
    made.write(path.read_bytes())
    made.seek(0)
    return made


def scattered(path: Path) -> Any:
    """Give every second byte of a memory."""
    memory = bytearray(2 * path.stat().st_size)
    memory[::2] = path.read_bytes()
    return memoryview(memory)[::2]


async def reused(path: Path) -> AsyncIterator[Any]:
    """Give each piece in the same memory."""
    memory = bytearray(300_000)
    with path.open("rb") as file:
        while size := file.readinto(memory):
            yield memoryview(memory)[:size]


FORMS: dict[str, Callable[[Path], Any]] = {
    "text path": str,
    "Path": lambda path: path,
    "PathLike": PathLike,
    "PathLike of bytes": BytesPath,
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "memoryview of a bytearray": lambda path: memoryview(bytearray(path.read_bytes())),
    "memoryview that only reads a bytearray": lambda path: memoryview(bytearray(path.read_bytes())).toreadonly(),
    "memoryview of numbers": lambda path: memoryview(path.read_bytes()).cast("Q"),
    "memoryview of a table": lambda path: memoryview(path.read_bytes()).cast("B", [path.stat().st_size // 256, 256]),
    "scattered memoryview": scattered,
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "buffered file": lambda path: path.open("rb"),
    "raw file": lambda path: path.open("rb", buffering=0),
    "file to read and write": lambda path: path.open("r+b"),
    "named temporary file": named,
    "spooled temporary file": spooled,
    "async iterator": lambda path: pieces(path.read_bytes()),
    "async iterator of large pieces": lambda path: pieces(path.read_bytes(), 5_000_000),
    "async iterator that uses its memory again": reused,
    "async iterable": lambda path: Again(path.read_bytes()),
}
PATHS = ("text path", "Path", "PathLike", "PathLike of bytes", "buffered file", "raw file", "file to read and write")


@pytest.mark.parametrize("form", FORMS)
async def test_a_file_is_taken_in_every_form(form: str, sim: Simulator, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "lesson one.mp4"
    path.write_bytes(LARGE)
    given = FORMS[form](path)
    asset = await client.assets.upload(given, **CLIP, size=len(LARGE) if "async" in form else None)
    assert arrived(sim, asset.id, LARGE)
    found = sim.uploads[asset.id]
    expected = ("lesson one.mp4", "video/mp4") if form in PATHS else ("upload", "application/octet-stream")
    if form != "named temporary file":
        assert (found.filename, found.content_type) == expected
    assert (asset.title, asset.status) == ("Clip", "Not Started")
    if hasattr(given, "close"):
        assert not given.closed, "what was given stays open"
        given.close()
    assert held(path) == []


@pytest.mark.parametrize("form", ["buffered file", "raw file", "BytesIO"])
async def test_a_file_is_read_from_where_it_stands_and_stays_there(
    form: str, sim: Simulator, client: Any, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"junk!" + MP4)
    with FORMS[form](path) as file:
        assert file.read(5) == b"junk!"
        for _ in range(2):
            asset = await client.assets.upload(file, **CLIP)
            assert arrived(sim, asset.id, MP4)
            assert file.tell() == 5
        assert file.read(4) == MP4[:4]


async def test_a_file_may_be_used_and_closed_while_it_is_uploaded(sim: Simulator, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    file = path.open("rb")

    def meddle(_: int, __: int) -> None:
        if not file.closed:
            file.seek(7)
            file.read(100)
            file.close()

    asset = await client.assets.upload(file, **CLIP, progress=meddle)
    assert arrived(sim, asset.id, LARGE)
    assert file.closed


async def test_several_uploads_of_one_file_do_not_meet(sim: Simulator, client: Any, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE)
    with path.open("rb") as file:
        assets = await asyncio.gather(*(client.assets.upload(file, **CLIP) for _ in range(5)))
    assert all(arrived(sim, asset.id, LARGE) for asset in assets)
    assert held(path) == []


@pytest.mark.parametrize("size", [1, 2**16, 2**21 - 1, 2**21, 2**21 + 1, 2**22])
@pytest.mark.parametrize("form", ["Path", "bytes", "async iterator"])
async def test_a_file_of_any_size_arrives_whole(
    form: str, size: int, sim: Simulator, client: Any, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(LARGE[:size])
    asset = await client.assets.upload(FORMS[form](path), **CLIP, size=size if "async" in form else None)
    assert arrived(sim, asset.id, LARGE[:size])


@pytest.mark.parametrize(
    ("name", "filename", "content_type"),
    [
        ("clip.MP4", "clip.MP4", "video/mp4"),
        ("Ünï 你好 🎬.mov", "Ünï 你好 🎬.mov", "video/quicktime"),
        ("no extension", "no extension", "application/octet-stream"),
        ('a"; name="key".mp4', "a_; name=_key_.mp4", "video/mp4"),
        ("a\\b.mp4", "a_b.mp4", "video/mp4"),
        ("a\r\nX-Evil: 1\r\n\r\nb.mp4", "a__X-Evil: 1____b.mp4", "video/mp4"),
        ("data:video\r\nX-Evil: 1,.mp4", "data:video__X-Evil: 1,.mp4", "text/plain"),
        ("lone \udce4.mp4", "lone _.mp4", "video/mp4"),
        ("a\u2028b\x7f.mp4", "a_b_.mp4", "video/mp4"),
        (".mp4", ".mp4", "application/octet-stream"),
    ],
)
async def test_a_name_cannot_leave_its_place(
    name: str, filename: str, content_type: str, sim: Simulator, client: Any, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(MP4)
    asset = await client.assets.upload(path, **CLIP)
    found = sim.uploads[asset.id]
    assert (found.filename, found.content_type) == (filename, content_type)
    assert arrived(sim, asset.id, MP4)
    form = sim.journal.requests("POST", STORAGE)[0].form
    assert form is not None
    assert form["key"].endswith(asset.id)


async def test_all_that_is_asked_for_is_sent(sim: Simulator, client: Any) -> None:
    folder = sim.add_folder("Course")
    asset = await client.assets.upload(
        MP4,
        title="Größe 你好",
        resolutions="240p, 1080p",
        content_protection_type="drm",
        folder=folder,
        generate_subtitle=True,
    )
    row = sim.assets[asset.id]
    assert (row["title"], row["parent_id"]) == ("Größe 你好", folder)
    video = row["video"]
    assert (list(video["resolutions"]), video["content_protection_type"]) == (["240p", "1080p"], "drm")
    assert video["generate_subtitle"] is True
    assert asset.parent_id == folder


@pytest.mark.looptime
async def test_the_asset_can_be_awaited(sim: Simulator, client: Any) -> None:
    asset = await client.assets.upload(MP4, **CLIP)
    finished = await client.jobs.asset(asset)
    assert (finished.id, finished.status, finished.duration) == (asset.id, "Completed", 7)
    assert finished.bytes == len(MP4)


async def test_the_token_is_never_at_storage(sim: Simulator, client: Any) -> None:
    await client.assets.upload(MP4, **CLIP)
    first, second = sim.journal
    assert sim.token in first.headers["Authorization"]
    shown = f"{dict(second.headers)} {second.form} {second.query}"
    assert sim.token not in shown
    assert sorted(second.headers) == [
        "Accept",
        "Accept-Encoding",
        "Content-Length",
        "Content-Type",
        "Host",
        "User-Agent",
    ]


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_every_yes_of_storage_is_one(status: int, make_sim: Any, make_client: Any) -> None:
    sim = await make_sim(upload_status=status)
    client = make_client(sim, max_connections=1)
    for _ in range(3):
        asset = await client.assets.upload(MP4, **CLIP)
        assert arrived(sim, asset.id, MP4)


async def test_every_field_is_sent_as_it_is_and_the_file_comes_last(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    more = {"success_action_status": 201, "x-amz-meta-note": "é\r\n--x\r\n", "Content-Type": "", "tagging": None}
    server.steps = [answer(announced(server.url, **more), 201), answer(b"", 204)]
    await make_client(server).assets.upload(b"content", **CLIP)
    body = server.requests[1].body
    mark = server.requests[1].headers["content-type"].partition("boundary=")[2].encode()
    parts = body.split(b"--" + mark)
    assert [parts[0], parts[-1]] == [b"", b"--\r\n"]
    names = [part.partition(b' name="')[2].partition(b'"')[0] for part in parts[1:-1]]
    assert names == [b"key", b"policy", b"success_action_status", b"x-amz-meta-note", b"Content-Type", b"file"]
    values = [part.partition(b"\r\n\r\n")[2][:-2].decode() for part in parts[1:-1]]
    assert values == ["private/a", "e30=", "201", "é\r\n--x\r\n", "", "content"]
    assert int(server.requests[1].headers["content-length"]) == len(body)


async def test_what_an_answer_has_beside_is_not_needed(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    extra = {**announced(server.url), "upload_session": None, "new": 1}
    huge = head(200, {"Content-Length": str(2**40)}) + b"x" * 1000

    async def endless(exchange: Any) -> None:
        await exchange.send(huge)
        await server.closing.wait()

    server.steps = [answer(extra, 201), endless]
    asset = await make_client(server).assets.upload(b"content", **CLIP)
    assert asset.id == "asset1"
