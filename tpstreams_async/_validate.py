"""Checks of what callers pass in, before a byte is sent."""

import contextlib
import inspect
import ipaddress
import re
from collections.abc import Callable, Generator, Iterable
from datetime import date, datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from . import _redact
from ._numbers import is_number
from ._patterns import pattern
from .errors import InvalidInputError

T = TypeVar("T")

RESOLUTIONS: Final = ("240p", "360p", "480p", "540p", "720p", "1080p")
CONTENT_PROTECTION_TYPES: Final = ("drm", "aes", "disable")
#: Exclusive. The vendor says "less than 2 MB"; this is the smaller reading of it.
THUMBNAIL_MAX_BYTES: Final = 2_000_000
#: More than thirty years: no point in a video is beyond that.
SECONDS_MAX: Final = 1_000_000_000
SUBTITLE_MAX_BYTES: Final = 16 * 1024 * 1024

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WHOLE_ID: Final = pattern(r"[1-9][0-9]{0,17}")
_SECRET: Final = pattern(r"[\x21-\x7e]{1,512}")
_DATE: Final = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CONTROL: Final = pattern(r"[\x00-\x1f\x7f\ud800-\udfff]")
_SPACE_OR_CONTROL: Final = pattern(r"[\s\x00-\x1f\x7f\ud800-\udfff]")
_SHOWN: Final = 80


def identifier(name: str, value: Any) -> str:
    """Return an id that is safe inside a path."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        hint = "; is an await missing?" if inspect.isawaitable(value) else ""
        raise InvalidInputError(name, f"must be an id of 1 to 64 of A-Z a-z 0-9 _ -, not {show(value)}{hint}")
    return value


@contextlib.contextmanager
def inside(name: str) -> Generator[None, None, None]:
    """Let an error name the part of an argument that it was found in, such as ``videos[3]``."""
    try:
        yield
    except InvalidInputError as error:
        problem = str(error).removeprefix(f"{error.argument}: ")
        raise InvalidInputError(f"{name}.{error.argument}", problem) from None


def numeric_id(name: str, value: Any) -> str:
    """Return an id that is a number, as text for a path."""
    given = str(value) if isinstance(value, int) and not isinstance(value, bool) and value < 10**18 else value
    if not isinstance(given, str) or not _WHOLE_ID().fullmatch(given):
        raise InvalidInputError(name, f"must be an id that is a whole number of at least 1, not {show(value)}")
    return given


def secret_identifier(name: str, value: Any) -> str:
    """Return an id that is safe inside a path, and that no message may show."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise InvalidInputError(name, "must be 1 to 64 of A-Z a-z 0-9 _ - as text")
    return value


def header_secret(name: str, value: Any) -> str:
    """Return a secret that can stand in an HTTP header. No message shows it, not even when it is wrong."""
    if not isinstance(value, str) or not _SECRET().fullmatch(value):
        raise InvalidInputError(name, "must be 1 to 512 visible ASCII characters without spaces, to fit into a header")
    return value


