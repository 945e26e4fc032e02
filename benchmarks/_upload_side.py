"""One upload by one side, in a process of its own, so that its CPU and its memory are its own.

    python benchmarks/_upload_side.py SIDE PORT FILE CORE

Prints a line of JSON: seconds, CPU seconds, bytes by which the process grew, and the worst lag of its event loop in
milliseconds.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

import aiohttp
from _stub_server import HOST, pin

from tpstreams_async import TPStreams

ORGANIZATION = "bench1"
TOKEN = "0123456789abcdef" * 4
_TICK = 0.001


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def ours(port: int, file: Path) -> None:
    async with TPStreams(ORGANIZATION, TOKEN, base_url=f"http://{HOST}:{port}") as client:
        await client.assets.upload(file, title="Clip", resolutions="240p")


async def form_data(port: int, file: Path) -> None:
    async with aiohttp.ClientSession() as session:
        form = aiohttp.FormData({"key": "private/clip", "policy": "e30", "x-amz-date": "-"})
        with file.open("rb") as opened:
            form.add_field("file", opened, filename=file.name)
            async with session.post(f"http://{HOST}:{port}/bucket", data=form) as response:
                await response.read()
                assert response.status == 204


async def lag(worst: list[float]) -> None:
    """Note by how much a short sleep is late at worst."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_TICK)
        worst[0] = max(worst[0], time.perf_counter() - began - _TICK)


async def main() -> None:
    side, port, file, core = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    pin(int(core) if core else None)
    upload = {"ours": ours, "FormData": form_data}[side]
    small = file.with_suffix(".small")
    await upload(port, small)  # what is imported and made once is not what a file takes
    worst = [0.0]
    watcher = asyncio.create_task(lag(worst))
    await asyncio.sleep(0.01)
    worst[0] = 0.0
    before, cpu, began = peak(), time.process_time(), time.perf_counter()
    await upload(port, file)
    seconds = time.perf_counter() - began
    watcher.cancel()
    figures = {"seconds": seconds, "cpu": time.process_time() - cpu, "grown": peak() - before, "lag_ms": worst[0] * 1e3}
    print(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main())
