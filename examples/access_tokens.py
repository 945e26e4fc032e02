"""Access tokens: who may watch, for how long, how often, and under whose name in the picture.

Without an account it runs against the simulator that comes with the package, which plays the viewer too:

    python examples/access_tokens.py

With TPSTREAMS_ORGANIZATION_ID and TPSTREAMS_TOKEN set it makes tokens for a video of yours, the first one that is ready
or the one you name. None of them lives longer than an hour:

    python examples/access_tokens.py AbCdEfGhJkM
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tpstreams_async import AccessToken, Asset, DynamicWatermark, StaticWatermark, TPStreams, TPStreamsError
from tpstreams_async.simulator import Simulator

HOUR = 3600
SPEED = 5  # the simulator's seconds per second


async def main(asset_id: str | None = None) -> None:
    try:
        async with service() as (client, sim):
            asset = await client.assets.get(asset_id) if asset_id else await first_video(client)
            print(f"Tokens for {asset.id}, {asset.title!r}\n")
            await watermarked(client, asset.id)
            await once(client, asset.id, sim)
            await short(client, asset.id)
    except TPStreamsError as error:
        sys.exit(f"\n{type(error).__name__}: {error}")


async def first_video(client: TPStreams) -> Asset:
    async for asset in client.assets.list():
        if asset.video is not None and asset.status == "Completed":
            return asset
    sys.exit("There is no video that is ready")


async def watermarked(client: TPStreams, asset_id: str) -> None:
    """A token for one viewer, whose name stands still in a corner and whose address moves over the picture."""
    token = await client.access_tokens.create(
        asset_id,
        time_to_live=HOUR,
        annotations=[
            StaticWatermark(text="Asha Rao", x=10, y=10, opacity=0.5, color="#FFFFFF"),
            DynamicWatermark(text="asha@example.com", opacity=0.3, color="#FF0000", interval=5000, skip=2000),
        ],
    )
    tell("For an hour, with watermarks", token)
    for mark in token.annotations:
        print(f"  {mark.type} watermark: {mark.text!r}, {mark.color}, opacity {mark.opacity}")
    # The address holds the code, so whoever has it can watch: it belongs into the <iframe> of that one viewer's page.
    url = client.access_tokens.embed_url(
        asset_id, token.code, autoplay=True, muted=True, play_rates=[0.75, 1, 1.5], viewer_id="asha"
    )
    print(f"  to embed: {url}")


async def once(client: TPStreams, asset_id: str, sim: Simulator | None) -> None:
    token = await client.access_tokens.create(asset_id, time_to_live=HOUR, expires_after_first_usage=True)
    tell("Good for one use", token)
    if sim is None:
        print("  once somebody played with it, client.access_tokens.get(...) shows it as Used")
        return
    sim.use_access_token(token.code)
    tell("The same token after a viewer played", await client.access_tokens.get(asset_id, token.code))


async def short(client: TPStreams, asset_id: str) -> None:
    token = await client.access_tokens.create(asset_id, time_to_live=5)
    tell("Good for five seconds", token)
    async with asyncio.timeout(60):
        while token.is_active:
            await asyncio.sleep(0.5)
            token = await client.access_tokens.get(asset_id, token.code)
    tell("The same token when they are over", token)


def tell(what: str, token: AccessToken) -> None:
    until = f"valid until {token.valid_until:%Y-%m-%d %H:%M:%S %Z}" if token.valid_until else "valid without end"
    print(f"{what}: {token.status}, {until}", flush=True)


@asynccontextmanager
async def service() -> AsyncIterator[tuple[TPStreams, Simulator | None]]:
    """Your account, or a simulator with one video where there is none."""
    if "TPSTREAMS_TOKEN" in os.environ:
        async with TPStreams() as client:
            print(f"Against {client.base_url}, organization {client.organization_id}")
            yield client, None
        return
    async with (
        Simulator(speed=SPEED) as sim,
        TPStreams(sim.organization_id, sim.token, base_url=sim.url) as client,
    ):
        print(f"Against the simulator at {sim.url}, whose time goes {SPEED} times as fast")
        sim.add_asset("Physics, lesson 1")
        yield client, sim


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
