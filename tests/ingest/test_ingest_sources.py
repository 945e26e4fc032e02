"""Where rows come from: files in the dialects of spreadsheets, JSON Lines, and what a program hands over."""

import asyncio
import csv
import gc
import io
import json
import os
import re
import socket
import tempfile
import threading
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import given
from hypothesis import strategies as st
from manifests import ONE, URL, read, read_good, refused, written

from tpstreams_async import InvalidInputError
from tpstreams_async._words import folded
from tpstreams_async.ingest.manifest import BadRow, Row, lines, read_rows, sources

HEAD = "url,title,resolutions\n"
LINE = f"{URL},Opening,240p\n"
OBJECT = json.dumps(ONE)


def at(rows: list[Any]) -> list[tuple[int, str]]:
    return [(row.line, row.title if isinstance(row, Row) else str(row.error).partition(": ")[2]) for row in rows]


@pytest.mark.parametrize("name", ["videos.csv", "VIDEOS.CSV", "videos.tsv", "videos.jsonl", "videos.ndjson"])
async def test_the_ending_of_a_file_tells_its_format(tmp_path: Path, name: str) -> None:
    content = {"csv": HEAD + LINE, "tsv": (HEAD + LINE).replace(",", "\t")}.get(name[-3:].lower(), OBJECT)
    path = written(tmp_path, content, name)
    for source in (path, str(path)):
        (row,) = await read_good(source)
        assert (row.url, row.title) == (URL, "Opening")


async def test_the_format_can_be_given(tmp_path: Path) -> None:
    path = written(tmp_path, OBJECT, "videos.csv")
    assert len(await read_good(path, format="jsonl")) == 1


@pytest.mark.parametrize("name", ["videos", "videos.txt", "videos.json", "videos.xlsx", ".csv", "csv"])
def test_without_either_the_file_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^format: is missing.*\.csv, \.tsv, \.jsonl, \.ndjson"):
        read_rows(name)


