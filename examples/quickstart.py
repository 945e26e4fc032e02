"""A video's whole life: create it, await it, subtitle it, trim it, move it, delete it.

Without an account it runs against the simulator that comes with the package, on a real MP4 served from this folder:

    python examples/quickstart.py

With TPSTREAMS_ORGANIZATION_ID and TPSTREAMS_TOKEN set, it runs against the live service, which has to be able to reach
the video. It deletes what it created; generating subtitles costs a few cents:

    python examples/quickstart.py https://example.com/video.mp4
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from tpstreams_async import Asset, Job, Polling, TPStreams, TPStreamsError, Video
from tpstreams_async.simulator import Simulator

HERE = Path(__file__).parent
LIVE_VIDEO = "https://download.blender.org/peach/bigbuckbunny_movies/BigBuckBunny_320x180.mp4"
STARTED = time.monotonic()


@dataclass
class Stage:
    """What the demonstration runs against."""

    client: TPStreams
    video_url: str
    folder: str | None


async def main() -> None:
    live = "TPSTREAMS_TOKEN" in os.environ
    try:
        async with live_service() if live else simulated_service() as stage:
            await show(stage)
    except TPStreamsError as error:
        sys.exit(f"\n{type(error).__name__}: {error}")


async def show(stage: Stage) -> None:
    client = stage.client
    say("create", f"from {stage.video_url}")
    asset = await client.assets.create(
        inputs=[stage.video_url], title="Quickstart", resolutions=["240p", "480p"], content_protection_type="disable"
    )
    try:
        asset = await follow(client.jobs.asset(asset))
        await add_subtitles_and_thumbnail(client, asset)
        asset = await trim_and_revert(client, asset)
        await move(client, asset, stage.folder)
        await print_what_is_true(client, asset.id)
    finally:
        await client.assets.delete(asset.id)
        say("delete", f"{asset.id} is gone")
    print(f"\nAll of it awaited, in {time.monotonic() - STARTED:.1f} s.")


async def follow(job: Job[Asset]) -> Asset:
    """Show each change of a job until it ended, and return its result."""
    async for update in job.updates():
        percent = f"{update.progress:.0f} %" if update.progress else ""
        say("await", f"{update.status or '…':<12} {percent:>6}  after {update.elapsed:.1f} s")
    return await job


async def add_subtitles_and_thumbnail(client: TPStreams, asset: Asset) -> None:
    await client.assets.upload_subtitle(asset.id, HERE / "clip.en.vtt", name="English", language="en")
    say("upload", "clip.en.vtt as a subtitle track")
    await client.assets.upload_thumbnail(asset.id, HERE / "poster.jpg")
    say("upload", "poster.jpg as the thumbnail")
    await client.assets.generate_subtitle(asset.id)
    say("generate", "subtitles from the sound")
    heard = await client.jobs.subtitle(asset)
    tracks = ", ".join(f"{track.name} ({track.subtitle_type})" for track in heard.subtitles)
    say("await", f"subtitles are there: {tracks}")


async def trim_and_revert(client: TPStreams, asset: Asset) -> Asset:
    whole = asset.duration or 0
    start = await client.assets.trim(asset.id, start_time=0, end_time=max(1, whole // 2))
    say("trim", f"to the first {max(1, whole // 2):.0f} s of {whole:.0f} s")
    trim = await client.jobs.trim(start).result(timeout=900)
    trimmed = await client.assets.get(asset.id)
    say("await", f"trim {trim.id}: {trim.status_display}, {trimmed.duration:.0f} s are left")
    await client.assets.revert_trim(asset.id)
    say("revert", "to the full length")
    restored = await client.jobs.until(asset, lambda seen: seen.duration == whole).result(timeout=900)
    say("await", f"{restored.duration:.0f} s again")
    return restored


async def move(client: TPStreams, asset: Asset, folder: str | None) -> None:
    if folder is not None:
        await client.assets.move(asset.id, parent=folder)
        names = [inside.title async for inside in client.assets.list(parent=folder)]
        say("move", f"into folder {folder}, which now holds {names}")
    await client.assets.move(asset.id)
    say("move", "to the root")
    recent = await client.assets.list(has_parent=False).collect(limit=5)
    say("list", f"the root holds {[other.title for other in recent]}")


async def print_what_is_true(client: TPStreams, asset_id: str) -> None:
    asset = await client.assets.get(asset_id)
    video = video_of(asset)
    rows = {
        "id": asset.id,
        "title": asset.title,
        "status": video.status,
        "bytes": f"{asset.bytes:,}" if asset.bytes else "?",
        "duration": f"{video.duration} s",
        "resolutions": ", ".join(video.resolutions),
        "subtitles": ", ".join(str(track.subtitle_type) for track in video.subtitles),
        "thumbnail": (video.cover_thumbnail_url or "").rpartition("/")[2],
        "folder": asset.parent_id or "(root)",
    }
    width = max(len(str(value)) for value in rows.values())
    print(f"\n  ┌─{'─' * 12}─┬─{'─' * width}─┐")
    for name, value in rows.items():
        print(f"  │ {name:<12} │ {value!s:<{width}} │")
    print(f"  └─{'─' * 12}─┴─{'─' * width}─┘\n")


def video_of(asset: Asset) -> Video:
    if asset.video is None:
        sys.exit(f"{asset.id} is no video")
    return asset.video


def say(verb: str, what: str) -> None:
    print(f"{time.monotonic() - STARTED:5.1f} s  {verb:<9} {what}", flush=True)


@asynccontextmanager
async def live_service() -> AsyncIterator[Stage]:
    async with TPStreams() as client:
        print(f"Against {client.base_url}, organization {client.organization_id}\n")
        yield Stage(client, video_url=sys.argv[1] if len(sys.argv) > 1 else LIVE_VIDEO, folder=None)


@asynccontextmanager
async def simulated_service() -> AsyncIterator[Stage]:
    """A TPStreams on loopback, and a web server with the clip in this folder for it to download from."""
    async with served_folder() as origin, Simulator(speed=2) as sim:
        print(f"Against the simulator at {sim.url}, which really downloads the video\n")
        fast = Polling(interval=0.3, growth=1.2, interval_max=1)
        async with TPStreams(sim.organization_id, sim.token, base_url=sim.url, polling=fast) as client:
            yield Stage(client, video_url=f"{origin}/clip.mp4", folder=sim.add_folder("Archive"))


@asynccontextmanager
async def served_folder() -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_static("/", HERE)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
