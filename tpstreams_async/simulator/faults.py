"""What can go wrong on purpose, and on which request."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Literal

import attrs
import orjson

from .answers import HTML, JSON, Answer
from .routes import OUTSIDE, ROUTES, STORAGE, Place, canonical, leads_somewhere, matches
from .storage_answers import storage_error

When = Literal["head", "inside", "before", "after"]
"""When a fault strikes: as soon as the head of the request is there and its body still unread, `inside` of the
body (see `Fault.once_read`), `before` the work is done (and instead of it), or `after` it was done."""

Kind = Literal["answer", "reset", "close", "raw", "cut", "garble", "stall", "drip", "gzip"]


@attrs.frozen(kw_only=True)
class Fault:
    """One thing that goes wrong, made by a constructor. Durations are seconds of the loop's clock."""

    kind: Kind
    when: When = "before"
    answer: Answer | None = None
    data: bytes = b""
    seconds: float | None = None
    keep: int = 0
    flag: bool = False

    @classmethod
    def status(
        cls,
        status: int,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        when: When = "before",
    ) -> Fault:
        """Answer with this status.

        Args:
            status: 200 to 599; a 3xx wants a `Location` among the headers.
            body: bytes are sent as they are, a str as an HTML page, anything else as JSON; None means
                `{"detail": …}`.
            headers: sent beside `Content-Length`; a `Content-Type` here wins.
            when: instead of the work (`before`), or in place of its answer (`after`).
        """
        given = dict(headers or {})
        content_type = next((given.pop(k) for k in list(given) if k.lower() == "content-type"), None)
        if isinstance(body, str):
            data, default = body.encode(), HTML
        elif isinstance(body, bytes):
            data, default = body, JSON
        else:
            data, default = orjson.dumps({"detail": f"Fault {status}."} if body is None else body), JSON
        return cls(kind="answer", when=when, answer=Answer(status, data, content_type or default, given))

    @classmethod
    def html(cls, status: int = 200, *, when: When = "before") -> Fault:
        """Answer with an HTML page, as a proxy in front of the service would."""
        return cls.status(status, body=f"<html><body><h1>{status}</h1></body></html>", when=when)

    @classmethod
    def reset(cls, *, when: When = "before") -> Fault:
        """Reset the connection (RST) without an answer."""
        return cls(kind="reset", when=when)

    @classmethod
    def close(cls, *, when: When = "before") -> Fault:
        """Close the connection cleanly (FIN) without an answer."""
        return cls(kind="close", when=when)

    @classmethod
    def raw(cls, data: bytes, *, when: When = "before") -> Fault:
        """Send exactly these bytes instead of an answer, then close the connection."""
        return cls(kind="raw", when=when, data=data)

    @classmethod
    def garbage(cls, *, when: When = "before") -> Fault:
        """Send something that is no HTTP at all, then close the connection."""
        return cls.raw(b"\x16\x03\x01 220 this is no HTTP\r\n\r\n", when=when)

    @classmethod
    def cut(cls, keep: int = 10, *, reset: bool = False, chunked: bool = False) -> Fault:
        """Do the work, announce the whole answer and break off inside its body.

        Args:
            keep: bytes of the body that are sent.
            reset: break off with a reset instead of a clean close.
            chunked: announce a chunked body instead of a `Content-Length`.
        """
        return cls(kind="cut", when="after", keep=keep, flag=reset, data=b"chunked" if chunked else b"")

    @classmethod
    def garbled(cls) -> Fault:
        """Do the work and answer with the right status and headers, but a body that is not JSON."""
        return cls(kind="garble", when="after")

    @classmethod
    def stall(cls, seconds: float | None = None, *, inside: bool = False, when: When = "before") -> Fault:
        """Fall silent, then go on with the request.

        Args:
            seconds: how long, at least 0; None means until the simulator closes.
            inside: fall silent in the middle of the answer's body instead of before the answer; the work
                has been done then.
            when: silent before or after the work is done.
        """
        return cls(kind="stall", when="after" if inside else when, seconds=seconds, flag=inside)

    @classmethod
    def delay(cls, seconds: float, *, when: When = "before") -> Fault:
        """Answer as usual, but `seconds` (0 or more) late."""
        return cls.stall(seconds, when=when)

    @classmethod
    def drip(cls, seconds: float = 0.01, *, piece: int = 1) -> Fault:
        """Do the work and send the answer, its head included, in pieces.

        Args:
            seconds: pause between two pieces, 0 or more.
            piece: bytes in a piece, 1 or more.
        """
        return cls(kind="drip", when="after", seconds=seconds, keep=piece)

    @classmethod
    def gzip(cls, *, corrupt: bool = False) -> Fault:
        """Do the work and answer in gzip; `corrupt` spoils the compressed bytes."""
        return cls(kind="gzip", when="after", flag=corrupt)

    @classmethod
    def bomb(cls, size_bytes: int = 64 * 2**20) -> Fault:
        """Do the work and answer in gzip with `size_bytes` of spaces in front of the body."""
        return cls(kind="gzip", when="after", keep=size_bytes)

    @classmethod
    def storage_error(cls, status: int, code: str, message: str = "Fault.", *, when: When = "before") -> Fault:
        """Answer as the storage behind the uploads does when something is wrong: in XML."""
        return cls(kind="answer", when=when, answer=storage_error(status, code, message))

    def once_read(self, size_bytes: int) -> Fault:
        """Return this fault, to strike as soon as so many bytes of a request's body were read.

        The rest of the body stays unread, but what a stall interrupts goes on when it ends. Of a shorter body all
        is read.

        Raises:
            ValueError: the fault is about the answer, so it cannot strike before there is one.
        """
        if self.kind not in ("answer", "reset", "close", "raw", "stall") or (self.kind == "stall" and self.flag):
            raise ValueError(f"{self.kind} is about the answer, so it cannot strike inside of the request's body")
        if size_bytes < 0:
            raise ValueError(f"size_bytes must be 0 or more, not {size_bytes!r}")
        return attrs.evolve(self, when="inside", keep=size_bytes)

    @property
    def answers(self) -> bool:
        """Whether the client gets at least the status line of an answer."""
        return self.kind not in ("reset", "close", "raw")


