"""What tests of the client share: a simulator in the test's own loop, clients that are closed, and fixed chance."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack
from typing import Any

import hypothesis
import pytest
from support.scripted import ScriptedServer, Step
from support.threads import time_waits_for_threads

from tpstreams_async import TPStreams
from tpstreams_async._clock import Clock
from tpstreams_async.ingest.ledger import database
from tpstreams_async.resources._logins import LOGINS
from tpstreams_async.simulator import Simulator

# looptime asks for the current loop before each test. Without this, the first synchronous test would make one that
# nobody closes.
asyncio.set_event_loop(None)

time_waits_for_threads()

# A test says whether something works, not how fast this machine is today; and in CI, the same commit gets the same
# verdict.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")

MakeSim = Callable[..., Awaitable[Simulator]]
MakeClient = Callable[..., TPStreams]
MakeServer = Callable[..., Awaitable[ScriptedServer]]


class LoopClock:
    """A simulator's clock that follows the loop's time, and stands still when that jumps back.

    looptime makes time virtual for the body of a test alone, so between fixtures and test it jumps.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._seen: float | None = None

    def now(self) -> float:
        time = asyncio.get_running_loop().time()
        if self._seen is not None and time > self._seen:
            self._now += time - self._seen
        self._seen = time
        return self._now


def upper(_: float, bound: float) -> float:
    """Random numbers without chance: always the largest."""
    return bound


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ORGANIZATION_ID", "TOKEN", "BASE_URL"):
        monkeypatch.delenv(f"TPSTREAMS_{name}", raising=False)


class AtOnce:
    """In place of a thread: does what it is given before it returns."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def submit(self, work: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001 - as a thread would
            done.set_exception(error)
        return done

    def shutdown(self, **_: Any) -> None:
        pass


@pytest.fixture
def ledger_in_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ledgers be written in the event loop: virtual time does not wait for a thread."""
    monkeypatch.setattr(database, "ThreadPoolExecutor", AtOnce)


@pytest.fixture(autouse=True)
def _no_login_from_before() -> None:
    # A process shares logins by address, and a port is used again sooner or later.
    LOGINS._logins.clear()
    LOGINS._replaced.clear()


@pytest.fixture
async def make_sim() -> AsyncIterator[MakeSim]:
    """Make simulators with options of one's own: ``sim = await make_sim(page_size=3)``."""
    async with AsyncExitStack() as stack:
        made: list[Simulator] = []

        async def make(**options: Any) -> Simulator:
            options = {"fetch": False, "clock": LoopClock(), **options}
            made.append(await stack.enter_async_context(Simulator(**options)))
            return made[-1]

        yield make
        for sim in made:
            assert not sim.errors


@pytest.fixture
async def sim(make_sim: MakeSim) -> Simulator:
    """A simulator in the loop of the test; its time is the loop's, so virtual under ``@pytest.mark.looptime``."""
    return await make_sim()


@pytest.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    """Make clients of a simulator, closed at the end: ``make_client(sim, retry=Retry(attempts=1))``.

    Every random sleep is as long as it may be, unless a ``_clock`` is given.
    """
    async with AsyncExitStack() as stack:

        def make(server: Any, **options: Any) -> TPStreams:
            options = {
                "organization_id": server.organization_id,
                "token": server.token,
                "base_url": server.url,
                "_clock": Clock(uniform=upper),
                **options,
            }
            client = TPStreams(**options)
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def client(sim: Simulator, make_client: MakeClient) -> TPStreams:
    """A client of ``sim`` with the usual settings."""
    return make_client(sim)


@pytest.fixture
async def scripted() -> AsyncIterator[MakeServer]:
    """Start servers that play scripts: ``server = await scripted(hang_up(), answer())``."""
    async with AsyncExitStack() as stack:

        async def make(*steps: Step, **options: Any) -> ScriptedServer:
            return await stack.enter_async_context(ScriptedServer(*steps, **options))

        yield make


@pytest.fixture
def video() -> dict[str, Any]:
    """The arguments of a creation that the simulator accepts."""
    return {"inputs": ["https://origin.example/clip.mp4"], "resolutions": ["240p"], "title": "Clip"}
