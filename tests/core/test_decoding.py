"""From JSON to models: what is accepted, what is not, and that an error names the place."""

import contextlib
import json
import math
import re
import traceback
from datetime import timedelta
from typing import Any

import attrs
import cattrs
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import payloads, strategies

from tpstreams_async import (
    AccessToken,
    Asset,
    Chapter,
    DecodeError,
    Extra,
    FolderRef,
    Message,
    Organization,
    Track,
    TrimRevert,
    TrimStart,
    TrimStatus,
    Usage,
    Webhook,
    codec,
)

SAMPLES: list[tuple[type, Any]] = [
    (Asset, payloads.ASSET),
    (Asset, payloads.LIVE_ASSET),
    (Asset, payloads.FOLDER),
    (Track, payloads.PLAYLIST_TRACK),
    (Track, payloads.SUBTITLE_TRACK),
    (TrimStart, payloads.TRIM_START),
    (TrimStatus, payloads.TRIM_STATUS),
    (TrimRevert, payloads.TRIM_REVERT),
    (Message, payloads.MESSAGE),
    (AccessToken, payloads.ACCESS_TOKEN),
    (Chapter, payloads.CHAPTER),
    (Organization, payloads.ORGANIZATION),
    (Usage, payloads.USAGE),
    (Webhook, payloads.WEBHOOK),
]


def compare(model: Any, data: Any, path: str = "$") -> None:
    """Check that a model shows all that the data has, and the data has all that the model shows."""
    if attrs.has(type(model)):
        for field in attrs.fields(type(model)):
            if field.name != "extra":
                compare(getattr(model, field.name), data.get(field.name), f"{path}.{field.name}")
    elif isinstance(model, tuple):
        assert len(model) == len(data or []), path
        for number, (item, raw) in enumerate(zip(model, data or [], strict=True)):
            compare(item, raw, f"{path}[{number}]")
    elif isinstance(model, dict):
        assert model.keys() == (data or {}).keys(), path
        for key, item in model.items():
            compare(item, data[key], f"{path}.{key}")
    elif hasattr(model, "isoformat"):
        assert model.tzinfo is not None, path
        assert model.isoformat() == data.replace("Z", "+00:00"), path
    else:
        assert model == data, path


@pytest.mark.parametrize(("cls", "sample"), SAMPLES)
def test_every_field_of_a_payload_comes_through(cls: type, sample: Any) -> None:
    model = codec.structure(cls, orjson.loads(orjson.dumps(sample)))
    compare(model, sample)
    assert len(model.extra) == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(("cls", "sample"), SAMPLES)
def test_absent_and_null_are_the_same(cls: type, sample: Any) -> None:
    required = {field.name for field in attrs.fields(cls) if field.default is attrs.NOTHING}
    bare = {key: value for key, value in sample.items() if key in required}
    nulls = {key: sample[key] if key in required else None for key in sample}
    assert codec.structure(cls, bare) == codec.structure(cls, nulls)


@pytest.mark.parametrize(("cls", "sample"), SAMPLES)
def test_unknown_keys_are_kept_at_every_level(cls: type, sample: Any) -> None:
    data = orjson.loads(orjson.dumps(sample))
    marked = 0

    def mark(part: Any) -> None:
        nonlocal marked
        if isinstance(part, list):
            for item in part:
                mark(item)
        elif isinstance(part, dict):
            for item in list(part.values()):
                mark(item)
            part["brand_new"] = {"deep": [1, None]}
            marked += 1

    mark(data)

    def unmark(model: Any) -> int:
        found = 0
        if attrs.has(type(model)):
            assert model.extra == {"brand_new": {"deep": [1, None]}}
            found += 1 + sum(unmark(getattr(model, field.name)) for field in attrs.fields(type(model)))
        elif isinstance(model, tuple):
            found += sum(unmark(item) for item in model)
        elif isinstance(model, dict):
            found += sum(unmark(item) for key, item in model.items() if key != "brand_new")
        return found

    if cls is Asset and sample is payloads.ASSET:
        # A mapping by codec has no room for an unknown key that is no codec's URLs.
        del data["video"]["output_urls"]["brand_new"]
        marked -= 1
    model = codec.structure(cls, data)
    assert unmark(model) == marked


