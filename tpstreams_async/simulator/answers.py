"""Answers and refusals, in the words of Django and Django REST framework."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import orjson

JSON = "application/json"
HTML = "text/html; charset=utf-8"

_NOT_FOUND_PAGE = b"""<!doctype html>
<html lang="en">
<head><title>Not Found</title></head>
<body><h1>Not Found</h1><p>The requested resource was not found on this server.</p></body>
</html>
"""


@attrs.frozen
class Answer:
    """What goes back to the client; `headers` are those beside `Content-Type` and `Content-Length`."""

    status: int
    body: bytes = b""
    content_type: str | None = JSON
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])


class RefusalError(Exception):
    """Raised anywhere below the dispatcher to answer with an error instead."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return `value` as a JSON answer."""
    return Answer(status, orjson.dumps(value), JSON, headers or {})


def encoded_answer(data: bytes) -> Answer:
    """Return the 200 with JSON that is bytes already."""
    return Answer(200, data)


def no_content() -> Answer:
    """Return the empty 204."""
    return Answer(204, b"", None)


def detail(status: int, text: str, headers: Mapping[str, str] | None = None) -> RefusalError:
    """Return the refusal `{"detail": text}`."""
    return RefusalError(json_answer({"detail": text}, status, headers))


def field_errors(errors: Mapping[str, Any]) -> RefusalError:
    """Return the 400 that lists the messages of each field; those of an object inside are an object again."""
    return RefusalError(json_answer(errors, 400))


def method_not_allowed(method: str, allowed: Iterable[str]) -> RefusalError:
    """Return the 405 that names the methods which there are."""
    return detail(405, f'Method "{method}" not allowed.', {"Allow": ", ".join(allowed)})


def not_found() -> RefusalError:
    """Return the 404 for an object that does not exist."""
    return detail(404, "Not found.")


def page_not_found() -> RefusalError:
    """Return the 404 for an address that leads nowhere: an HTML page, because no view was reached."""
    return RefusalError(Answer(404, _NOT_FOUND_PAGE, HTML))
