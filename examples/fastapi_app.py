"""A web service that creates videos, answers at once, and waits for them in the background.

    python -m pip install . fastapi uvicorn
    uvicorn examples.fastapi_app:app

    curl localhost:8000/videos -H content-type:application/json -d '{"title": "A", "url": "https://host.example/a.mp4"}'
    curl localhost:8000/videos/<id>

Without an account it runs against a simulator of its own, which downloads nothing. With TPSTREAMS_ORGANIZATION_ID and
TPSTREAMS_TOKEN set it runs against your account, and keeps what it waits for in a file (VIDEOS_DB, or videos.sqlite3):
stop it, start it again, and it waits on. Run it as one process, as each would wait for every video. To hear of changes
without delay, have the server tell it. Do that once, and start the service with the same secret in WEBHOOK_SECRET:

    await client.webhooks.create(url="https://your.host/webhook", secret_token=secret)
"""

import asyncio
import hmac
import logging
import os
import secrets
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from tpstreams_async import Asset, BadRequestError, InvalidInputError, JobVanishedError, TPStreams, TPStreamsError
from tpstreams_async.simulator import Simulator

log = logging.getLogger("uvicorn.error")


class NewVideo(BaseModel):
    """What to create."""

    title: str
    url: str


class Created(BaseModel):
    """What was created, and where to see how it goes."""

    id: str
    status_url: str


class Progress(BaseModel):
    """How it goes."""

    id: str
    title: str | None
    status: str | None
    ended: bool


class Ledger:
    """The videos, in a database that outlives the process. A thread of its own keeps the disk off the event loop."""

    def __init__(self, path: str) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._execute("CREATE TABLE IF NOT EXISTS videos (id PRIMARY KEY, ref, title, status, ended DEFAULT FALSE)")

    async def add(self, asset: Asset, ref: str) -> None:
        """Begin to keep a video."""
        values = (asset.id, ref, asset.title, asset.status)
        await self._run("INSERT INTO videos (id, ref, title, status) VALUES (?, ?, ?, ?)", *values)

    async def note(self, asset_id: str, status: str | None, *, ended: bool) -> None:
        """Keep what was last seen of a video."""
        await self._run("UPDATE videos SET status = ?, ended = ? WHERE id = ?", status, ended, asset_id)

    async def get(self, asset_id: str) -> Progress | None:
        """Return how a video goes."""
        rows = await self._run("SELECT id, title, status, ended FROM videos WHERE id = ?", asset_id)
        return next((Progress(id=row[0], title=row[1], status=row[2], ended=row[3]) for row in rows), None)

    async def awaited(self) -> list[str]:
        """Return the refs of the jobs that have not ended."""
        return [ref for (ref,) in await self._run("SELECT ref FROM videos WHERE NOT ended")]

    def close(self) -> None:
        """Finish what is being written, and close the database."""
        self._thread.shutdown()
        self._database.close()

    async def _run(self, statement: str, *values: Any) -> list[Any]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._execute, statement, *values)

    def _execute(self, statement: str, *values: Any) -> list[Any]:
        return self._database.execute(statement, values).fetchall()


class Waiting:
    """A task for each video that is waited for.

    They are no `BackgroundTasks` of FastAPI: those belong to a request, which would then last as long as the video
    takes, and hold up the end of the service for just as long.
    """

    def __init__(self, client: TPStreams, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, ref: str) -> None:
        """Wait for a job from now on."""
        task = asyncio.create_task(self._wait(ref))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Stop waiting. The server works on, and the ledger knows on what."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait(self, ref: str) -> None:
        job = self._client.jobs.resume(ref)
        try:
            async for update in job.updates():
                await self._ledger.note(job.id, update.status, ended=update.terminal)
                log.info("%s is %s", job.id, update.status)
        except JobVanishedError:
            await self._ledger.note(job.id, "Deleted", ended=True)
        except TPStreamsError as error:
            log.warning("%s is waited for again after the next start: %s", ref, error)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Hold one client from start to end: it has the connections, and knows the limits of the server."""
    async with service() as (client, path, secret):
        ledger = Ledger(path)
        waiting = Waiting(client, ledger)
        app.state.client, app.state.ledger, app.state.waiting, app.state.secret = client, ledger, waiting, secret
        try:
            for ref in await ledger.awaited():
                waiting.begin(ref)
            yield
        finally:
            await waiting.aclose()
            ledger.close()


app = FastAPI(title="Videos", lifespan=lifespan)


@app.post("/videos", status_code=202)
async def create(new: NewVideo, request: Request, response: Response) -> Created:
    state = request.app.state
    asset = await state.client.assets.create(inputs=[new.url], title=new.title, resolutions=["240p", "720p"])
    ref = state.client.jobs.asset(asset).ref
    # Should the process die before this is done, client.assets.find() still finds the video.
    await state.ledger.add(asset, ref)
    state.waiting.begin(ref)
    response.headers["Location"] = status_url = str(request.url_for("show", asset_id=asset.id))
    return Created(id=asset.id, status_url=status_url)


@app.get("/videos/{asset_id}")
async def show(asset_id: str, request: Request) -> Progress:
    progress: Progress | None = await request.app.state.ledger.get(asset_id)
    if progress is None:
        raise HTTPException(404, "There is no such video")
    return progress


@app.post("/webhook", status_code=204)
async def webhook(request: Request, x_streams_token: Annotated[str, Header()] = "") -> None:
    """Take a delivery as a sign to look: whoever waits for that video does so at once."""
    secret: str = request.app.state.secret
    if not secret or not hmac.compare_digest(x_streams_token.encode(), secret.encode()):
        raise HTTPException(403, "This is not from the server")
    request.app.state.client.jobs.hint(await request.body())


@app.exception_handler(TPStreamsError)
async def failed(_: Request, error: TPStreamsError) -> JSONResponse:
    if isinstance(error, InvalidInputError | BadRequestError):
        return JSONResponse({"detail": str(error)}, status_code=422)
    log.error("%s: %s", type(error).__name__, error)
    return JSONResponse({"detail": "TPStreams does not do it now; the log says why"}, status_code=502)


@asynccontextmanager
async def service() -> AsyncIterator[tuple[TPStreams, str, str]]:
    """Yield the client, the path of the database and the secret of the webhook: your own, or those of a simulator."""
    if "TPSTREAMS_TOKEN" in os.environ:
        async with TPStreams() as client:
            log.info("Against %s, organization %s", client.base_url, client.organization_id)
            yield client, os.environ.get("VIDEOS_DB", "videos.sqlite3"), os.environ.get("WEBHOOK_SECRET", "")
        return
    secret = secrets.token_urlsafe()
    async with (
        Simulator(fetch=False) as sim,
        TPStreams(sim.organization_id, sim.token, base_url=sim.url) as client,
    ):
        sim.add_webhook(os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000") + "/webhook", secret)
        log.info("Against the simulator at %s, which forgets everything at the end", sim.url)
        yield client, ":memory:", secret


def main() -> None:
    uvicorn.run(app, host="127.0.0.1", port=8000)


if __name__ == "__main__":
    main()
