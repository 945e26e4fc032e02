"""What a row is: what its cells mean, what is refused, and what names it."""

import dataclasses
import os
import random
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manifests import ONE, URL, bad, good, read, read_good
from support import bad as wrong
from support.canaries import CANARY, SIGNED
from support.strategies import json_values

from tpstreams_async import InvalidInputError
from tpstreams_async.ingest.manifest import BadRow, Row, read_rows

FULL: dict[str, Any] = {
    **ONE,
    "content_protection_type": "aes",
    "folder": "HkW4rTz9uJp",
    "generate_subtitle": False,
}


@attrs.define
class Talk:
    url: str
    resolutions: list[str]
    speaker: str = "Ada"


@dataclasses.dataclass
class Clip:
    path: str
    resolutions: str
    speaker: str = "Ada"


class Slotted:
    __slots__ = ("path", "resolutions", "unread")

    def __init__(self) -> None:
        self.path, self.resolutions, self.unread = "talk.mp4", "240p", 1


async def test_a_row_has_what_was_given() -> None:
    row = await good({**FULL, "speaker": " Ada ", "id": 7})
    assert row.key.endswith("-0")
    assert attrs.asdict(row, filter=lambda field, _: field.name not in ("key", "content", "extra"), recurse=False) == {
        **FULL,
        "line": 1,
        "word": "row",
        "path": None,
        "file": None,
        "resolutions": ("240p", "720p"),
    }
    assert row.extra == {"speaker": " Ada ", "id": 7}


async def test_what_is_not_given_is_none() -> None:
    row = await good({"url": URL, "resolutions": "240p"})
    assert (row.content_protection_type, row.folder, row.generate_subtitle, dict(row.extra)) == (None, None, None, {})


@pytest.mark.parametrize("empty", ["", "  ", "\t\n", None, float("nan")])
async def test_an_empty_cell_is_not_given(empty: Any) -> None:
    cells = {"url": URL, "resolutions": "240p"}
    rest = {name: empty for name in FULL if name not in cells}
    assert await good({**cells, **rest, "path": empty}) == await good(cells)
    assert "is missing" in str((await bad({"url": URL, "resolutions": empty})).error)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("true", True),
        (" TRUE ", True),
        ("Yes", True),
        ("1", True),
        (1, True),
        (1.0, True),
        (True, True),
        ("False", False),
        ("no", False),
        ("NO", False),
        ("0", False),
        (0, False),
        (0.0, False),
        (False, False),
    ],
)
async def test_yes_and_no_are_read_as_spreadsheets_write_them(text: Any, meant: bool) -> None:
    assert (await good({**ONE, "generate_subtitle": text})).generate_subtitle is meant


@pytest.mark.parametrize("text", ["maybe", "2", "y", "on", "none", 2, -1, 0.5, [], [1], {}, b"1"])
async def test_what_is_neither_yes_nor_no_is_refused(text: Any) -> None:
    row = await bad({**ONE, "generate_subtitle": text})
    assert row.error.argument == "row 1, generate_subtitle"


@pytest.mark.parametrize(
    "given",
    [
        "240p,720p",
        "240p, 720p",
        " 240p ;720p ",
        "240p|720p",
        "240p,720p,",
        "240p;;720p",
        "240p,720p,240p",
        ["240p", "720p"],
        ("240p", " 720p"),
        iter(["240p", "720p"]),
    ],
)
async def test_resolutions_are_a_list_or_a_text(given: Any) -> None:
    assert (await good({**ONE, "resolutions": given})).resolutions == ("240p", "720p")


@pytest.mark.parametrize(
    "given", ["240", "240p 720p", "240p/720p", "4k", ",", "240P", [], [""], [240], ["240p", None], 240, {}, b"240p"]
)
async def test_what_is_no_list_of_resolutions_is_refused(given: Any) -> None:
    row = await bad({**ONE, "resolutions": given})
    assert row.error.argument.startswith("row 1, resolutions")


@pytest.mark.parametrize("name", ["URL", " url ", "Url"])
async def test_case_and_space_in_the_name_of_a_column_do_not_matter(name: str) -> None:
    row = {name: URL, "Content-Protection Type": "drm", "generate subtitle": "yes", "RESOLUTIONS": "240p"}
    assert await good(row) == await good(
        {"url": URL, "content_protection_type": "drm", "generate_subtitle": True, "resolutions": ["240p"]}
    )


@pytest.mark.parametrize("name", ["source", "input", "video_url", "file", "resolution", "", "urls", "uri", "key"])
async def test_no_other_name_means_one_of_the_fields(name: str) -> None:
    assert (await good({**ONE, name: "own"})).extra == {name: "own"}


