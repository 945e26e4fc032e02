"""How long an MP4 file plays, found while its bytes pass by.

A file is a row of boxes: four bytes of size, four of type, then the content. The duration stands in `mvhd`,
inside `moov`, which may come before or after the pictures. So all but those two headers is only counted and
dropped: a box that claims any size whatever costs no memory, and a file of very many tiny boxes is given up
at some point.
"""

from __future__ import annotations

import math

_HEADER = 8
_LARGE_HEADER = 16
_MVHD_BYTES = 32
_MAX_BOXES = 10_000
_UNKNOWN = (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)


class Mp4Probe:
    """Takes the bytes of a file one after the other, in pieces of any size.

    `duration` is in seconds, None as long as it is unknown; `movie` says whether a `moov` box came by; once
    `done` is set nothing more can be learnt.
    """

    def __init__(self) -> None:
        self.duration: float | None = None
        self.movie: bool = False
        self.done: bool = False
        self._pending = b""
        self._skip: float = 0
        self._boxes = 0

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next bytes of the file."""
        view = memoryview(data)
        while not self.done and view:
            if self._skip:
                passed = int(min(self._skip, len(view)))
                self._skip -= passed
                view = view[passed:]
                continue
            taken = max(1, _MVHD_BYTES + _LARGE_HEADER - len(self._pending))
            self._pending += bytes(view[:taken])
            view = view[taken:]
            self._walk()

    def _walk(self) -> None:
        while not self.done and self._step():
            pass

    def _step(self) -> bool:
        """Deal with the box at the front of the pending bytes; False means that more of them are needed."""
        pending = self._pending
        if len(pending) < _HEADER:
            return False
        size, header = float(int.from_bytes(pending[:4], "big")), _HEADER
        if size == 1:
            if len(pending) < _LARGE_HEADER:
                return False
            size, header = float(int.from_bytes(pending[8:16], "big")), _LARGE_HEADER
        elif size == 0:
            size = math.inf
        self._boxes += 1
        if size < header or self._boxes > _MAX_BOXES:
            self.done = True
            return False
        kind = pending[4:8]
        if kind == b"moov":
            # Its children are walked as if they stood at the top: mvhd is found at any depth that matters.
            self.movie = True
            return self._drop(header)
        if kind == b"mvhd" and self.movie:
            return self._movie_header(header, size)
        return self._drop(size)

    def _drop(self, size: float) -> bool:
        passed = int(min(size, len(self._pending)))
        self._pending = self._pending[passed:]
        self._skip = size - passed
        return not self._skip

    def _movie_header(self, header: int, size: float) -> bool:
        if size - header < 20:
            self.done = True
            return False
        body = self._pending[header : header + int(min(size - header, _MVHD_BYTES))]
        if not body:
            return False
        large = body[0] == 1
        scale_at, wide = (20, 8) if large else (12, 4)
        if len(body) < scale_at + 4 + wide:
            # Either more bytes are still to come, or the box is too small for what it claims to hold.
            self.done = size - header < scale_at + 4 + wide
            return False
        scale = int.from_bytes(body[scale_at : scale_at + 4], "big")
        length = int.from_bytes(body[scale_at + 4 : scale_at + 4 + wide], "big")
        if scale and length and length not in _UNKNOWN:
            self.duration = length / scale
        self.done = True
        return False


def mp4_duration(data: bytes) -> float | None:
    """Return the duration in seconds that a whole MP4 file states, or None if it states none."""
    probe = Mp4Probe()
    probe.feed(data)
    return probe.duration
