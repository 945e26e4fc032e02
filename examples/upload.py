"""Upload a file with a progress bar, then wait until it plays, or hear why it never will.

Without an account it goes to the simulator that comes with the package, which takes any video:

    python examples/upload.py
    python examples/upload.py lecture.mp4

With TPSTREAMS_ORGANIZATION_ID and TPSTREAMS_TOKEN set it goes to your account, and stays there. The bar is a finer one
where `rich` is installed.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tpstreams_async import Asset, JobFailedError, Polling, TPStreams, TPStreamsError
from tpstreams_async.simulator import Simulator

CLIP = Path(__file__).parent / "clip.mp4"
WIDTH = 40


async def main(file: str | Path = CLIP) -> None:
    path = Path(file)
    try:
        async with service() as client:
            with progress_bar(path.name) as progress:
                asset = await client.assets.upload(
                    path, title=path.stem, resolutions=["240p", "480p"], progress=progress
                )
            print(f"Arrived as asset {asset.id}. Now the server transcodes it:")
            await wait_and_tell(client, asset)
    except TPStreamsError as error:
        sys.exit(f"\n{type(error).__name__}: {error}")


async def wait_and_tell(client: TPStreams, asset: Asset) -> None:
    job = client.jobs.asset(asset)
    seen = ""
    async for update in job.updates():
        if update.status and update.status != seen:
            seen = update.status
            print(f"  {update.elapsed:5.1f} s  {seen}", flush=True)
    try:
        asset = await job
    except JobFailedError as error:
        sys.exit(f"It will never play, the server says {error.snapshot.status!r}. Is {asset.title} a video?")
    print(f"It plays: {asset.duration:.0f} s in {', '.join(asset.video.resolutions)}" if asset.video else "No video")


@contextmanager
def progress_bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar, and yield what moves it: `assets.upload` calls that with the bytes sent and all there are."""
    try:
        from rich.progress import (  # noqa: PLC0415 - it need not be there
            BarColumn,
            DownloadColumn,
            Progress,
            TransferSpeedColumn,
        )
    except ImportError:
        yield lambda sent, total: print(f"\r{name}  {plain_bar(sent, total)}", end="", flush=True)
        print()
        return
    columns = ("{task.description}", BarColumn(WIDTH), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns) as progress:
        task = progress.add_task(name, total=None)
        yield lambda sent, total: progress.update(task, completed=sent, total=total)


def plain_bar(sent: int, total: int) -> str:
    filled = WIDTH * sent // total
    return f"[{'#' * filled}{'.' * (WIDTH - filled)}] {sent:,} of {total:,} bytes"


@asynccontextmanager
async def service() -> AsyncIterator[TPStreams]:
    """Your account, or a simulator where there is none."""
    if "TPSTREAMS_TOKEN" in os.environ:
        async with TPStreams() as client:
            print(f"To organization {client.organization_id} at {client.base_url}")
            yield client
        return
    fast = Polling(interval=0.2, interval_max=0.5)
    async with (
        Simulator(speed=4) as sim,
        TPStreams(sim.organization_id, sim.token, base_url=sim.url, polling=fast) as client,
    ):
        print(f"To the simulator at {sim.url}, which forgets it at the end")
        yield client


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
