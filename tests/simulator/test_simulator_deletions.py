"""Deleting resolutions, and what webhooks would deliver."""

import re

import pytest


async def ask(api, asset_id, resolutions, status=202):
    return await api.post(f"assets/{asset_id}/delete_resolutions/", {"resolutions": resolutions}, status=status)


def statuses(answer):
    return [(row["resolution"], row["status"]) for row in answer["resolutions"]]


def playlists(video):
    (track,) = (t for t in video["tracks"] if t["type"] == "Playlist")
    assert track["bytes"] == sum(p["bytes"] for p in track["playlists"])
    return [p["name"] for p in track["playlists"]]


async def test_it_is_carried_out_a_little_later(api, clock):
    asset_id = api.sim.add_asset(resolutions=["240p", "360p", "720p"])
    answer = await ask(api, asset_id, [240, 1080, 720])
    assert (answer["uuid"], statuses(answer)) == (asset_id, [(240, "queued"), (1080, "not_found"), (720, "queued")])
    assert all(row["detail"] for row in answer["resolutions"])
    clock.advance(1.9)
    video = await api.video(asset_id)
    assert video["resolutions"] == playlists(video) == ["240p", "360p", "720p"]
    clock.advance(0.1)
    video = await api.video(asset_id)
    assert video["resolutions"] == playlists(video) == ["360p"]
    assert video["status"] == "Completed"


async def test_one_has_to_remain(api, clock):
    asset_id = api.sim.add_asset(resolutions=["240p", "360p"])
    assert list(await ask(api, asset_id, [240, 360], 400)) == ["resolutions"]
    await ask(api, asset_id, [240])
    assert list(await ask(api, asset_id, [360], 400)) == ["resolutions"], "the other one is as good as gone"
    clock.advance(2)
    assert (await api.video(asset_id))["resolutions"] == ["360p"]


async def test_two_may_be_under_way(api, clock):
    asset_id = api.sim.add_asset(resolutions=["240p", "360p", "720p"])
    await ask(api, asset_id, [240])
    clock.advance(1)
    await ask(api, asset_id, [720])
    clock.advance(1)
    assert (await api.video(asset_id))["resolutions"] == ["360p", "720p"]
    clock.advance(1)
    assert (await api.video(asset_id))["resolutions"] == ["360p"]


async def test_what_is_gone_is_not_found(api, clock):
    asset_id = api.sim.add_asset(resolutions=["240p", "360p"])
    await ask(api, asset_id, [240])
    clock.advance(2)
    assert statuses(await ask(api, asset_id, [240, 240])) == [(240, "not_found")]
    clock.advance(2)
    assert statuses(api.sim.resolutions_delivery(asset_id)) == [(240, "deleted")]


@pytest.mark.parametrize("resolutions", [None, [], "240", ["240p"], [True], [241], [240.0], [[240]]])
async def test_wrong_resolutions_are_refused(api, clock, resolutions):
    asset_id = api.sim.add_asset()
    assert list(await ask(api, asset_id, resolutions, 400)) == ["resolutions"]
    clock.advance(10)
    assert (await api.video(asset_id))["resolutions"] == ["240p", "480p"]


async def test_not_every_video_can_lose_some(api):
    aes = api.sim.add_asset(content_protection_type="aes")
    assert "AES" in (await ask(api, aes, [240], 400))["detail"]
    unfinished = (await api.create())["id"]
    assert "Completed" in (await ask(api, unfinished, [240], 400))["detail"]
    await ask(api, api.sim.add_folder("F"), [240], 400)


class TestDeliveries:
    async def test_a_delivery_is_the_bare_asset(self, api, clock):
        folder = api.sim.add_folder("F")
        asset_id = api.sim.add_asset("Clip", parent=folder)
        (row,) = (await api.get(f"assets/?parent={folder}"))["results"]
        assert row.pop("parent")["uuid"] == folder
        delivery = api.sim.delivery(asset_id)
        assert delivery.pop("drm_content_id") is None
        assert _as_json(delivery) == row

    async def test_drm_has_a_content_id_of_its_own(self, api):
        ids = [api.sim.delivery(api.sim.add_asset(content_protection_type="drm"))["drm_content_id"] for _ in range(2)]
        assert ids[0] != ids[1]
        assert all(re.fullmatch("[0-9a-f]{32}", i) for i in ids)

    async def test_a_delivery_shows_the_present(self, api, clock):
        asset_id = (await api.create())["id"]
        assert api.sim.delivery(asset_id)["video"]["status"] == "Not Started"
        clock.advance(6)
        assert api.sim.delivery(asset_id)["video"]["status"] == "Completed"
        live = api.sim.add_live_stream()
        api.sim.begin_streaming(live)
        delivery = api.sim.delivery(live)
        assert (delivery["video"], delivery["live_stream"]["status"]) == (None, "Streaming")

    async def test_a_finished_deletion_is_delivered(self, api, clock):
        asset_id = api.sim.add_asset(resolutions=["240p", "360p", "720p"])
        await ask(api, asset_id, [240, 1080, 720])
        with pytest.raises(KeyError, match="lost no resolutions"):
            api.sim.resolutions_delivery(asset_id)
        clock.advance(2)
        delivery = api.sim.resolutions_delivery(asset_id)
        assert set(delivery) == {"uuid", "resolutions"}
        assert delivery["uuid"] == asset_id
        assert statuses(delivery) == [(240, "deleted"), (720, "deleted")]

    async def test_only_what_is_there_is_delivered(self, api):
        for deliver in (api.sim.delivery, api.sim.resolutions_delivery):
            with pytest.raises(KeyError):
                deliver("nowhere")
        with pytest.raises(KeyError):
            api.sim.resolutions_delivery(api.sim.add_folder("F"))


def _as_json(value):
    """Return `value` as it comes out of JSON: there are no tuples."""
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, list | tuple) else value
