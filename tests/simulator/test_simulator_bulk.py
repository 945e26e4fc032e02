"""Creating many videos with one request."""

import pytest

from tpstreams_async.simulator import Fault

ROW_KEYS = {"title", "bytes", "type", "video", "id", "live_stream", "parent", "parent_id"}
VIDEO_KEYS = {
    "progress",
    "thumbnails",
    "status",
    "playback_url",
    "dash_url",
    "preview_thumbnail_url",
    "cover_thumbnail_url",
    "format",
    "resolutions",
    "video_codec",
    "audio_codec",
    "enable_drm",
    "inputs",
    "transmux_only",
    "duration",
    "content_protection_type",
    "generate_subtitle",
    "video_codecs",
    "output_urls",
}


def item(title="Clip", url="https://origin.example/a.mp4", **fields):
    return {"title": title, "inputs": [{"url": url}], "resolutions": ["240p"], **fields}


async def bulk(api, value, status=201):
    return await api.post("assets/videos/bulk-create/", value, status=status)


async def test_all_are_created_in_the_order_in_which_they_were_sent(api):
    folder = api.sim.add_folder("F")
    sent = [item("C", folder=folder, content_protection_type="drm"), item("A", generate_subtitle=True), item("B")]
    rows = await bulk(api, sent)
    assert [row["title"] for row in rows] == ["C", "A", "B"]
    assert [row["id"] for row in (await api.get("assets/"))["results"]][:3] == [row["id"] for row in rows[::-1]]
    first, second, _ = rows
    assert set(first) == ROW_KEYS
    assert set(first["video"]) == VIDEO_KEYS
    assert (first["parent_id"], first["parent"]) == (folder, {"title": "F", "uuid": folder})
    assert (second["parent_id"], second["parent"], second["bytes"]) == (None, None, None)
    video = first["video"]
    assert (video["status"], video["progress"], video["thumbnails"]) == ("Not Started", 0, None)
    assert (video["content_protection_type"], video["enable_drm"], video["generate_subtitle"]) == ("drm", True, False)
    assert second["video"]["generate_subtitle"] is True
    outputs = {"h264": {"hls_url": video["playback_url"], "dash_url": video["dash_url"]}}
    assert (video["video_codecs"], video["output_urls"]) == (["h264"], outputs)


async def test_they_are_processed_like_any_other(api, clock):
    (row,) = await bulk(api, [item()])
    clock.advance(6)
    assert await api.status(row["id"]) == "Completed"


async def test_fifty_are_not_too_many(api):
    assert len(await bulk(api, [item(str(n)) for n in range(50)])) == 50
    assert len(api.sim.assets) == 50


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"title": "x"}, {"detail": "Request body must be a list of objects."}),
        ("text", {"detail": "Request body must be a list of objects."}),
        ([item(), 5], {"detail": "Request body must be a list of objects."}),
        ([], {"non_field_errors": ["This list may not be empty."]}),
        (
            [item(str(n)) for n in range(51)],
            {
                "detail": "The maximum number of assets you can upload in a single request is 50. You submitted 51.",
            },
        ),
        (
            [item("x"), {"title": "y"}],
            {"inputs": ["This field is required."], "resolutions": ["This field is required."], "item_index": 1},
        ),
        ([item(inputs=[])], {"inputs": ["This list may not be empty."], "item_index": 0}),
        ([item(title=["x"])], {"title": ["Not a valid string."], "item_index": 0}),
        ([item(), item("y", folder="nowhere")], {"folder": ["Folder not found."], "item_index": 1}),
        ([item(), item("y", inputs=[{"url": ["x"]}])], {"inputs": ["Enter a valid URL."], "item_index": 1}),
    ],
)
async def test_one_that_is_wrong_is_named_and_none_is_created(api, body, errors):
    assert await bulk(api, body, 400) == errors
    assert not api.sim.assets


async def test_an_empty_body_is_no_list(api):
    assert await bulk(api, None, 400) == {"detail": "Request body must be a list of objects."}


async def test_a_duplicate_is_told_with_both_places(api):
    url = "https://origin.example/a.mp4"
    sent = [item("A"), item("B"), item("A", "https://origin.example/b.mp4"), item("A", url, resolutions=["720p"])]
    assert await bulk(api, sent, 400) == {
        "detail": "Duplicate video asset found in the request body.",
        "duplicate_key": f"('A', '{url}')",
        "first_occurrence_index": 0,
        "current_occurrence_index": 3,
        "message": "Item at index 3 is a duplicate of the item at index 0. "
        "Bulk requests must contain only unique video assets.",
        "item_index": 3,
    }
    assert not api.sim.assets


async def test_two_without_a_title_are_duplicates_too(api):
    one = item()
    del one["title"]
    body = await bulk(api, [one, one], 400)
    assert (body["duplicate_key"], body["item_index"]) == ("(None, 'https://origin.example/a.mp4')", 1)


async def test_what_was_created_before_is_no_duplicate(api):
    await bulk(api, [item()])
    await bulk(api, [item()])
    assert len(api.sim.assets) == 2


async def test_an_error_of_the_server_itself_has_no_text(api):
    body = {"error_type": "IndexError", "item_index": 1}
    api.sim.faults.add("POST", "assets/videos/bulk-create/", Fault.status(400, body=body))
    assert await bulk(api, [item()], 400) == body


async def test_only_post_is_known(api):
    assert (await api.call("GET", "assets/videos/bulk-create/"))[0] == 405