@pytest.mark.parametrize(
    "model",
    [
        Talk(URL, ["240p"]),
        dataclasses.make_dataclass("Made", ["url", "resolutions", "speaker"])(URL, "240p", "Ada"),
        SimpleNamespace(url=URL, resolutions="240p", speaker="Ada", _hidden=1),
    ],
)
async def test_models_are_rows(model: Any) -> None:
    assert await good(model) == await good({"url": URL, "resolutions": "240p", "speaker": "Ada"})


async def test_a_model_without_a_list_of_its_attributes_is_asked_for_ours() -> None:
    row = await good(Slotted())
    assert (row.path, row.title, row.resolutions, dict(row.extra)) == ("talk.mp4", "talk.mp4", ("240p",), {})


@pytest.mark.parametrize("url", [pytest.param(url, id=wrong.short(url)) for url in wrong.URLS if url])
async def test_what_is_no_url_is_refused(url: Any) -> None:
    assert (await bad({**ONE, "url": url})).error.argument == "row 1, url"


@pytest.mark.parametrize("title", ["a\nb", "a\0", "\ud800", "\x7f", 7, 0, False, b"a", ["a"]])
@pytest.mark.parametrize("place", [{"url": URL}, {"path": "talk.mp4"}])
async def test_what_is_no_title_is_refused(title: Any, place: dict[str, str]) -> None:
    assert (await bad({"resolutions": "240p", **place, "title": title})).error.argument == "row 1, title"


@pytest.mark.parametrize("path", ["a\nb", "a\0", "\ud800", 7, True, b"a", ["a"], Path("a\0b")])
async def test_what_is_no_path_is_refused(path: Any) -> None:
    assert (await bad({"resolutions": "240p", "path": path})).error.argument == "row 1, path"


@pytest.mark.parametrize(
    ("name", "value"), [("content_protection_type", "DRM"), ("folder", "../x"), ("folder", 7), ("folder", "a b")]
)
async def test_what_the_server_would_refuse_is_refused(name: str, value: Any) -> None:
    assert (await bad({**ONE, name: value})).error.argument == f"row 1, {name}"


async def test_a_row_has_either_a_url_or_a_path() -> None:
    both, neither = await read([{**ONE, "path": "a.mp4"}, {"title": "Opening", "resolutions": "240p"}])
    assert isinstance(both, BadRow)
    assert isinstance(neither, BadRow)
    assert str(both.error) == "row 1, url: is given together with path; a row has one of them"
    assert str(neither.error) == "row 2, url: is missing, and there is no path either"


async def test_a_field_given_twice_is_refused() -> None:
    row = await bad({**ONE, "Title": "Other"})
    assert str(row.error) == "row 1, title: is there twice, as 'title' and 'Title'"


async def test_a_bad_row_does_not_hold_up_the_others() -> None:
    rows = await read([ONE, {**ONE, "resolutions": "4k"}, ONE])
    assert [type(row) for row in rows] == [Row, BadRow, Row]
    assert [row.line for row in rows] == [1, 2, 3]
    assert str(rows[1].error).startswith("row 2, resolutions[0]: '4k' is no resolution")
    assert rows[1].given == {**ONE, "resolutions": "4k"}


@pytest.mark.parametrize(
    "row", [None, 7, "", URL, b"x", [], [ONE], (URL, "Opening"), ..., object(), Talk, Path("a.mp4")]
)
async def test_what_is_no_row_is_a_bad_one(row: Any) -> None:
    made = await bad(row)
    assert made.given is row
    assert str(made.error).startswith("row 1: is no mapping")
    assert made.key == (await bad(row)).key
    assert " at 0x" not in made.key


@pytest.mark.parametrize("name", [None, 7, b"url", ("a",)])
async def test_a_column_has_a_text_for_its_name(name: Any) -> None:
    assert "must have a text for its name" in str((await bad({**ONE, name: "x"})).error)


@pytest.mark.parametrize(
    ("place", "title"),
    [
        ({"url": URL}, "opening.mp4"),
        ({"url": f"{URL}?Signature=x#t=3"}, "opening.mp4"),
        ({"url": "https://origin.example/talks/"}, "talks"),
        ({"url": "https://origin.example/My%20talk%20%E0%A4%85.mp4"}, "My talk अ.mp4"),
        ({"url": f"{URL}Expires=1&Signature=x"}, "opening.mp4"),
        ({"path": "talks/opening.mp4"}, "opening.mp4"),
        ({"path": Path("talks") / "opening.mp4"}, "opening.mp4"),
        ({"path": "/opening"}, "opening"),
    ],
)
async def test_a_row_without_a_title_has_the_name_of_its_file(place: dict[str, Any], title: str) -> None:
    row = await good({**place, "resolutions": "240p"})
    assert row.title == title
    assert row == await good({**place, "resolutions": "240p", "title": title})


