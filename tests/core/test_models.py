"""Models: frozen values that compare, hash, pickle, and keep their secrets."""

import copy
import pickle
from typing import Any

import attrs
import pytest
from support import payloads

from tpstreams_async import (
    AccessToken,
    Asset,
    Chapter,
    Extra,
    Folder,
    Input,
    InvalidInputError,
    LiveStreamStop,
    Message,
    Organization,
    Polling,
    RateLimit,
    Retry,
    Timeouts,
    Track,
    TrimRevert,
    TrimStart,
    TrimStatus,
    Usage,
    Webhook,
    codec,
    models,
)

MODELS: dict[str, Any] = {
    "asset": lambda: codec.structure(Asset, {**payloads.ASSET, "new": {"stream_key": "canary"}}),
    "live": lambda: codec.structure(Asset, payloads.LIVE_ASSET),
    "folder": lambda: codec.structure(Asset, payloads.FOLDER),
    "trim start": lambda: codec.structure(TrimStart, payloads.TRIM_START),
    "trim status": lambda: codec.structure(TrimStatus, payloads.TRIM_STATUS),
    "trim revert": lambda: codec.structure(TrimRevert, payloads.TRIM_REVERT),
    "message": lambda: codec.structure(Message, payloads.MESSAGE),
    "transcoding job": lambda: codec.structure(models.TranscodingJob, payloads.TRANSCODING_JOB),
    "subtitle job": lambda: codec.structure(models.SubtitleJob, payloads.SUBTITLE_JOB),
    "new video": lambda: models.NewVideo(
        inputs=["https://origin.example/a.mp4?sig=canary", {"url": "https://origin.example/b.mp4?sig=canary"}],
        resolutions="240p",
    ),
    "widevine": lambda: models.Widevine(
        content_key_specs=[models.ContentKeySpec(track_type="SD"), {"track_type": "HD"}], license_duration_seconds=60
    ),
    "fairplay": lambda: models.FairPlay(lease_duration_seconds=60),
    "folder of folders": lambda: codec.structure(Folder, {"title": "Course", "uuid": "Fold2345678", "new": 1}),
    "access token": lambda: codec.structure(AccessToken, payloads.ACCESS_TOKEN),
    "chapter": lambda: codec.structure(Chapter, payloads.CHAPTER),
    "webhook": lambda: codec.structure(Webhook, payloads.WEBHOOK),
    "organization": lambda: codec.structure(Organization, payloads.ORGANIZATION),
    "usage": lambda: codec.structure(Usage, payloads.USAGE),
    "live stream stop": lambda: codec.structure(LiveStreamStop, payloads.LIVE_STREAM_STOP),
    "input": lambda: Input(url="https://user:canary@origin.example/a.mp4?X-Amz-Signature=canary#canary"),
}


@pytest.fixture(params=MODELS)
def make(request: pytest.FixtureRequest) -> Any:
    return MODELS[request.param]


def test_equal_payloads_make_equal_models_with_equal_hashes(make: Any) -> None:
    assert make() == make()
    assert hash(make()) == hash(make())
    assert len({make(), make()}) == 1


def test_a_model_differs_when_a_field_does(make: Any) -> None:
    model = make()
    name = attrs.fields(type(model))[0].name
    assert attrs.evolve(model, **{name: "other"}) != model
    assert model != "text"


def test_every_field_counts_when_models_are_compared(make: Any) -> None:
    model = make()
    for field in attrs.fields(type(model)):
        assert attrs.evolve(model, **{field.name: ("other",)}) != model, field.name


def test_models_of_two_classes_are_never_equal() -> None:
    assert Message(detail="words") != models.InputFile(url="words")


def test_models_are_frozen_and_take_no_other_attributes(make: Any) -> None:
    model = make()
    with pytest.raises(AttributeError):
        setattr(model, attrs.fields(type(model))[0].name, 1)
    with pytest.raises(AttributeError):
        model.anything_else = 1
    with pytest.raises(TypeError):
        type(model)("positional")


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_model_comes_back_whole_but_for_its_secrets(protocol: int, make: Any) -> None:
    model = make()
    pickled = pickle.dumps(model, protocol)
    assert b"canary" not in pickled
    back = pickle.loads(pickled)
    assert back.__class__ is model.__class__
    assert repr(back) == repr(model)
    assert pickle.loads(pickle.dumps(back, protocol)) == back
    hash(back)
    if hasattr(model, "extra"):
        assert set(back.extra) == set(model.extra)


@pytest.mark.parametrize("name", ["folder", "trim start", "trim status", "trim revert", "message"])
def test_a_pickled_model_without_secrets_comes_back_the_same(name: str) -> None:
    model = MODELS[name]()
    back = pickle.loads(pickle.dumps(model))
    assert back == model
    assert hash(back) == hash(model)
    assert back.extra == model.extra


