"""Answers after they came: data, or an error that says what it means. No I/O here."""

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar, cast

from . import _redact, codec
from ._retry_after import retry_after
from ._route import Effect, Route
from ._wire import Request
from .errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    DecodeError,
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
#: Hiding a shorter text wherever it stands would hide words that are none of it.
_LEAST_SECRET: Final = 4


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


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
            hide = _hiding_what_was_sent(request, hide)
            kind = f" ({answer.status}, {hide(answer.headers.get('Content-Type', 'no content type'))[:128]})"
            raise undecodable(request.route, shown(request), error, hide(_text(answer.body)), kind=kind) from None
    raise _api_error(request, shown(request), answer, wall(), _hiding_what_was_sent(request, hide))


def _hiding_what_was_sent(request: Request[Any], hide: Hide) -> Hide:
    """Hide what an answer may repeat as well: storage does so in XML, under names of its own."""
    sent = dict(request.fields) if request.json is None else codec.loads(request.json)
    secrets = [_redact.Secret(value) for value in _redact.secrets_in(sent) if len(value) >= _LEAST_SECRET]
    if request.hidden is not None:
        secrets.append(request.hidden)
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


def _api_error(request: Request[Any], url: str, answer: Answer, wall_time: float, hide: Hide) -> APIError:
    route = request.route
    status, headers, body = answer
    kind, meaning, advice = _meaning(status)
    if kind is ServerError and route.effect is not Effect.READ:
        advice = "Whether it did the work is not known."
    hint = retry_after(headers, wall_time)
    detail, fields, item = _words(body, hide)
    if kind is PermissionDeniedError and detail:
        advice = f"If that does not tell why: {advice[:1].lower()}{advice[1:]}"
    if kind is RateLimitedError and hint is not None:
        advice = f"Wait {math.ceil(hint):,} s, then send fewer at a time."
    said = detail or "; ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
    if status in range(300, 400):
        said = f"it points to {hide(_redact.url(headers.get('Location', 'nowhere')))}"
    said = said.strip()[:_SHOWN_DETAIL]
    message = f"{route.name}: {meaning} ({status} for {route.method} {url})"
    if item is not None:
        message += f": item {item}" + (f" ({request.items[item]})" if item < len(request.items) else "")
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
        item_index=item,
    )


def _meaning(status: int) -> tuple[type[APIError], str, str]:
    """Return the error's class, what the status says, and what to do about it."""
    if status in (425, 429):
        return RateLimitedError, "the server wants fewer requests", "Wait, then send fewer at a time."
    exact: dict[int, tuple[type[APIError], str, str]] = {
        401: (
            AuthenticationError,
            "the server does not accept the token",
            "Check the token (token=, or TPSTREAMS_TOKEN); it may be revoked. One that client.auth.login got is "
            "replaced with renew=True.",
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


def _words(body: bytes, hide: Hide) -> tuple[str | None, dict[str, list[str]], int | None]:
    """Return the server's own sentence, its messages by field, and the item that it speaks of, as far as it does."""
    try:
        data = codec.loads(body)
    except DecodeError:
        return None, {}, None
    if not isinstance(data, dict):
        return None, {}, None
    members = cast("dict[str, Any]", data)
    sentence = next((members[key] for key in _SENTENCES if isinstance(members.get(key), str)), None)
    fields: dict[str, list[str]] = {}
    for name, messages in itertools.islice(members.items(), _MOST_FIELDS):
        if isinstance(messages, list):
            texts = cast("list[object]", messages)
            shown = [hide(text) for text in texts[:_MOST_MESSAGES] if isinstance(text, str)]
            if shown:
                fields[hide(name[:128])] = shown
    item = members.get("item_index")
    item = item if isinstance(item, int) and not isinstance(item, bool) and item >= 0 else None
    return sentence and hide(sentence), fields, item
