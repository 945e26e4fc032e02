"""Every moment of a call: something strikes in one round of the event loop after the other."""

import asyncio
import gc
import itertools
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from attrs import define, field
from faults.rounds import Rounds
from jobs.job_support import Watched, now, turns

from tpstreams_async import ClientClosedError, Polling, Timeouts, TPStreams
from tpstreams_async._clock import Clock
from tpstreams_async.simulator import Fault, Simulator

#: Limit of a call in seconds, and a leap of time beyond it.
_TOTAL = 5.0
_LEAP = 6.0
#: Seconds that the server takes. What is not ended by a strike is still there then, as no time goes by.
_DELAY = 1.0
#: Virtual seconds in which every call has ended by itself.
_LONGEST = 1_000.0
#: Real seconds in which a thread has read a small file, and the kernel has brought word of a connection that ended.
_PATIENCE = 10.0


@define(kw_only=True)
class Scene:
    """What a call is made on: a video of its own, a folder with two more, and a file.

    Attributes:
        helper: a client that nothing strikes.
        others: calls of the same client that were under way before.
    """

    sim: Simulator
    client: TPStreams
    helper: TPStreams
    asset_id: str
    folder: str
    path: Path
    others: list[asyncio.Task[Any]] = field(factory=list)


async def nothing(_: Scene) -> None:
    """Everything is there already."""


@define(kw_only=True)
class Call:
    """A call of the public interface.

    Attributes:
        run: makes it.
        ready: makes what has to be there before.
        changes: whether it changes something at the server.
        closes: whether the client is closed after it.
        patient: whether it goes on when one of its requests is late.
        in_turn: whether calls like it take turns, so that one that was struck could keep others from theirs.
        statuses: what its first request can be answered with so that it is sent again.
    """

    run: Callable[[Scene], Awaitable[object]]
    ready: Callable[[Scene], Awaitable[object]] = nothing
    changes: bool = False
    closes: bool = False
    patient: bool = False
    in_turn: bool = False
    statuses: tuple[int, ...] = (429, 503)


@define(kw_only=True)
class Moment:
    """How a call ended that was struck.

    Attributes:
        error: None where it succeeded.
        cancelling: how often its task was asked to end, less how often that was taken back.
        took: seconds from the strike to its end.
        arrived: whether a change reached the server that was not turned away.
    """

    error: BaseException | None
    cancelling: int
    took: float
    arrived: bool


