"""``client.subtitles``: what it sends and returns, and what it refuses."""

from typing import Any

import pytest
from support import bad
from support.payloads import SUBTITLE_TRACK
from support.scripted import answer, hang_up

from tpstreams_async import NotFoundError, OutcomeUnknownError, PermissionDeniedError, Retry, Track
from tpstreams_async.simulator import Simulator

pytestmark = pytest.mark.looptime

ROWS = [SUBTITLE_TRACK, {"id": 9, "type": "subtitle", "subtitle_type": "Uploaded", "url": None, "new": 1}, {}]


@pytest.mark.parametrize("bare", [True, False])
async def test_tracks_are_listed(bare: bool, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(ROWS if bare else {"count": 3, "next": None, "results": ROWS}))
    tracks = await make_client(server).subtitles.list("asset1").collect()
    assert server.targets == ["GET /api/v1/org001/assets/asset1/subtitles/"]
    assert [track.is_generated_subtitle for track in tracks] == [True, False, False]
    assert (tracks[1].url, tracks[1].extra, tracks[2]) == (None, {"new": 1}, Track())
    assert await make_client(server).subtitles.list("asset1").count() == 3


async def test_the_tracks_of_a_video_are_those_that_it_shows(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset()
    assert await client.subtitles.list(asset_id).first() is None
    await client.assets.upload_subtitle(asset_id, b"WEBVTT\n", name="English", language="en")
    (track,) = await client.subtitles.list(asset_id).collect()
    assert (track.name, track.subtitle_type) == ("English", "Uploaded")
    assert track.id == (await client.assets.get(asset_id)).subtitles[0].id


@pytest.mark.parametrize("subtitle_id", [12, "12"])
async def test_a_track_is_deleted(subtitle_id: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(b"", 204))
    assert await make_client(server).subtitles.delete("asset1", subtitle_id) is None
    assert server.targets == ["DELETE /api/v1/org001/assets/asset1/subtitles/12/"]


async def test_a_generated_track_cannot_be_deleted(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({"detail": "Auto generated subtitles cannot be deleted."}, 403))
    with pytest.raises(PermissionDeniedError) as caught:
        await make_client(server).subtitles.delete("asset1", 12)
    assert caught.value.detail == "Auto generated subtitles cannot be deleted."
    assert len(server.requests) == 1


async def test_a_deletion_whose_answer_was_lost_is_sent_again(scripted: Any, make_client: Any) -> None:
    server = await scripted(hang_up(), answer({"detail": "Not found."}, 404))
    assert await make_client(server).subtitles.delete("asset1", 12) is None
    with pytest.raises(NotFoundError):
        await make_client(server).subtitles.delete("asset1", 12)
    server.steps = [hang_up()]
    with pytest.raises(OutcomeUnknownError, match=r"client\.subtitles\.list"):
        await make_client(server, retry=Retry(attempts=2)).subtitles.delete("asset1", 12)


@pytest.mark.parametrize("value", bad.IDS, ids=bad.short)
async def test_an_id_that_could_lead_elsewhere(value: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    subtitles = make_client(server).subtitles
    await bad.refused(server, lambda: subtitles.list(value), "asset_id")
    await bad.refused(server, lambda: subtitles.delete(value, 12), "asset_id")


@pytest.mark.parametrize("value", bad.NUMBERS, ids=bad.short)
async def test_a_number_that_is_none(value: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    await bad.refused(server, lambda: make_client(server).subtitles.delete("asset1", value), "subtitle_id")