@pytest.mark.parametrize(
    "place", [{"url": "https://origin.example/"}, {"url": "https://origin.example"}, {"path": "a/"}]
)
async def test_a_row_without_any_name_is_refused(place: dict[str, str]) -> None:
    row = await bad({**place, "resolutions": "240p"})
    assert row.error.argument == "row 1, title"
    assert "is missing" in str(row.error)


async def test_paths_begin_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = await read_good([{"path": path, "resolutions": "240p"} for path in ("a.mp4", "../b.mp4", "/c.mp4")])
    here = os.getcwd()
    assert [row.file for row in rows] == [f"{here}/a.mp4", f"{os.path.dirname(here)}/b.mp4", "/c.mp4"]
    assert [row.path for row in rows] == ["a.mp4", "../b.mp4", "/c.mp4"]
    assert {row.url for row in rows} == {None}


async def test_defaults_hold_where_a_cell_is_empty() -> None:
    defaults = {"Resolutions": "480p;240p", "folder": "HkW4rTz9uJp", "generate-subtitle": "yes", "title": ""}
    common, own = await read_good([{"url": URL, "folder": " "}, {**FULL, "folder": "Other1"}], defaults=defaults)
    assert (common.resolutions, common.folder, common.generate_subtitle) == (("480p", "240p"), "HkW4rTz9uJp", True)
    assert (own.resolutions, own.folder, own.generate_subtitle) == (("240p", "720p"), "Other1", False)


