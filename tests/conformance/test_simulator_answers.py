"""What the simulator answers and delivers has the keys and types of the samples, call by call."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
import scenes_of_assets
import scenes_of_the_rest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from catalogue import ANSWERS, DELIVERIES, ERRORS, of_both
from scenes_of_assets import broadcast, video
from scenes_of_the_rest import TRANSCODING
from sides import differences, nulls
from stage import Stage

from tpstreams_async.simulator import ManualClock, Simulator

Load = Callable[[str], Any]

SCENES = scenes_of_assets.SCENES | scenes_of_the_rest.SCENES

#: Every live stream that the documentation shows lacks some of these, and another one has them.
LIVE = {
    *("dash_url", "start", "enable_drm_for_recording", "enable_drm", "enable_llhls", "latency", "resolutions"),
    *("chat_embed_url", "chat_room_id", "chat_transcript_url", "notice_message", "activities"),
}
#: Keys of which the service is known to show them there, though the sample does not.
WHOLE = {
    f"$.video.{key} is new"
    for key in ("cover_thumbnail_url", "transmux_only", "duration", "content_protection_type", "enable_drm")
}
OUTPUTS = {f"$.video.{key} is new" for key in ("generate_subtitle", "video_codecs", "output_urls")}
MORE = {
    "asset_shown": {"$.folder_tree is new", *OUTPUTS},
    # A delivery is the whole asset, though its samples are shorter.
    "video_delivered": {*(f"$.{key} is new" for key in ("live_stream", "parent_id", "drm_content_id")), *WHOLE},
    "live_stream_delivered": {"$.drm_content_id is new"},
    # Its sample has a key of the live stream in the video, in place of `enable_drm`.
    "recording_delivered": {"$.drm_content_id is new", *WHOLE, "$.video.enable_drm_for_recording is missing"},
}
#: Samples that show the beginning of an asset; the whole of it is in `asset_shown`.
EXCERPTS = {"asset_shown_with_expiry", "live_stream_activities"}
#: Where samples of the same state contradict each other.
NULLS = {"subtitle_asked_for": {"$.video.preview_thumbnail_url is null"}}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A simulator whose time stands still, with a raw client: what the SDK makes of answers is no matter here."""
    bodies: list[bytes] = []

    async def receive(request: web.BaseRequest) -> web.Response:
        bodies.append(await request.read())
        return web.Response()

    clock = ManualClock()
    async with (
        RawTestServer(receive) as receiver,
        Simulator(clock=clock, fetch=False, page_size=2) as sim,
        aiohttp.ClientSession() as session,
    ):
        yield Stage(sim, clock, session, str(receiver.make_url("/")), bodies)
        assert not sim.errors


def judged(name: str, sample: Any, shown: Any) -> set[str]:
    """Return what differs from a sample beyond what is known of it."""
    found = set(differences(sample, shown)) - MORE.get(name, set())
    found = {place for place in found if place.partition(".live_stream.")[2].removesuffix(" is new") not in LIVE}
    if name in EXCERPTS:
        found = {place for place in found if not place.endswith(" is new")}
    return found | (set(nulls(sample, shown)) - NULLS.get(name, set()))


def test_every_answer_and_error_is_played() -> None:
    # The one that is missing is what the server says of its own mistakes; the simulator says it when it is told to.
    assert (ANSWERS.keys() | ERRORS.keys()) - SCENES.keys() == {"bulk_item_failed"}


@pytest.mark.parametrize(("name", "load"), of_both(SCENES))
async def test_the_simulator_answers_like_the_sample(name: str, load: Load, stage: Stage) -> None:
    status, shown = await SCENES[name](stage)
    assert status == (ANSWERS | ERRORS)[name][0]
    assert judged(name, load(name), shown) == set()


async def play_video_delivered(stage: Stage) -> Any:
    stage.sim.add_webhook(stage.receiver)
    await stage.made("assets/videos/", video())
    return await stage.delivered(60)


async def play_live_stream_delivered(stage: Stage) -> Any:
    stage.sim.add_webhook(stage.receiver)
    stage.sim.begin_streaming(stage.sim.add_live_stream("Evening seminar"))
    return await stage.delivered()


async def play_recording_delivered(stage: Stage) -> Any:
    stage.sim.add_webhook(stage.receiver)
    stage.sim.end_broadcast(broadcast(stage))
    return await stage.delivered(60)


async def play_transcoding_delivered(stage: Stage) -> Any:
    stage.sim.add_webhook(stage.receiver)
    await stage.made("transcoding_jobs/", TRANSCODING)
    return await stage.delivered(2)


PLAYS = {
    "video_delivered": play_video_delivered,
    "live_stream_delivered": play_live_stream_delivered,
    "recording_delivered": play_recording_delivered,
    "transcoding_delivered": play_transcoding_delivered,
}


@pytest.mark.parametrize(("name", "load"), of_both(DELIVERIES))
async def test_the_simulator_delivers_what_the_sample_shows(name: str, load: Load, stage: Stage) -> None:
    assert judged(name, load(name), await PLAYS[name](stage)) == set()
