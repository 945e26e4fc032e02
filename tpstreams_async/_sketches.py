"""Pages of the list of assets of which only little of each row is read.

That costs a third of reading all of it, and leaves next to nothing for the garbage collector.
"""

from typing import Any, Final

import msgspec

from .errors import DecodeError

_BOM: Final = b"\xef\xbb\xbf"
#: What reading can raise: it is no JSON, of another shape, nested too deep, or no text.
_BROKEN: Final = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


class VideoSketch(msgspec.Struct, frozen=True, gc=False):
    """What is read of the video in a row."""

    status: Any = None
    progress: Any = None


class Sketch(msgspec.Struct, gc=False):
    """What is read of a row. Whether the values are what they should be is for others to check, but for the id."""

    id: str
    type: Any = None
    video: VideoSketch | None = None


class _Sketched(msgspec.Struct):
    results: list[Sketch]
    count: Any = None
    next: Any = None


class _Cut(msgspec.Struct):
    results: list[msgspec.Raw]
    count: Any = None
    next: Any = None


_sketched: Final = msgspec.json.Decoder(_Sketched)
_sketched_rows: Final = msgspec.json.Decoder(list[Sketch])
_cut: Final = msgspec.json.Decoder(_Cut)
_cut_rows: Final = msgspec.json.Decoder(list[msgspec.Raw])
_row: Final = msgspec.json.Decoder(Sketch)


#: A number beyond is none of rows, and too large to be divided.
_MOST_ROWS: Final = 2**53


class Sketches:
    """A page of rows, or a bare array of them.

    Attributes:
        results: of each row what was read; None for a row that has another shape.
        count: rows on all pages together, where the server told.
        next: the link to the next page; None on the last.
    """

    def __init__(self, body: bytes) -> None:
        """Read a page.

        Raises:
            DecodeError: it is none.
        """
        self._body = body.removeprefix(_BOM)
        self._bare = self._body.lstrip()[:1] == b"["
        self._rows: list[msgspec.Raw] | None = None
        page: _Sketched | _Cut
        try:
            page = _Sketched(results=_sketched_rows.decode(self._body)) if self._bare else _sketched.decode(self._body)
            self.results: list[Sketch | None] = list(page.results)
        except msgspec.ValidationError:
            page = self._cut_up()
            self.results = [_sketch(row) for row in page.results]
        except _BROKEN as error:
            raise DecodeError(f"the answer is not JSON ({error})") from None
        if page.next is not None and not isinstance(page.next, str):
            raise DecodeError("expected a link or null", path="$.next")
        self.count: int | None = page.count if type(page.count) is int and 0 <= page.count <= _MOST_ROWS else None
        self.next: str | None = page.next or None

    def row(self, number: int) -> bytes:
        """Return a row as it came."""
        if self._rows is None:
            self._rows = self._cut_up().results
        return bytes(self._rows[number])

    def _cut_up(self) -> _Cut:
        try:
            return _Cut(results=_cut_rows.decode(self._body)) if self._bare else _cut.decode(self._body)
        except _BROKEN:
            raise DecodeError("expected a list, or a page with a list", path="$.results") from None


def _sketch(row: msgspec.Raw) -> Sketch | None:
    try:
        return _row.decode(row)
    except _BROKEN:
        return None
