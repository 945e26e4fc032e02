"""One exchange over HTTP: the only place that drives aiohttp's client."""

import asyncio
import functools
import io
import math
import sys
from typing import Any, Final

import aiohttp
from aiohttp import hdrs
from multidict import CIMultiDict
from yarl import URL

from . import _redact
from ._answer import Answer, undecodable
from ._deadline import Deadlines
from ._form import StreamedForm
from ._pool import HEAD_LIMITS, Options, Pool
from ._route import Effect
from ._trail import Trail
from ._version import __version__
from ._wire import FormFile, Request, StreamedFile, nothing
from .config import Settings, Timeouts
from .errors import (
    ClientClosedError,
    ConnectError,
    DecodeError,
    RequestTimeoutError,
    TPStreamsError,
    TransportError,
)

_LARGE_BODY: Final = 2**20
#: Bytes that are read of an answer that says no.
_MOST_OF_A_REFUSAL: Final = 2**16

_CERTIFICATE_ERRORS: Final = (
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ClientConnectorSSLError,
    aiohttp.ServerFingerprintMismatch,
)
#: Raised before a connection was there. Their class alone proves nothing (it can be raised by a middleware, say), but
#: together with a trace that saw the request start and no connection it does.
_BEFORE_CONNECTION: Final = (
    *_CERTIFICATE_ERRORS,
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
)


