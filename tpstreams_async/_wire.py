"""Requests before they are sent, and answers after they came: no I/O here."""

import itertools
import math
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from attrs import define

from . import _redact, codec
from ._retry_after import retry_after
from ._route import Effect, Route
from ._validate import identifier, is_loopback, web_url
from .errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    DecodeError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
)

T = TypeVar("T")

#: Takes the secrets out of a text.
Hide = Callable[[str], str]

_REQUEST_ID_HEADERS: Final = ("X-Request-Id", "X-Correlation-Id", "CF-Ray")
_REFUSED: Final = "The same request will be refused again until it, or the state of what it is about, changes."
#: Where the server puts a whole sentence, the most telling first.
_SENTENCES: Final = ("detail", "message", "error_type")
_MOST_FIELDS: Final = 64
_MOST_MESSAGES: Final = 8
_SHOWN_DETAIL: Final = 500


class FormFile(NamedTuple):
    """A file in a form.

    Attributes:
        name: of the form's field.
        filename: as the server shall see it.
        content_type: media type.
    """

    name: str
    filename: str
    content_type: str
    content: bytes

    def __repr__(self) -> str:
        return f"FormFile({self.name!r}, {self.filename!r}, {self.content_type!r}, {len(self.content)} bytes)"


class Outlet(Protocol):
    """Is told how a file goes out.

    Attributes:
        waiting: returns the bytes that were handed over and have not left the process.
    """

    waiting: Callable[[], int]

    def begin(self) -> None:
        """Note that it is the request's turn to be sent."""
        ...

    async def passed(self, sent: int) -> None:
        """Note that so many bytes of the file were handed over so far."""
        ...


class StreamedFile(NamedTuple):
    """A file in a form, which is read while it is sent.

    Attributes:
        name: of the form's field.
        filename: as the server shall see it.
        content_type: media type.
        size: bytes.
        pieces: begins to read it, from its beginning, and yields exactly `size` bytes, or raises.
        outlet: is told how it goes.
    """

    name: str
    filename: str
    content_type: str
    size: int
    pieces: Callable[[], AsyncGenerator[bytes | memoryview, None]]
    outlet: Outlet

    def __repr__(self) -> str:
        return f"StreamedFile({self.name!r}, {self.filename!r}, {self.content_type!r}, {self.size} bytes)"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


@define(kw_only=True, eq=False, repr=False)  # a frozen one takes three times as long to make
class Request(Generic[T]):
    """A request that is ready to be sent, any number of times. Its repr shows neither body nor query.

    Attributes:
        target: path and query below the organization, or with a slash in front below the origin; for storage, the whole
            URL.
        decode: from the body of a success to what the caller gets; raises `DecodeError`.
        json: the encoded JSON body, or None.
        file: the file of a multipart body, or None.
        fields: the other fields of a multipart body.
        storage: whether it goes to where the server wants uploads, and so without the token.
        look_for: the call that finds what it created, in place of what its route says.
    """

    route: Route
    target: str
    decode: Callable[[bytes], T]
    json: bytes | None = None
    file: FormFile | StreamedFile | None = None
    fields: tuple[tuple[str, str], ...] = ()
    storage: bool = False
    look_for: str = ""

    def __repr__(self) -> str:
        return f"Request({self.route.name}, {_redact.url(self.target)!r}, file={self.file!r})"

    @property
    def how_to_find_out(self) -> str:
        """What to look at when it is not known whether it was carried out."""
        return self.look_for or self.route.how_to_find_out


def build(
    route: Route,
    decode: Callable[[bytes], T],
    *ids: str,
    query: Mapping[str, Any] | None = None,
    json: Any = None,
    file: FormFile | None = None,
    fields: tuple[tuple[str, str], ...] = (),
    id_names: tuple[str, ...] = ("asset_id",),
    look_for: str = "",
) -> Request[T]:
    """Put a request together.

    Args:
        route: what is asked.
        decode: from the body of a success to the result.
        ids: what fills the route's path; each is checked.
        query: parameters; those that are None are left out, and those that are lists are repeated.
        json: data for a JSON body; None for no body.
        file: for a multipart body.
        fields: for a multipart body.
        id_names: what the caller's arguments are called, for the error.
        look_for: the call that finds what is created.

    Raises:
        InvalidInputError: an id could lead elsewhere.
    """
    target = route.template
    if ids:
        target = target.format(*map(identifier, id_names, ids))
    if query and (given_query := {key: value for key, value in query.items() if value is not None}):
        target = f"{target}?{urlencode(given_query, doseq=True)}"
    body = None if json is None else codec.dumps(json)
    return Request(route=route, target=target, decode=decode, json=body, file=file, fields=fields, look_for=look_for)


def build_upload(
    route: Route,
    decode: Callable[[bytes], T],
    url: str,
    *,
    file: FormFile | StreamedFile,
    fields: tuple[tuple[str, str], ...],
) -> Request[T]:
    """Put together a request that brings a file to where the server wants it.

    Raises:
        DecodeError: the server named no place to which a file can be sent safely.
    """
    try:
        parts = urlsplit(web_url("upload_link", url))
    except InvalidInputError:
        raise DecodeError("the place for the upload is no URL", path="$.client_payload.upload_link") from None
    if "@" in parts.netloc or (parts.scheme != "https" and not is_loopback(parts.hostname or "")):
        problem = f"the place for the upload must have an https URL, not {_redact.url(url)}"
        raise DecodeError(problem, path="$.client_payload.upload_link")
    return Request(route=route, target=url, decode=decode, file=file, fields=fields, storage=True)


