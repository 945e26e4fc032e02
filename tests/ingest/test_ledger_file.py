"""The file of a ledger: whose it is, what is refused, and what becomes of it when the disk lets it down."""

import asyncio
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ledger_support import as_the_system_has_it, content, every, keys, open_ledger, opened, planned

from tpstreams_async import InvalidInputError, LedgerError
from tpstreams_async.ingest.ledger import State, database

HOLDER = """
import asyncio, sys
sys.path[:0] = {places!r}
from pathlib import Path
from ledger_support import open_ledger
async def main():
    ledger = await open_ledger(Path({path!r}))
    print("open", flush=True)
    sys.stdin.read()
asyncio.run(main())
"""
#: What a process may write into one file.
LIMITED = """
import asyncio, resource, sys
sys.path[:0] = {places!r}
from pathlib import Path
from ledger_support import every, open_ledger, planned
from tpstreams_async import LedgerError
async def main():
    ledger = await open_ledger(Path({path!r}))
    resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))
    done = 0
    try:
        for start in range(0, 100_000, 100):
            await ledger.plan([planned(number) for number in range(start, start + 100)])
            done += 100
    except LedgerError as error:
        print(done, len(await every(ledger)), error)
    await ledger.aclose()
asyncio.run(main())
"""
PLACES = [str(Path(__file__).parent), str(Path(__file__).parents[2])]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "videos.ledger"


