"""Arguments that every call has to refuse, and how a refusal shows."""

import inspect
import math
from typing import Any

import pytest

from tpstreams_async import InvalidInputError

#: Texts that could lead elsewhere when they stand in a path, and what is no text.
IDS: list[Any] = [
    "", " ", ".", "..", "../x", "a/b", "/", "//host", "\\", "a?b", "a#b", "%2e%2e", "%2f", "a%00", "a\r\nX: y", "a\n",
    "\n", "\0", "ä", "a b", "a" * 65, "{}", "asset:x", "\ud800", None, 7, True, b"asset1", ["asset1"], ...,
]  # fmt: skip
#: What cannot stand for an id that is a number.
NUMBERS: list[Any] = [
    *("", " ", "0", "-1", "+1", "1.0", "1e3", " 1", "1\n", "٣", "1_000", "0x1", "12/", "..", "a", "9" * 19),
    *(0, -1, 1.0, math.nan, math.inf, True, False, None, 10**18, b"1", [1]),
]
#: What is no line of text.
LINES: list[Any] = ["", "  ", "a\nb", "a\r", "a\0", "\ud800", "\x7f", 7, b"a", ["a"], True]
#: What is neither True nor False.
FLAGS: list[Any] = [0, 1, "true", "", [], "1"]
#: What is no http URL.
URLS: list[Any] = [
    "", "clip", "ftp://host.example", "s3://bucket/key", "https://", "https:///path", "//host.example",
    "https://host.example/a b", "https://host.example/a\r\nb", "https://host.example:port/", "https://[::1", 7, b"https://x",
]  # fmt: skip


def each(name: str, values: list[Any]) -> list[tuple[str, Any]]:
    """Return the values with the name of the argument that they are bad for."""
    return [(name, value) for value in values if value is not None]


def short(value: Any) -> str:
    """Name a case of a parametrized test."""
    return repr(value)[:60]


async def refused(server: Any, call: Any, argument: str) -> InvalidInputError:
    """Make a call, or await what one returned: it has to be refused by the name of an argument, with nothing sent."""

    async def made() -> None:
        result = call()
        if inspect.isawaitable(result):
            await result

    with pytest.raises(InvalidInputError) as caught:
        await made()
    assert caught.value.argument == argument
    assert str(caught.value).startswith(f"{argument}: ")
    assert len(str(caught.value)) < 400
    assert len(server.requests if hasattr(server, "requests") else server.journal) == 0, "nothing was sent"
    return caught.value
