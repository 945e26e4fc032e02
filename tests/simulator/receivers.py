"""A server that takes deliveries, and notes them."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web


class Receiver:
    """Takes deliveries. `answer` makes the response to each; one that waits keeps the courier waiting."""

    def __init__(self, answer: Callable[[], Any] | None = None) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer = answer

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.requests]

    @property
    def statuses(self) -> list[Any]:
        """Status of the video, or of the live stream and then of its recording, of each delivery."""
        return [status_of(body) for body in self.bodies]

    async def __aenter__(self) -> Self:
        self._server = web.Server(self._take, lingering_time=0)
        self._listener = await asyncio.get_running_loop().create_server(self._server, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        await self._server.shutdown(0.01)

    async def _take(self, request: web.BaseRequest) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        if self.answer is not None:
            return await self.answer()
        return web.Response(status=200)


def status_of(body: Any) -> Any:
    if "uuid" in body:
        return [row["resolution"] for row in body["resolutions"]]
    video = body["video"] and body["video"]["status"]
    if body["live_stream"] is None:
        return video
    return (body["live_stream"]["status"], video)
