"""What a row of a manifest is, and what it is called."""

import hashlib
from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from ..._redact import url_repr
from ..._validate import show
from ...errors import InvalidInputError
from ...models import Extra

#: Hexadecimal digits of a key that stand for the content of its row.
DIGITS = 32
#: What the key of a row ends with that has none before it with the same content.
FIRST = "-0"
#: What the key of a row begins with that its source has named.
OWN = "own."


@frozen(kw_only=True)
class Row:
    """A video to be brought in. All of it was checked.

    Attributes:
        key: names the row: a hash of everything that reaches the server, with the place of the video, then a dash and
            the number of rows before it with the same content and no column ``key``. It is the same when the manifest
            is given again, with its columns in another order, with rows put in or taken out, or with a value moved to
            the defaults. Of a row that has a column ``key`` it is a hash of that alone, and begins with ``own.``.
        content: what its key would have before the dash if it had no column ``key``; None if it has none.
        line: where it begins in the file, from 1; of rows that did not come from a file, its number.
        word: what that is a number of: ``"line"`` or ``"row"``.
        url: where the server downloads the video from; None for a file.
        path: the file as the manifest names it; None for a URL.
        file: the absolute path of that file. Nobody looked yet whether it is there.
        title: one line of text. Without a title, the row has the name of its file, or of the one that its URL names.
        resolutions: out of 240p, 360p, 480p, 540p, 720p and 1080p.
        content_protection_type: ``"drm"``, ``"aes"`` or ``"disable"``; None is the organization's default.
        folder: uuid of the folder to put the video in; None is the root.
        generate_subtitle: whether English subtitles shall be generated; None is the server's default.
        extra: the columns that are nobody's but the caller's, by their names, as they came.
    """

    key: str
    content: str | None = None
    line: int
    word: str = "row"
    url: str | None = field(default=None, repr=url_repr)
    path: str | None = None
    file: str | None = None
    title: str
    resolutions: tuple[str, ...]
    content_protection_type: str | None = None
    folder: str | None = None
    generate_subtitle: bool | None = None
    extra: Extra = field(factory=Extra, hash=False)


@frozen(kw_only=True)
class BadRow:
    """A row that cannot be brought in as it stands. The rows after it are not held up.

    Attributes:
        key: names the row as the key of a `Row` does, by a hash of what was given. It never is the key of a `Row`.
        line: see `Row`.
        error: what is wrong with it; `argument` names the line and the column.
        given: what was given: a mapping, the cells of a line that do not fit the header, a line that is no JSON, or
            whatever stood in the place of a row.
    """

    key: str
    line: int
    error: InvalidInputError = field(eq=False)
    given: Any = field(repr=show, hash=False)


class Keys:
    """Makes the keys of the rows of one source, in their order.

    It remembers 8 bytes of the hash of each content: about 100 bytes of memory for a row, so 10 MB for 100,000.
    """

    def __init__(self) -> None:
        # Many small tables, because a large one holds up everything while it grows.
        self._seen: list[dict[int, int]] = [{} for _ in range(256)]

    def of(self, kind: str, content: Iterable[str | None]) -> str:
        """Return the key of the next row."""
        digest = _hash(kind, content)
        # Should two contents ever share these 8 bytes, their numbers differ in vain, and their keys all the same.
        short = digest[:8]
        seen, number = self._seen[short[0]], int.from_bytes(short, "big")
        earlier = seen.get(number, 0)
        seen[number] = earlier + 1
        return f"{digest.hex()[:DIGITS]}-{earlier}"

    def common(self, kind: str, content: Iterable[str | None]) -> str:
        """Return what the keys of all rows with a content have before their last dash. None is counted."""
        return _hash(kind, content).hex()[:DIGITS]


def _hash(kind: str, content: Iterable[str | None]) -> bytes:
    digest = hashlib.sha256(kind.encode())
    for text in content:
        if text is None:
            digest.update(b"-")
        else:
            # With its length before it, no text can look like two.
            told = text.encode("utf-8", "surrogatepass")
            digest.update(b"%d:%b" % (len(told), told))
    return digest.digest()