@pytest.mark.parametrize(
    ("defaults", "argument"),
    [
        ({"url": URL}, "defaults.url"),
        ({"path": "a"}, "defaults.path"),
        ({"title": "Same"}, "defaults.title"),
        ({"resolutions": "4k"}, "defaults.resolutions[0]"),
        ({"resolutions": []}, "defaults.resolutions"),
        ({"folder": "a/b"}, "defaults.folder"),
        ({"content_protection_type": "x"}, "defaults.content_protection_type"),
        ({"generate_subtitle": "x"}, "defaults.generate_subtitle"),
        ({"folder": "a", "Folder": "a"}, "defaults.folder"),
        ({"resolution": "240p"}, "defaults.resolution"),
        ({7: "240p"}, "defaults.column"),
        ([("folder", "a")], "defaults"),
    ],
)
def test_wrong_defaults_are_refused_before_anything_is_read(defaults: Any, argument: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_rows([ONE], defaults=defaults)
    assert caught.value.argument == argument


async def test_secrets_in_urls_do_not_show() -> None:
    row = await good({**ONE, "url": SIGNED, "note": SIGNED})
    assert row.url == SIGNED
    rows = [row, *await read([{**ONE, "url": f"{SIGNED} x"}, {**ONE, "url": SIGNED, "path": SIGNED}, SIGNED, [SIGNED]])]
    rows += await read(
        [{**ONE, "url": SIGNED, name: SIGNED} for name in ("folder", "resolutions", "generate_subtitle")]
    )
    assert [isinstance(row, BadRow) for row in rows] == [False] + [True] * 7
    assert CANARY not in f"{rows!r} {[str(getattr(row, 'error', '')) for row in rows]}"


async def test_the_title_of_a_signed_url_has_no_signature() -> None:
    row = await good({"url": SIGNED, "resolutions": "240p"})
    assert row.title == "a.m3u8"


# --- what names a row

texts = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
ids = st.from_regex(r"\A[A-Za-z0-9_-]{1,12}\Z")
resolutions = st.lists(st.sampled_from(["240p", "360p", "480p", "540p", "720p", "1080p"]), min_size=1, unique=True)
urls = st.integers(0, 3).map("https://origin.example/{}.mp4".format)
common = {
    "resolutions": resolutions,
    "content_protection_type": st.sampled_from(["drm", "aes", "disable"]),
    "folder": ids,
    "generate_subtitle": st.booleans(),
}
optional = {name: values for name, values in common.items() if name != "resolutions"}
contents = st.fixed_dictionaries({"title": texts, "resolutions": resolutions}, optional=optional).flatmap(
    lambda row: st.one_of(urls.map(lambda url: {**row, "url": url}), texts.map(lambda path: {**row, "path": path}))
)
spaces = st.text(" \t\u00a0", max_size=2)


def as_text(value: Any, chance: random.Random) -> str:
    """Write a value in one of the ways in which a cell can have it."""
    if isinstance(value, bool):
        return chance.choice([["no", "False", "0"], ["YES", "true", "1"]][value])
    if isinstance(value, list):
        return chance.choice([", ", ";", " | "]).join(chance.sample(value, len(value)))
    return str(value)


@given(st.lists(contents, max_size=6), st.fixed_dictionaries({}, optional=common), spaces, st.randoms())
async def test_the_key_knows_no_order_no_white_space_and_no_defaults(
    rows: list[dict[str, Any]], defaults: dict[str, Any], space: str, chance: random.Random
) -> None:
    def moved(row: dict[str, Any]) -> dict[str, Any]:
        """Write a row in another way, less what the defaults say already."""
        kept = {name: value for name, value in row.items() if name not in defaults or defaults[name] != value}
        columns = [*kept, "own"]
        chance.shuffle(columns)
        cells = {**kept, "own": chance.random()}
        return {
            column.upper().replace("_", "-"): f"{space}{as_text(cells[column], chance)}{space}" for column in columns
        }

    # What a row does not say, a default would.
    whole = [{**defaults, **row} for row in rows]
    expected = [row.key for row in await read_good(whole)]
    assert [row.key for row in await read_good(map(moved, whole), defaults=defaults)] == expected


@given(st.lists(contents, min_size=1, max_size=8))
async def test_equal_rows_are_counted_and_others_are_not(rows: list[dict[str, Any]]) -> None:
    seen: dict[str, int] = {}
    contents: dict[str, str] = {}
    for row, made in zip(rows, await read_good(rows), strict=True):
        content = repr(
            sorted((name, sorted(value) if isinstance(value, list) else value) for name, value in row.items())
        )
        digest, number = re.fullmatch(r"([0-9a-f]{32})-([0-9]+)", made.key).groups()
        assert int(number) == seen.get(content, 0)
        seen[content] = int(number) + 1
        assert contents.setdefault(content, digest) == digest
    assert len(set(contents.values())) == len(contents)


async def test_a_row_put_in_or_taken_out_leaves_the_keys_of_the_others() -> None:
    rows = [{**ONE, "title": title} for title in "ABCABA"]
    keys = [row.key for row in await read_good(rows)]
    assert len(set(keys)) == 6
    more = await read_good([{**ONE, "title": "new"}, *rows[:3], {**ONE, "title": "B2"}, *rows[3:]])
    assert {row.key for row in more} > set(keys)
    assert {row.key for row in await read_good(rows[1:])} == set(keys) - {keys[-1]}


async def test_fields_do_not_run_into_each_other() -> None:
    pairs = [("a", "b"), ("ab", ""), ("a", "None"), ("a-", "b"), ("a1:b", "-"), ("1:a", "b")]
    rows = [{"path": "x", "resolutions": "240p", "title": one, "folder": two} for one, two in pairs]
    assert {row.key.partition("-")[2] for row in await read_good(rows)} == {"0"}


@pytest.mark.parametrize(
    "other",
    [
        {"url": f"{URL}?v=2"},
        {"title": "Other"},
        {"resolutions": "240p"},
        {"content_protection_type": "drm"},
        {"folder": None},
        {"generate_subtitle": True},
        {"generate_subtitle": None},
    ],
)
async def test_everything_that_reaches_the_server_is_part_of_the_key(other: dict[str, Any]) -> None:
    first, second = await read_good([FULL, {**FULL, **other}])
    assert first.key.partition("-")[0] != second.key.partition("-")[0]


async def test_a_key_stays_what_it_is_from_release_to_release() -> None:
    first, second = await read_good([{**FULL, "path": None}, {"path": "a.mp4", "resolutions": "720p,240p"}])
    assert [first.key, second.key] == ["1c9f7ef2504838458d3492dd28ee6825-0", "0fa2b7cb86783d4edfdadf0b63de0475-0"]


@given(st.dictionaries(st.sampled_from([*FULL, "path", "own"]), json_values) | json_values)
async def test_whatever_stands_in_the_place_of_a_row_has_a_key_that_stays(row: Any) -> None:
    first, second = await read([row, row])
    assert type(first) is type(second)
    assert first.key.partition("-")[0] == second.key.partition("-")[0]
    assert [first.key[-2:], second.key[-2:]] == ["-0", "-1"]
    assert (await read([row]))[0] == first


async def test_the_key_of_a_bad_row_is_never_that_of_a_row() -> None:
    rows = await read([ONE, {**ONE, "path": "x"}, {**ONE, "Title": "Opening"}, {**ONE, "title": "a\n\nb"}])
    assert len({row.key.partition("-")[0] for row in rows}) == 4
    spaced = await bad({"PATH": " x", **ONE, "own": 3})
    assert spaced.key == rows[1].key