@attrs.define(eq=False)
class Rule:
    """A scripted fault: `times` is how often it will still strike (None: always), `used` how often it did."""

    method: str
    route: str
    fault: Fault
    times: int | None
    skip: int
    used: int = 0

    @property
    def spent(self) -> bool:
        """Whether it will never strike again."""
        return self.times == 0


class Faults:
    """The script of faults. May be written from any thread."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def add(self, method: str, route: str, *faults: Fault, times: int | None = 1, skip: int = 0) -> list[Rule]:
        """Script faults for the coming requests with this method and route.

        Faults for the same requests strike in the order in which they were added: a later one only when an
        earlier one is spent.

        Args:
            method: an HTTP method, or `*` for any.
            route: `assets/<id>/` (any asset), the path after the organization, `auth/login/` and the like for
                those without one, `storage/<bucket>` for uploads of files, or `*` for any.
            faults: one or more, in order.
            times: on how many requests each of them strikes, 1 or more; None means on every one from then on.
            skip: how many requests go unharmed before the first of them, 0 or more.

        Returns:
            One rule per fault; its `used` tells how often it struck.

        Raises:
            ValueError: nothing could ever strike like that.
        """
        if not faults or skip < 0 or (times is not None and times < 1):
            raise ValueError("faults want at least one fault, times of 1 or more (or None) and skip of 0 or more")
        route = canonical(route)
        if not leads_somewhere(route):
            known = ", ".join(sorted({*ROUTES, *OUTSIDE.values(), STORAGE}))
            raise ValueError(f"no request has the route {route!r}; the routes are {known}")
        rules = [Rule(method, route, f, times, 0 if n else skip) for n, f in enumerate(faults)]
        with self._lock:
            self._rules.extend(rules)
        return rules

    def take(self, method: str, place: Place) -> Fault | None:
        """Return the fault for a request that has come in, and use it up; None: it goes unharmed."""
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                if rule.method not in ("*", method) or not matches(rule.route, place):
                    continue
                if rule.skip:
                    rule.skip -= 1
                    return None
                rule.used += 1
                if rule.times is not None:
                    rule.times -= 1
                    if rule.spent:
                        self._rules.remove(rule)
                return rule.fault
        return None

    @property
    def waiting(self) -> int:
        """How many rules are not spent."""
        return len(self._rules)

    def clear(self) -> None:
        """Drop every rule."""
        with self._lock:
            self._rules.clear()