@pytest.mark.parametrize(
    ("source", "options", "argument"),
    [
        ("videos.csv", {"format": "xlsx"}, "format"),
        ("videos.csv", {"format": ""}, "format"),
        ([ONE], {"format": "csv"}, "format"),
        (b"videos.csv", {}, "source"),
        (ONE, {}, "source"),
        (None, {}, "source"),
        (7, {}, "source"),
        (io.StringIO(HEAD), {}, "source"),
        (io.BytesIO(b""), {}, "source"),
    ],
)
def test_what_is_no_source_is_refused_at_once(source: Any, options: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_rows(source, **options)
    assert caught.value.argument == argument


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
async def test_the_dialects_of_spreadsheets_are_read(tmp_path: Path, delimiter: str, end: str, mark: str) -> None:
    table = [
        ["URL", "Title", "Resolutions", "Note; own, column"],
        [URL, 'A "quoted", titled; one', "240p, 480p", "one\ttab"],
        [URL, "  Ünïcode अ  ", "720p", ""],
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(table)
    rows = await read_good(written(tmp_path, mark + text.getvalue()))
    assert [(row.line, row.title, row.resolutions) for row in rows] == [
        (2, 'A "quoted", titled; one', ("240p", "480p")),
        (3, "Ünïcode अ", ("720p",)),
    ]
    assert [row.extra for row in rows] == [{"Note; own, column": "one\ttab"}, {"Note; own, column": ""}]


async def test_only_the_header_tells_the_delimiter(tmp_path: Path) -> None:
    (row,) = await read(written(tmp_path, 'title;url;resolutions;"a,b,c,d"\nOne, two, three;' + URL + ";240p\n"))
    assert at([row]) == [(2, "One, two, three")]


async def test_a_table_of_one_column(tmp_path: Path) -> None:
    rows = await read(written(tmp_path, f"url\n{URL}\n{URL};x\n"), defaults={"resolutions": "240p"})
    assert at(rows) == [(2, "opening.mp4"), (3, "opening.mp4;x")]


async def test_tabs_alone_part_the_cells_of_tsv(tmp_path: Path) -> None:
    (row,) = await read_good(written(tmp_path, f"url\tresolutions\ta,b;c\n{URL}\t240p\tx,y\n", "videos.tsv"))
    assert row.extra == {"a,b;c": "x,y"}


async def test_lines_are_counted_where_rows_begin(tmp_path: Path) -> None:
    content = f'\n ,\n{HEAD.strip()},note\n\n{URL},One,240p,"two\nlines"\n,,,\n \n{URL},Two,240p,"a\r\nb\rc"\n{LINE}\n'
    rows = await read_good(written(tmp_path, content))
    assert at(rows) == [(5, "One"), (9, "Two"), (12, "Opening")]
    assert [row.extra.get("note") for row in rows] == ["two\nlines", "a\r\nb\rc", None]


async def test_a_line_with_fewer_or_more_cells(tmp_path: Path) -> None:
    content = f"{HEAD.strip()},note,\n{URL},Short,240p\n{URL},Long,240p,x,y,, \n{URL},Longer,240p,x,y,z\n{LINE}"
    rows = await read(written(tmp_path, content))
    assert at(rows) == [
        (2, "Short"),
        (3, "Long"),
        (4, "has 6 cells, and the header has 5 columns"),
        (5, "Opening"),
    ]
    assert [row.extra for row in rows if isinstance(row, Row)] == [{}, {"note": "x"}, {}]
    assert [row.given for row in rows if isinstance(row, BadRow)] == [[URL, "Longer", "240p", "x", "y", "z"]]


async def test_a_bad_row_names_its_line_and_column(tmp_path: Path) -> None:
    rows = await read(written(tmp_path, f"{HEAD}{URL},One,4k\nclip,Two,240p\n{LINE}"))
    assert [str(row.error).partition(":")[0] for row in rows if isinstance(row, BadRow)] == [
        "line 2, resolutions[0]",
        "line 3, url",
    ]
    assert isinstance(rows[2], Row)
    assert rows[0].given == {"url": URL, "title": "One", "resolutions": "4k"}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "videos.csv is empty: it has no header"),
        ("\n\r\n ,;\t\n", "videos.csv is empty"),
        ('""\n', "videos.csv is empty"),
        ("\ufeff", "videos.csv is empty"),
        ("\n" + LINE, f"videos.csv, line 2: the header must have a column url or path, but has '{URL}', 'Opening'"),
        ("title,source\nOne," + URL, "line 1: the header must have a column url or path, but has 'title', 'source'"),
        ("title,urll\nOne," + URL, "but has 'title', 'urll'; is 'urll' meant to be url?"),
        ("url,title,URL\n", "line 1: the header has a column twice, as 'url' and 'URL'"),
        ("path,my note,My-Note\n", "line 1: the header has a column twice, as 'my note' and 'My-Note'"),
        ("u\0r\0l\0,\0\n\0", "save the file as UTF-8"),
        (HEAD + LINE + f'{URL},"Open,240p\n{LINE}', "videos.csv, line 3: the row that begins here is no CSV"),
        (HEAD + LINE + f'{URL},"Open"ing,240p\n', "videos.csv, line 3: the row that begins here is no CSV"),
        (HEAD + f'{URL},"{"x" * 140_000}",240p\n', "videos.csv, line 2: the row that begins here is no CSV"),
        (f'url,"{"x" * 140_000}"\n', "videos.csv, line 1: the row that begins here is no CSV"),
        ('"url,title\n', "videos.csv, line 1: the row that begins here is no CSV"),
        (HEAD + LINE + "x" * 2**20 + ",\n", "videos.csv, line 3: is longer than 1,048,576 bytes"),
    ],
)
async def test_a_file_that_makes_no_sense_ends_the_reading(tmp_path: Path, content: str, problem: str) -> None:
    message = await refused(written(tmp_path, content))
    assert message.startswith("source: videos.csv")
    assert problem in message
    assert len(message) < 500


async def test_nothing_comes_before_a_header_is_understood(tmp_path: Path) -> None:
    rows = read_rows(written(tmp_path, "title\n" + "One\n" * 1000))
    with pytest.raises(InvalidInputError, match="line 1: the header"):
        await anext(rows)


@pytest.mark.parametrize("bad", [b"\xff", b"\xe9t\xe9", b"\xed\xa0\x80", b"\xc3", b"\xf8\x88\x80\x80\x80"])
@pytest.mark.parametrize("name", ["videos.csv", "videos.jsonl"])
async def test_other_bytes_than_utf_8_are_named_by_their_line(tmp_path: Path, bad: bytes, name: str) -> None:
    good = HEAD + LINE * 3000 if name == "videos.csv" else (OBJECT + "\n") * 3001
    message = await refused(written(tmp_path, good.encode() + b"clip " + bad + b"\n" + LINE.encode(), name))
    assert f"{name}, line 3002: is not UTF-8 (byte 6 of the line)" in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
async def test_other_encodings_are_refused(tmp_path: Path, encoding: str) -> None:
    message = await refused(written(tmp_path, (HEAD + LINE).encode(encoding)))
    assert "line 1: is not UTF-8 (byte 1 of the line); save the file as UTF-8" in message


@pytest.mark.parametrize("size", range(1, 9))
async def test_lines_are_whole_wherever_a_block_ends(tmp_path: Path, monkeypatch: Any, size: int) -> None:
    monkeypatch.setattr(lines, "_BLOCK_BYTES", size)
    path = written(tmp_path, f'\ufeff{HEAD}{URL},"Ü\r\n\r\n ü",240p\r\n\r{URL},Two,240p\r\n{URL},अ,240p')
    rows = await read(path)
    assert [(row.line, getattr(row, "title", None)) for row in rows] == [(2, None), (6, "Two"), (7, "अ")]


