"""Telling from the first bytes what a file is."""

from __future__ import annotations

_MP4_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"})
_TS_PACKET = 188


def is_mp4(head: bytes) -> bool:
    """Tell whether a file that begins with `head` (8 bytes suffice) is an MP4 or QuickTime file."""
    return head[4:8] in _MP4_BOXES


def is_video(head: bytes) -> bool:
    """Tell whether a file that begins with `head` (200 bytes suffice) is a video of a known kind."""
    if is_mp4(head) or head.startswith((b"\x1aE\xdf\xa3", b"FLV\x01", b"OggS", b"\x00\x00\x01\xba")):
        return True
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return True
    return head[:1] == b"G" and head[_TS_PACKET : _TS_PACKET + 1] == b"G"


def is_image(data: bytes) -> bool:
    """Tell whether `data` begins as a PNG or JPEG file does."""
    return data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))


def is_webvtt(data: bytes) -> bool:
    """Tell whether `data` is UTF-8 text that begins as a WebVTT file must."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return text.startswith("WEBVTT") and text[6:7] in ("", " ", "\t", "\n", "\r")
