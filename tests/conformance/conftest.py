from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from stage import Stage

from tpstreams_async.simulator import ManualClock, Simulator


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A simulator whose time stands still, with a raw client: what the SDK makes of answers is no matter here."""
    bodies: list[bytes] = []

    async def receive(request: web.BaseRequest) -> web.Response:
        bodies.append(await request.read())
        return web.Response()

    clock = ManualClock()
    async with (
        RawTestServer(receive) as receiver,
        Simulator(clock=clock, fetch=False, page_size=2) as sim,
        aiohttp.ClientSession() as session,
    ):
        yield Stage(sim, clock, session, str(receiver.make_url("/")), bodies)
        assert not sim.errors
