"""What the tests of waiting share."""

import asyncio
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import tpstreams_async.jobs
from tpstreams_async import TPStreams
from tpstreams_async.simulator import Simulator

_JOBS = str(Path(tpstreams_async.jobs.__file__).parent)


def now() -> float:
    """Return the loop's time."""
    return asyncio.get_running_loop().time()


def looks(sim: Simulator, asset_id: str) -> list[float]:
    """Return when the asset itself was looked at, in virtual seconds."""
    return [round(record.at, 3) for record in sim.journal.requests("GET", f"assets/{asset_id}/")]


def trim_looks(sim: Simulator, asset_id: str) -> list[float]:
    """Return when the trim of the asset was looked at, in virtual seconds."""
    return [round(record.at, 3) for record in sim.journal.requests("GET", f"assets/{asset_id}/trim/status/")]


def later(seconds: float, function: Callable[..., object], *arguments: Any) -> None:
    """Call a function when so many virtual seconds went by."""
    asyncio.get_running_loop().call_later(seconds, function, *arguments)


def script(sim: Simulator, asset_id: str, statuses: Mapping[float, str]) -> None:
    """Let a video show these statuses from these seconds on."""
    for seconds, status in statuses.items():
        later(seconds, sim.set_status, asset_id, status)


async def turns(count: int = 10) -> None:
    """Let everything run that is ready, without time going by."""
    for _ in range(count):
        await asyncio.sleep(0)


def sdk_tasks() -> list[asyncio.Task[Any]]:
    """Return the tasks of the scheduler that have not ended: its loop and its looks."""
    return [task for task in asyncio.all_tasks() if _made_by_jobs(task)]


def _made_by_jobs(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    own_work = code is not None and code.co_filename.startswith(_JOBS) and "Scheduler" in code.co_qualname
    return own_work or task.get_name().startswith("tpstreams_async")


class Watched:
    """What the scheduler of a client holds."""

    def __init__(self, client: TPStreams) -> None:
        self._scheduler: Any = client.jobs._scheduler

    @property
    def waiting(self) -> int:
        """How many waiters there are."""
        return sum(len(watch.waiters) for watch in self._scheduler._desk.table.all())

    @property
    def jobs(self) -> int:
        """How many jobs are under watch."""
        return len(self._scheduler._desk.table)

    @property
    def planned(self) -> int:
        """How many entries there are in the plan of looks, void ones included."""
        return len(self._scheduler._desk.agenda)

    @property
    def empty(self) -> bool:
        """Whether nothing is left of any wait."""
        scheduler, desk = self._scheduler, self._scheduler._desk
        known = desk.table or desk.table.by_asset or desk.table.listable
        planned = desk.agenda or desk.ready or not scheduler._sweeper.idle
        return not (known or planned or scheduler._in_flight or scheduler._task)


async def assert_idle(client: TPStreams) -> None:
    """Fail unless everything that waiting needed is gone, a moment after the last one left."""
    await turns()
    assert Watched(client).empty
    assert not sdk_tasks()


async def ended(awaitables: Iterable[Any]) -> list[Any]:
    """Return results and errors of all awaitables, in order."""
    return await asyncio.gather(*awaitables, return_exceptions=True)


def page(sim: Simulator, asset_id: str, **video: Any) -> dict[str, Any]:
    """Return the asset as its page shows it, with these keys of its video changed."""
    row = dict(sim.assets[asset_id])
    row["video"] = {**row["video"], **video}
    return row


async def collect(updates: AsyncIterable[Any], into: list[str], pause: float = 0.0) -> None:
    """Add the status of each update to a list, which has what came even if an error ends the updates."""
    async for update in updates:
        into.append(update.status)
        await asyncio.sleep(pause)
