"""The settings of a client, checked when they are made."""

import math
import os
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import Attribute, field, frozen

from . import _redact
from ._numbers import is_number
from ._validate import flag, identifier, is_loopback, show, whole_number
from .errors import InvalidInputError

DEFAULT_BASE_URL: Final = "https://app.tpstreams.com"

_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,512}")


def _number(least: float, most: float = math.inf) -> Callable[[object, "Attribute[Any]", Any], None]:
    """Make a validator for a finite number between two bounds, both included."""

    def check(_: object, attribute: "Attribute[Any]", value: Any) -> None:
        if not is_number(value) or not least <= value <= most:
            bounds = f"from {least} to {most}" if math.isfinite(most) else f"of at least {least}"
            raise InvalidInputError(attribute.name, f"must be a finite number {bounds}, not {show(value)}")

    return check


def _whole(least: int) -> Callable[[object, "Attribute[Any]", Any], None]:
    def check(_: object, attribute: "Attribute[Any]", value: Any) -> None:
        whole_number(attribute.name, value, least)

    return check


def _flag(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    flag(attribute.name, value)


@frozen(kw_only=True)
class Timeouts:
    """How long the parts of one call may take. All are seconds.

    Attributes:
        total: the whole call: waiting for a connection, every attempt, every backoff, and reading the body.
        connect: making one connection, once the address is known; looking that up counts as part of the attempt.
        attempt: one attempt, from making the connection to the last byte of the answer. An attempt that uploads a file
            may take as long as the call.
    """

    total: float = field(default=60.0, validator=_number(0.001))
    connect: float = field(default=10.0, validator=_number(0.001))
    attempt: float = field(default=30.0, validator=_number(0.001))


@frozen(kw_only=True)
class Retry:
    """When and how often a failed attempt is repeated.

    Before retry number n (from 1), the client sleeps a random time between 0 and
    ``min(backoff_max, backoff_base * 2 ** (n - 1))`` seconds (full jitter), unless the server said how long.

    Attributes:
        attempts: attempts per call, the first included; 1 turns retries off.
        backoff_base: seconds, the upper bound before the first retry.
        backoff_max: seconds, the upper bound before any retry.
        retry_after_max: seconds; a server that asks for a longer wait ends the call at once with its error.
        budget: retries that may be spent in a burst, over all calls of the client. An outage is then not multiplied.
        budget_per_second: retries that are added to the budget every second.
    """

    attempts: int = field(default=4, validator=_whole(1))
    backoff_base: float = field(default=0.5, validator=_number(0))
    backoff_max: float = field(default=8.0, validator=_number(0))
    retry_after_max: float = field(default=30.0, validator=_number(0))
    budget: float = field(default=50.0, validator=_number(0))
    budget_per_second: float = field(default=5.0, validator=_number(0))


@frozen(kw_only=True)
class Polling:
    """How a job is looked at while it is awaited. All durations are seconds.

    The first look is at once. The interval then starts at `interval`, grows by `growth` with every look that shows
    nothing new, up to `interval_max`, and falls back to `interval` when the status changes. Each interval is varied
    randomly by up to `jitter` of itself. For a job of which a webhook told lately (see ``client.jobs.hint``) it is
    `hint_slowdown` times as long.

    Attributes:
        interval: the first interval.
        growth: factor from one interval to the next, 1 or more.
        interval_max: the longest interval, before it is varied.
        jitter: the part of an interval that is random, 0 to 1.
        concurrency: looks in flight at once, over all jobs of the client.
        retry_after_max: the longest pause between two looks that a server can ask for.
        failures: failed looks in a row that are tolerated (each was already retried by the session).
        not_found_grace: how long a job that was never seen may be missing: a new object shows up late at times.
        asset_timeout: default limit of waiting for an asset, or for a condition on one.
        trim_timeout: default limit of waiting for a trim.
        subtitle_timeout: default limit of waiting for a generated subtitle.
        live_server_timeout: default limit of waiting for the server of a live stream.
        recording_timeout: default limit of waiting for a recording, the broadcast included.
        deletion_timeout: default limit of waiting for resolutions to be deleted.
        transcoding_timeout: default limit of waiting for a transcoding job.
        subtitle_job_timeout: default limit of waiting for a subtitle job.
        last_look: how long the last look, at the limit of a wait, may take.
        settle: how long a video must have been awaited that reads Completed without having been seen at work, before
            the end of a revert is believed: the server shows the end of earlier work for a while.
        recording_settle: how long a broadcast must have been over, without anything of a recording, before it is
            believed that there will be none.
        hint_slowdown: how many times as long an interval is after a hint, 1 or more.
        hint_memory: for how long a hint slows down the looks at its job, and a delivery is remembered that came before
            anyone waited.
        sweep: whether pages of the list of assets may be read in place of one asset after the other, where that takes
            fewer requests. ``False`` never does.
    """

    interval: float = field(default=2.0, validator=_number(0.001))
    growth: float = field(default=1.5, validator=_number(1))
    interval_max: float = field(default=30.0, validator=_number(0.001))
    jitter: float = field(default=0.2, validator=_number(0, 1))
    concurrency: int = field(default=32, validator=_whole(1))
    retry_after_max: float = field(default=600.0, validator=_number(0))
    failures: int = field(default=5, validator=_whole(0))
    not_found_grace: float = field(default=30.0, validator=_number(0))
    asset_timeout: float = field(default=6 * 3600.0, validator=_number(0))
    trim_timeout: float = field(default=3600.0, validator=_number(0))
    subtitle_timeout: float = field(default=3600.0, validator=_number(0))
    live_server_timeout: float = field(default=900.0, validator=_number(0))
    recording_timeout: float = field(default=24 * 3600.0, validator=_number(0))
    deletion_timeout: float = field(default=3600.0, validator=_number(0))
    transcoding_timeout: float = field(default=6 * 3600.0, validator=_number(0))
    subtitle_job_timeout: float = field(default=3600.0, validator=_number(0))
    last_look: float = field(default=5.0, validator=_number(0.001))
    settle: float = field(default=30.0, validator=_number(0))
    recording_settle: float = field(default=600.0, validator=_number(0))
    hint_slowdown: float = field(default=4.0, validator=_number(1))
    hint_memory: float = field(default=120.0, validator=_number(0))
    sweep: bool = field(default=True, validator=_flag)

    def __attrs_post_init__(self) -> None:
        if self.interval > self.interval_max:
            problem = f"must be at least interval={self.interval:g}, but is {self.interval_max:g}"
            raise InvalidInputError("interval_max", problem)


@frozen(kw_only=True)
class Reconcile:
    """How ``assets.create(..., on_unknown="reconcile")`` finds out what became of a creation whose answer was lost.

    Attributes:
        settle: seconds from the loss of the answer after which a video that was created is certain to show in the list.
            A server that is still at work on the request counts too, so stay above the longest time that one may take.
        timeout: seconds that finding out may take, sending again included. Then `OutcomeUnknownError` is raised.
    """

    settle: float = field(default=30.0, validator=_number(0))
    timeout: float = field(default=600.0, validator=_number(0))


@frozen(kw_only=True)
class RateLimit:
    """How many requests the client may send.

    Attributes:
        per_second: requests per second in the long run.
        burst: requests that may be sent at once after a pause.
    """

    per_second: float = field(validator=_number(0.001))
    burst: int = field(default=1, validator=_whole(1))


@frozen(kw_only=True)
class Settings:
    """Who talks to which server."""

    organization_id: str
    token: _redact.Secret | None
    base_url: str

    @classmethod
    def resolve(
        cls, organization_id: str | None, token: _redact.Secret | None, base_url: str | None, *, anonymous: bool = False
    ) -> "Settings":
        """Take each setting from its argument, else from the environment.

        Args:
            organization_id: six letters and digits, as a rule.
            token: the token alone.
            base_url: an origin.
            anonymous: whether there shall be no token.

        Raises:
            InvalidInputError: one is missing (the message names the variable that would supply it) or unusable.
        """
        return cls(
            organization_id=identifier("organization_id", _organization(organization_id)),
            token=None
            if anonymous
            else read_token(_redact.Secret(os.environ.get("TPSTREAMS_TOKEN")) if token is None else token),
            base_url=origin("base_url", base_url or os.environ.get("TPSTREAMS_BASE_URL") or DEFAULT_BASE_URL),
        )


def _organization(value: str | None) -> str:
    found = os.environ.get("TPSTREAMS_ORGANIZATION_ID") if value is None else value
    if not found:
        raise _missing("organization_id")
    return found


def read_token(secret: _redact.Secret) -> _redact.Secret:
    """Return a token that can stand in a header.

    Raises:
        InvalidInputError: it is none.
    """
    # The value itself stays out of the message: it is a secret even when it is wrong.
    if not secret.reveal():
        raise _missing("token")
    if not isinstance(secret.reveal(), str) or not _TOKEN.fullmatch(secret.reveal()):
        raise InvalidInputError(
            "token", "must be the token alone: 1 to 512 visible ASCII characters, without spaces or a scheme before it"
        )
    return secret


def _missing(name: str) -> InvalidInputError:
    return InvalidInputError(
        name, f"is missing: pass {name}=… or set the environment variable TPSTREAMS_{name.upper()}"
    )


def origin(name: str, value: Any) -> str:
    """Return an origin such as ``https://app.tpstreams.com``, in its plain form.

    Raises:
        InvalidInputError: it is more or less than an origin, or plain http beyond this machine.
    """
    shown = _redact.url(value) if isinstance(value, str) else type(value).__name__
    problem = f"must be an origin such as https://app.tpstreams.com, without user, path or query, not {shown!r}"
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except (ValueError, AttributeError, TypeError):
        raise InvalidInputError(name, problem) from None
    beyond_origin = parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not host or beyond_origin or not value.isascii() or " " in value:
        raise InvalidInputError(name, problem)
    if parts.scheme == "http" and not is_loopback(host):
        raise InvalidInputError(
            name,
            f"must use https: over http the token could be read on the way to {host!r} (http is for loopback only)",
        )
    shown_host = f"[{host}]" if ":" in host else host
    default_port = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown_host}" + (f":{port}" if port not in (None, default_port) else "")