class Http:
    """Exchanges requests for answers with one origin."""

    def __init__(self, settings: Settings, options: Options, deadlines: Deadlines) -> None:
        self._origin = settings.base_url
        self._base = f"{settings.base_url}/api/v1/{settings.organization_id}/"
        self._root = URL(self._base, encoded=True)
        self._options = options
        #: A body that is no larger than this can be read at once, whatever the status is.
        self._plain_limit = min(options.max_response_bytes, _MOST_OF_A_REFUSAL)
        #: Those who gave a session may have traces that want to see each part of an answer.
        self._own = options.session is None
        self._deadlines = deadlines
        self._pool = Pool(options)
        agent = (
            f"tpstreams-async/{__version__} aiohttp/{aiohttp.__version__} "
            f"python/{sys.version_info.major}.{sys.version_info.minor}"
        )
        # In the form that aiohttp would otherwise make of them for every request.
        self._storage_headers: Final[CIMultiDict[str]] = CIMultiDict({"User-Agent": agent})
        self._anonymous_headers: Final = CIMultiDict(
            {"Accept": "application/json, */*;q=0.5", "User-Agent": agent, "Content-Type": "application/json"}
        )
        self.sign_in(settings.token)
        self._common: Final[dict[str, Any]] = {"allow_redirects": False, "raise_for_status": False}
        if options.session is not None:
            # A session that was given may be set up to do otherwise.
            self._common.update(HEAD_LIMITS, auto_decompress=True)
        if options.proxy is not None:
            self._common["proxy"] = options.proxy
        if options.ssl is not None:
            self._common["ssl"] = options.ssl

    def sign_in(self, token: _redact.Secret | None) -> None:
        """Send a token with each request from now on, or none."""
        self.token: _redact.Secret | None = token
        signature = {} if token is None else {"Authorization": f"Token {token.reveal()}"}
        self._json_headers = CIMultiDict({**signature, **self._anonymous_headers})
        self._headers = self._json_headers.copy()
        del self._headers["Content-Type"]

    def open(self) -> None:
        """Make the sessions, inside the running loop."""
        self._pool.open(self)

    async def close(self) -> None:
        """Close what was made here; what was given stays open."""
        await self._pool.close()

    def hide(self, text: str) -> str:
        """Return a text from the server without secrets; it may echo the token itself."""
        return _redact.text(text if self.token is None else _redact.without(text, self.token))

    def url(self, request: Request[Any]) -> str:
        """Return the URL of a request without its query, as it may be shown."""
        if request.storage:
            return _redact.url(request.target)
        path = request.shown.partition("?")[0]
        return f"{self._origin if path.startswith('/') else self._base}{path}"

    def _address(self, request: Request[Any]) -> URL:
        """Return the URL to send to: put together, as parsing takes twice as long."""
        if request.storage:
            return URL(request.target, encoded=True)
        path, _, query = request.target.partition("?")
        root = self._root
        return URL.build(
            scheme=root.scheme,
            authority=root.raw_authority,
            path=path if path.startswith("/") else root.raw_path + path,
            query_string=query,
            encoded=True,
        )

    async def exchange(
        self, request: Request[Any], timeouts: Timeouts, trail: Trail, loop: asyncio.AbstractEventLoop
    ) -> Answer:
        """Send a request once and read the whole answer.

        Raises:
            ConnectError: nothing was sent.
            TransportError, DecodeError: no usable answer came.
        """
        trail.begin()
        route = request.route
        reads = route.effect is Effect.READ
        session = self._session_for(request)
        trail.owner = self
        failure: TPStreamsError
        # An attempt with a file may take as long as its call.
        limit = self._deadlines.within(timeouts.attempt if request.file is None else timeouts.total, loop)
        late = False
        try:
            try:
                async with session.request(
                    route.method,
                    self._address(request),
                    headers=self._headers_for(request),  # in no variable: a report of a cancelled call may show those
                    data=_body(request),
                    timeout=client_timeout(timeouts.connect),
                    trace_request_ctx=None if reads else trail,
                    **self._common,
                ) as response:
                    # A read has no trace; an answer is proof enough.
                    trail.connections = trail.connections or 1
                    body = self._ready(response) if reads else None
                    if body is None:
                        body = await self._read(request, response)
            finally:
                late = limit.end()
            trail.in_flight = False
            return Answer(response.status, response.headers, body)
        except asyncio.CancelledError as error:
            # On closing, aiohttp cancels those who wait for a connection although nobody cancelled their tasks.
            if not late and (not session.closed or limit.cancelled_meanwhile):
                # The frames and the errors of aiohttp hold the headers, hence the token.
                error.__cause__ = error.__context__ = None
                raise error.with_traceback(None)  # noqa: B904 - a chain is what must not be
            failure = self._translated(TimeoutError() if late else error, request, trail, closed=session.closed)
        except Exception as error:  # noqa: BLE001 - a session that was given, with its middlewares, can raise anything
            failure = self._translated(error, request, trail, closed=session.closed)
        trail.in_flight = False
        # Outside of the except blocks, and with nothing of aiohttp's at hand, for the same reason.
        raise failure

    def _ready(self, response: aiohttp.ClientResponse) -> bytes | None:
        """Return the body if all of it is there already, as that of a small answer is."""
        content = response.content
        if self._own and content.is_eof() and content.total_bytes <= self._plain_limit:
            return content.read_nowait()
        return None

    def _session_for(self, request: Request[Any]) -> aiohttp.ClientSession:
        if request.storage:
            return self._pool.storage
        return self._pool.reading if request.route.effect is Effect.READ else self._pool.writing

    def _headers_for(self, request: Request[Any]) -> CIMultiDict[str]:
        """Return the headers: the token goes to our own origin and to no other."""
        if request.storage:
            return self._storage_headers
        if request.route.anonymous:
            return self._anonymous_headers
        return self._headers if request.json is None else self._json_headers

    async def _read(self, request: Request[Any], response: aiohttp.ClientResponse) -> bytes:
        """Read the body, within the limit. Where the status alone tells what became of the request, it may be cut."""
        refused = response.status >= 400
        limit = min(self._options.max_response_bytes, _MOST_OF_A_REFUSAL if refused else math.inf)
        if request.decode is nothing and 200 <= response.status < 300:
            return b""
        announced = _announced(response)
        if announced is not None and announced <= limit and hdrs.CONTENT_ENCODING not in response.headers:
            return await response.read()
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > limit:
                response.close()
                if refused:
                    break
                raise DecodeError(f"it is larger than max_response_bytes={limit}, and was not read on")
            chunks.append(chunk)
        return b"".join(chunks)

    def _translated(
        self, failure: BaseException, request: Request[Any], trail: Trail, *, closed: bool
    ) -> TPStreamsError:
        route, url = request.route, self.url(request)
        if isinstance(failure, DecodeError):
            return undecodable(
                route, url, failure, "", advice="If it is meant to be so large, raise max_response_bytes"
            )
        again = " Try again later." if route.effect is Effect.READ else ""
        about: dict[str, Any] = {"method": route.method, "url": url}
        reason = self.hide(f"{type(failure).__name__}: {_words_of(failure)}".rstrip(": "))
        if closed:
            unknown = route.effect is not Effect.READ and (trail.maybe_done or trail.connections > 0)
            return closed_while(request, url, outcome_unknown=unknown)
        # The trace, where there is one, outweighs the class of the exception, which can be raised by a middleware too.
        unsent = trail.started or isinstance(failure, _BEFORE_CONNECTION)
        unsent = unsent or (isinstance(failure, ValueError) and route.effect is Effect.READ)
        if unsent and not trail.connections:
            text, may_pass = _why_unsent(failure, f"{URL(url).origin()}")
            return ConnectError(f"{route.name}: {text} ({reason})", may_pass=may_pass, **about)
        if isinstance(failure, TimeoutError):
            return RequestTimeoutError(
                f"{route.name}: no whole answer within timeouts.attempt.{again} ({reason})",
                **about,
            )
        return TransportError(
            f"{route.name}: the connection broke, or the answer was no HTTP.{again} ({reason})", **about
        )