@pytest.mark.parametrize(
    ("field", "given_", "expected"),
    [
        ("bytes", "12", 12),
        ("bytes", 12.0, 12),
        ("bytes", 2**63, 2**63),
        ("title", 7, "7"),
        ("title", 1.5, "1.5"),
        ("average_watched_time", "1.50", 1.5),
        ("average_watched_time", 3, 3),
        ("average_watched_time", -0.5, -0.5),
        ("type", "hologram", "hologram"),
        ("parent", "bare-uuid", FolderRef(uuid="bare-uuid")),
        ("folder_tree", [{"any": "thing"}], [{"any": "thing"}]),
    ],
)
def test_the_same_value_in_other_clothes_is_accepted(field: str, given_: Any, expected: Any) -> None:
    assert getattr(codec.structure(Asset, {"id": "a", field: given_}), field) == expected


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (None, "$"),
        ([], "$"),
        ("text", "$"),
        ({}, "$.id"),
        ({"id": None}, "$.id"),
        ({"id": {}}, "$.id"),
        ({"id": True}, "$.id"),
        ({"id": "a", "bytes": "12a"}, "$.bytes"),
        ({"id": "a", "bytes": 1.5}, "$.bytes"),
        ({"id": "a", "bytes": True}, "$.bytes"),
        ({"id": "a", "bytes": "٣"}, "$.bytes"),
        ({"id": "a", "views_count": []}, "$.views_count"),
        ({"id": "a", "average_watched_time": "1e5"}, "$.average_watched_time"),
        ({"id": "a", "video": []}, "$.video"),
        ({"id": "a", "video": {"status": {}}}, "$.video.status"),
        ({"id": "a", "video": {"enable_drm": "true"}}, "$.video.enable_drm"),
        ({"id": "a", "video": {"resolutions": "240p"}}, "$.video.resolutions"),
        ({"id": "a", "video": {"resolutions": ["240p", None]}}, "$.video.resolutions[1]"),
        (
            {"id": "a", "video": {"tracks": [{}, {"playlists": [{"width": "w"}]}]}},
            "$.video.tracks[1].playlists[0].width",
        ),
        ({"id": "a", "video": {"tracks": {}}}, "$.video.tracks"),
        ({"id": "a", "video": {"output_urls": []}}, "$.video.output_urls"),
        ({"id": "a", "video": {"output_urls": {"h264": 5}}}, "$.video.output_urls['h264']"),
        ({"id": "a", "parent": 5}, "$.parent"),
    ],
    ids=repr,
)
def test_what_does_not_fit_is_named_by_its_place(data: Any, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        codec.structure(Asset, data)
    assert caught.value.path == path
    assert path in str(caught.value)


@pytest.mark.parametrize("time", ["yesterday", "", "2026-01-02", "2026-01-02T03:04:05", 5, "2026-13-02T03:04:05Z", {}])
def test_a_time_without_a_zone_or_sense_is_refused(time: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        codec.structure(TrimStatus, {"created": time})
    assert caught.value.path == "$.created"


def test_times_keep_their_zone() -> None:
    status = codec.structure(TrimStatus, payloads.TRIM_STATUS)
    assert status.created is not None
    assert status.modified is not None
    assert (status.created.utcoffset(), status.modified.utcoffset()) == (timedelta(hours=5.5), timedelta(0))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{",
        b'{"id": NaN}',
        b'{"id": Infinity}',
        b'{"id": -Infinity}',
        b"{'id': 1}",
        b'{"id": "a",}',
        b'{"id": "\xff"}',
        b'{"id": "\\ud800"}',
        b"[" * 100_000,
        b"[" * 5_000 + b"]" * 5_000,
        b"<html></html>",
        b"\xef\xbb\xbf",
        b"\xff\xfe{\x00}\x00",
        b"1 2",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_is_a_decode_error(body: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        codec.loads(body)
    assert caught.value.path == "$"


@pytest.mark.parametrize("number", [b"9" * 5_000, b"1e999", b"-1e999", b"123456789012345678901234567890"])
def test_huge_numbers_raise_nothing_but_a_decode_error(number: bytes) -> None:
    for field in (b"bytes", b"average_watched_time", b"title", b"folder_tree"):
        try:
            asset = codec.structure(Asset, codec.loads(b'{"id": "a", "%s": %s}' % (field, number)))
        except DecodeError:
            continue
        value = getattr(asset, field.decode())
        assert isinstance(value, str) or math.isfinite(value)


@given(st.binary())
def test_any_bytes_decode_or_raise_a_decode_error(body: bytes) -> None:
    with contextlib.suppress(DecodeError):
        decoded = codec.loads(body)
        assert decoded == json.loads(body.decode("utf-8-sig"), parse_int=_as_orjson_does)


def _as_orjson_does(digits: str) -> float:
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(digits)


@given(strategies.json_values)
def test_any_json_goes_through_encoder_and_decoder(data: Any) -> None:
    assert codec.loads(codec.dumps(data)) == data


PATH_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\['([^']*)'\]")


def check_that_the_path_exists(path: str, data: Any) -> None:
    """Walk a path; only its last step may be missing, in an object."""
    assert path.startswith("$")
    steps = [match.groups() for match in PATH_STEP.finditer(path[1:])]
    assert "".join(match.group() for match in PATH_STEP.finditer(path[1:])) == path[1:]
    for number, (name, index, key) in enumerate(steps):
        if index is not None:
            data = data[int(index)]
            continue
        assert isinstance(data, dict), path
        assert (name or key) in data or number == len(steps) - 1, path
        data = data.get(name or key)


def detailed(cls: type, data: Any) -> Any:
    """Return what the slow path makes of the data, or None where it refuses it."""
    try:
        return codec._detailed().structure(data, cls)
    except cattrs.BaseValidationError:
        return None
    except (TypeError, ValueError, KeyError):
        return None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
@given(
    st.one_of(
        st.tuples(st.just(Asset), strategies.mutated_assets),
        st.tuples(st.just(TrimStatus), strategies.mutated_trims),
        st.tuples(st.just(AccessToken), strategies.mutated_tokens),
        st.tuples(st.sampled_from([Chapter, Organization, Usage, Webhook]), strategies.mutated_rows),
        st.tuples(st.sampled_from([Asset, TrimStatus, TrimStart, Message]), strategies.json_values),
    )
)
def test_mutated_payloads_decode_or_raise_a_decode_error_and_both_paths_agree(case: tuple[type, Any]) -> None:
    cls, data = case
    slow = detailed(cls, data)
    try:
        fast = codec.structure(cls, data)
    except DecodeError as error:
        assert slow is None
        check_that_the_path_exists(error.path, data)
        return
    assert slow is not None
    assert _without_extra(slow) == _without_extra(fast)


def _without_extra(model: Any) -> Any:
    """Return the fields of a model as plain data. The slow path only looks for errors, and keeps no unknown keys."""
    return attrs.asdict(model, filter=lambda field, _: field.name != "extra")


def test_an_extra_is_a_read_only_mapping_that_shows_its_keys_alone() -> None:
    extra = codec.structure(Message, {"detail": "d", "b": "canary", "a": 1}).extra
    assert isinstance(extra, Extra)
    assert dict(extra) == {"b": "canary", "a": 1}
    assert extra["a"] == 1
    assert "detail" not in extra
    assert repr(extra) == "Extra(a, b)"
    with pytest.raises(TypeError):
        extra["a"] = 2  # type: ignore[index]


def test_what_is_wrong_is_described_without_its_value() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.structure(Asset, {"id": "a", "bytes": "canary", "video": "canary", "live_stream": {"stream_key": {}}})
    assert "canary" not in str(caught.value)


def test_an_error_can_be_reported_together_with_the_local_variables() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.structure(Asset, {"id": None})
    assert traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
