"""How the simulator is brought to answer as a sample does: assets and what belongs to them."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from asks import PICTURE, SUBTITLE, URL
from stage import Shown, Stage

Scene = Callable[[Stage], Awaitable[Shown]]

RESOLUTIONS = ["240p", "480p", "720p"]


def video(title: str = "Fractions, lesson 3", **fields: Any) -> dict[str, Any]:
    return {
        "title": title,
        "inputs": [{"url": URL}],
        "resolutions": RESOLUTIONS,
        "content_protection_type": "drm",
        **fields,
    }


def form(field: str, data: bytes, **fields: str) -> aiohttp.FormData:
    made = aiohttp.FormData(fields)
    made.add_field(field, data, filename="file")
    return made


async def video_created(stage: Stage) -> Shown:
    return await stage.post("assets/videos/", video(folder=stage.sim.add_folder("Course")))


async def videos_created(stage: Stage) -> Shown:
    folder = stage.sim.add_folder("Course")
    return await stage.post(
        "assets/videos/bulk-create/", [video(folder=folder), video("Photosynthesis", folder=folder)]
    )


async def assets_listed(stage: Stage) -> Shown:
    stage.sim.add_asset("On the next page")
    live = stage.sim.add_live_stream("Evening seminar")
    stage.sim.begin_streaming(live)
    stage.sim.add_asset(content_protection_type="drm")
    return await stage.get("assets/")


async def asset_shown(stage: Stage) -> Shown:
    return await stage.get(f"assets/{stage.sim.add_asset(content_protection_type='drm')}/")


async def asset_shown_with_expiry(stage: Stage) -> Shown:
    return await stage.get(f"assets/{stage.sim.add_asset(content_protection_type='aes')}/?expiry=300")


async def asset_moved(stage: Stage) -> Shown:
    return await stage.post(f"assets/{stage.sim.add_asset()}/move/", {"parent": stage.sim.add_folder("Course")})


async def subtitle_asked_for(stage: Stage) -> Shown:
    asset = stage.sim.add_asset(parent=stage.sim.add_folder("Course"), content_protection_type="drm")
    return await stage.post(f"assets/{asset}/generate_subtitle/")


async def subtitle_uploaded(stage: Stage, asset: str | None = None) -> Shown:
    data = form("subtitle", SUBTITLE, name="English", language="en")
    return await stage.post(f"assets/{asset or stage.sim.add_asset()}/upload_subtitle/", data=data)


async def subtitles_listed(stage: Stage) -> Shown:
    asset = stage.sim.add_asset()
    await subtitle_uploaded(stage, asset)
    return await stage.get(f"assets/{asset}/subtitles/")


async def thumbnail_uploaded(stage: Stage) -> Shown:
    return await stage.post(f"assets/{stage.sim.add_asset()}/upload_thumbnail/", data=form("thumbnail", PICTURE))


async def trim_started(stage: Stage, asset: str | None = None) -> Shown:
    return await stage.post(f"assets/{asset or stage.sim.add_asset()}/trim/", {"start_time": 15, "end_time": 30})


async def trim_shown(stage: Stage) -> Shown:
    asset = stage.sim.add_asset()
    await trim_started(stage, asset)
    return await stage.get(f"assets/{asset}/trim/status/")


async def trim_reverted(stage: Stage) -> Shown:
    asset = stage.sim.add_asset()
    await trim_started(stage, asset)
    stage.clock.advance(60)
    return await stage.post(f"assets/{asset}/trim/revert/")


async def resolutions_deleted(stage: Stage) -> Shown:
    return await stage.post(f"assets/{stage.sim.add_asset()}/delete_resolutions/", {"resolutions": [240, 720]})


async def chapters_added(stage: Stage) -> Shown:
    chapters = [{"title": "Intro", "start_time": "00:00:05"}, {"title": "End", "start_time": "00:00:40"}]
    return await stage.post(f"assets/{stage.sim.add_asset()}/chapters/", {"chapters": chapters})


async def upload_announced(stage: Stage) -> Shown:
    body = {"title": "Clip", "resolutions": ["240p"], "folder": stage.sim.add_folder("Course")}
    return await stage.post("assets/upload-sessions/", body)


async def folder_created(stage: Stage) -> Shown:
    return await stage.post("assets/folders/", {"title": "Course"})


async def folders_listed(stage: Stage) -> Shown:
    stage.sim.add_folder("Course")
    return await stage.get("assets/folders/")


async def live_stream_created(stage: Stage) -> Shown:
    return await stage.post("assets/live_streams/", {"title": "On air", "latency": "Low Latency"})


async def live_stream_scheduled(stage: Stage) -> Shown:
    return await stage.post("assets/live_streams/", {"title": "On air", "start": "2030-01-01 10:00:00"})


async def live_streams_listed(stage: Stage) -> Shown:
    for _ in range(3):
        stage.sim.begin_streaming(stage.sim.add_live_stream("Evening seminar"))
    return await stage.get("assets/live_streams/")


async def live_server_started(stage: Stage) -> Shown:
    asset = await stage.made("assets/live_streams/", {"title": "On air", "start": "2030-01-01 10:00:00"})
    return await stage.post(f"assets/{asset}/start_server/")


def broadcast(stage: Stage) -> str:
    """Return the id of a live stream that has been on air for a minute."""
    asset = stage.sim.add_live_stream("Evening seminar")
    stage.sim.begin_streaming(asset)
    stage.clock.advance(60)
    return asset


async def live_stream_stopped(stage: Stage) -> Shown:
    return await stage.post(f"assets/{broadcast(stage)}/stop_live_stream/")


async def live_stream_stopped_and_cut(stage: Stage) -> Shown:
    return await stage.post(f"assets/{broadcast(stage)}/stop_live_stream/", {"start_time": 10, "end_time": 20})


async def live_stream_activities(stage: Stage) -> Shown:
    asset = broadcast(stage)
    stage.sim.end_broadcast(asset)
    return await stage.get(f"assets/{asset}/")


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        video_created,
        videos_created,
        assets_listed,
        asset_shown,
        asset_shown_with_expiry,
        asset_moved,
        subtitle_asked_for,
        subtitle_uploaded,
        subtitles_listed,
        thumbnail_uploaded,
        trim_started,
        trim_shown,
        trim_reverted,
        resolutions_deleted,
        chapters_added,
        upload_announced,
        folder_created,
        folders_listed,
        live_stream_created,
        live_stream_scheduled,
        live_streams_listed,
        live_server_started,
        live_stream_stopped,
        live_stream_stopped_and_cut,
        live_stream_activities,
    )
}
