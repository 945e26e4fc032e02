"""What a decoded asset takes, and whether many calls leave anything behind.

    python benchmarks/memory.py [--quick] [--json FILE]

Memory is what tracemalloc sees, after a garbage collection.
"""

import asyncio
import gc
import tracemalloc
from collections.abc import Callable

from _bodies import asset_body
from _report import at_most, conclude, options_of
from _sides import IDS, ORGANIZATION, TOKEN, begin
from _stub_server import HOST, running

from tpstreams_async import Asset, TPStreams
from tpstreams_async.codec import loads, structure


def bytes_each(make: Callable[[bytes], object], number: int) -> float:
    """Return what each of so many takes that are kept."""
    body = asset_body()
    kept = [make(body)]
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    kept += [make(body) for _ in range(number)]
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    assert len(kept) == number + 1
    return grown / number


async def growth(port: int, calls: int) -> float:
    """Return how many bytes a call leaves behind, after a first round that fills what there is to fill."""
    async with TPStreams(ORGANIZATION, TOKEN, base_url=f"http://{HOST}:{port}") as client:

        async def some(number: int) -> None:
            for start in range(0, number, 50):
                await asyncio.gather(*(client.assets.get(IDS[(start + n) % len(IDS)]) for n in range(50)))

        await some(len(IDS))
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        await some(calls)
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / calls


def main() -> None:
    options = options_of(__doc__)
    server_core = begin()
    with running(server_core) as port:
        tracemalloc.start()
        models = bytes_each(lambda body: structure(Asset, loads(body)), 2000)
        dicts = bytes_each(loads, 2000)
        left = asyncio.run(growth(port, 2000 if options.quick else 8000))
        tracemalloc.stop()
    print(f"an asset of {len(asset_body()):,} bytes: {models:,.0f} bytes as a model, {dicts:,.0f} as a dict")
    conclude(
        options,
        at_most("memory of a decoded asset", models / 1000, 4.3, "KB"),
        at_most("memory that a call leaves behind", max(0.0, left), 1.0, "bytes"),
    )


if __name__ == "__main__":
    main()
