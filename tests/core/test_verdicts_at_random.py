"""Whatever goes wrong, and whenever: what a creation's end says of the server is true."""

import asyncio
import random
from typing import Any

import aiohttp
from attrs import frozen
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from support import virtual

from tpstreams_async import (
    APIError,
    ClientClosedError,
    ConnectError,
    OutcomeUnknownError,
    RateLimitedError,
    RequestTimeoutError,
    Retry,
    ServerError,
    Timeouts,
    TPStreams,
)
from tpstreams_async.simulator import Fault, Simulator

CREATE = "assets/videos/"
FAULTS = [
    *(fault(when=when) for fault in (Fault.reset, Fault.close, Fault.garbage) for when in ("head", "before", "after")),
    *(Fault.stall(seconds, when=when) for seconds in (1, 8, 30) for when in ("head", "before", "after")),
    *(Fault.status(status, when=when) for status in (302, 408, 500, 503) for when in ("before", "after")),
    Fault.status(429),
    Fault.status(425, headers={"Retry-After": "2"}),
    Fault.status(400),
    Fault.status(409),
    Fault.status(413),
    Fault.stall(20, inside=True),
    Fault.cut(0),
    Fault.cut(9, reset=True),
    Fault.cut(9, chunked=True),
    Fault.garbled(),
    Fault.gzip(corrupt=True),
    Fault.drip(0.5),
    Fault.delay(0),
]


@frozen(kw_only=True)
class World:
    """What goes wrong, and how the client is set up."""

    faults: list[Fault]
    calls: int
    unreachable: float
    given_session: bool
    connections: int
    attempts: int
    attempt: float
    total: float
    close_at: float | None
    cancel_at: float | None
    seed: int


worlds = st.builds(
    World,
    faults=st.lists(st.sampled_from(FAULTS), max_size=16),
    calls=st.integers(1, 8),
    unreachable=st.sampled_from([0.0, 0.3, 0.8]),
    given_session=st.booleans(),
    connections=st.integers(1, 4),
    attempts=st.integers(1, 4),
    attempt=st.sampled_from([0.5, 2.0, 10.0]),
    total=st.sampled_from([1.0, 5.0, 25.0]),
    close_at=st.none() | st.floats(0, 12),
    cancel_at=st.none() | st.floats(0, 12),
    seed=st.integers(0, 2**32),
)


class Flaky(aiohttp.TCPConnector):
    """A connector to which the server is out of reach at times, after no time or after a while."""

    def __init__(self, share: float, chance: random.Random, limit: int) -> None:
        super().__init__(limit=limit)
        self._share = share
        self._chance = chance

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
        if self._chance.random() < self._share:
            await asyncio.sleep(self._chance.choice([0, 0, 1, 7]))
            if self._chance.random() < 0.5:
                raise aiohttp.ConnectionTimeoutError("made up")
            raise aiohttp.ClientConnectorError(req.connection_key, OSError(111, "made up"))
        return await super()._create_connection(req, traces, timeout)


def says_nothing_was_created(error: BaseException) -> bool:
    if isinstance(error, ClientClosedError):
        return not error.outcome_unknown
    if isinstance(error, APIError):
        return not isinstance(error, ServerError)
    return isinstance(error, (ConnectError, RequestTimeoutError, RateLimitedError))


async def create_all(world: World, client: TPStreams) -> list[Any]:
    async def create(number: int) -> Any:
        await asyncio.sleep(number % 3)
        return await client.assets.create(
            inputs=["https://origin.example/clip.mp4"], resolutions=["240p"], title=f"Clip {number}"
        )

    calls = [asyncio.create_task(create(number)) for number in range(world.calls)]
    loop = asyncio.get_running_loop()
    closing: list[asyncio.Task[None]] = []
    if world.close_at is not None:
        loop.call_later(world.close_at, lambda: closing.append(asyncio.create_task(client.aclose())))
    if world.cancel_at is not None:
        loop.call_later(world.cancel_at, calls[0].cancel)
    results = await asyncio.gather(*calls, return_exceptions=True)
    await asyncio.sleep(60)  # whatever the server was still at work on is done
    await asyncio.gather(*closing)
    return results


async def judge(world: World) -> None:
    chance = random.Random(world.seed)
    async with Simulator(fetch=False) as sim, Flaky(world.unreachable, chance, world.connections) as connector:
        sim.faults.add("POST", CREATE, *world.faults or [Fault.delay(0)])
        session = aiohttp.ClientSession(connector=connector, connector_owner=False) if world.given_session else None
        client = TPStreams(
            sim.organization_id,
            sim.token,
            base_url=sim.url,
            timeouts=Timeouts(total=world.total, attempt=world.attempt),
            retry=Retry(attempts=world.attempts),
            max_connections=world.connections,
            session=session,
            connector=None if session else connector,
        )
        async with client:
            results = await create_all(world, client)
        if session is not None:
            await session.close()
        titles = [asset["title"] for asset in sim.assets.values()]
        for number, result in enumerate(results):
            there = titles.count(f"Clip {number}")
            event(type(result).__name__)
            if not isinstance(result, BaseException):
                assert there == 1, "a creation that succeeded has made one video"
                assert sim.assets[result.id]["title"] == f"Clip {number}"
            elif says_nothing_was_created(result):
                assert there == 0, f"{result!r} says that nothing was created"
            else:
                assert isinstance(result, (OutcomeUnknownError, ClientClosedError, asyncio.CancelledError)), result
                assert there <= 1, "nothing is ever created twice"
        assert not sim.errors


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(worlds)
def test_what_the_end_of_a_creation_says_is_true(world: World) -> None:
    virtual.run(judge(world))
