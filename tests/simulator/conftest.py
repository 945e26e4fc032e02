import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from receivers import Receiver

from tpstreams_async.simulator import ManualClock, Simulator

ORGANIZATION = "sim001"


async def until(condition: Callable[[], object]) -> None:
    """Let the loop go on until `condition` holds; whoever never sees it hold runs into the test's own end."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - conditions are not only about this loop
            await asyncio.sleep(0)


class Api:
    """A raw client of one simulator: no help from the SDK, so that no mistake can cancel out another."""

    def __init__(self, sim: Simulator, session: aiohttp.ClientSession) -> None:
        self.sim = sim
        self.session = session
        self.headers = {"Authorization": f"Token {sim.token}"}

    def url(self, suffix: str) -> str:
        return f"{self.sim.url}/api/v1/{self.sim.organization_id}/{suffix}"

    until = staticmethod(until)

    async def call(self, method: str, suffix: str, **options: Any) -> tuple[int, Any]:
        options.setdefault("headers", self.headers)
        async with self.session.request(method, self.url(suffix), **options) as response:
            if response.content_type == "application/json":
                return response.status, await response.json()
            return response.status, await response.text()

    async def get(self, suffix: str, **options: Any) -> Any:
        status, body = await self.call("GET", suffix, **options)
        assert status == 200, body
        return body

    async def post(self, suffix: str, value: Any = None, *, status: int = 200) -> Any:
        got, body = await self.call("POST", suffix, **({} if value is None else {"json": value}))
        assert got == status, body
        return body

    async def create(self, **fields: Any) -> Any:
        body = {"inputs": [{"url": "https://origin.example/clip.mp4"}], "resolutions": ["240p"], **fields}
        return await self.post("assets/videos/", body, status=201)

    async def video(self, asset_id: str) -> Any:
        return (await self.get(f"assets/{asset_id}/"))["video"]

    async def status(self, asset_id: str) -> str:
        return (await self.video(asset_id))["status"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    # A connection of its own for each call: aiohttp repeats a GET that fails on a used one.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(10)) as session:
        yield session


@pytest.fixture
def options() -> dict[str, Any]:
    """What a test module or class wants of its simulator; override the fixture to change it."""
    return {"fetch": False}


@pytest.fixture
async def sim(clock: ManualClock, options: dict[str, Any]) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock, **options) as simulator:
        yield simulator
        assert not simulator.errors


@pytest.fixture
def make_api() -> type[Api]:
    return Api


@pytest.fixture
async def api(sim: Simulator, http: aiohttp.ClientSession) -> Api:
    return Api(sim, http)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as made:
        yield made


@pytest.fixture
def webhook(sim: Simulator, receiver: Receiver) -> str:
    """The id of the registration of `receiver`."""
    return sim.add_webhook(receiver.url, "s3cret")
