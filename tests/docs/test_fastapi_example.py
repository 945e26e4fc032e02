"""The web service among the examples: it answers at once, waits on after a restart, and believes no stranger."""

import asyncio
import logging
import runpy
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from tpstreams_async.simulator import Fault, Simulator

EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi_app.py"
VIDEO = {"title": "Lesson 1", "url": "https://media.example.com/lesson.mp4"}
SECRET = "a-secret-of-the-webhook"

Start = Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]


@asynccontextmanager
async def started() -> AsyncIterator[httpx.AsyncClient]:
    """Run the service from its start to its end, as a process would, and yield a browser in front of it."""
    app = runpy.run_path(str(EXAMPLE))["app"]
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://app") as http:
        yield http


@pytest.fixture
def start(account: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start the service on one's own account, each time with the same database."""
    monkeypatch.setenv("VIDEOS_DB", str(tmp_path / "videos.sqlite3"))
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    return started


async def created(http: httpx.AsyncClient) -> str:
    answer = await http.post("/videos", json=VIDEO)
    assert answer.status_code == 202
    assert answer.headers["location"] == answer.json()["status_url"]
    return str(answer.json()["status_url"])


async def shown(http: httpx.AsyncClient, url: str) -> tuple[str, bool]:
    answer = await http.get(url)
    assert answer.status_code == 200
    return answer.json()["status"], answer.json()["ended"]


@pytest.mark.looptime
async def test_a_video_is_answered_at_once_and_awaited_in_the_background(start: Start) -> None:
    async with start() as http:
        url = await created(http)
        assert await shown(http, url) == ("Not Started", False)
        await asyncio.sleep(30)
        assert await shown(http, url) == ("Completed", True)


@pytest.mark.looptime
async def test_a_video_that_fails_has_ended_too(account: Simulator, start: Start) -> None:
    async with start() as http:
        url = await created(http)
        account.set_status(next(iter(account.assets)), "Error")
        await asyncio.sleep(30)
        assert await shown(http, url) == ("Error", True)


@pytest.mark.looptime
async def test_a_video_that_was_deleted_has_ended_too(account: Simulator, start: Start) -> None:
    async with start() as http:
        url = await created(http)
        await asyncio.sleep(3)
        account.delete_asset(next(iter(account.assets)))
        await asyncio.sleep(600)
        assert await shown(http, url) == ("Deleted", True)


@pytest.mark.looptime
async def test_a_restart_waits_on_for_what_has_not_ended(account: Simulator, start: Start) -> None:
    async with start() as http:
        first = await created(http)
        await asyncio.sleep(30)
        second = await created(http)
    async with start() as http:
        assert await shown(http, first) == ("Completed", True)
        assert (await shown(http, second))[1] is False
        await asyncio.sleep(30)
        assert await shown(http, second) == ("Completed", True)
    account.journal.clear()
    async with start() as http:
        await asyncio.sleep(30)
        assert await shown(http, second) == ("Completed", True)
    assert len(account.journal) == 0
    assert len(account.assets) == 2


@pytest.mark.looptime
async def test_an_end_in_the_midst_of_waiting_is_quick_and_stops_every_look(
    account: Simulator, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    async with start() as http:
        await created(http)
        await asyncio.sleep(1)
        began = loop.time()
    assert loop.time() - began < 1
    assert not caplog.records
    account.journal.clear()
    await asyncio.sleep(600)
    assert len(account.journal) == 0


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("headers", "status", "looks"),
    [
        ({"x-streams-token": SECRET}, 204, 1),
        ({}, 403, 0),
        ({"x-streams-token": ""}, 403, 0),
        ({"x-streams-token": SECRET[:-1]}, 403, 0),
        ({"x-streams-token": "\u00e9".encode()}, 403, 0),
    ],
)
async def test_a_delivery_makes_it_look_at_once_and_a_stranger_does_not(
    account: Simulator, start: Start, headers: Any, status: int, looks: int
) -> None:
    async with start() as http:
        await created(http)
        await asyncio.sleep(0.5)  # the first look was at once, and the next one is a second away at least
        account.journal.clear()
        (asset_id,) = account.assets
        answer = await http.post("/webhook", json=account.delivery(asset_id), headers=headers)
        assert answer.status_code == status
        await asyncio.sleep(0.5)
        assert account.journal.count("GET") == len(account.journal) == looks


@pytest.mark.looptime
async def test_without_a_secret_nobody_is_believed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBHOOK_SECRET")
    async with start() as http:
        answer = await http.post("/webhook", json={"id": "AbCdEfGhJkM"}, headers={"x-streams-token": ""})
        assert answer.status_code == 403


@pytest.mark.looptime
async def test_what_cannot_be_done_is_said(account: Simulator, start: Start) -> None:
    async with start() as http:
        answer = await http.post("/videos", json={**VIDEO, "url": "ftp://media.example.com/lesson.mp4"})
        assert answer.status_code == 422
        assert "must be an absolute http or https URL" in answer.json()["detail"]
        assert len(account.journal) == 0
        account.faults.add("POST", "assets/videos/", Fault.status(503))
        answer = await http.post("/videos", json=VIDEO)
        assert answer.status_code == 502
        assert (await http.get("/videos/AbCdEfGhJkM")).status_code == 404
        answer = await http.post("/webhook", content=b"no JSON", headers={"x-streams-token": SECRET})
        assert answer.status_code == 422


@pytest.mark.looptime
async def test_it_runs_under_uvicorn_and_hears_from_its_own_simulator(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="uvicorn")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setenv("PUBLIC_URL", origin)
        server = uvicorn.Server(uvicorn.Config(runpy.run_path(str(EXAMPLE))["app"], log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        async with httpx.AsyncClient(base_url=origin) as http:
            url = await created(http)
            await asyncio.sleep(30)
            assert await shown(http, url) == ("Completed", True)
        server.should_exit = True
        await serving
    deliveries = [message for message in caplog.messages if "POST /webhook" in message]
    assert len(deliveries) >= 4
    assert all(message.endswith(" 204") for message in deliveries)
    assert caplog.messages[-1].startswith("Finished server process")
