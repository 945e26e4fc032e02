"""A live stream from its schedule to its recording: planned, served, broadcast, stopped, cut, ready to play.

Without an account it runs against the simulator that comes with the package, which plays the encoder too:

    python examples/live_stream.py

With TPSTREAMS_ORGANIZATION_ID and TPSTREAMS_TOKEN set it runs against your account, and waits for you to stream: the
key for that it writes into a file that only you can read. It deletes what it created.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path

from tpstreams_async import Asset, LiveStream, Polling, TPStreams, TPStreamsError
from tpstreams_async.simulator import Simulator

ON_AIR = 20  # seconds
FROM, TO = 5, 15  # the seconds of it that the recording shall keep
SPEED = 10  # the simulator's seconds per second
KEY_FILE = Path("stream_key.txt")
STARTED = time.monotonic()


async def main() -> None:
    try:
        async with service() as (client, sim):
            await show(client, sim)
    except TPStreamsError as error:
        sys.exit(f"\n{type(error).__name__}: {error}")


async def show(client: TPStreams, sim: Simulator | None) -> None:
    # The API takes a start without a time zone: what it means is the time in the zone of your organization.
    start = datetime.now().replace(microsecond=0) + timedelta(hours=1)
    asset = await client.live_streams.create(title="Physics, lesson 1", start=start)
    say("schedule", f"{asset.id} for {start}")
    try:
        await client.live_streams.start_server(asset.id)
        say("start", "its server, ahead of time")
        asset = await client.jobs.live_server(asset)
        say("await", "the server is there")
        await broadcast(client, asset, sim)
        await stop_and_cut(client, asset)
    finally:
        await client.live_streams.delete(asset.id)
        say("delete", f"{asset.id} is gone, with its recording")


async def broadcast(client: TPStreams, asset: Asset, sim: Simulator | None) -> None:
    if sim is not None:
        sim.begin_streaming(asset.id)
    with nullcontext() if sim is not None else handed_over(asset.live_stream):
        await client.jobs.until(asset, lambda seen: seen.status == "Streaming").result(timeout=1800)
    say("await", f"the encoder is connected; on the air for {ON_AIR} s")
    await asyncio.sleep(ON_AIR / (1 if sim is None else SPEED))
    if sim is not None:
        sim.disconnect(asset.id)


@contextmanager
def handed_over(stream: LiveStream | None) -> Iterator[None]:
    """Say where to stream to, and keep the key off the screen: whoever has it can broadcast in your name."""
    if stream is None:
        sys.exit("This is no live stream")
    KEY_FILE.touch(mode=0o600, exist_ok=False)
    try:
        KEY_FILE.write_text(f"{stream.stream_key}\n")  # the attribute is the key; in every repr and log it is ***
        say("stream", f"to {stream.rtmp_url} with the key in {KEY_FILE}, in half an hour at the latest")
        yield
    finally:
        KEY_FILE.unlink()


async def stop_and_cut(client: TPStreams, asset: Asset) -> None:
    stop = await client.live_streams.stop(asset.id, start_time=FROM, end_time=TO)
    say("stop", f"the broadcast; seconds {FROM} to {TO} of it are {'' if stop.trim_scheduled else 'not '}to be kept")
    job = client.jobs.recording(asset)
    async for update in job.updates():
        percent = f", {update.progress:.0f} %" if update.progress else ""
        say("await", f"the recording: {update.status}{percent}")
    recorded = await job
    if stop.trim_scheduled:
        # The server cuts a recording after it is ready. It may round, hence the second that is added.
        recorded = await client.jobs.until(asset, lambda seen: 0 < (seen.duration or 0) <= TO - FROM + 1)
    say("await", f"it plays, {recorded.duration:.0f} s of it")


def say(verb: str, what: str) -> None:
    print(f"{time.monotonic() - STARTED:5.1f} s  {verb:<9} {what}", flush=True)


@asynccontextmanager
async def service() -> AsyncIterator[tuple[TPStreams, Simulator | None]]:
    """Your account, or a simulator where there is none."""
    if "TPSTREAMS_TOKEN" in os.environ:
        async with TPStreams() as client:
            print(f"Against {client.base_url}, organization {client.organization_id}\n")
            yield client, None
        return
    fast = Polling(interval=0.1, interval_max=0.3)
    async with (
        Simulator(speed=SPEED) as sim,
        TPStreams(sim.organization_id, sim.token, base_url=sim.url, polling=fast) as client,
    ):
        print(f"Against the simulator at {sim.url}, whose time goes {SPEED} times as fast\n")
        yield client, sim


if __name__ == "__main__":
    asyncio.run(main())
