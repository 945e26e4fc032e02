"""A program that looks at its own handlers of signals before, in and after runs: ``python run_handlers.py STORY DIR``.

It fails if one is not as it was. The signals are real ones, that it sends itself.
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from run_support import manifest

from tpstreams_async import AuthenticationError, InvalidInputError, TPStreams
from tpstreams_async.simulator import Fault, Simulator


def handlers() -> list[Any]:
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


class Scene:
    """A simulator, a client and runs, of which each waits for its rows if it has a gate."""

    def __init__(self, sim: Simulator, client: TPStreams, folder: Path) -> None:
        self.sim = sim
        self.client = client
        self.folder = folder
        self.made = 0

    def run(self, gate: asyncio.Event | None = None) -> Any:
        self.made += 1
        ledger = self.folder / f"{self.made}.ledger"
        return self.client.ingest(rows(gate), ledger=ledger, wait=False, batch_size=1, stop_on_signals=True)


async def rows(gate: asyncio.Event | None) -> AsyncIterator[Any]:
    if gate is not None:
        await gate.wait()
    for row in manifest(3):
        yield row


async def begun(run: Any) -> "asyncio.Task[int]":
    """Let a run go as far as it can."""
    task = asyncio.ensure_future(rest(run))
    await asyncio.sleep(0)
    return task


async def rest(run: Any) -> int:
    return len([result async for result in run])


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what a signal does has no event
        await asyncio.sleep(0.001)


async def _ended(scene: Scene, first: int) -> None:
    before = handlers()
    gates = [asyncio.Event(), asyncio.Event()]
    tasks = [await begun(scene.run(gate)) for gate in gates]
    during = handlers()
    assert not any(one == other for one, other in zip(before, during, strict=True))
    gates[first].set()
    assert await tasks[first] == 3
    assert handlers() == during
    gates[1 - first].set()
    assert await tasks[1 - first] == 3
    assert handlers() == before


async def first_ends_first(scene: Scene) -> None:
    await _ended(scene, 0)


async def second_ends_first(scene: Scene) -> None:
    await _ended(scene, 1)


async def _both_stop(scene: Scene, number: signal.Signals) -> None:
    before = handlers()
    runs = [scene.run(asyncio.Event()), scene.run(asyncio.Event())]
    tasks = [await begun(run) for run in runs]
    signal.raise_signal(number)
    assert handlers() == before
    assert await asyncio.gather(*tasks) == [0, 0]
    assert [run.stopped for run in runs] == [True, True]
    assert handlers() == before
    later = scene.run()
    await anext(later)
    assert handlers() != before
    await later.aclose()
    assert handlers() == before


async def both_stop_at_int(scene: Scene) -> None:
    await _both_stop(scene, signal.SIGINT)


async def both_stop_at_term(scene: Scene) -> None:
    await _both_stop(scene, signal.SIGTERM)


async def the_loop_has_one(scene: Scene) -> None:
    heard: list[int] = []
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, heard.append, 1)
    run = scene.run(asyncio.Event())
    task = await begun(run)
    os.kill(os.getpid(), signal.SIGTERM)
    assert (await task, run.stopped) == (0, True)
    await until(lambda: len(heard) == 1)
    os.kill(os.getpid(), signal.SIGTERM)
    await until(lambda: len(heard) == 2)
    assert asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)


async def the_program_sets_one(scene: Scene) -> None:
    heard: list[int] = []
    before = handlers()

    def own(number: int, _: Any) -> None:
        heard.append(number)

    gate = asyncio.Event()
    task = await begun(scene.run(gate))
    signal.signal(signal.SIGTERM, own)
    signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]
    gate.set()
    assert await task == 3
    assert handlers() == [before[0], own]
    other = scene.run(asyncio.Event())
    task = await begun(other)
    signal.raise_signal(signal.SIGTERM)
    assert (await task, other.stopped) == (0, True)
    assert handlers() == [before[0], own]
    assert heard == [signal.SIGTERM]


async def a_run_is_let_go(scene: Scene) -> None:
    before = handlers()
    async for _ in scene.run():
        break
    gc.collect()
    assert handlers() == before


async def a_run_ends_with_an_error(scene: Scene) -> None:
    before = handlers()
    scene.sim.faults.add("GET", "assets/", Fault.status(401))
    with pytest.raises(AuthenticationError):
        await rest(scene.run())
    assert handlers() == before


async def it_is_not_the_main_thread(scene: Scene) -> None:
    before = handlers()

    async def begin() -> None:
        async with TPStreams("org001", "t0", base_url=scene.sim.url) as client:
            run = client.ingest(manifest(1), ledger=scene.folder / "0.ledger", stop_on_signals=True)
            for _ in range(2):
                with pytest.raises(InvalidInputError, match="main thread"):
                    await anext(run)

    await asyncio.to_thread(asyncio.run, begin())
    assert len(scene.sim.journal) == 0
    assert [*scene.folder.iterdir()] == []
    assert handlers() == before


async def the_loop_is_left_with_a_run_in_it(scene: Scene) -> None:
    scene.client = TPStreams("org001", "t0", base_url=scene.sim.url)
    LEFT.append((scene.client, await begun(scene.run(asyncio.Event()))))


#: Keeps a run from being let go.
LEFT: list[Any] = []
STORIES = {
    story.__name__: story
    for story in (
        first_ends_first,
        second_ends_first,
        both_stop_at_int,
        both_stop_at_term,
        the_loop_has_one,
        the_program_sets_one,
        a_run_is_let_go,
        a_run_ends_with_an_error,
        it_is_not_the_main_thread,
        the_loop_is_left_with_a_run_in_it,
    )
}


async def main(story: str, folder: Path) -> None:
    async with (
        Simulator(fetch=False) as sim,
        TPStreams(sim.organization_id, sim.token, base_url=sim.url) as client,
    ):
        await STORIES[story](Scene(sim, client, folder))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
    if LEFT:
        # What there was, is the handler of a loop that has ended by now. It interrupts as ever.
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert handlers()[1] == signal.SIG_DFL
    elif sys.argv[1] != "the_program_sets_one":
        assert handlers() == [signal.default_int_handler, signal.SIG_DFL], handlers()
