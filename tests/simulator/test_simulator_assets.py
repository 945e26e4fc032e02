"""Creating, finding, listing, moving and deleting."""

import pytest

from tpstreams_async.simulator.ids import ALPHABET

LIST_KEYS = {"title", "bytes", "type", "video", "id", "live_stream", "parent", "parent_id"}
DETAIL_ONLY = {
    "views_count",
    "average_watched_time",
    "total_watch_time",
    "unique_viewers_count",
    "download_url",
    "folder_tree",
}


async def test_a_new_video_has_the_keys_of_the_short_form(api):
    row = await api.create(title="Clip", content_protection_type="drm")
    assert set(row) == {"id", "title", "bytes", "type", "video", "parent_id"}
    assert set(row["id"]) <= set(ALPHABET)
    assert len(row["id"]) == 11
    video = row["video"]
    assert (row["bytes"], video["status"], video["tracks"]) == (None, "Not Started", [])
    assert video["playback_url"].endswith(f"/{row['id']}/video.m3u8")
    assert video["inputs"] == [{"url": "https://origin.example/clip.mp4"}]
    assert not {"duration", "enable_drm", "cover_thumbnail_url", "transmux_only"} & set(video)


async def test_detail_has_more_keys_than_the_list(api):
    created = await api.create()
    (row,) = (await api.get("assets/"))["results"]
    detail = await api.get(f"assets/{created['id']}/")
    assert set(row) == LIST_KEYS
    assert set(detail) == LIST_KEYS | DETAIL_ONLY
    extra = set(detail["video"]) - set(row["video"])
    assert extra == {"generate_subtitle", "video_codecs", "output_urls"}


async def test_a_title_may_be_missing_or_not_ascii(api):
    assert (await api.create())["title"] == "clip.mp4"
    assert (await api.create(title="नमस्ते 🎬"))["title"] == "नमस्ते 🎬"


async def test_resolutions_may_be_one_text(api):
    assert (await api.create(resolutions="240p, 720p"))["video"]["resolutions"] == ["240p", "720p"]


async def test_ids_never_repeat(api):
    ids = {api.sim.add_asset() for _ in range(300)}
    assert len(ids) == 300
    assert not set("01IOl") & set("".join(ids))


async def test_expiry_signs_the_playback_url(api):
    asset_id = api.sim.add_asset()
    plain = await api.get(f"assets/{asset_id}/")
    signed = await api.get(f"assets/{asset_id}/?expiry=300")
    assert "Expires" not in plain["video"]["playback_url"]
    assert "Expires=" in signed["video"]["playback_url"]
    assert signed["video"]["output_urls"]["h264"]["hls_url"] == signed["video"]["playback_url"]
    aes = await api.get(f"assets/{api.sim.add_asset(content_protection_type='aes')}/")
    assert "Expires=" in aes["video"]["playback_url"]


@pytest.mark.parametrize("expiry", ["0", "-1", "x", "1.5", "9" * 400, "٣"])
async def test_an_expiry_that_is_no_number_of_seconds(api, expiry):
    asset_id = api.sim.add_asset()
    status, body = await api.call("GET", f"assets/{asset_id}/", params={"expiry": expiry})
    assert (status, body) == (400, {"expiry": ["A valid integer is required."]})


async def test_pages_follow_each_other_newest_first(api):
    titles = [f"v{n}" for n in range(7)]
    for title in titles:
        api.sim.add_asset(title)
    seen, address = [], api.url("assets/?limit=3")
    while address:
        async with api.session.get(address, headers=api.headers) as response:
            page = await response.json()
        assert page["count"] == 7
        seen += [row["title"] for row in page["results"]]
        last, address = page, page["next"]
    assert seen == titles[::-1]
    assert last["previous"] == api.url("assets/?limit=3&offset=3")


async def test_links_follow_the_host_header_and_keep_the_filters(api):
    folder = api.sim.add_folder("F")
    for _ in range(3):
        api.sim.add_asset(parent=folder)
    headers = {**api.headers, "Host": "tp.example:99"}
    page = await api.get(f"assets/?parent={folder}&limit=1&offset=1", headers=headers)
    base = "http://tp.example:99/api/v1/sim001/assets/?limit=1"
    assert page["next"] == f"{base}&offset=2&parent={folder}"
    assert page["previous"] == f"{base}&parent={folder}"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", 50),
        ("limit=x", 50),
        ("limit=0", 50),
        ("limit=-3", 50),
        ("limit=7", 7),
        ("limit=1000", 100),
        ("offset=x", 50),
        ("offset=115", 5),
        ("offset=1000", 0),
        (f"offset={'9' * 5000}", 50),
    ],
)
async def test_limit_and_offset_are_read_kindly(api, query, shown):
    for _ in range(120):
        api.sim.add_asset()
    page = await api.get(f"assets/?{query}")
    assert (page["count"], len(page["results"])) == (120, shown)


