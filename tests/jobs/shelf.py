"""A server that shows rows by their path, and notes when it was asked for them."""

import asyncio
from typing import Any

from support.scripted import Exchange, answer

from tpstreams_async import Polling


class Shelf:
    """The step of a `ScriptedServer`: what each path shows, which is not found where there is nothing.

    Attributes:
        rows: JSON by the path below the organization, such as ``"transcoding_jobs/job1/"``.
        asked: the seconds at which each path was asked for.
    """

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, list[float]] = {}

    async def __call__(self, exchange: Exchange) -> None:
        path = exchange.request.target.removeprefix(f"/api/v1/{exchange.server.organization_id}/")
        assert exchange.request.method == "GET"
        self.asked.setdefault(path, []).append(round(asyncio.get_running_loop().time(), 3))
        row = self.rows.get(path)
        await (answer({"detail": "Not found."}, 404) if row is None else answer(row))(exchange)

    def change(self, path: str, **values: Any) -> None:
        """Let a row show other values from now on."""
        self.rows[path] = {**self.rows[path], **values}


async def shelf_client(scripted: Any, make_client: Any) -> tuple[Shelf, Any]:
    """Return a shelf and a client of it, whose every look has its exact place in time."""
    shelf = Shelf()
    return shelf, make_client(await scripted(shelf), polling=Polling(jitter=0.0))