def test_a_pickle_says_where_a_secret_was() -> None:
    live = pickle.loads(pickle.dumps(MODELS["live"]())).live_stream
    assert live.stream_key == "***"
    asset = pickle.loads(pickle.dumps(MODELS["asset"]()))
    assert asset.download_url.endswith("?***")
    assert asset.extra["new"] == {"stream_key": "***"}
    assert pickle.loads(pickle.dumps(models.LiveStream())).stream_key is None


def test_a_model_can_be_copied(make: Any) -> None:
    model = make()
    for made in (copy.copy(model), copy.deepcopy(model), copy.deepcopy([model])[0]):
        assert made == model
        assert getattr(made, "extra", None) == getattr(model, "extra", None)


def test_reprs_hide_every_secret(make: Any) -> None:
    assert "canary" not in repr(make())
    assert "canary" not in f"{make()}"


def test_reprs_show_what_is_no_secret() -> None:
    shown = repr(MODELS["asset"]())
    for text in (
        "Lesson 1",
        "Completed",
        "https://media.example/transcoded/abc234DEF56/video.m3u8",
        "720p",
        "Extra(new)",
    ):
        assert text in shown
    assert "rtmp://ingest.example/live" in repr(MODELS["live"]())


def test_secrets_are_there_for_those_who_ask() -> None:
    live = MODELS["live"]()
    assert live.live_stream.stream_key == "canary-stream-key"
    assert MODELS["asset"]().download_url.endswith("Signature=canary")
    assert MODELS["asset"]().extra["new"] == {"stream_key": "canary"}


def test_a_repr_leaves_out_what_is_not_there_and_masks_what_is() -> None:
    assert repr(models.LiveStream()) == "LiveStream()"
    assert repr(models.LiveStream(stream_key="canary", status="Streaming")) == (
        "LiveStream(stream_key='***', status='Streaming')"
    )
    assert repr(Track(id=0, playlists=())) == "Track(id=0)"


@pytest.mark.parametrize("name", models.__all__)
def test_every_model_is_exported_and_documented(name: str) -> None:
    import tpstreams_async

    model = getattr(models, name)
    assert getattr(tpstreams_async, name) is model
    assert model.__doc__
    if model is not Extra:
        assert "__dict__" not in dir(model) or not hasattr(object.__new__(model), "__dict__"), "models have slots"


@pytest.mark.parametrize(
    ("payload", "status"),
    [(payloads.ASSET, "Completed"), (payloads.LIVE_ASSET, "Streaming"), (payloads.FOLDER, None)],
)
def test_the_status_of_an_asset_is_that_of_its_part(payload: Any, status: str | None) -> None:
    assert codec.structure(Asset, payload).status == status


def test_a_recording_shows_the_status_of_its_video() -> None:
    both = {**payloads.LIVE_ASSET, "video": {"status": "Transcoding"}}
    assert codec.structure(Asset, both).status == "Transcoding"


@pytest.mark.parametrize(
    ("kind", "subtitle_type", "is_subtitle", "is_generated"),
    [
        ("Subtitle", "Auto Generated", True, True),
        ("subtitle", "auto-generated", True, True),
        ("SUBTITLE", "Uploaded", True, False),
        ("Subtitle", None, True, False),
        ("Playlist", "Auto Generated", False, False),
        (None, None, False, False),
    ],
)
def test_subtitle_tracks_are_known_in_any_case(
    kind: str | None, subtitle_type: str | None, is_subtitle: bool, is_generated: bool
) -> None:
    track = Track(type=kind, subtitle_type=subtitle_type)
    assert (track.is_subtitle, track.is_generated_subtitle) == (is_subtitle, is_generated)


def test_the_subtitles_of_a_video_are_its_subtitle_tracks() -> None:
    video = MODELS["asset"]().video
    assert [track.id for track in video.subtitles] == [9002]
    assert models.Video().subtitles == ()


@pytest.mark.parametrize("settings", [Timeouts(total=3), Retry(attempts=2), Polling(), RateLimit(per_second=2)])
def test_settings_are_values_too(settings: Any) -> None:
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert copy.deepcopy(settings) == settings
    assert hash(settings) == hash(copy.copy(settings))
    with pytest.raises(InvalidInputError):
        attrs.evolve(settings, **{attrs.fields(type(settings))[0].name: -1})


def test_an_extra_compares_by_its_content() -> None:
    assert Extra({"a": 1}) == Extra({"a": 1}) == {"a": 1}
    assert Extra({"a": 1}) != Extra()
    source = {"a": 1}
    extra = Extra(source)
    source["a"] = 2
    assert extra["a"] == 1
    assert pickle.loads(pickle.dumps(extra)) == extra
