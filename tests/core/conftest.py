from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from support.scripted import ScriptedServer, Step

MakeServer = Callable[..., Awaitable[ScriptedServer]]


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
