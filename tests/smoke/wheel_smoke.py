"""What must work from the wheel alone; run where the package is installed and no source tree is in sight."""

import asyncio
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import tpstreams_async
from tpstreams_async import TPStreams
from tpstreams_async.simulator import Simulator


def check_installation() -> None:
    """The wheel's own files are used, and they say that they have types."""
    place = Path(tpstreams_async.__file__).resolve()
    assert place.is_relative_to(Path(sys.prefix).resolve()), f"imported from {place}, which is not the wheel"
    assert files(tpstreams_async).joinpath("py.typed").is_file(), "py.typed is missing"


async def check_a_video() -> None:
    """A video is created and awaited, against the simulator on loopback, which fetches nothing."""
    async with (
        Simulator(fetch=False, processing_seconds=0.2) as sim,
        TPStreams(organization_id=sim.organization_id, token=sim.token, base_url=sim.url) as client,
    ):
        asset = await client.assets.create(inputs=["https://example.com/clip.mp4"], title="Smoke", resolutions=["240p"])
        done = await client.jobs.asset(asset).result(timeout=30)
        assert done.id == asset.id, f"{done.id} is not {asset.id}"
        assert (done.status or "").casefold() == "completed", f"ended as {done.status}"


check_installation()
asyncio.run(asyncio.wait_for(check_a_video(), 45))
print(f"tpstreams-async {version('tpstreams-async')} works from its wheel on Python {sys.version.split()[0]}")