def nothing(_: bytes) -> None:
    """Decode an answer whose body does not matter."""


def read_answer(
    request: Request[T], answer: Answer, shown: Callable[[Request[T]], str], wall: Callable[[], float], hide: Hide
) -> T:
    """Turn an answer into what the caller gets.

    Args:
        request: what was asked.
        answer: what came back.
        shown: the URL of a request, as it may be shown.
        wall: seconds since the epoch.
        hide: takes the secrets out of a text.

    Raises:
        APIError: the server said no.
        DecodeError: it said yes, in a way that cannot be understood.
    """
    if 200 <= answer.status < 300:
        try:
            return request.decode(answer.body)
        except DecodeError as error:
            kind = f" ({answer.status}, {hide(answer.headers.get('Content-Type', 'no content type'))[:128]})"
            raise undecodable(request.route, shown(request), error, hide(_text(answer.body)), kind=kind) from None
    raise _api_error(request.route, shown(request), answer, wall(), _hiding_fields(request, hide))


def _hiding_fields(request: Request[Any], hide: Hide) -> Hide:
    """Hide what was sent as well: storage repeats in XML what it does not accept, under names of its own."""
    secrets = [_redact.Secret(value) for name, value in request.fields if value and _redact.is_secret(name)]
    if not secrets:
        return hide

    def hide_more(text: str) -> str:
        for secret in secrets:
            text = _redact.without(text, secret)
        return hide(text)

    return hide_more


def _text(body: bytes) -> str:
    return body[: _redact.LONGEST].decode("utf-8", "replace")


def undecodable(
    route: Route, url: str, error: DecodeError, body: str, *, kind: str = "", advice: str = ""
) -> DecodeError:
    """Return the error with what was asked, what kind of answer came, and what to do about it."""
    advice = advice or "Check base_url; if the service has changed, update this package"
    return DecodeError(
        f"{route.name}: {error.problem}, in the answer{kind} to {route.method} {url}. {advice}",
        path=error.path,
        body=body,
    )


def _api_error(route: Route, url: str, answer: Answer, wall_time: float, hide: Hide) -> APIError:
    status, headers, body = answer
    kind, meaning, advice = _meaning(status)
    if kind is ServerError and route.effect is not Effect.READ:
        advice = "Whether it did the work is not known."
    hint = retry_after(headers, wall_time)
    if kind is RateLimitedError and hint is not None:
        advice = f"Wait {math.ceil(hint):,} s, then send fewer at a time."
    detail, fields = _words(body, hide)
    said = detail or "; ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
    if status in range(300, 400):
        said = f"it points to {_redact.url(headers.get('Location', 'nowhere'))}"
    said = said.strip()[:_SHOWN_DETAIL]
    message = f"{route.name}: {meaning} ({status} for {route.method} {url})"
    return kind(
        f"{message}: {said.rstrip('.')}. {advice}" if said else f"{message}. {advice}",
        status=status,
        method=route.method,
        url=url,
        detail=detail,
        field_errors=fields,
        body=hide(_text(body)),
        request_id=next((hide(headers[name])[:128] for name in _REQUEST_ID_HEADERS if name in headers), None),
        retry_after=hint,
    )


def _meaning(status: int) -> tuple[type[APIError], str, str]:
    """Return the error's class, what the status says, and what to do about it."""
    if status in (425, 429):
        return RateLimitedError, "the server wants fewer requests", "Wait, then send fewer at a time."
    exact: dict[int, tuple[type[APIError], str, str]] = {
        401: (
            AuthenticationError,
            "the server does not accept the token",
            "Check the token (token=, or TPSTREAMS_TOKEN); it may be revoked.",
        ),
        403: (PermissionDeniedError, "the token may not do this", "Check the rights of the token's user."),
        404: (NotFoundError, "there is no such thing", "Check the ids, the organization id among them."),
        408: (ServerError, "the server gave up waiting", "Try again later."),
    }
    if status in exact:
        return exact[status]
    if 300 <= status < 400:
        return ServerError, "a redirect, which is never followed with a token", "Check base_url."
    if 400 <= status < 500:
        return (
            BadRequestError,
            "the server refused the request",
            _REFUSED,
        )
    return ServerError, "the server failed", "Try again later."


def _words(body: bytes, hide: Hide) -> tuple[str | None, dict[str, list[str]]]:
    """Return the server's own sentence and its messages by field, as far as there are any."""
    try:
        data = codec.loads(body)
    except DecodeError:
        return None, {}
    if not isinstance(data, dict):
        return None, {}
    members = cast("dict[str, Any]", data)
    sentence = next((members[key] for key in _SENTENCES if isinstance(members.get(key), str)), None)
    fields: dict[str, list[str]] = {}
    for name, messages in itertools.islice(members.items(), _MOST_FIELDS):
        if isinstance(messages, list):
            texts = cast("list[object]", messages)
            shown = [hide(text) for text in texts[:_MOST_MESSAGES] if isinstance(text, str)]
            if shown:
                fields[hide(name[:128])] = shown
    return sentence and hide(sentence), fields
