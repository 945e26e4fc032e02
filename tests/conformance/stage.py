"""A simulator on a stage, where it is brought into the state that a sample shows."""

import json as json_module
from typing import Any

import aiohttp
from attrs import frozen

from tpstreams_async.simulator import ManualClock, Simulator

Shown = tuple[int, Any]


@frozen
class Stage:
    """A simulator, its clock, a raw client of it, a receiver of webhooks, and what came in there."""

    sim: Simulator
    clock: ManualClock
    session: aiohttp.ClientSession
    receiver: str
    bodies: list[bytes]

    async def call(self, method: str, suffix: str, json: Any = None, **options: Any) -> Shown:
        """Return the status and the JSON of an answer; a suffix with a slash in front is a path of its own."""
        path = suffix if suffix.startswith("/") else f"/api/v1/{self.sim.organization_id}/{suffix}"
        headers = {"Authorization": f"Token {options.pop('token', self.sim.token)}"}
        if json is not None:
            options["json"] = json
        async with self.session.request(method, self.sim.url + path, headers=headers, **options) as response:
            return response.status, await response.json() if response.content_length else None

    async def get(self, suffix: str) -> Shown:
        return await self.call("GET", suffix)

    async def post(self, suffix: str, json: Any = None, **options: Any) -> Shown:
        return await self.call("POST", suffix, json, **options)

    async def made(self, suffix: str, json: Any) -> str:
        """Create something and return its id."""
        status, body = await self.post(suffix, json)
        assert status == 201, body
        found = body.get("id") or body["code"]
        assert isinstance(found, str)
        return found

    async def delivered(self, seconds: float = 0.0) -> Any:
        """Return the last body that a webhook has delivered after so many seconds."""
        self.clock.advance(seconds)
        sent = await self.sim.deliver_webhooks()
        assert {delivery.outcome for delivery in sent} == {"sent"}
        return json_module.loads(self.bodies[-1])
