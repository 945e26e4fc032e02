"""Taking a multipart form apart while it comes in, so that a file of any size costs no memory."""

from __future__ import annotations

from .multipart import PartHead, part_head

MAX_BYTES_BEFORE_FILE = 20 * 1024
"""As much as the storage takes of the fields in front of the file."""

_NOTHING = memoryview(b"")


class FormError(Exception):
    """Raised when a body is no well-formed form."""


class FormTooLargeError(Exception):
    """Raised when there is too much in front of the file."""


class FormStream:
    """Takes the body of a form in pieces of any size.

    `fields` are the plain values in front of the file, their names in lower case; `file` is what stands above the
    file as soon as that is there; `ended` is set once the file, or a form without one, has come to its end. What
    follows the file is not looked at.

    Args:
        boundary: as the `Content-Type` of the request names it.
    """

    def __init__(self, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self.file: PartHead | None = None
        self.ended: bool = False
        self._delimiter = b"\r\n--" + boundary
        # A line break in front makes the first boundary look like all others.
        self._pending = b"\r\n"
        self._before = 0
        self._step = self._value
        self._name: str | None = None
        self._complete = False

    def feed(self, data: bytes) -> memoryview:
        """Take the next bytes, and return what of the file came with them.

        Raises:
            FormError: the body is not well-formed.
            FormTooLargeError: there is no file within the first `MAX_BYTES_BEFORE_FILE`.
        """
        if self.ended:
            return _NOTHING
        if self.file is not None:
            return self._content(data)
        room = MAX_BYTES_BEFORE_FILE - self._before
        self._before += min(len(data), room)
        self._pending += data[:room]
        more = self._advance()
        if self.file is not None:
            return self._content(data[room:])
        if more and len(data) > room:
            raise FormTooLargeError
        return _NOTHING

    def _advance(self) -> bool:
        """Go as far as the bytes lead, and tell whether the form can still go on."""
        while self._step():
            pass
        return not self.ended

    def _value(self) -> bool:
        value, delimiter, rest = self._pending.partition(self._delimiter)
        if not delimiter:
            return False
        if self._name is not None:
            self.fields[self._name] = value.decode("utf-8", "replace")
        self._pending, self._step = rest, self._boundary
        return True

    def _boundary(self) -> bool:
        """Read what follows a boundary: nothing but blanks and a line break, unless it is the last one."""
        self._pending = self._pending.lstrip(b" \t")
        if len(self._pending) < 2:
            return False
        if not self._pending.startswith((b"--", b"\r\n")):
            raise FormError("something else follows a boundary")
        self.ended = self.file is not None or self._pending.startswith(b"--")
        self._step = self._head
        return not self.ended

    def _head(self) -> bool:
        # The line break after the boundary is still there, so the end of no headers at all is found too.
        head, end, rest = self._pending.partition(b"\r\n\r\n")
        if not end:
            return False
        named = part_head(head)
        self._pending, self._step = rest, self._value
        self._name = None if named is None else named.name.lower()
        if self._name == "file":
            self.file = named
        return self.file is None

    def _content(self, data: bytes) -> memoryview:
        if self._complete:
            self._pending += data
            self._boundary()
            return _NOTHING
        if self._pending:
            data, self._pending = self._pending + data, b""
        delimiter = self._delimiter
        end = data.find(delimiter)
        if end >= 0:
            self._complete, self._pending = True, data[end + len(delimiter) :]
            self._boundary()
            return memoryview(data)[:end]
        # What is there may end in the beginning of a boundary.
        cut = data.find(b"\r", max(0, len(data) - len(delimiter) + 1))
        while cut >= 0 and not delimiter.startswith(data[cut:]):
            cut = data.find(b"\r", cut + 1)
        if cut < 0:
            return memoryview(data)
        self._pending = data[cut:]
        return memoryview(data)[:cut]
