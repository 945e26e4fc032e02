"""The client: puts everything together, and owns every lifetime."""

import functools
import ssl as ssl_module
from types import TracebackType
from typing import TYPE_CHECKING, Self

import aiohttp

from . import _validate
from ._clock import Clock
from ._frames import sealed_plain
from ._ingesting import Ingesting
from ._pool import Options
from ._redact import Secret
from ._transport import Transport
from .config import Polling, RateLimit, Reconcile, Retry, Settings, Timeouts
from .errors import ClientClosedError, InvalidInputError
from .jobs import JobWatcher
from .resources import Finder, Learned, Reconciler, Rows
from .resources.all import Resources
from .resources.assets import Uploads
from .session import Policy, Scoped, Session

if TYPE_CHECKING:
    from .ingest.course import Course
    from .ingest.tools import Tools
    from .resources.auth import Auth


class TPStreams(Resources, Ingesting):
    """A client for one organization on TPStreams.

    ::

        async with TPStreams() as client:
            asset = await client.assets.create(inputs=[url], resolutions=["720p"])
            asset = await client.jobs.asset(asset)

    It belongs to the event loop in which it is first used. Make one and keep it: it holds the connections, and what
    it knows of the server's limits.

    Args:
        organization_id: else from ``TPSTREAMS_ORGANIZATION_ID``.
        token: else from ``TPSTREAMS_TOKEN``.
        anonymous: begin without a token, whatever the environment has, and get one with ``client.auth.login``.
        base_url: an origin; else from ``TPSTREAMS_BASE_URL``, else ``https://app.tpstreams.com``. Plain http is for
            loopback only.
        timeouts: seconds for the parts of a call.
        retry: when a failed attempt is repeated.
        polling: how jobs are looked at while they are awaited.
        reconcile: how the outcome of a creation is found out, for those who ask for it with ``on_unknown="reconcile"``.
        rate_limit: how many requests to send at the most. Whether it is given or not, the client sends fewer for some
            minutes when the server has refused some.
        max_connections: connections at once, 1 or more; calls beyond that take turns, first come first served.
        max_response_bytes: the largest answer that is read, unpacked, 1,024 or more. Decoded, JSON that was made to do
            harm takes up to 36 times as much memory for a moment.
        session: an `aiohttp.ClientSession` to use. It is not closed. Its own cookies, headers and middlewares apply,
            and aiohttp itself may send a read a second time when the connection broke.
        connector: an `aiohttp.BaseConnector` to use, in place of one of our own. It is not closed.
        proxy: URL of an http or https proxy.
        ssl: an `ssl.SSLContext` or an `aiohttp.Fingerprint` to trust, in place of the system's authorities.

    Attributes:
        jobs: waiting for the server's work.

    Raises:
        InvalidInputError: a setting is missing or wrong; the message names the variable that would supply it.
    """

    jobs: JobWatcher

    @sealed_plain
    def __init__(
        self,
        organization_id: str | None = None,
        token: str | None = None,
        *,
        anonymous: bool = False,
        base_url: str | None = None,
        timeouts: Timeouts | None = None,
        retry: Retry | None = None,
        polling: Polling | None = None,
        reconcile: Reconcile | None = None,
        rate_limit: RateLimit | None = None,
        max_connections: int = 100,
        max_response_bytes: int = 16 * 1024 * 1024,
        session: aiohttp.ClientSession | None = None,
        connector: aiohttp.BaseConnector | None = None,
        proxy: str | None = None,
        ssl: ssl_module.SSLContext | aiohttp.Fingerprint | None = None,
        _clock: Clock | None = None,
    ) -> None:
        if _validate.flag("anonymous", anonymous) and token is not None:
            raise InvalidInputError("anonymous", "means without a token, so it cannot be given together with one")
        secret = None if token is None else Secret(token)
        settings = Settings.resolve(organization_id, secret, base_url, anonymous=anonymous)
        if session is not None and connector is not None:
            raise InvalidInputError("connector", "cannot be given together with session, which has its own")
        for name, given, kind in (
            ("session", session, aiohttp.ClientSession),
            ("connector", connector, aiohttp.BaseConnector),
            ("rate_limit", rate_limit, RateLimit),
            ("ssl", ssl, (ssl_module.SSLContext, aiohttp.Fingerprint)),
        ):
            _validate.optional(name, given, kind)
        if getattr(session, "auth", None) is not None:
            raise InvalidInputError("session", "must have no auth of its own: the token goes into the same header")
        clock = _clock or Clock()
        options = Options(
            max_connections=_validate.whole_number("max_connections", max_connections, 1),
            max_response_bytes=_validate.whole_number("max_response_bytes", max_response_bytes, 1024),
            session=session,
            connector=connector,
            proxy=None if proxy is None else _validate.web_url("proxy", proxy),
            ssl=ssl,
        )
        policy = Policy(
            timeouts=_validate.instance("timeouts", timeouts, Timeouts, Timeouts),
            retry=_validate.instance("retry", retry, Retry, Retry),
        )
        self._settings = settings
        self._session = Session(settings, options, policy=policy, rate_limit=rate_limit, clock=clock)
        self._reconcile = _validate.instance("reconcile", reconcile, Reconcile, Reconcile)
        self._reconciler = Reconciler(self._session, self._reconcile, clock)
        self._ingests: set[Course] = set()
        learned = Learned()
        super().__init__(
            self._session,
            origin=settings.base_url,
            organization_id=settings.organization_id,
            reconciler=self._reconciler,
            uploads=lambda: _uploader(self._session, learned),
            learned=learned,
        )
        self._clock = clock
        # Looks are in no hurry: calls whose answers somebody waits for come before them.
        behind = self._behind_calls()
        self.jobs = JobWatcher(
            self._seen_by(behind),
            Rows(behind),
            _validate.instance("polling", polling, Polling, Polling),
            clock,
            self._session.require_usable,
        )

    @functools.cached_property
    def auth(self) -> "Auth":
        """Logging in and out, for those who have no token."""
        from .resources.auth import Auth  # noqa: PLC0415 - most programs have a token

        settings = self._settings
        return Auth(
            self._session,
            origin=settings.base_url,
            organization_id=settings.organization_id,
            wall=self._clock.wall,
        )

    @property
    def organization_id(self) -> str:
        """The organization that this client works for."""
        return self._settings.organization_id

    @property
    def base_url(self) -> str:
        """The origin of the server."""
        return self._settings.base_url

    def with_options(self, *, timeouts: Timeouts | None = None, retry: Retry | None = None) -> "ScopedClient":
        """Return a view of this client for calls that need other limits.

        ::

            asset = await client.with_options(timeouts=Timeouts(total=5)).assets.get(asset_id)

        It has all resources of the client, and shares everything with it. Only `jobs` it has not: waits have limits of
        their own. It is not closed.

        Args:
            timeouts: in place of the client's.
            retry: in place of the client's; the budget stays the client's own.
        """
        policy = self._session.policy
        changed = Policy(
            timeouts=_validate.instance("timeouts", timeouts, Timeouts, lambda: policy.timeouts),
            retry=_validate.instance("retry", retry, Retry, lambda: policy.retry),
        )
        return self._seen_by(Scoped(self._session, changed))

    def _behind_calls(self) -> Scoped:
        return Scoped(self._session, self._session.policy._replace(bulk=True))

    def _seen_by(self, transport: Transport) -> "ScopedClient":
        return ScopedClient(
            transport,
            origin=self._settings.base_url,
            organization_id=self._settings.organization_id,
            reconciler=self._reconciler,
            uploads=lambda: _uploader(transport, self._learned),
            learned=self._learned,
        )

    def _ingest_tools(self) -> "Tools":
        from .ingest.tools import Tools  # noqa: PLC0415 - most programs bring in little

        transport = self._behind_calls()
        return Tools(
            assets=self._seen_by(transport).assets,
            jobs=self.jobs,
            finder=Finder(transport, enduring=True),
            clock=self._clock,
            organization_id=self._settings.organization_id,
            base_url=self._settings.base_url,
        )

    async def aclose(self) -> None:
        """Close the client. Calls and waits under way end with `ClientClosedError`; closing twice does no harm.

        Raises:
            ClientClosedError: the client belongs to another event loop, which still runs.
        """
        self._session.require_closable()
        if "auth" in self.__dict__:
            self.auth.release()
        ingests = [*self._ingests]
        for run in ingests:
            run.stop(ClientClosedError("the client was closed; the same call goes on from the ledger"))
        try:
            await self.jobs.aclose()
        finally:
            await self._session.aclose()
            for run in ingests:
                await run.ended()

    async def __aenter__(self) -> Self:
        self._session.require_usable()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __reduce__(self) -> str:
        raise TypeError("a client cannot be pickled or copied; make one where it is needed")

    def __repr__(self) -> str:
        # A report of an error in the constructor shows a client that has no settings yet.
        settings: Settings | None = getattr(self, "_settings", None)
        return f"<TPStreams {settings.organization_id} at {settings.base_url}>" if settings else "<TPStreams>"


def _uploader(transport: Transport, learned: Learned) -> Uploads:
    from .upload import Uploader  # noqa: PLC0415 - most programs upload nothing

    return Uploader(transport, learned)


class ScopedClient(Resources):
    """The resources of a client, under other limits."""