async def test_lists_by_folder(api):
    folder = api.sim.add_folder("F")
    inside, outside = api.sim.add_asset("in", parent=folder), api.sim.add_asset("out")

    async def ids(query: str) -> list[str]:
        return [row["id"] for row in (await api.get(f"assets/?{query}"))["results"]]

    assert await ids("") == [outside, inside, folder]
    assert await ids(f"parent={folder}") == [inside]
    assert await ids("has_parent=false") == [outside, folder]
    assert await ids("has_parent=true") == [inside]
    assert await ids("q=OUT") == [outside]
    assert await ids("parent=nowhere") == []


async def test_a_folder_is_a_row_without_a_video(api):
    uuid = (await api.post("assets/folders/", {"title": "F"}, status=201))["uuid"]
    detail = await api.get(f"assets/{uuid}/")
    assert (detail["type"], detail["video"], detail["bytes"]) == ("folder", None, None)
    assert await api.post(f"assets/{uuid}/trim/", {"end_time": 1}, status=400)


async def test_folders_are_made_and_listed(api):
    outer = await api.post("assets/folders/", {"title": " Outer "}, status=201)
    inner = await api.post("assets/folders/", {"title": "Inner", "parent": outer["uuid"]}, status=201)
    assert outer == {"title": "Outer", "uuid": outer["uuid"]}
    assert (await api.get("assets/folders/"))["results"] == [inner, outer]
    assert (await api.get("assets/folders/?q=inn"))["results"] == [inner]
    video = await api.create(folder=inner["uuid"])
    assert (await api.get(f"assets/{video['id']}/"))["folder_tree"] == "Outer / Inner"


@pytest.mark.parametrize(
    ("body", "field"), [({}, "title"), ({"title": " "}, "title"), ({"title": "x", "parent": "no"}, "parent")]
)
async def test_a_wrong_folder_is_refused(api, body, field):
    assert list(await api.post("assets/folders/", body, status=400)) == [field]


async def test_moving_in_and_out(api):
    asset_id, folder = api.sim.add_asset(), api.sim.add_folder("F")
    api.sim.add_asset(parent=folder)
    moved = {"detail": "Asset moved successfully."}
    assert await api.post(f"assets/{asset_id}/move/", {"parent": folder}) == moved
    detail = await api.get(f"assets/{asset_id}/")
    assert (detail["parent_id"], detail["parent"]["uuid"]) == (folder, folder)
    rows = (await api.get(f"assets/?parent={folder}"))["results"]
    assert [row["id"] for row in rows][-1] == asset_id, "rows stay in the order of creation"
    assert await api.post(f"assets/{asset_id}/move/") == moved
    assert (await api.get(f"assets/{asset_id}/"))["parent_id"] is None


async def test_moving_to_where_nothing_can_go(api):
    outer = api.sim.add_folder("Outer")
    inner = api.sim.add_folder("Inner", parent=outer)
    for target in (api.sim.add_asset(), "nowhere", outer, inner):
        assert list(await api.post(f"assets/{outer}/move/", {"parent": target}, status=400)) == ["parent"]


async def test_deleting(api):
    asset_id = api.sim.add_asset()
    assert await api.call("DELETE", f"assets/{asset_id}/") == (204, "")
    assert (await api.call("GET", f"assets/{asset_id}/"))[0] == 404
    assert (await api.call("DELETE", f"assets/{asset_id}/"))[0] == 404
    assert (await api.get("assets/"))["count"] == 0


async def test_a_folder_takes_its_children_along(api):
    outer = api.sim.add_folder("Outer")
    inner = api.sim.add_folder("Inner", parent=outer)
    for parent in (outer, inner):
        api.sim.add_asset(parent=parent)
    kept = api.sim.add_asset()
    await api.call("DELETE", f"assets/{outer}/")
    assert list(api.sim.assets) == [kept]


async def test_controls_refuse_what_is_not_there(api):
    folder = api.sim.add_folder("F")
    for call in (
        lambda: api.sim.delete_asset("no"),
        lambda: api.sim.set_status("no", "Error"),
        lambda: api.sim.set_status(folder, "Error"),
        lambda: api.sim.add_asset(parent="no"),
        lambda: api.sim.assets["no"],
        lambda: api.sim.set_trim_status(api.sim.add_asset(), "Failed"),
    ):
        with pytest.raises(KeyError):
            call()
    with pytest.raises(ValueError, match="resolutions"):
        api.sim.add_asset(resolutions=["4k"])


class TestVisibleAfter:
    @pytest.fixture
    def options(self):
        return {"fetch": False, "visible_after": 3.0}

    async def test_a_new_asset_is_not_found_for_a_while(self, api, clock):
        old = api.sim.add_asset()
        new = (await api.create())["id"]
        assert new in api.sim.assets
        assert (await api.call("GET", f"assets/{new}/"))[0] == 404
        assert [row["id"] for row in (await api.get("assets/"))["results"]] == [old]
        clock.advance(3)
        assert (await api.call("GET", f"assets/{new}/"))[0] == 200
        assert (await api.get("assets/"))["count"] == 2
