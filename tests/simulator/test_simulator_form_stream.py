"""Forms in pieces: wherever a body is cut, the same comes out."""

from itertools import pairwise

import pytest
from forms import BOUNDARY, end, file_part, form, part
from hypothesis import example, given
from hypothesis import strategies as st

from tpstreams_async.simulator.form_stream import MAX_BYTES_BEFORE_FILE, FormError, FormStream, FormTooLargeError

NEAR = [b"\r", b"\n", b"-", b"\r\n", b"\r\n--", f"--{BOUNDARY}".encode(), f"\r\n--{BOUNDARY[:-1]}".encode(), b"x"]
PIECES = st.lists(st.one_of(st.sampled_from(NEAR), st.binary(max_size=5)), max_size=12).map(b"".join)
CONTENT = PIECES.filter(lambda data: f"\r\n--{BOUNDARY}".encode() not in b"\r\n" + data)


def outcome(pieces):
    """What became of a form that came in these pieces."""
    stream, content, error = FormStream(BOUNDARY.encode()), b"", None
    try:
        for piece in pieces:
            content += stream.feed(piece)
    except (FormError, FormTooLargeError) as raised:
        error = type(raised)
    return stream.fields, stream.file, stream.ended, content if error is None else None, error


def cut(body, places):
    borders = [0, *sorted({place % (len(body) + 1) for place in places}), len(body)]
    return [body[a:b] for a, b in pairwise(borders)]


@given(CONTENT, st.dictionaries(st.sampled_from(["a", "b", "c"]), CONTENT), st.lists(st.integers(min_value=0)))
@example(b"\r\n--" + BOUNDARY[:-1].encode() + b"\r\n", {"a": b"\r\n-"}, [])
def test_a_form_is_the_same_wherever_it_is_cut(data, fields, places):
    body = b"".join(part(name, value) for name, value in fields.items()) + file_part(data) + end()
    found = outcome(cut(body, places))
    assert found[0] == {name: value.decode("utf-8", "replace") for name, value in fields.items()}
    assert (found[1].filename, found[1].content_type) == ("clip.mp4", "video/mp4")
    assert found[2:] == (True, data, None)


@given(PIECES, PIECES, st.lists(st.integers(min_value=0)))
def test_what_is_wrong_is_found_wherever_it_is_cut(front, data, places):
    for body in (front, front + form({}, data), form({"a": "b"}, front + data) + data):
        assert outcome(cut(body, places)) == outcome([body])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
@pytest.mark.parametrize("much", [MAX_BYTES_BEFORE_FILE - 200, MAX_BYTES_BEFORE_FILE])
def test_the_limit_is_the_same_wherever_it_is_cut(size, much):
    body = form({"a": "x" * much}, b"data" * 100)
    found = outcome([body[at : at + size] for at in range(0, len(body), size)])
    assert found == outcome([body])
    assert found[4] == (FormTooLargeError if much == MAX_BYTES_BEFORE_FILE else None)


def test_what_is_at_the_border_of_two_pieces_is_kept_back_only_while_it_may_be_a_boundary():
    stream = FormStream(BOUNDARY.encode())
    stream.feed(file_part(b"").removesuffix(b"\r\n"))
    assert stream.feed(b"abc\r\n-") == b"abc"
    assert stream.feed(b"\r") == b"\r\n-"
    assert stream.feed(b"x") == b"\rx"
    assert stream.feed(b"\r\n--nothing\r") == b"\r\n--nothing"


@pytest.mark.parametrize("blanks", [b" ", b"\t  \t"])
def test_blanks_may_follow_a_boundary(blanks):
    mark = f"--{BOUNDARY}".encode()
    body = form({"a": "1"}, b"data").replace(mark, mark + blanks)
    assert outcome([body])[2:] == (True, b"data", None)
    assert outcome([body[at : at + 1] for at in range(len(body))]) == outcome([body])


def test_something_in_front_of_the_first_boundary_is_skipped():
    body = b"preamble\r\n" + form({"a": "1"}, b"data")
    assert outcome([body])[0] == {"a": "1"}
    assert outcome([body])[3] == b"data"


def test_parts_without_a_name_are_skipped():
    body = f"--{BOUNDARY}\r\n\r\nnameless\r\n".encode() + form({"a": "1"}, b"data")
    assert outcome([body])[0] == {"a": "1"}


def test_nothing_is_read_after_the_end():
    stream = FormStream(BOUNDARY.encode())
    stream.feed(end())
    assert (stream.ended, stream.file) == (True, None)
    assert stream.feed(form({"a": "1"}, b"data")) == b""
    assert stream.fields == {}
