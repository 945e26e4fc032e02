"""The simulator: the service behind a loopback port."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from aiohttp import web

from .clock import Clock, SimClock
from .controls import Controls
from .courier import Courier
from .deliveries import WebhookDelivery
from .faults import Faults
from .fetch import Fetcher, FetchError
from .front import Front
from .ids import IdSource
from .journal import Journal
from .lifecycle import Asset, Video
from .service import Service
from .settings import Settings

_log = logging.getLogger(__name__)

_LINGER_SECONDS = 1.0
_SHUTDOWN_SECONDS = 0.1


def check_loopback(host: str) -> None:
    """Refuse every host but this machine itself: the simulator is no server for others.

    Raises:
        ValueError: the host is neither `localhost` nor a loopback address.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(f"the simulator only listens on a loopback address, not on {host!r}")


class Simulator(Controls):
    """A local TPStreams on a loopback port.

    Use it as `async with Simulator() as sim:`. It runs in the loop in which it is entered, and everything it
    started has ended when the block is left. Durations are seconds of its clock.

    Args:
        organization_id: the one organization that exists; of `a` to `z` and `0` to `9`.
        token: the token that is accepted from the start; None makes one up.
        host: a loopback address.
        port: 1 to 65535, or 0 for a free one.
        speed: simulated seconds per second of the loop, above 0; not together with `clock`.
        clock: replaces the clock, e.g. a `ManualClock`.
        fetch: whether the input of a new video is really downloaded; else its size and duration are made up.
        processing_seconds: from the creation of a video to Completed; a slow download makes it longer.
        trim_seconds: from asking for a trim to its end.
        subtitle_seconds: from asking for a subtitle to its track.
        revert_seconds: from asking for a revert to its end.
        page_size: rows on a page of a list if the request does not say.
        max_page_size: the most rows on a page, whatever the request says.
        server_seconds: from asking for a live stream's server to its address and key.
        recording_seconds: from the end of a broadcast to its recording.
        deletion_seconds: from asking for the deletion of resolutions to its end.
        visible_after: for how long a created video is not yet found by later requests.
        moving_progress: whether `progress` goes from 0 to 100; the live service keeps it at 0.
        busy_while_trimming: whether a video shows Transcoding while a trim or revert runs.
        transcoding_seconds: from asking for a transcoding job to its end.
        subtitle_job_seconds: from asking for a subtitle job to its end.
        paginate_subtitle_jobs: whether the list of subtitle jobs is always a page, and never a bare array.
        update_methods: of `PATCH` and `PUT`, with which an access token can be updated.
        users: the passwords of those who can log in, by name; None knows one user, `demo`, who has the same password.
        max_request_bytes: the largest body of a request.
        max_fetch_bytes: the largest input; a larger one fails.
        upload_expires_seconds: for how long a file can be uploaded after its upload was announced.
        max_upload_bytes: the largest file that can be uploaded.
        upload_status: what the storage answers when a file has arrived: 200, 201 (then in XML) or 204.
        hash_uploads: whether the SHA-256 of uploaded files is worked out, which takes most of the time.
        throttle: the most requests of a token in any `throttle_seconds`; more are refused with 429. None counts none.
        throttle_seconds: see `throttle`; more than 0.
        journal_size: how many requests the journal keeps.
    """

    def __init__(
        self,
        organization_id: str = "sim001",
        token: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        clock: Clock | None = None,
        *,
        fetch: bool = True,
        processing_seconds: float = 6.0,
        trim_seconds: float = 4.0,
        subtitle_seconds: float = 4.0,
        revert_seconds: float = 2.0,
        server_seconds: float = 25.0,
        recording_seconds: float = 6.0,
        deletion_seconds: float = 2.0,
        page_size: int = 50,
        max_page_size: int = 100,
        visible_after: float = 0.0,
        moving_progress: bool = True,
        busy_while_trimming: bool = True,
        transcoding_seconds: float = 6.0,
        subtitle_job_seconds: float = 4.0,
        paginate_subtitle_jobs: bool = False,
        update_methods: Sequence[str] = ("PATCH", "PUT"),
        users: Mapping[str, str] | None = None,
        max_request_bytes: int = 8 * 2**20,
        max_fetch_bytes: int = 4 * 2**30,
        upload_expires_seconds: float = 3600.0,
        max_upload_bytes: int = 5 * 2**30,
        upload_status: int = 204,
        hash_uploads: bool = True,
        throttle: int | None = None,
        throttle_seconds: float = 1.0,
        journal_size: int = 100_000,
    ) -> None:
        check_loopback(host)
        if clock is not None and speed != 1.0:
            raise ValueError("speed is that of the simulator's own clock: give either speed or clock")
        ids = IdSource()
        self._own_clock = SimClock(speed)
        settings = Settings(
            organization_id=organization_id,
            token=ids.token() if token is None else token,
            fetch=fetch,
            processing_seconds=processing_seconds,
            trim_seconds=trim_seconds,
            subtitle_seconds=subtitle_seconds,
            revert_seconds=revert_seconds,
            server_seconds=server_seconds,
            recording_seconds=recording_seconds,
            deletion_seconds=deletion_seconds,
            page_size=page_size,
            max_page_size=max_page_size,
            visible_after=visible_after,
            moving_progress=moving_progress,
            busy_while_trimming=busy_while_trimming,
            transcoding_seconds=transcoding_seconds,
            subtitle_job_seconds=subtitle_job_seconds,
            paginate_subtitle_jobs=paginate_subtitle_jobs,
            update_methods=tuple(update_methods),
            users={"demo": "demo"} if users is None else dict(users),
            max_request_bytes=max_request_bytes,
            max_fetch_bytes=max_fetch_bytes,
            upload_expires_seconds=upload_expires_seconds,
            max_upload_bytes=max_upload_bytes,
            upload_status=upload_status,
            hash_uploads=hash_uploads,
            throttle=throttle,
            throttle_seconds=throttle_seconds,
        )
        self._service = Service(settings, self._own_clock if clock is None else clock, ids)
        self._service.on_created = self._start_fetch
        self._journal = Journal(journal_size)
        self._faults = Faults()
        self._errors: list[Exception] = []
        self._host = host
        self._port = port
        self._server: web.Server | None = None
        self._listener: asyncio.Server | None = None
        self._fetches: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The origin, such as `http://127.0.0.1:49152`."""
        if self._server is None:
            raise RuntimeError("the simulator was not started")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def parts(self) -> tuple[Service, Journal, Faults, list[Exception]]:
        """Return what the controls work on, for `SimulatorThread` to share."""
        return self._service, self._journal, self._faults, self._errors

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the port is taken.
            RuntimeError: it was started before; a simulator runs once.
        """
        if self._server is not None:
            raise RuntimeError("a simulator runs only once")
        self._own_clock.start()
        self._front = Front(self._service, self._journal, self._faults, self._errors)
        self._fetcher = Fetcher(self._service.settings.max_fetch_bytes)
        self._courier = Courier(self._service, self._errors)
        self._server = web.Server(self._front.handle, access_log=None, lingering_time=_LINGER_SECONDS)
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._server, self._host, self._port, backlog=1024)
        self._port = self._listener.sockets[0].getsockname()[1]
        with self._service.lock:
            # Who asks for something may do so in any thread.
            self._service.changes.on_news = partial(loop.call_soon_threadsafe, self._courier.wake)
            if self._service.changes.active:
                self._courier.wake()

    async def close(self) -> None:
        """Drop every connection, and end every download, delivery and silence. A second call changes nothing."""
        listener, self._listener = self._listener, None
        if listener is None or self._server is None:
            return
        listener.close()
        self._front.close()
        with self._service.lock:
            self._service.changes.on_news = None
        await self._courier.close()
        for task in self._fetches:
            task.cancel()
        await asyncio.gather(*self._fetches, return_exceptions=True)
        await self._fetcher.close()
        for connection in self._server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await self._server.shutdown(_SHUTDOWN_SECONDS)

    async def settled(self) -> None:
        """Wait until no download is under way."""
        while self._fetches:
            await asyncio.wait(set(self._fetches))

    async def deliver_webhooks(self) -> Sequence[WebhookDelivery]:
        """Send every delivery that is due now, and return these when all that is on its way has arrived.

        Without a `ManualClock` they are sent without it too, as soon as they are due.
        """
        return await self._courier.deliver()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _start_fetch(self, asset: Asset, video: Video) -> None:
        task = asyncio.get_running_loop().create_task(self._fetch(asset, video), name=f"simulator-fetch-{asset.id}")
        self._fetches.add(task)
        task.add_done_callback(self._fetches.discard)

    async def _fetch(self, asset: Asset, video: Video) -> None:
        result = None
        try:
            result = await self._fetcher.fetch(video.source_url)
        except FetchError as error:
            _log.warning("no video from %s: %s", video.source_url, error)
        except Exception as error:  # noqa: BLE001 - a test is to see it in `errors`
            self._errors.append(error)
        with self._service.lock:
            self._service.changes.look()
            self._service.fetched(video, result)
            self._service.touched(asset)