def day(name: str, value: Any) -> date:
    """Return a day, given as such or as text. A `datetime` is refused: its zone would decide which day it means."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE().fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # there is no such day
    raise InvalidInputError(name, f"must be a date, or text such as '2026-03-05', not {show(value)}")


def instance(name: str, value: Any, kind: type[T], default: Callable[[], T]) -> T:
    """Return a value of a kind, or its default for None."""
    if value is None:
        return default()
    if not isinstance(value, kind):
        raise InvalidInputError(name, f"must be {kind.__name__}(...), not {show(value)}")
    return value


def optional(name: str, value: Any, kinds: type | tuple[type, ...]) -> None:
    """Check that a value is None or of a kind."""
    if value is not None and not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
        raise InvalidInputError(name, f"must be of type {wanted}, not {show(value)}")


def line(name: str, value: Any) -> str:
    """Return one line of text, in any script."""
    if not isinstance(value, str):
        raise InvalidInputError(name, f"must be text, not {show(value)}")
    if not value.strip():
        raise InvalidInputError(name, "must not be empty")
    if found := _CONTROL().search(value):
        raise InvalidInputError(name, f"must be one line of valid text; it has {found.group()!r} at {found.start()}")
    return value


def web_url(name: str, value: Any) -> str:
    """Return an absolute http or https URL."""
    if not isinstance(value, str) or _SPACE_OR_CONTROL().search(value):
        raise InvalidInputError(name, "must be a URL as text, without spaces or line breaks")
    try:
        parts = urlsplit(value)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInputError(name, "must be an absolute http or https URL, such as https://host.example/file")
    return value


def bucket_url(name: str, value: Any) -> str:
    """Return the URL of a place in a bucket. It may hold credentials, so it is not shown."""
    if not isinstance(value, str) or _SPACE_OR_CONTROL().search(value):
        raise InvalidInputError(name, "must be an s3:// URL as text, without spaces or line breaks")
    try:
        parts = urlsplit(value)
        usable = parts.scheme == "s3" and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInputError(name, "must be a URL such as s3://bucket/key?access_key=…&secret_key=…&region=…")
    return value


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address certainly means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def resolutions(name: str, value: Any) -> list[str]:
    """Return the resolutions as a list; text is split at its commas."""
    given: Iterable[Any] = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, Iterable):
        raise InvalidInputError(name, f"must be a list of resolutions, not {show(value)}")
    chosen = [item.strip() if isinstance(item, str) else item for item in given]
    if not chosen:
        raise InvalidInputError(name, f"must have at least one of {', '.join(RESOLUTIONS)}")
    for number, item in enumerate(chosen):
        if item not in RESOLUTIONS:
            raise InvalidInputError(
                f"{name}[{number}]", f"{show(item)} is no resolution; choose from {', '.join(RESOLUTIONS)}"
            )
    return list(dict.fromkeys(chosen))


def whole_number(name: str, value: Any, least: int, most: int | None = None) -> int:
    """Return the value if it is an integer that is at least `least`, and at most `most`."""
    if most is not None and not (isinstance(value, int) and not isinstance(value, bool) and least <= value <= most):
        raise InvalidInputError(name, f"must be a whole number from {least} to {most}, not {show(value)}")
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InvalidInputError(name, f"must be a whole number of at least {least}, not {show(value)}")
    return value


def choice(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Return a word out of a few."""
    if not isinstance(value, str) or value not in allowed:
        raise InvalidInputError(name, f"must be one of {', '.join(allowed)}, not {show(value)}")
    return value


def flag(name: str, value: Any) -> bool:
    """Return True or False."""
    if not isinstance(value, bool):
        raise InvalidInputError(name, f"must be True or False, not {show(value)}")
    return value


def seconds(name: str, value: Any) -> float:
    """Return a point in a video in seconds, 0 or more."""
    if not is_number(value) or not 0 <= value <= SECONDS_MAX:
        raise InvalidInputError(name, f"must be a number of seconds from 0 to {SECONDS_MAX:,}, not {show(value)}")
    return float(value) if isinstance(value, float) else int(value)


def positive(name: str, value: Any) -> float:
    """Return a finite number above 0."""
    if not is_number(value) or not value > 0:
        raise InvalidInputError(name, f"must be a finite number above 0, not {show(value)}")
    return float(value)


def function_of(name: str, value: Any, *arguments: str) -> None:
    """Check that a value is None or can be called with so many arguments."""
    if value is None:
        return
    try:
        inspect.signature(value).bind(*arguments)
    except TypeError:
        wanted = f"must be a function of {', '.join(arguments)}"
        raise InvalidInputError(name, f"{wanted}, not {show(value)}") from None
    except ValueError:
        pass  # some functions written in C do not say what they take


def language(name: str, value: Any) -> str:
    """Return a language code such as ``en`` or ``pt-BR``."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise InvalidInputError(name, f"must be an ISO 639-1 code such as 'en', not {show(value)}")
    return value


def subtitle_content(name: str, content: bytes) -> bytes:
    """Return the content of a WebVTT file."""
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError(name, f"is not WebVTT: it is not UTF-8 (byte {error.start})") from None
    if not re.match(r"WEBVTT(?:[ \t\r\n]|\Z)", text):
        raise InvalidInputError(name, "is not WebVTT: the file must begin with the line WEBVTT")
    return content


def image_type(name: str, content: bytes) -> str:
    """Return the media type of an image, by its content: ``image/png`` or ``image/jpeg``."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    raise InvalidInputError(name, "is neither a PNG nor a JPEG image, by its content")


def show(value: Any) -> str:
    """Return a value as a message may quote it: short, and without secrets, as in a signed URL in place of an id."""
    try:
        shown = _redact.text(repr(value))
    except Exception:  # noqa: BLE001 - one that fails is no reason to say nothing of what is wrong with the value
        shown = f"a value of the type {type(value).__name__} that cannot be shown"
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