async def filled(path: Path, count: int = 40) -> Path:
    async with opened(path) as ledger:
        await ledger.plan([planned(number) for number in range(count)])
        await ledger.claim(count // 2)
        await ledger.submitted([(f"key{number:06}", f"a{number}") for number in range(count // 4)])
    return path


def shell(path: Path, *statements: str) -> list[Any]:
    """What somebody does with the file and another program."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return [row for statement in statements for row in connection.execute(statement)]
    finally:
        connection.close()


def damage(path: Path, seed: int) -> bytes:
    chance = random.Random(seed)
    wrong = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 4, 30])):
        wrong[chance.randrange(len(wrong))] ^= 1 << chance.randrange(8)
    path.write_bytes(wrong)
    return bytes(wrong)


def hold(path: Path) -> "subprocess.Popen[bytes]":
    """Let another process open a ledger."""
    program = HOLDER.format(places=PLACES, path=str(path))
    holder = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"open\n"
    return holder


def printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    return done.stdout


async def test_a_second_run_on_the_same_ledger_is_refused(path: Path) -> None:
    async with opened(path) as ledger:
        await ledger.plan([planned(1)])
        await ledger.claim(1)
        with pytest.raises(LedgerError, match="another run holds this ledger") as caught:
            await open_ledger(path)
        assert str(caught.value).startswith(str(path))
        assert caught.value.path == str(path)
        assert (await ledger.counts())[State.SUBMITTING] == 1
    async with opened(path) as ledger:
        assert (await ledger.counts())[State.UNKNOWN] == 1


async def test_a_ledger_is_the_same_by_another_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path.parent / "link").symlink_to(path)
    monkeypatch.chdir(path.parent)
    async with opened(path):
        for name in (path.parent / "link", Path("videos.ledger"), Path("..") / path.parent.name / "videos.ledger"):
            with pytest.raises(LedgerError, match="another run holds"):
                await open_ledger(name)


async def test_a_run_in_another_process_holds_it_until_it_is_killed(path: Path) -> None:
    with hold(path) as holder:
        with pytest.raises(LedgerError, match="another run holds"):
            await open_ledger(path)
        holder.kill()
        holder.wait()
        async with opened(path) as ledger:
            assert await every(ledger) == []


async def test_a_run_whose_lock_was_deleted_ends_when_another_one_begins(path: Path) -> None:
    async with opened(path) as first:
        await first.plan([planned(1)])
        path.with_name("videos.ledger-lock").unlink()
        async with opened(path) as second:
            with pytest.raises(LedgerError, match="another run has taken this ledger over"):
                await first.claim(1)
            assert keys(await second.claim(1)) == ["key000001"]


def take_away(path: Path, how: str) -> None:
    if how == "replaced":
        copy = path.with_name("copy")
        copy.write_bytes(path.read_bytes())
        copy.replace(path)
    elif how == "moved":
        path.rename(path.with_name("elsewhere"))
    else:
        path.unlink()


@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
async def test_a_run_whose_ledger_is_gone_does_not_write_on_where_nobody_finds_it(path: Path, how: str) -> None:
    async with opened(path) as ledger:
        await ledger.plan([planned(1)])
        take_away(path, how)
        with pytest.raises(LedgerError, match="deleted, moved or replaced while a run had it open"):
            await ledger.claim(1)


async def test_it_can_be_read_in_a_shell_while_it_is_in_use_and_after(path: Path) -> None:
    statements = (
        "SELECT state, videos, first_change FROM summary",
        "SELECT line, title, was, became, note FROM history",
    )
    async with opened(path) as ledger:
        await ledger.plan([planned(1), planned(2)])
        await ledger.claim(1)
        await ledger.lost(["key000001"], "no answer")
        expected = [
            ("planned", 1, "2026-01-01T12:00:00.000Z"),
            ("unknown", 1, "2026-01-01T12:00:00.000Z"),
            (2, "Lesson 1", "planned", "submitting", "batch 1"),
            (2, "Lesson 1", "submitting", "unknown", "no answer"),
        ]
        assert shell(path, *statements) == expected
    assert sorted(os.listdir(path.parent)) == ["videos.ledger", "videos.ledger-lock"]
    assert shell(path, *statements) == expected


async def test_someone_who_reads_in_a_shell_does_not_hold_a_run_up(path: Path) -> None:
    await filled(path)
    reader = sqlite3.connect(path, isolation_level=None)
    try:
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM videos WHERE state = 'planned'").fetchone()
        async with opened(path) as ledger:
            assert len(await ledger.claim(5)) == 5
        assert reader.execute("SELECT count(*) FROM videos WHERE state = 'planned'").fetchone() == before
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("state", "asset_id"),
    [
        ("submitted", None),
        ("submitted", ""),
        ("completed", None),
        ("skipped", None),
        ("planned", "a1"),
        ("unknown", "a1"),
        ("done", None),
    ],
)
async def test_a_shell_too_can_write_no_state_that_makes_no_sense(path: Path, state: str, asset_id: str | None) -> None:
    await filled(path)
    connection = sqlite3.connect(path)
    try:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("UPDATE videos SET state = ?, asset_id = ? WHERE number = 40", (state, asset_id))
        for each in State:
            asset = f"asset {each}" if each in ("submitted", "completed", "skipped") else None
            connection.execute("UPDATE videos SET state = ?, asset_id = ? WHERE number = 40", (each, asset))
    finally:
        connection.close()


async def test_a_commit_waits_for_the_disk(path: Path) -> None:
    async with opened(path) as ledger:

        def settings(connection: sqlite3.Connection) -> list[Any]:
            names = ("journal_mode", "synchronous", "fullfsync", "checkpoint_fullfsync")
            return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

        full = 2
        assert await ledger._read(settings) == ["wal", full, 1, 1]


async def test_it_is_used_in_one_thread_of_its_own(path: Path) -> None:
    async with opened(path) as ledger:
        names = {await ledger._read(lambda _: threading.current_thread().name) for _ in range(5)}
        assert names == {"tpstreams-ledger_0"}
    assert not [thread for thread in threading.enumerate() if thread.name in names and _lives(thread)]


def _lives(thread: threading.Thread) -> bool:
    thread.join(10)
    return thread.is_alive()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda path: path.write_bytes(b""), "it is empty"),
        (lambda path: path.write_bytes(b"title,url\r\n" * 500), "it is no SQLite file"),
        (lambda path: path.write_bytes(path.read_bytes()[:50]), "it is no SQLite file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-4096]), "it is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "it is damaged"),
        (lambda path: shell(path, "PRAGMA user_version = 2"), "of version 2, and this package knows version 1"),
        (lambda path: shell(path, "PRAGMA user_version = 0"), "of version 0"),
        (lambda path: shell(path, "PRAGMA application_id = 7"), "a SQLite file of another program"),
        (lambda path: shell(path, "UPDATE ledger SET organization_id = 'org002'"), "it is about organization 'org002'"),
        (lambda path: shell(path, "UPDATE ledger SET base_url = 'https://b.example'"), "server 'https://b.example'"),
        (lambda path: shell(path, "DELETE FROM ledger"), "it does not say whose it is"),
        (lambda path: shell(path, "DROP TABLE ledger"), "its tables are not those of a ledger"),
        (lambda path: shell(path, "DROP INDEX videos_by_state"), "its tables are not those of a ledger"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else None,
)
async def test_what_is_no_sound_ledger_of_ours_is_refused_and_left_as_it_is(
    path: Path, change: Callable[[Path], object], problem: str
) -> None:
    await filled(path)
    change(path)
    before = content(path)
    for _ in range(2):
        with pytest.raises(LedgerError, match=problem) as caught:
            await open_ledger(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert content(path) == before


async def test_people_may_add_views_of_their_own(path: Path) -> None:
    await filled(path)
    shell(path, "CREATE VIEW mine AS SELECT title FROM videos WHERE state = 'failed'")
    async with opened(path) as ledger:
        assert len(await every(ledger)) == 40


@pytest.mark.parametrize("mine", ["organization_id", "base_url"])
async def test_a_ledger_of_others_is_left_as_it_is_even_after_a_crash(path: Path, tmp_path: Path, mine: str) -> None:
    async with opened(path) as ledger:
        await ledger.plan([planned(1)])
        await ledger.claim(1)
        crashed = as_the_system_has_it(path, tmp_path / "crashed")
    before = content(crashed)
    assert set(before) == {"videos.ledger", "videos.ledger-wal"}
    with pytest.raises(LedgerError, match="it is about"):
        await open_ledger(crashed, **{mine: "https://another.example"})
    assert content(crashed) == before
    async with opened(crashed) as ledger:
        assert (await ledger.counts())[State.UNKNOWN] == 1


async def test_what_is_only_in_its_log_yet_counts(path: Path, tmp_path: Path) -> None:
    async with opened(path):
        shell(path, "UPDATE ledger SET organization_id = 'org002'")
        crashed = as_the_system_has_it(path, tmp_path / "crashed")
    with pytest.raises(LedgerError, match="it is about organization 'org002'"):
        await open_ledger(crashed)


async def test_a_ledger_that_was_taken_from_its_log_is_not_begun_anew(path: Path, tmp_path: Path) -> None:
    async with opened(path) as ledger:
        await ledger.plan([planned(1)])
        crashed = as_the_system_has_it(path, tmp_path / "crashed")
    crashed.unlink()
    before = content(crashed)
    with pytest.raises(LedgerError, match=r"it is gone, while videos\.ledger-wal, which is a part of it, is still"):
        await open_ledger(crashed)
    assert content(crashed) == before


@pytest.mark.parametrize("seed", range(60))
async def test_a_ledger_with_wrong_bytes_never_says_something_else_of_a_row(path: Path, seed: int) -> None:
    """Either it is refused, or what is wrong is nothing that decides what is sent and what is whose."""
    await filled(path)
    async with opened(path) as ledger:
        sound = [(row.key, row.state, row.asset_id) for row in await every(ledger)]
    wrong = damage(path, seed)
    try:
        ledger = await open_ledger(path)
    except LedgerError:
        assert content(path)[path.name] == wrong
        return
    try:
        assert [(row.key, row.state, row.asset_id) for row in await every(ledger)] == sound
    except LedgerError as error:
        assert "row " in error.problem or "decode" in error.problem  # noqa: PT017 - most seeds come here without one
    finally:
        await ledger.aclose()


@pytest.mark.parametrize("kind", ["directory", "pipe", "device"])
async def test_what_is_no_file_is_refused(path: Path, kind: str) -> None:
    make: dict[str, Callable[[], object]] = {
        "directory": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "device": lambda: path.symlink_to("/dev/null"),
    }
    make[kind]()
    with pytest.raises(LedgerError, match="it is not a regular file"):
        await open_ledger(path)


@pytest.mark.parametrize("path", ["", b"", "a\0b", None, 7, ["videos.ledger"]])
async def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(InvalidInputError, match="ledger: must be the path of a file"):
        await open_ledger(path)


async def test_a_ledger_in_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be opened"):
        await open_ledger(tmp_path / "nowhere" / "videos.ledger")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["50% off?#1&mode=memory.ledger", "видео ☺.ledger", ":memory:", "-"])
async def test_a_ledger_may_have_any_name(tmp_path: Path, name: str) -> None:
    await filled(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == [name, f"{name}-lock"]
    async with opened(tmp_path / name) as ledger:
        assert len(await every(ledger)) == 40


async def test_what_an_earlier_attempt_to_make_it_left_behind_does_not_matter(path: Path) -> None:
    for ending in ("", "-journal", "-wal"):
        path.with_name(f"videos.ledger-new{ending}").write_bytes(b"half")
    await filled(path)
    assert sorted(os.listdir(path.parent)) == ["videos.ledger", "videos.ledger-lock"]


async def test_a_full_disk_is_told_and_nothing_is_half_written(path: Path) -> None:
    async with opened(path) as ledger:
        await ledger.plan([planned(number) for number in range(100)])
        pages = await ledger._read(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
        await ledger._read(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone())
        before = await every(ledger)
        with pytest.raises(LedgerError, match="the disk is full") as caught:
            await ledger.plan([planned(number) for number in range(100, 400)])
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
        assert await every(ledger) == before
        await ledger._read(lambda connection: connection.execute(f"PRAGMA max_page_count = {10**6}").fetchone())
        await ledger.plan([planned(number) for number in range(100, 400)])
        assert len(await every(ledger)) == 400


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of this kind")
@pytest.mark.parametrize("most", [100_000, 300_000, 1_000_000])
async def test_a_file_that_may_not_grow_is_told_and_nothing_is_half_written(path: Path, most: int) -> None:
    program = LIMITED.format(places=PLACES, path=str(path), most=most)
    told, there, message = printed(program).split(" ", 2)
    assert told == there
    assert message.startswith(f"{path}: ")
    assert "the disk is full" in message or "the file system reports an error" in message
    async with opened(path) as ledger:
        assert len(await every(ledger)) == int(told) > 0


async def test_another_program_that_keeps_writing_is_told_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_SETTINGS", (*database._SETTINGS, "PRAGMA busy_timeout = 20"))
    async with opened(path) as ledger:
        writer = sqlite3.connect(path, isolation_level=None)
        try:
            writer.execute("BEGIN IMMEDIATE")
            with pytest.raises(LedgerError, match="another program keeps it locked"):
                await ledger.plan([planned(1)])
        finally:
            writer.close()
        await ledger.plan([planned(1)])
        assert len(await every(ledger)) == 1


async def test_an_opening_that_is_cancelled_lets_go_of_the_ledger(path: Path) -> None:
    opening = asyncio.ensure_future(open_ledger(path))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    async with opened(path) as ledger:
        assert await every(ledger) == []


async def test_an_opening_that_failed_lets_go_of_the_ledger(path: Path) -> None:
    await filled(path)
    shell(path, "PRAGMA user_version = 2")
    with pytest.raises(LedgerError):
        await open_ledger(path)
    shell(path, "PRAGMA user_version = 1")
    async with opened(path) as ledger:
        assert len(await every(ledger)) == 40


async def test_a_ledger_that_was_closed_is_one_file_to_be_copied(path: Path, tmp_path: Path) -> None:
    await filled(path)
    (tmp_path / "elsewhere").mkdir()
    copy = shutil.copy(path, tmp_path / "elsewhere")
    async with opened(Path(copy)) as ledger, opened(path) as original:
        assert await every(ledger) == await every(original)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another thing there")
async def test_nobody_else_may_read_the_urls_in_it(path: Path) -> None:
    def modes() -> dict[str, int]:
        return {
            found.name.removeprefix(path.name): stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()
        }

    async with opened(path) as ledger:
        await ledger.plan([planned(1)])
        found = modes()
    assert [found[part] for part in ("", "-wal", "-shm")] == [0o600] * 3