def _why_unsent(failure: BaseException, origin: str) -> tuple[str, bool]:
    """Say why nothing was sent and what to do, and whether that may pass."""
    if isinstance(failure, _CERTIFICATE_ERRORS):
        what, advice = f"no trusted TLS connection to {origin}", "Check the host, its certificate and the ssl setting."
    elif isinstance(failure, ValueError):
        what = "the request could not be put together"
        advice = f"With trust_env, a session that was given must have no credentials for {origin} in the netrc."
    else:
        what, advice = (
            f"no connection to {origin}",
            "Check the network, DNS, the proxy and base_url, or try again later.",
        )
    return f"{what}; nothing was sent. {advice}", not isinstance(failure, (*_CERTIFICATE_ERRORS, ValueError))


def _words_of(failure: BaseException) -> str:
    # What follows the colon is the piece of the answer that is no HTTP; it can be anything.
    return failure.message.partition(":")[0] if isinstance(failure, aiohttp.ClientResponseError) else str(failure)


def _announced(response: aiohttp.ClientResponse) -> int | None:
    """Return the length that the server announced, if it is one that can be read."""
    try:
        return response.content_length
    except ValueError:
        return None


def closed_while(request: Request[Any], url: str, *, outcome_unknown: bool) -> ClientClosedError:
    """Make the error of a call during which the client was closed."""
    route = request.route
    text = f"{route.name}: the client, or the session that it was given, was closed during {route.method} {url}"
    if not outcome_unknown:
        return ClientClosedError(f"{text}. Use a new client")
    return ClientClosedError(
        f"{text}, which may or may not have been carried out. To find out: {request.how_to_find_out}",
        how_to_find_out=request.how_to_find_out,
    )


def _body(request: Request[Any]) -> Any:
    if request.file is not None:
        return _form(request, request.file)
    # aiohttp warns of large bodies that are given as bytes.
    return io.BytesIO(request.json) if request.json and len(request.json) > _LARGE_BODY else request.json


def _form(request: Request[Any], file: FormFile | StreamedFile) -> aiohttp.FormData | StreamedForm:
    """Make the multipart body anew for each attempt: aiohttp can send one only once."""
    if isinstance(file, StreamedFile):
        return StreamedForm(request.fields, file)
    form = aiohttp.FormData(quote_fields=False)
    for name, value in request.fields:
        form.add_field(name, value)
    form.add_field(file.name, io.BytesIO(file.content), filename=file.filename, content_type=file.content_type)
    return form


@functools.lru_cache(maxsize=16)
def client_timeout(connect: float) -> aiohttp.ClientTimeout:
    """Return aiohttp's part of the timeouts: making a connection. All else is limited by deadlines."""
    return aiohttp.ClientTimeout(total=None, sock_connect=connect, ceil_threshold=math.inf)