async def test_json_lines(tmp_path: Path) -> None:
    objects = ["", OBJECT, "  ", json.dumps({**ONE, "own": {"a": [1, None]}, "generate_subtitle": True}), f" {OBJECT} "]
    rows = await read_good(written(tmp_path, "\ufeff" + "\r\n".join(objects), "videos.jsonl"))
    assert at(rows) == [(2, "Opening"), (4, "Opening"), (5, "Opening")]
    assert rows[1].extra == {"own": {"a": [1, None]}}
    assert rows[1].generate_subtitle is True


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is no JSON (Expecting property name"),
        ("{'url': 1}", "is no JSON (Expecting property name"),
        (OBJECT + ",", f"is no JSON (Extra data at character {len(OBJECT) + 1})"),
        ('{"url": NaN}', "is no JSON that can be read"),
        (r'{"url": "\ud800"}', "is no JSON that can be read"),
        ("[" * 100_000, "is no JSON that can be read"),
        ('{"a":' * 100_000, "is no JSON that can be read"),
        ('{"a": ' + "9" * 5000 + "}", "Exceeds the limit"),
        ('{"url": "a", "title": "b", "url": "c"}', "has the key 'url' twice"),
        ('{"url": "a", "own": {"b": 1, "b": 1}}', "has the key 'b' twice"),
        ("[]", "is no mapping"),
        ("7", "is no mapping"),
        ("null", "is no mapping"),
        (f'"{URL}"', "is no mapping"),
        ("{}", "url: is missing"),
    ],
)
async def test_a_line_that_is_no_object_is_a_bad_row(tmp_path: Path, line: str, problem: str) -> None:
    before, bad, after = await read(written(tmp_path, f"{OBJECT}\n{line}\n{OBJECT}\n", "videos.jsonl"))
    assert isinstance(bad, BadRow)
    assert str(bad.error).startswith("line 2")
    assert problem in str(bad.error)
    assert len(str(bad.error)) < 300
    assert [before.line, after.line] == [1, 3]


async def test_an_empty_file_of_json_lines_has_no_rows(tmp_path: Path) -> None:
    assert await read(written(tmp_path, "\n", "videos.jsonl")) == []


