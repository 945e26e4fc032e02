"""Each call of ``client.assets``: what it sends, what it returns, and how a refusal shows."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from support.scripted import answer

from tpstreams_async import Asset, BadRequestError, Input, Message, NotFoundError, TrimRevert, TrimStart, TrimStatus
from tpstreams_async.simulator import Recorded, Simulator

pytestmark = pytest.mark.looptime

URL = "https://origin.example/clip.mp4"


def only(sim: Simulator) -> Recorded:
    (record,) = sim.journal
    return record


def sent(sim: Simulator) -> Any:
    """Return the JSON body of the only request."""
    record = only(sim)
    assert record.headers["Content-Type"] == "application/json"
    return orjson.loads(record.body)


async def test_create_sends_only_what_was_given(sim: Simulator, client: Any) -> None:
    asset = await client.assets.create(inputs=[URL], resolutions=["240p"])
    assert sent(sim) == {"inputs": [{"url": URL}], "resolutions": ["240p"]}
    assert only(sim).path == f"/api/v1/{sim.organization_id}/assets/videos/"
    assert only(sim).status == 201
    assert isinstance(asset, Asset)
    assert list(sim.assets) == [asset.id]
    assert asset.title == "clip.mp4"


async def test_create_sends_all_that_was_given(sim: Simulator, client: Any) -> None:
    folder = sim.add_folder("Course")
    asset = await client.assets.create(
        inputs=[URL],
        title="Über 你好 🎬",
        resolutions=["240p", "720p"],
        content_protection_type="drm",
        folder=folder,
        generate_subtitle=False,
    )
    assert sent(sim) == {
        "inputs": [{"url": URL}],
        "title": "Über 你好 🎬",
        "resolutions": ["240p", "720p"],
        "content_protection_type": "drm",
        "folder": folder,
        "generate_subtitle": False,
    }
    assert (asset.title, asset.parent_id) == ("Über 你好 🎬", folder)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([Input(url=URL)], [{"url": URL}]),
        ([{"url": URL}], [{"url": URL}]),
        ((URL, Input(url=URL)), [{"url": URL}, {"url": URL}]),
        (lambda: iter([URL]), [{"url": URL}]),
        (["HTTP://Host.example/ä?q=%20#x"], [{"url": "HTTP://Host.example/ä?q=%20#x"}]),
    ],
    ids=["model", "dict", "several", "iterator", "odd url"],
)
async def test_inputs_can_be_given_in_several_forms(
    inputs: Any, expected: Any, scripted: Any, make_client: Any
) -> None:
    server = await scripted()
    given = inputs() if callable(inputs) else inputs
    await make_client(server).assets.create(inputs=given, resolutions=["240p"])
    assert orjson.loads(server.requests[0].body)["inputs"] == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("240p,720p", ["240p", "720p"]),
        (" 240p , 720p ", ["240p", "720p"]),
        (("1080p",), ["1080p"]),
        (["240p", "240p", "360p"], ["240p", "360p"]),
        ({"540p": 1}, ["540p"]),
    ],
)
async def test_resolutions_can_be_given_in_several_forms(
    given: Any, expected: Any, sim: Simulator, client: Any
) -> None:
    asset = await client.assets.create(inputs=[URL], resolutions=given)
    assert sent(sim)["resolutions"] == expected
    assert asset.video.resolutions == tuple(expected)


async def test_the_mapping_of_an_input_is_not_changed(sim: Simulator, client: Any) -> None:
    given: Mapping[str, Any] = {"url": URL}
    await client.assets.create(inputs=[given], resolutions=["240p"])
    assert given == {"url": URL}


async def test_get_shows_an_asset_as_time_goes_by(sim: Simulator, client: Any, video: Any) -> None:
    created = await client.assets.create(**video)
    assert created.status != "Completed"
    await asyncio.sleep(60)
    asset = await client.assets.get(created.id)
    assert asset.status == asset.video.status == "Completed"
    assert asset.video.duration > 0
    assert asset.views_count == 0
    assert asset.video.output_urls["h264"].hls_url == asset.video.playback_url
    assert sim.journal[-1].query == ""
    assert sim.journal[-1].body == b""


async def test_get_asks_for_an_expiry_in_the_query(sim: Simulator, client: Any) -> None:
    asset = await client.assets.get(sim.add_asset(), expiry=3600)
    assert only(sim).query == "expiry=3600"
    assert "Expires=" in asset.video.playback_url


async def test_delete_takes_a_folder_with_all_in_it(sim: Simulator, client: Any) -> None:
    folder = sim.add_folder("Old")
    sim.add_asset(parent=folder)
    kept = sim.add_asset()
    assert await client.assets.delete(folder) is None
    assert list(sim.assets) == [kept]
    assert (only(sim).method, only(sim).body) == ("DELETE", b"")


async def test_move_into_a_folder_names_it(sim: Simulator, client: Any) -> None:
    asset_id, folder = sim.add_asset(), sim.add_folder("New")
    assert isinstance(await client.assets.move(asset_id, parent=folder), Message)
    assert sent(sim) == {"parent": folder}
    assert sim.assets[asset_id]["parent_id"] == folder


async def test_move_to_the_root_has_an_empty_body(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset(parent=sim.add_folder("Old"))
    message = await client.assets.move(asset_id)
    assert message.detail == "Asset moved successfully."
    assert only(sim).body == b""
    assert sim.assets[asset_id]["parent_id"] is None


async def test_generate_subtitle_returns_the_asset_and_the_track_comes_later(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset()
    asset = await client.assets.generate_subtitle(asset_id)
    assert (only(sim).status, only(sim).body) == (201, b"")
    assert (asset.id, asset.video.subtitles) == (asset_id, ())
    await asyncio.sleep(60)
    (track,) = (await client.assets.get(asset_id)).video.subtitles
    assert track.is_generated_subtitle
    with pytest.raises(BadRequestError, match="already exists"):
        await client.assets.generate_subtitle(asset_id)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"start_time": 1, "end_time": 30}, {"start_time": 1, "end_time": 30}),
        ({"start_time": 2.5}, {"start_time": 2.5}),
        ({"end_time": 10}, {"end_time": 10}),
        ({"start_time": 0, "end_time": 0.5}, {"start_time": 0, "end_time": 0.5}),
    ],
)
async def test_trim_sends_the_times_that_were_given(times: Any, expected: Any, sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset(duration=60)
    start = await client.assets.trim(asset_id, **times)
    assert sent(sim) == expected
    assert isinstance(start, TrimStart)
    assert (start.asset_id, start.status) == (asset_id, "Pending")
    assert start.message


async def test_trim_status_tells_of_the_trim(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset(duration=60)
    start = await client.assets.trim(asset_id, start_time=5, end_time=15)
    status = await client.assets.trim_status(asset_id)
    assert isinstance(status, TrimStatus)
    assert (status.id, status.start_time, status.end_time, status.status) == (start.trim_job_id, 5, 15, 1)
    assert status.status_display == "Pending"
    assert status.created.utcoffset().total_seconds() == 5.5 * 3600
    await asyncio.sleep(60)
    assert (await client.assets.trim_status(asset_id)).status_display == "Completed"
    assert (await client.assets.get(asset_id)).video.duration == 10


async def test_a_reverted_trim_has_its_full_length_again(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset(duration=60)
    await client.assets.trim(asset_id, end_time=15)
    await asyncio.sleep(60)
    revert = await client.assets.revert_trim(asset_id)
    assert isinstance(revert, TrimRevert)
    assert revert.task_id
    assert sim.journal[-1].body == b""
    await asyncio.sleep(60)
    assert (await client.assets.get(asset_id)).video.duration == 60


REFUSED: dict[str, Any] = {
    "create in no folder": lambda assets, _: assets.create(inputs=[URL], resolutions=["240p"], folder="nofolder"),
    "move to no folder": lambda assets, id_: assets.move(id_, parent="nofolder"),
    "trim beyond the end": lambda assets, id_: assets.trim(id_, start_time=1, end_time=9999),
}


@pytest.mark.parametrize(
    ("call", "field", "message"),
    [
        ("create in no folder", "folder", "Folder not found."),
        ("move to no folder", "parent", "Folder not found."),
        ("trim beyond the end", "end_time", "End time must not be after the end of the video."),
    ],
)
async def test_a_refusal_names_its_fields(call: str, field: str, message: str, sim: Simulator, client: Any) -> None:
    with pytest.raises(BadRequestError, match=message) as caught:
        await REFUSED[call](client.assets, sim.add_asset())
    assert caught.value.field_errors == {field: (message,)}
    assert (caught.value.status, caught.value.detail) == (400, None)
    assert message in caught.value.body
    assert caught.value.url.startswith(f"{sim.url}/api/v1/{sim.organization_id}/assets/")


MISSING: dict[str, Any] = {
    "get": lambda assets: assets.get("nothing"),
    "delete": lambda assets: assets.delete("nothing"),
    "move": lambda assets: assets.move("nothing"),
    "generate_subtitle": lambda assets: assets.generate_subtitle("nothing"),
    "upload_subtitle": lambda assets: assets.upload_subtitle("nothing", b"WEBVTT"),
    "upload_thumbnail": lambda assets: assets.upload_thumbnail("nothing", b"\xff\xd8\xff0000"),
    "trim": lambda assets: assets.trim("nothing", end_time=1),
    "trim_status": lambda assets: assets.trim_status("nothing"),
    "revert_trim": lambda assets: assets.revert_trim("nothing"),
}


@pytest.mark.parametrize("call", MISSING)
async def test_a_missing_asset_is_not_found(call: str, sim: Simulator, client: Any) -> None:
    with pytest.raises(NotFoundError, match=f"assets.{call}: there is no such thing") as caught:
        await MISSING[call](client.assets)
    assert caught.value.detail == "Not found."
    assert sim.journal.count() == 1


async def test_a_wrong_organization_is_not_found_though_the_answer_is_a_page(sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, organization_id="another")
    with pytest.raises(NotFoundError, match="organization id") as caught:
        await client.assets.get("asset1")
    assert (caught.value.detail, caught.value.field_errors) == (None, {})


@pytest.mark.parametrize(
    ("body", "detail", "fields"),
    [
        (
            {"title": ["Too long.", "Not blank."], "item_index": 2},
            None,
            {"title": ("Too long.", "Not blank.")},
        ),
        ({"non_field_errors": ["Either."]}, None, {"non_field_errors": ("Either.",)}),
        ({"error_type": "IndexError", "item_index": 1}, "IndexError", {}),
        ({"message": "Twice.", "duplicate_key": ["a", "u"]}, "Twice.", {"duplicate_key": ("a", "u")}),
        ({"detail": "D", "message": "M"}, "D", {}),
        ({"detail": {"nested": 1}}, None, {}),
        (["list"], None, {}),
        ("text", None, {}),
        (None, None, {}),
    ],
)
async def test_errors_are_read_in_every_shape(
    body: Any, detail: Any, fields: Any, scripted: Any, make_client: Any
) -> None:
    server = await scripted(answer(body, 400))
    with pytest.raises(BadRequestError) as caught:
        await make_client(server).assets.get("asset1")
    assert (caught.value.detail, caught.value.field_errors) == (detail, fields)
