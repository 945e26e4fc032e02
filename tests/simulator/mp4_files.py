"""Tiny MP4 files, made box by box."""

import struct


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def large_box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content


def mvhd(duration: int, timescale: int = 1000, version: int = 0) -> bytes:
    if version == 1:
        times = struct.pack(">QQIQ", 7, 8, timescale, duration)
    else:
        times = struct.pack(">IIII", 7, 8, timescale, duration)
    return box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(80))


def mp4(milliseconds: int = 9_000, *, version: int = 0, moov_first: bool = True, payload: int = 500) -> bytes:
    moov = box(b"moov", mvhd(milliseconds, version=version) + box(b"trak", bytes(30)))
    mdat = box(b"mdat", bytes(payload))
    body = moov + mdat if moov_first else mdat + moov
    return box(b"ftyp", b"isom" + bytes(4)) + body