async def test_paths_begin_in_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    written(tmp_path / "deep", "path,resolutions\na.mp4,240p\n../b.mp4,240p\n/c.mp4,240p\n")
    monkeypatch.chdir(tmp_path)
    here = os.getcwd()
    for source in ("deep/videos.csv", tmp_path / "deep" / "videos.csv"):
        rows = await read_good(source)
        assert [row.file for row in rows] == [f"{here}/deep/a.mp4", f"{here}/b.mp4", "/c.mp4"]


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "socket", "nul"])
async def test_what_is_no_file_is_refused(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("\0.csv" if kind == "nul" else "x.csv")
    with socket.socket(socket.AF_UNIX) as bound:
        {
            "missing": lambda: None,
            "nul": lambda: None,
            "folder": path.mkdir,
            "pipe": lambda: os.mkfifo(path),
            "socket": lambda: bound.bind(str(path)),
        }[kind]()
        assert (await refused(path)).startswith("source: ")


async def test_a_file_that_cannot_be_read_on_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Torn(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(size) or b""

    path = written(tmp_path, HEAD + LINE * 9999)
    monkeypatch.setattr(sources, "open", lambda path, *_, **__: Torn(path), raising=False)
    assert await refused(path) == "source: videos.csv cannot be read: Input/output error"


class Made:
    """An async iterable that is none itself."""

    def __init__(self) -> None:
        self.ended = False

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            for number in range(1000):
                yield {**ONE, "title": f"{number}"}
        finally:
            self.ended = True


async def test_rows_come_from_iterables_of_both_kinds() -> None:
    expected = await read_good([{**ONE, "title": f"{number}"} for number in range(1000)])
    assert [row.line for row in expected] == list(range(1, 1001))
    assert await read_good({**ONE, "title": f"{number}"} for number in range(1000)) == expected
    assert await read_good(Made()) == expected
    assert await read_good(aiter(Made())) == expected


async def test_a_dict_reader_is_an_iterable_of_rows() -> None:
    rows = await read(csv.DictReader(io.StringIO(f"{HEAD}{LINE}{LINE.strip()},more\n")))
    assert isinstance(rows[0], Row)
    assert isinstance(rows[1], BadRow)


async def test_what_was_begun_is_ended_and_what_was_given_is_left_alone() -> None:
    begun, made = Made(), Made()
    given = aiter(made)
    for source in (begun, given):
        rows = read_rows(source)
        await anext(rows)
        await rows.aclose()
    assert begun.ended
    assert not made.ended
    assert (await anext(given))["title"] == "1"
    await given.aclose()


async def test_an_error_of_an_iterable_comes_through() -> None:
    def broken() -> Iterator[Any]:
        yield ONE
        raise LookupError("gone")

    rows = read_rows(broken())
    assert isinstance(await anext(rows), Row)
    with pytest.raises(LookupError, match="gone"):
        await anext(rows)


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("tpstreams-ingest")]


async def settled() -> None:
    for thread in threads():
        await asyncio.to_thread(thread.join, 10)


@pytest.mark.parametrize("how", ["read to the end", "closed", "failed", "cancelled"])
async def test_neither_the_file_nor_the_thread_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    opened: list[io.FileIO] = []

    def noted(path: str, *_: Any, **__: Any) -> io.FileIO:
        opened.append(io.FileIO(path))
        return opened[-1]

    monkeypatch.setattr(sources, "open", noted, raising=False)
    path = written(tmp_path, HEAD + LINE * 500 + ('"' if how == "failed" else ""))
    if how == "read to the end":
        assert len(await read(path)) == 500
    elif how == "failed":
        await refused(path)
    elif how == "closed":
        rows = read_rows(path)
        await anext(rows)
        assert threads()
        await rows.aclose()
    else:
        reading = asyncio.ensure_future(read(path))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    await settled()
    assert not threads()
    assert all(file.closed for file in opened)


async def test_files_are_read_off_the_event_loop(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + LINE * 200)
    with blockbuster_ctx():
        assert len(await read(path)) == 200
        assert len(await read([{"path": "a.mp4", "resolutions": "240p"}] * 200)) == 200


@pytest.mark.parametrize("kind", ["csv", "jsonl", "iterable", "async iterable"])
async def test_others_get_their_turn_meanwhile(tmp_path: Path, kind: str) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    source = {
        "csv": lambda: written(tmp_path, HEAD + LINE * 1000),
        "jsonl": lambda: written(tmp_path, f"{OBJECT}\n" * 1000, "videos.jsonl"),
        "iterable": lambda: [ONE] * 1000,
        "async iterable": Made,
    }[kind]()
    running = asyncio.ensure_future(other())
    assert len(await read(source)) == 1000
    running.cancel()
    assert turns >= 1000 // 50


async def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    async def peak(count: int) -> int:
        path = written(tmp_path, HEAD + "".join(f"{URL}?{number},{'x' * 900},240p\n" for number in range(count)))
        gc.collect()
        tracemalloc.start()
        async for _ in read_rows(path):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    await peak(10)
    few, many = await peak(300), await peak(5000)
    # What is remembered of each row is 100 bytes or so; a row has a thousand.
    assert many - few < 4700 * 200


# --- any table

letters = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff")
cells = st.text(st.one_of(letters, st.sampled_from(',;\t"\r\n |')), max_size=10)
names = st.text(letters, min_size=1, max_size=6).filter(lambda name: name == name.strip() and name[0] not in ',;"')


@given(
    st.lists(names, max_size=3, unique_by=folded),
    st.data(),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.booleans(),
)
async def test_any_table_comes_back(
    own: list[str], data: st.DataObject, delimiter: str, end: str, quoting: Any, mark: bool
) -> None:
    # The csv module writes without quotes what ends a line only for others, so that it ends one.
    bare = "[\r\n]" if end == "\r" else "\r"
    texts = cells if quoting == csv.QUOTE_ALL else cells.map(lambda cell: re.sub(bare, "", cell).lstrip(" "))
    rows = data.draw(st.lists(st.tuples(*[texts] * len(own)), max_size=5))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "videos.csv"
        with path.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)
            writer.writerow(["url", "resolutions", *own])
            writer.writerows([URL, "240p", *row] for row in rows)
        found = await read_good(path)
    assert [dict(row.extra) for row in found] == [dict(zip(own, row, strict=True)) for row in rows]


marks = [
    b",",
    b";",
    b"\t",
    b'"',
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b"\\",
    b"{",
    b"}",
    b"[",
    b":",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
]
pieces = st.sampled_from([*marks, b"url", b"title", URL.encode(), OBJECT.encode(), b"\xe2\x80\xa8"])


@given(st.one_of(st.binary(), st.lists(pieces).map(b"".join)), st.booleans(), st.sampled_from(["csv", "tsv", "jsonl"]))
async def test_whatever_bytes_raise_nothing_but_the_documented_error(content: bytes, headed: bool, format: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), (b"url\ttitle\n" if headed else b"") + content)
        try:
            numbers, problem = [row.line for row in await read(path, format=format)], "source: videos.csv"
        except InvalidInputError as error:
            numbers, problem = [], str(error)
    assert problem.startswith("source: videos.csv")
    assert numbers == sorted(set(numbers))
