"""What is read of the rows of a page, when little of each is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tpstreams_async import DecodeError
from tpstreams_async._sketches import Sketches

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
videos = st.none() | st.fixed_dictionaries({}, optional={"status": values, "progress": values, "tracks": values})
rest = {"type": values, "video": videos, "title": values}
rows = st.fixed_dictionaries({"id": st.text(max_size=8)}, optional=rest)
strange = st.fixed_dictionaries({}, optional={"id": values, **rest})


def plain(row):
    """Return what a sketch of a row must say."""
    video = row.get("video")
    shown = None if video is None else (video.get("status"), video.get("progress"))
    return row["id"], row.get("type"), shown


def said(sketch):
    return sketch.id, sketch.type, sketch.video and (sketch.video.status, sketch.video.progress)


@given(st.lists(rows, max_size=5), st.booleans(), st.booleans())
def test_a_sketch_says_what_the_row_does_and_the_row_is_there_in_whole(page, bare, marked):
    body = json.dumps(page if bare else {"count": 7, "next": None, "previous": None, "results": page}).encode()
    sketches = Sketches(b"\xef\xbb\xbf" + body if marked else body)
    assert [said(sketch) for sketch in sketches.results] == [plain(row) for row in page]
    assert [json.loads(sketches.row(number)) for number in range(len(page))] == page
    assert sketches.count == (None if bare else 7)
    assert sketches.next is None


@given(st.lists(rows | strange | values, max_size=5))
def test_a_row_of_another_shape_does_not_hide_the_others(page):
    sketches = Sketches(json.dumps({"results": page}).encode())
    assert len(sketches.results) == len(page)
    for sketch, row in zip(sketches.results, page, strict=True):
        if isinstance(row, dict) and isinstance(row.get("id"), str) and isinstance(row.get("video"), dict | None):
            assert sketch is not None
            assert said(sketch) == plain(row)
        else:
            assert sketch is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"7",
        b"<html>",
        b"{}",
        b'{"results": null}',
        b'{"results": {}}',
        b'{"results": [',
        b'{"results": [], "next": 7}',
        b'{"results": [NaN]}',
        b'[{"id": "\xff"}]',
        b"[" * 100_000,
    ],
)
def test_what_is_no_page_is_refused(body):
    with pytest.raises(DecodeError):
        Sketches(body)


@pytest.mark.parametrize(
    ("count", "shown"), [("3", None), (-3, None), (3.5, None), (True, None), (None, None), (12, 12)]
)
def test_only_a_whole_number_counts(count, shown):
    assert Sketches(json.dumps({"results": [], "count": count}).encode()).count == shown


def test_the_link_to_the_next_page_is_kept():
    assert (
        Sketches(b'{"results": [], "next": "https://example.com/?offset=50"}').next == "https://example.com/?offset=50"
    )
    assert Sketches(b'{"results": [], "next": ""}').next is None


@pytest.mark.parametrize(
    ("count", "shown"), [(2**53, 2**53), (2**53 + 1, None), (10**400, None), (-1, None), (True, None)]
)
def test_a_count_that_is_none_of_rows_is_not_known(count: int, shown: int | None) -> None:
    assert Sketches(json.dumps({"results": [], "count": count}).encode()).count == shown
