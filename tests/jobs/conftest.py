import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from job_support import Watched, sdk_tasks

from tpstreams_async import Polling, TPStreams
from tpstreams_async.simulator import Simulator

#: Virtual seconds at which a test counts as stuck. No wait in the tests is meant to take that long.
_END_OF_TIME = 10.0**6
#: Rounds of the loop without a moment going by, after which it counts as going in circles.
_ROUNDS = 300_000


@pytest.fixture
async def virtual_time() -> AsyncIterator[None]:
    """Let the loop's clock jump from timer to timer, for the fixtures and for the test.

    A test in which nothing can happen any more reaches the far end of time and is cancelled, and so is one in which
    time stands still, so that a lost wake-up or a busy loop is a failure and not a run that never ends.
    """
    loop: Any = asyncio.get_running_loop()
    complaints: list[Any] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    loop.setup_looptime(start=0.0, noop_cycles=50)

    def abort(complaint: str) -> None:
        complaints.append(complaint)
        for task in asyncio.all_tasks(loop):
            task.cancel()

    with loop.looptime_enabled(), _rounds_counted(loop, abort):
        guard = loop.call_at(_END_OF_TIME, abort, "something waited for ever")
        yield
        guard.cancel()
        gc.collect()
        await asyncio.sleep(0)
    assert not complaints


@contextmanager
def _rounds_counted(loop: Any, abort: Callable[[str], None]) -> Iterator[None]:
    select = loop._selector.select
    at, rounds = 0.0, 0

    def counting_select(timeout: float | None) -> Any:
        nonlocal at, rounds
        rounds = rounds + 1 if loop.time() == at else 0
        at = loop.time()
        if rounds == _ROUNDS:
            loop.call_soon(abort, "the loop went in circles")
        return select(timeout)

    loop._selector.select = counting_select
    yield
    loop._selector.select = select


@pytest.fixture
def simulator_options() -> dict[str, Any]:
    """What a module or class wants of its simulator; override the fixture to change it."""
    return {}


@pytest.fixture
async def sim(virtual_time: None, simulator_options: dict[str, Any]) -> AsyncIterator[Simulator]:
    async with Simulator(fetch=False, **simulator_options) as simulator:
        yield simulator
        assert not simulator.errors


@pytest.fixture
async def connect(sim: Simulator) -> AsyncIterator[Callable[..., TPStreams]]:
    """Make clients of the simulator. After the test they are closed, and nothing of them may be left over."""
    clients: list[TPStreams] = []

    def make(**options: Any) -> TPStreams:
        # Without jitter every look has its exact place in time.
        options.setdefault("polling", Polling(jitter=0.0))
        client = TPStreams(sim.organization_id, sim.token, base_url=sim.url, **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.aclose()
        assert not Watched(client).waiting
    assert not sdk_tasks()


@pytest.fixture
def client(connect: Callable[..., TPStreams]) -> TPStreams:
    return connect()


@pytest.fixture
def make_offline() -> Callable[[], TPStreams]:
    """Make clients that are never to send anything, for tests that need no loop."""
    return lambda: TPStreams("sim001", "secret-token")
