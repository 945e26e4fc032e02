"""The aiohttp sessions of a client, and their lifetimes.

One that reads, one that writes and one for storage share a connector. Only the last two have a trace, which proves
whether a request can have left; a read needs no such proof, and the trace costs time. The token is in none of them: it
is a header of each request to our own origin.
"""

import ssl as ssl_module
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from attrs import define

from ._trail import proof_of_connection
from .errors import ClientClosedError

#: Seconds that an idle connection is kept. Servers often close theirs after 5 s or more; a request that meets the
#: closing has an unknown outcome, so the client is the one to close first.
KEEPALIVE_SECONDS: Final = 4.0

#: What is read of an answer's head: bytes of a line, and lines. aiohttp's own limits, said here because they must hold.
HEAD_LIMITS: Final[Mapping[str, Any]] = {"max_line_size": 8190, "max_field_size": 8190, "max_headers": 128}

#: An attribute of aiohttp's session. There is no public way to say this; a test fails when it stops working.
_SECOND_SEND_SWITCH: Final = "_retry_connection"


@define(kw_only=True, eq=False, repr=False)
class Options:
    """How connections are made, as the user of the client wants it.

    Attributes:
        session: used instead of sessions of our own, and never closed.
        connector: used instead of a connector of our own, and never closed.
        proxy: URL of an HTTP proxy.
        ssl: an `ssl.SSLContext` or fingerprint, in place of the system's trust.
    """

    max_connections: int
    max_response_bytes: int
    session: aiohttp.ClientSession | None = None
    connector: aiohttp.BaseConnector | None = None
    proxy: str | None = None
    ssl: ssl_module.SSLContext | aiohttp.Fingerprint | None = None

    @property
    def concurrency(self) -> int:
        """How many attempts can be under way: no more than the pool that was given has room for."""
        connector = self.connector if self.session is None else self.session.connector
        limits = (connector.limit, connector.limit_per_host) if connector is not None else ()
        return min(self.max_connections, *(limit for limit in limits if limit), self.max_connections)


class Pool:
    """The sessions. They are made inside the running loop, by `open`.

    Attributes:
        reading: for requests that change nothing.
        writing: for requests that change something.
        storage: for uploads to where the server wants them. It is one of our own even where a session was given, whose
            headers, cookies and middlewares are meant for the API and not for others.
    """

    reading: aiohttp.ClientSession
    writing: aiohttp.ClientSession
    storage: aiohttp.ClientSession

    def __init__(self, options: Options) -> None:
        self._options = options
        self._trace: aiohttp.TraceConfig | None = None
        self._own: list[aiohttp.ClientSession] = []
        self._own_connector: aiohttp.BaseConnector | None = None

    def open(self, owner: object) -> None:
        """Make the sessions.

        Args:
            owner: whose trails the trace writes to.

        Raises:
            ClientClosedError: the session that was given is closed.
        """
        given = self._options.session
        if given is not None and given.closed:
            raise ClientClosedError(
                "the session that was given to the client is closed; make a new client with an open one"
            )
        trace = proof_of_connection(owner, sound=True)
        if given is not None:
            # A middleware can send a request on its own ways, which no trace of this session sees. The trace ignores
            # requests that are not ours, and is taken out again on close.
            self._trace = proof_of_connection(owner, sound=not getattr(given, "_middlewares", None))
            self._trace.freeze()
            given.trace_configs.append(self._trace)
            self.reading = self.writing = given
            connector = given.connector
        else:
            connector = self._options.connector or self._connector()
            self.reading = self._session(connector, [])
            self.writing = self._session(connector, [trace])
        self.storage = self._session(connector, [trace])

    def _connector(self) -> aiohttp.BaseConnector:
        self._own_connector = aiohttp.TCPConnector(
            limit=self._options.max_connections, keepalive_timeout=KEEPALIVE_SECONDS
        )
        return self._own_connector

    def _session(
        self, connector: aiohttp.BaseConnector | None, traces: list[aiohttp.TraceConfig]
    ) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=connector,
            connector_owner=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=traces,
            timeout=aiohttp.ClientTimeout(total=None),
            trust_env=False,
            **HEAD_LIMITS,
        )
        # By itself aiohttp sends a read, a PUT or a DELETE a second time when the connection broke. An attempt is one
        # send, and whether there is another is decided in one place.
        setattr(session, _SECOND_SEND_SWITCH, False)
        self._own.append(session)
        return session

    async def close(self) -> None:
        """Close what was made here; what was given stays open."""
        given = self._options.session
        if given is not None and self._trace in given.trace_configs:
            given.trace_configs.remove(self._trace)
        try:
            for session in self._own:
                await session.close()
        finally:
            if self._own_connector is not None:
                await self._own_connector.close()
