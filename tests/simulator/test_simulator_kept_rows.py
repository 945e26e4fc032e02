"""Rows are kept as they were encoded, and yet always show the present."""

import random

import pytest

from tpstreams_async.simulator import ManualClock, Simulator


class Seen:
    """Compares what the server answers with what it would answer without keeping anything."""

    def __init__(self, api):
        self.api = api

    async def shown(self, asset_id):
        """Return list row and detail of an asset, after a check that they are those of this moment."""
        service = self.api.sim._service
        asset, now = service.store.get(asset_id), service.clock.now()
        rows = {row["id"]: row for row in (await self.api.get("assets/?limit=100"))["results"]}
        detail = await self.api.get(f"assets/{asset_id}/")
        assert rows[asset_id] == _plain(service.renderer.list_row(asset, now))
        assert detail == _plain(service.renderer.detail_row(asset, now))
        return rows[asset_id], detail


def _plain(value):
    """Return `value` as it comes out of JSON: there are no tuples."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.fixture
def seen(api):
    return Seen(api)


@pytest.fixture
async def asset_id(api, seen):
    """A completed video of which everything has been shown already."""
    made = api.sim.add_asset("Kept", duration=60, resolutions=["240p", "360p"])
    assert await seen.shown(made) == await seen.shown(made)
    return made


async def test_kept_bytes_are_really_used(api, asset_id):
    asset = api.sim._service.store.get(asset_id)
    row, detail = asset.kept_row, asset.kept_detail
    assert row is not None
    assert detail is not None
    await api.get("assets/")
    await api.get(f"assets/{asset_id}/")
    assert asset.kept_row is row
    assert asset.kept_detail is detail


async def test_a_status_set_by_hand_shows_at_once(api, seen, asset_id):
    for status in ("Error", "Odd", None):
        api.sim.set_status(asset_id, status)
        row, detail = await seen.shown(asset_id)
        assert row["video"]["status"] == detail["video"]["status"] == (status or "Completed")


async def test_a_trim_and_its_revert_show(api, clock, seen, asset_id):
    for suffix, body, seconds, duration in (("trim/", {"end_time": 20}, 4, 20), ("trim/revert/", None, 2, 60)):
        await api.post(f"assets/{asset_id}/{suffix}", body)
        clock.advance(seconds / 2)
        assert (await seen.shown(asset_id))[0]["video"]["status"] == "Transcoding"
        clock.advance(seconds / 2)
        row, detail = await seen.shown(asset_id)
        assert row["video"]["duration"] == detail["video"]["duration"] == duration


async def test_the_end_of_a_trim_set_by_hand_shows(api, clock, seen, asset_id):
    await api.post(f"assets/{asset_id}/trim/", {"end_time": 20})
    clock.advance(2)
    await seen.shown(asset_id)
    api.sim.set_trim_status(asset_id, "Completed")
    assert (await seen.shown(asset_id))[1]["video"]["duration"] == 20


async def test_a_deleted_resolution_goes(api, clock, seen, asset_id):
    await api.post(f"assets/{asset_id}/delete_resolutions/", {"resolutions": [240]}, status=202)
    assert (await seen.shown(asset_id))[0]["video"]["resolutions"] == ["240p", "360p"]
    clock.advance(2)
    row, detail = await seen.shown(asset_id)
    assert row["video"]["resolutions"] == detail["video"]["resolutions"] == ["360p"]


async def test_a_generated_subtitle_comes(api, clock, seen, asset_id):
    await api.post(f"assets/{asset_id}/generate_subtitle/", status=201)
    assert len((await seen.shown(asset_id))[0]["video"]["tracks"]) == 2
    clock.advance(4)
    row, detail = await seen.shown(asset_id)
    assert len(row["video"]["tracks"]) == len(detail["video"]["tracks"]) == 3


async def test_uploads_show(api, seen, asset_id):
    form = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="f"\r\n\r\n%s\r\n--b--\r\n'
    headers = {**api.headers, "Content-Type": "multipart/form-data; boundary=b"}
    before = (await seen.shown(asset_id))[0]["video"]
    for name, data in ((b"subtitle", b"WEBVTT"), (b"thumbnail", b"\xff\xd8\xff\xe0")):
        suffix = f"assets/{asset_id}/upload_{name.decode()}/"
        assert (await api.call("POST", suffix, data=form % (name, data), headers=headers))[0] == 200
    row, detail = await seen.shown(asset_id)
    for video in (row["video"], detail["video"]):
        assert len(video["tracks"]) == 3
        assert video["cover_thumbnail_url"] != before["cover_thumbnail_url"]


async def test_a_move_shows_and_so_does_one_of_a_folder_around(api, seen, asset_id):
    outer, inner = api.sim.add_folder("Outer"), api.sim.add_folder("Inner")
    await api.post(f"assets/{asset_id}/move/", {"parent": inner})
    row, detail = await seen.shown(asset_id)
    assert (row["parent"]["title"], detail["folder_tree"]) == ("Inner", "Inner")
    await seen.shown(inner)
    await api.post(f"assets/{inner}/move/", {"parent": outer})
    assert (await seen.shown(asset_id))[1]["folder_tree"] == "Outer / Inner"
    assert (await seen.shown(inner))[0]["parent_id"] == outer
    await api.post(f"assets/{asset_id}/move/")
    row, detail = await seen.shown(asset_id)
    assert row["parent"] is detail["folder_tree"] is None


async def test_what_is_deleted_is_gone(api, asset_id):
    await api.call("DELETE", f"assets/{asset_id}/")
    assert (await api.get("assets/"))["results"] == []
    assert (await api.call("GET", f"assets/{asset_id}/"))[0] == 404


async def test_signed_addresses_go_with_the_time(api, clock, seen, asset_id):
    aes = api.sim.add_asset(content_protection_type="aes")
    before = [(await seen.shown(i))[1] for i in (asset_id, aes)]
    clock.advance(500)
    after = [(await seen.shown(i))[1] for i in (asset_id, aes)]
    assert after[0]["download_url"] > before[0]["download_url"]
    assert after[1]["video"]["playback_url"] > before[1]["video"]["playback_url"]
    signed = await api.get(f"assets/{asset_id}/?expiry=60")
    assert "Expires=" in signed["video"]["playback_url"]
    assert "Expires=" not in (await seen.shown(asset_id))[1]["video"]["playback_url"]


async def test_rows_are_right_at_every_moment_of_a_life(api, clock, seen):
    made = await api.create(generate_subtitle=True)
    asset_id, live = made["id"], api.sim.add_live_stream()
    shown = []
    for step in range(60):
        if step == 8:
            api.sim.begin_streaming(live)
        if step == 20:
            api.sim.end_broadcast(live)
        row, _ = await seen.shown(asset_id)
        shown.append((row["video"]["status"], row["video"]["progress"], len(row["video"]["tracks"])))
        await seen.shown(live)
        clock.advance(0.25)
    assert shown[0] == ("Not Started", 0, 0)
    assert shown[-1] == ("Completed", 100, 3)


async def test_a_video_that_could_not_be_had_goes_on_to_show_it(api, clock, seen):
    asset_id = (await api.create())["id"]
    service = api.sim._service
    service.fetched(service.store.get(asset_id).video, None)
    for _ in range(20):
        await seen.shown(asset_id)
        clock.advance(0.5)
    assert (await seen.shown(asset_id))[0]["video"]["status"] == "Error"


class TestSearch:
    @pytest.fixture
    def crowd(self, api):
        """A few hundred assets with titles of few letters, some in folders, some of them deleted again."""
        chance = random.Random(7)
        sim = api.sim
        folders = [None, sim.add_folder("abc"), sim.add_folder("caab")]
        for n in range(400):
            title = "".join(chance.choices("aAbBcCé ", k=chance.randrange(1, 9)))
            made = sim.add_asset(title, parent=chance.choice(folders))
            if n % 3:
                sim.delete_asset(made)
        return folders[1]

    @pytest.mark.parametrize("text", ["a", "ab", "abc", "BCA", "aaaa", "É", "cé ", "nothing"])
    @pytest.mark.parametrize("where", ["", "&has_parent=true", "&has_parent=false", "&parent="])
    async def test_it_finds_what_looking_at_all_finds(self, api, crowd, text, where):
        query = where + crowd if where.endswith("=") else where
        everything = (await api.get(f"assets/?limit=1000{query}"))["results"]
        everything += (await api.get(f"assets/?limit=1000&offset=100{query}"))["results"]
        wanted = [row["id"] for row in everything if text.lower() in row["title"].lower()]
        for _ in range(2):
            found = await api.get(f"assets/?limit=1000{query}", params={"q": text})
            assert [row["id"] for row in found["results"]] == wanted[:100]
            assert found["count"] == len(wanted)

    async def test_it_knows_of_what_comes_and_goes(self, api):
        async def found():
            return [row["id"] for row in (await api.get("assets/?q=needle"))["results"]]

        assert await found() == []
        first, second = api.sim.add_asset("a needle"), api.sim.add_live_stream("Needle 2")
        assert await found() == [second, first]
        api.sim.delete_asset(second)
        assert await found() == [first]
        folder = api.sim.add_folder("needles")
        await api.post(f"assets/{first}/move/", {"parent": folder})
        assert await found() == [folder, first]
        assert [row["uuid"] for row in (await api.get("assets/folders/?q=needle"))["results"]] == [folder]
        api.sim.delete_asset(folder)
        assert await found() == []

    def test_nothing_of_the_deleted_is_kept_for_ever(self):
        sim = Simulator(clock=ManualClock(), fetch=False)
        for n in range(500):
            sim.delete_asset(sim.add_asset(f"video {n}"))
        titles = sim._service.store._titles
        assert len(titles._titles) == 0
        assert sum(len(assets) for assets in titles._by_piece.values()) < 20