class Stage:
    """Where calls are made and struck. Whatever they leave behind is a failure."""

    def __init__(self, sim: Simulator, path: Path) -> None:
        self._sim = sim
        self._rounds = Rounds()
        self._complaints: list[Any] = []
        self._path = path

    async def each_moment(self, call: Call, strike: str, status: int | None) -> AsyncIterator[Moment]:
        """Make a call again and again, and strike in its first round, in its second, …, until it ends before that.

        Args:
            call: the call.
            strike: "cancel", "close", "leap" beyond its deadline, or several of them as in "leap+cancel".
            status: what its first request is answered with at once; None if all are answered well, and take a while.
        """
        for number in itertools.count():
            moment = await self._moment(number, call, strike, status)
            if moment is None:
                return
            yield moment

    async def __aenter__(self) -> Self:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self._complaints.append(context))
        # What is there already is not looked at again each time.
        gc.collect()
        gc.freeze()
        self._rounds.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rounds.__exit__(kind, error, trace)
        gc.collect()
        gc.unfreeze()
        await asyncio.sleep(0)
        assert not self._complaints
        assert not _handles(self._path)

    async def _moment(self, number: int, call: Call, strike: str, status: int | None) -> Moment | None:
        tasks = asyncio.all_tasks()
        scene = await self._scene(call)
        if status is None:
            self._sim.faults.add("*", "*", Fault.delay(_DELAY), times=None)
        else:
            self._sim.faults.add("*", "*", Fault.status(status))
        task = asyncio.ensure_future(call.run(scene))
        closing: list[asyncio.Task[None]] = []
        strikes: dict[str, Callable[[], object]] = {
            "cancel": task.cancel,
            "close": lambda: closing.append(asyncio.ensure_future(scene.client.aclose())),
            "leap": lambda: self._rounds.leap(_LEAP),
        }
        struck_at: list[float] = []

        def hit() -> None:
            if not task.done():
                struck_at.append(now())
                for part in strike.split("+"):
                    strikes[part]()

        self._rounds.strike_in(number, hit)
        await asyncio.wait([task], timeout=_LONGEST)
        assert task.done(), "it hangs"
        self._rounds.disarm()
        await asyncio.gather(*closing)
        ended_at = now()
        if not scene.others:
            assert not await _left(lambda: _own(asyncio.all_tasks() - tasks))
            assert Watched(scene.client).empty
        # What had left is read by the server, even though nobody waits for its answer.
        await turns()
        arrived = any(record.method != "GET" and record.status != 429 for record in self._sim.journal)
        if not closing and not call.closes:
            self._sim.faults.clear()
            await asyncio.wait_for(self._is_usable(scene, call), _LONGEST)
        if number == 0 or not call.closes:
            await scene.client.aclose()
        for other in scene.others:
            with pytest.raises(ClientClosedError):
                await other
        with pytest.raises(ClientClosedError):
            await scene.client.assets.get(scene.asset_id)
        assert not await _left(lambda: _own(asyncio.all_tasks() - tasks))
        assert not await _left(self._connections)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if struck_at:
            return Moment(error=error, cancelling=task.cancelling(), took=ended_at - struck_at[0], arrived=arrived)
        assert error is None
        return None

    def _client(self) -> TPStreams:
        return TPStreams(
            self._sim.organization_id,
            self._sim.token,
            base_url=self._sim.url,
            max_connections=1,
            timeouts=Timeouts(total=_TOTAL),
            polling=Polling(jitter=0.0),
            _clock=Clock(uniform=lambda _, bound: bound),
        )

    async def _scene(self, call: Call) -> Scene:
        self._sim.faults.clear()
        folder = self._sim.add_folder("Course")
        for title in ("One", "Two"):
            self._sim.add_asset(title, parent=folder)
        async with self._client() as helper:
            scene = Scene(
                sim=self._sim,
                client=self._client(),
                helper=helper,
                asset_id=self._sim.add_asset(),
                folder=folder,
                path=self._path,
            )
            await call.ready(scene)
        self._sim.journal.clear()
        self._sim.faults.clear()
        return scene

    async def _is_usable(self, scene: Scene, call: Call) -> None:
        """Make a call. It can be made only if no connection and no place in line is held, and gets its own answer."""
        untouched = self._sim.add_asset("Untouched")
        assert (await scene.client.assets.get(untouched)).id == untouched
        if call.in_turn:
            await call.run(scene)

    def _connections(self) -> set[Any]:
        """Return the connections that the server has. It lists one that is gone as long as it works on its request."""
        server: Any = self._sim._server
        return {connection for connection in server.connections if connection.transport is not None}


#: What the process has open, where the system tells.
_OPEN = Path("/proc/self/fd")
#: Coroutines of the server's tasks: it has one for each connection, and until Python 3.12 one for each silence.
_OF_SERVER = ("RequestHandler.", "Event.wait")


def _own(tasks: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Return the tasks that do not belong to the server."""
    return {task for task in tasks if not getattr(task.get_coro(), "__qualname__", "").startswith(_OF_SERVER)}


async def _left(what: Callable[[], set[Any]]) -> set[Any]:
    """Return what does not go away, although all that is ready runs. No virtual time goes by."""
    end = time.monotonic() + _PATIENCE
    while (found := what()) and time.monotonic() < end:  # noqa: ASYNC110 - what goes away need not be of this loop
        await asyncio.sleep(0)
    return found


def _handles(path: Path) -> list[str]:
    """Return the handles of a file that stay open. A thread that was left alone with it may still be reading."""
    end = time.monotonic() + _PATIENCE
    while (found := [name for name in _open_files() if name == str(path)]) and time.monotonic() < end:
        time.sleep(0.001)
    return found


def _open_files() -> Iterator[str]:
    for handle in os.listdir(_OPEN) if _OPEN.is_dir() else ():
        with suppress(OSError):
            yield os.readlink(_OPEN / handle)
