"""What is wrong is refused by name, before a byte is sent."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from support.bad import IDS as BAD_IDS

from tpstreams_async import InvalidInputError, TPStreams
from tpstreams_async.simulator import Simulator

URL = "https://origin.example/clip.mp4"

BY_ID: dict[str, Callable[[Any, Any], Any]] = {
    "get": lambda assets, id_: assets.get(id_),
    "delete": lambda assets, id_: assets.delete(id_),
    "move": lambda assets, id_: assets.move(id_),
    "generate_subtitle": lambda assets, id_: assets.generate_subtitle(id_),
    "upload_subtitle": lambda assets, id_: assets.upload_subtitle(id_, b"WEBVTT"),
    "upload_thumbnail": lambda assets, id_: assets.upload_thumbnail(id_, b"\xff\xd8\xff"),
    "trim": lambda assets, id_: assets.trim(id_, end_time=1),
    "trim_status": lambda assets, id_: assets.trim_status(id_),
    "revert_trim": lambda assets, id_: assets.revert_trim(id_),
}


async def refused(sim: Simulator, call: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        await call
    assert isinstance(caught.value, ValueError)
    assert sim.journal.count() == 0, "nothing was sent"
    assert caught.value.argument in str(caught.value)
    return caught.value


@pytest.mark.parametrize("bad", BAD_IDS, ids=repr)
@pytest.mark.parametrize("call", BY_ID)
async def test_an_id_that_could_lead_elsewhere(call: str, bad: Any, sim: Simulator, client: TPStreams) -> None:
    error = await refused(sim, BY_ID[call](client.assets, bad))
    assert error.argument == "asset_id"


@pytest.mark.parametrize("bad", [bad for bad in BAD_IDS if bad is not None], ids=repr)
async def test_a_folder_that_could_lead_elsewhere(bad: Any, sim: Simulator, client: Any) -> None:
    error = await refused(sim, client.assets.create(inputs=[URL], resolutions=["240p"], folder=bad))
    assert error.argument == "folder"
    error = await refused(sim, client.assets.move("asset1", parent=bad))
    assert error.argument == "parent"
    with pytest.raises(InvalidInputError) as caught:
        client.assets.list(parent=bad)
    assert caught.value.argument == "parent"


@pytest.mark.parametrize(
    ("inputs", "argument"),
    [
        ([], "inputs"),
        ((), "inputs"),
        (URL, "inputs"),
        (b"https://x.example", "inputs"),
        ({"url": URL}, "inputs"),
        (None, "inputs"),
        (7, "inputs"),
        ([""], "inputs[0]"),
        ([None], "inputs[0]"),
        ([b"https://x.example"], "inputs[0]"),
        ([URL, "clip.mp4"], "inputs[1]"),
        ([URL, URL, "ftp://origin.example/a"], "inputs[2]"),
        (["file:///etc/passwd"], "inputs[0]"),
        (["s3://bucket/key"], "inputs[0]"),
        (["https://"], "inputs[0]"),
        (["https:///path"], "inputs[0]"),
        (["//origin.example/a"], "inputs[0]"),
        (["https://origin.example/a b"], "inputs[0]"),
        (["https://origin.example/a\r\nb"], "inputs[0]"),
        (["https://origin.example/\ud800"], "inputs[0]"),
        (["https://origin.example:port/"], "inputs[0]"),
        (["https://[::1"], "inputs[0]"),
        ([{}], "inputs[0]"),
        ([{"url": None}], "inputs[0]['url']"),
        ([URL, {"url": "x"}], "inputs[1]['url']"),
        ([{"url": URL, "more": 1 + 2j}], "inputs[0]"),
        ([{"url": URL, "more": "\ud800"}], "inputs[0]"),
        ([{"url": URL, 7: "more"}], "inputs[0]"),
    ],
    ids=repr,
)
async def test_inputs_that_are_no_urls(inputs: Any, argument: str, sim: Simulator, client: Any) -> None:
    error = await refused(sim, client.assets.create(inputs=inputs, resolutions=["240p"]))
    assert error.argument == argument


@pytest.mark.parametrize(
    ("bad", "argument"),
    [
        ([], "resolutions"),
        ("", "resolutions[0]"),
        (None, "resolutions"),
        (240, "resolutions"),
        (["240"], "resolutions[0]"),
        ([240], "resolutions[0]"),
        (["240p", "4k"], "resolutions[1]"),
        ("240p,", "resolutions[1]"),
        ("240P", "resolutions[0]"),
        ([["240p"]], "resolutions[0]"),
        ([None], "resolutions[0]"),
        ([{}], "resolutions[0]"),
    ],
    ids=repr,
)
async def test_resolutions_that_do_not_exist(bad: Any, argument: str, sim: Simulator, client: Any) -> None:
    error = await refused(sim, client.assets.create(inputs=[URL], resolutions=bad))
    assert error.argument == argument


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        *[("title", bad) for bad in ("", "  ", "a\nb", "a\r", "a\0", "\ud800", "\x7f", 7, b"a", ["a"])],
        *[("content_protection_type", bad) for bad in ("", "DRM", "none", True, 1, ["drm"], {})],
        *[("generate_subtitle", bad) for bad in (0, 1, "true", "", [])],
    ],
    ids=repr,
)
async def test_other_arguments_of_a_creation(name: str, bad: Any, sim: Simulator, client: Any) -> None:
    error = await refused(sim, client.assets.create(inputs=[URL], resolutions=["240p"], **{name: bad}))
    assert error.argument == name


@pytest.mark.parametrize(
    ("times", "argument"),
    [
        ({}, "start_time"),
        ({"start_time": -1}, "start_time"),
        ({"start_time": -0.001, "end_time": 5}, "start_time"),
        ({"start_time": math.nan}, "start_time"),
        ({"start_time": math.inf}, "start_time"),
        ({"start_time": True}, "start_time"),
        ({"start_time": "1"}, "start_time"),
        ({"start_time": 10**400}, "start_time"),
        ({"end_time": -1}, "end_time"),
        ({"end_time": math.nan}, "end_time"),
        ({"end_time": -math.inf}, "end_time"),
        ({"end_time": False}, "end_time"),
        ({"end_time": 10**400}, "end_time"),
        ({"end_time": 0}, "end_time"),
        ({"start_time": 5, "end_time": 5}, "end_time"),
        ({"start_time": 5, "end_time": 4.999}, "end_time"),
        ({"start_time": 10**20, "end_time": 10**21}, "start_time"),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_times_that_make_no_part(times: Any, argument: str, sim: Simulator, client: Any) -> None:
    error = await refused(sim, client.assets.trim("asset1", **times))
    assert error.argument == argument


@pytest.mark.parametrize("bad", [0, -1, 1.5, True, "60", math.inf], ids=repr)
async def test_an_expiry_that_is_no_number_of_seconds(bad: Any, sim: Simulator, client: Any) -> None:
    assert (await refused(sim, client.assets.get("asset1", expiry=bad))).argument == "expiry"


@pytest.mark.parametrize(
    ("name", "bad"),
    [("name", ""), ("name", "a\nb"), ("name", 5), ("language", ""), ("language", "English"), ("language", "en_US"),
     ("language", "e"), ("language", "en\r\n"), ("language", 5)],
    ids=repr,
)  # fmt: skip
async def test_words_about_a_subtitle(name: str, bad: Any, sim: Simulator, client: Any) -> None:
    error = await refused(sim, client.assets.upload_subtitle("asset1", b"WEBVTT", **{name: bad}))
    assert error.argument == name


@pytest.mark.parametrize(
    ("name", "bad"),
    [("q", ""), ("q", 7), ("q", "a\nb"),
     ("has_parent", 0), ("has_parent", "false"), ("page_size", 0), ("page_size", -1), ("page_size", 1.0),
     ("page_size", True), ("offset", -1), ("offset", "1")],
    ids=repr,
)  # fmt: skip
async def test_filters_of_a_list(name: str, bad: Any, sim: Simulator, client: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        client.assets.list(**{name: bad})
    assert caught.value.argument == name


@pytest.mark.parametrize("bad", [-1, 1.5, True, "3"], ids=repr)
async def test_a_limit_of_rows(bad: Any, sim: Simulator, client: Any) -> None:
    assert (await refused(sim, client.assets.list().collect(limit=bad))).argument == "limit"


async def test_a_long_argument_is_shortened_in_the_message(sim: Simulator, client: Any) -> None:
    error = await refused(sim, client.assets.get("x" * 100_000))
    assert len(str(error)) < 300
