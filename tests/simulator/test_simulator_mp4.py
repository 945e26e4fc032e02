"""Reading the duration out of an MP4 file, however it is built or broken."""

import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mp4_files import box, large_box, mp4, mvhd

from tpstreams_async.simulator.mp4 import Mp4Probe, mp4_duration

CLIP = Path(__file__).parents[2] / "examples" / "clip.mp4"


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("moov_first", [True, False])
def test_the_movie_header_may_stand_anywhere(version, moov_first):
    assert mp4_duration(mp4(61_500, version=version, moov_first=moov_first)) == 61.5


def test_a_real_file():
    assert mp4_duration(CLIP.read_bytes()) == pytest.approx(7.0, abs=0.1)


@pytest.mark.parametrize(
    "data",
    [
        large_box(b"mdat", bytes(90)) + large_box(b"moov", mvhd(2000)),
        box(b"moov", box(b"udta", bytes(200)) + mvhd(2000)),
        struct.pack(">I", 0) + b"moov" + mvhd(2000),
        box(b"moov", mvhd(2000)) + struct.pack(">I", 0) + b"mdat" + bytes(50),
    ],
)
def test_unusual_but_sound_files(data):
    assert mp4_duration(data) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0",
        mvhd(2000),
        box(b"moov"),
        box(b"moov", mvhd(0)),
        box(b"moov", mvhd(2000, timescale=0)),
        box(b"moov", mvhd(0xFFFFFFFF)),
        box(b"moov", mvhd(2**64 - 1, version=1)),
        box(b"moov", mvhd(2000)[:20]),
        box(b"moov", box(b"mvhd", bytes(3))),
        box(b"moov", box(b"mvhd", b"\1" + bytes(25))),
        struct.pack(">I", 7) + b"ftyp",
        struct.pack(">I4sQ", 1, b"ftyp", 15) + box(b"moov", mvhd(2000)),
        struct.pack(">I", 0) + b"free" + box(b"moov", mvhd(2000)),
        struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1) + box(b"moov", mvhd(2000)),
    ],
)
def test_files_that_state_no_duration(data):
    assert mp4_duration(data) is None


def test_very_many_tiny_boxes_are_given_up():
    probe = Mp4Probe()
    probe.feed(box(b"free") * 20_000 + box(b"moov", mvhd(2000)))
    assert probe.done
    assert probe.duration is None


def test_nothing_is_kept_of_a_huge_box():
    probe = Mp4Probe()
    probe.feed(struct.pack(">I4sQ", 1, b"mdat", 2**40))
    for _ in range(100):
        probe.feed(bytes(10_000))
    assert len(probe._pending) == 0


@given(
    milliseconds=st.integers(1, 2**32 - 2),
    version=st.sampled_from([0, 1]),
    moov_first=st.booleans(),
    payload=st.integers(0, 300),
    cuts=st.lists(st.integers(0, 600), max_size=20),
)
def test_it_does_not_matter_how_the_bytes_arrive(milliseconds, version, moov_first, payload, cuts):
    data = mp4(milliseconds, version=version, moov_first=moov_first, payload=payload)
    probe = Mp4Probe()
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    for start, stop in pairwise(edges):
        probe.feed(data[start:stop])
    assert probe.duration == milliseconds / 1000


@given(st.binary(max_size=400))
def test_garbage_never_raises(data):
    mp4_duration(data)


@given(st.integers(0, 700), st.binary(min_size=1, max_size=8))
def test_a_damaged_file_never_raises(at, patch):
    data = bytearray(mp4())
    data[at : at + len(patch)] = patch
    duration = mp4_duration(bytes(data))
    assert duration is None or duration > 0
