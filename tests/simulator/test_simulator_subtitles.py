"""Deleting subtitle tracks."""

import aiohttp
import pytest

NOT_FOUND = (404, {"detail": "Not found."})
FORMS = pytest.mark.parametrize("form", ["assets/{asset}/subtitles/{track}/", "subtitles/{track}/"])


@pytest.fixture
def asset_id(sim):
    return sim.add_asset()


async def upload(api, asset_id, name):
    form = aiohttp.FormData()
    form.add_field("subtitle", b"WEBVTT\n", filename="a.vtt", content_type="text/vtt")
    form.add_field("name", name)
    async with api.session.post(
        api.url(f"assets/{asset_id}/upload_subtitle/"), data=form, headers=api.headers
    ) as response:
        assert response.status == 200


async def ids(api, asset_id):
    return {row["name"]: row["id"] for row in await api.get(f"assets/{asset_id}/subtitles/")}


@FORMS
async def test_an_uploaded_one_can_be_deleted(api, asset_id, form):
    await upload(api, asset_id, "A")
    await upload(api, asset_id, "B")
    tracks = await ids(api, asset_id)
    suffix = form.format(asset=asset_id, track=tracks["A"])
    assert await api.call("DELETE", suffix) == (204, "")
    assert await ids(api, asset_id) == {"B": tracks["B"]}
    shown = [t["name"] for t in (await api.video(asset_id))["tracks"] if t["type"] == "Subtitle"]
    assert shown == ["B"]
    assert await api.call("DELETE", suffix) == NOT_FOUND


@FORMS
async def test_a_generated_one_cannot(api, asset_id, clock, form):
    await api.post(f"assets/{asset_id}/generate_subtitle/", status=201)
    clock.advance(4)
    tracks = await ids(api, asset_id)
    status, body = await api.call("DELETE", form.format(asset=asset_id, track=tracks["English"]))
    assert (status, list(body)) == (403, ["detail"])
    assert await ids(api, asset_id) == tracks


@FORMS
@pytest.mark.parametrize("track", ["1", "x", "-1"])
async def test_one_that_is_not_there(api, asset_id, form, track):
    await upload(api, asset_id, "A")
    assert await api.call("DELETE", form.format(asset=asset_id, track=track)) == NOT_FOUND


async def test_one_of_another_video_is_not_found(api, asset_id):
    await upload(api, asset_id, "A")
    (track,) = (await ids(api, asset_id)).values()
    assert await api.call("DELETE", f"assets/{api.sim.add_asset()}/subtitles/{track}/") == NOT_FOUND
    assert await api.call("DELETE", f"assets/nothere/subtitles/{track}/") == NOT_FOUND
    assert (await api.call("DELETE", f"assets/{api.sim.add_folder('F')}/subtitles/{track}/"))[0] == 400
    assert await api.call("DELETE", f"subtitles/{track}/") == (204, "")


async def test_a_track_cannot_be_looked_at(api, asset_id):
    assert (await api.call("GET", f"assets/{asset_id}/subtitles/1/"))[0] == 405
    assert (await api.call("GET", "subtitles/1/"))[0] == 405
