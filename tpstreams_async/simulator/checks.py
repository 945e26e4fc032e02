"""Checks of a request's data, with the messages of Django REST framework."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import attrs
import orjson

from .answers import JSON, detail, field_errors

RESOLUTIONS = ("240p", "360p", "480p", "540p", "720p", "1080p")
PROTECTIONS = ("drm", "aes", "disable")
MOST_WHOLE = 2**31 - 1
"""The largest whole number that the columns of the service's database take."""

_REQUIRED = "This field is required."
_NULL = "This field may not be null."
_NUL = "Null characters are not allowed."
_EMPTY = "This list may not be empty."

_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]*:[0-9a-f:.]*(?:%\w+)?")
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f]")


def media_type(content_type: str) -> str:
    """Return the media type of a `Content-Type` header in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def json_value(content_type: str, body: bytes) -> Any:
    """Return the JSON value in a request's body; an empty body counts as `{}`.

    Raises:
        RefusalError: 415 for another content type, 400 for broken JSON.
    """
    if not body:
        return {}
    if media_type(content_type) != JSON:
        raise detail(415, f'Unsupported media type "{content_type}" in request.')
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise detail(400, f"JSON parse error - {error}") from None


def json_object(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the JSON object in a request's body; an empty body counts as `{}`.

    Raises:
        RefusalError: 415 for another content type, 400 for broken JSON or something that is no object.
    """
    value = json_value(content_type, body)
    if not isinstance(value, dict):
        raise field_errors({"non_field_errors": [_no_object(value)]})
    return cast("dict[str, Any]", value)


def _no_object(value: Any) -> str:
    return f"Invalid data. Expected a dictionary, but got {type(value).__name__}."


class Fields:
    """Reads the fields of one request and gathers what is wrong with them."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._errors: dict[str, list[str]] = {}
        self._inside: dict[str, Fields | list[Fields]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def get(self, name: str) -> Any:
        """Return a field as it was sent; None if absent."""
        return self._data.get(name)

    @property
    def errors(self) -> dict[str, Any]:
        """What is wrong: a list of messages per field, or for objects inside their own errors."""
        found: dict[str, Any] = dict(self._errors)
        for name, inside in self._inside.items():
            errors = inside.errors if isinstance(inside, Fields) else [item.errors for item in inside]
            if errors if isinstance(errors, dict) else any(errors):
                found[name] = errors
        return found

    def wrong(self, name: str, message: str) -> None:
        """Note that a field is wrong."""
        self._errors.setdefault(name, []).append(message)

    def finish(self) -> None:
        """Refuse the request if any field was wrong."""
        errors = self.errors
        if errors:
            raise field_errors(errors)

    def required(self, name: str) -> Any:
        """Return a field that must be there and not null; None if it is wrong."""
        if name not in self._data:
            self.wrong(name, _REQUIRED)
        elif self._data[name] is None:
            self.wrong(name, _NULL)
        return self._data.get(name)

    def text(self, name: str, *, required: bool = False) -> str | None:
        """Return a text without the white space around it; None if absent, null or wrong."""
        value: Any = self.required(name) if required else self._data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.wrong(name, "Not a valid string.")
            return None
        text = str(value).strip()
        if "\0" in text:
            self.wrong(name, _NUL)
        if required and not text:
            self.wrong(name, "This field may not be blank.")
        return text

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """Return one of `choices`; None if absent, null or wrong."""
        value: Any = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, str) and value in choices:
            return value
        self.wrong(name, f'"{value}" is not a valid choice.')
        return None

    def boolean(self, name: str) -> bool:
        """Return a truth value; False if absent, null or wrong."""
        value = self._data.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        self.wrong(name, "Must be a valid boolean.")
        return False

    def whole(self, name: str, least: int = 0, most: int = MOST_WHOLE) -> int | None:
        """Return a whole number from `least` to `most`; None if absent, null or wrong."""
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(name, "A valid integer is required.")
            return None
        if value < least:
            self.wrong(name, f"Ensure this value is greater than or equal to {least}.")
        if value > most:
            self.wrong(name, f"Ensure this value is less than or equal to {most}.")
        return value

    def url(self, name: str) -> str:
        """Return an http or https URL that must be there; an empty text if it is wrong."""
        text = self.text(name, required=True)
        if text and not is_url(text):
            self.wrong(name, "Enter a valid URL.")
        return text or ""

    def object(self, name: str) -> Fields | None:
        """Return the fields of an object inside; None if absent, null or wrong."""
        value: Any = self._data.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(name, _no_object(value))
            return None
        inside = self._inside[name] = Fields(cast("dict[str, Any]", value))
        return inside

    def objects(self, name: str) -> list[Fields]:
        """Return the fields of each object of a list inside, but not of what is none; nothing if absent or null."""
        value: Any = self._data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(name, f'Expected a list of items but got type "{type(value).__name__}".')
            return []
        good: list[Fields] = []
        inside: list[Fields] = []
        for item in cast("Sequence[Any]", value):
            if isinstance(item, dict):
                good.append(Fields(cast("dict[str, Any]", item)))
                inside.append(good[-1])
            else:
                inside.append(Fields({}))
                inside[-1].wrong("non_field_errors", _no_object(item))
        self._inside[name] = inside
        return good

    def number(self, name: str) -> float | None:
        """Return a number of 0 or more; None if absent, null or wrong."""
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            self.wrong(name, "A valid number is required.")
            return None
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            self.wrong(name, "A valid number is required.")
            return None
        if number < 0:
            self.wrong(name, "Ensure this value is greater than or equal to 0.")
        return int(number) if number.is_integer() else number


@attrs.frozen
class NewVideo:
    """A request to create a video that passed every check."""

    url: str
    title: str
    resolutions: list[str]
    protection: str | None
    folder: str | None
    generate_subtitle: bool


def new_video(fields: Fields) -> NewVideo:
    """Return the checked fields of a request to create a video; `fields.finish()` tells whether they hold."""
    url = _input_url(fields)
    resolutions = resolution_names(fields)
    title = fields.text("title")
    return _new(fields, url, title or url.partition("?")[0].rstrip("/").rpartition("/")[2], resolutions)


def new_upload(fields: Fields) -> NewVideo:
    """Return the checked fields of a request to upload a video, which has no URL; see `new_video`."""
    title = fields.text("title", required=True) or ""
    return _new(fields, "", title, resolution_names(fields))


def _new(fields: Fields, url: str, title: str, resolutions: list[str]) -> NewVideo:
    return NewVideo(
        url=url,
        title=title,
        resolutions=resolutions,
        protection=fields.choice("content_protection_type", PROTECTIONS),
        folder=fields.text("folder") or None,
        generate_subtitle=fields.boolean("generate_subtitle"),
    )


def resolution_numbers(fields: Fields) -> list[int]:
    """Return the checked resolutions that are to be deleted, each once; `fields.finish()` tells whether they hold."""
    value = fields.required("resolutions")
    if value is None:
        return []
    numbers: list[int] = []
    for item in _list(fields, "resolutions", value):
        if isinstance(item, bool) or not isinstance(item, int):
            fields.wrong("resolutions", "A valid integer is required.")
        elif f"{item}p" not in RESOLUTIONS:
            fields.wrong("resolutions", f'"{item}" is not a valid choice.')
        else:
            numbers.append(item)
    return list(dict.fromkeys(numbers))


def _list(fields: Fields, name: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        fields.wrong(name, f'Expected a list of items but got type "{type(value).__name__}".')
        return []
    items = cast("Sequence[Any]", value)
    if not items:
        fields.wrong(name, _EMPTY)
    return items


def _input_url(fields: Fields) -> str:
    value = fields.required("inputs")
    if value is None:
        return ""
    urls: list[str] = []
    for item in _list(fields, "inputs", value):
        if not isinstance(item, dict):
            message = f"Invalid data. Expected a dictionary, but got {type(item).__name__}."
            fields.wrong("inputs", message)
            continue
        url = cast("dict[str, Any]", item).get("url")
        if not isinstance(url, str) or not is_url(url.strip()):
            fields.wrong("inputs", "Enter a valid URL.")
            continue
        urls.append(url.strip())
    return urls[0] if urls else ""


def is_url(text: str) -> bool:
    """Tell whether `text` is an http or https URL."""
    try:
        parts = urlsplit(text)
        # A port that is none raises.
        host = parts.hostname if parts.port != 0 else None
        return parts.scheme in ("http", "https") and bool(_HOST.fullmatch(host or "")) and not _UNSAFE.search(text)
    except ValueError:
        return False


def resolution_names(fields: Fields) -> list[str]:
    """Return the checked resolutions that a video is to come in; `fields.finish()` tells whether they hold."""
    value = fields.required("resolutions")
    if value is None:
        return []
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    items = _list(fields, "resolutions", value)
    for item in items:
        if item not in RESOLUTIONS:
            fields.wrong("resolutions", f'"{item}" is not a valid choice.')
    return [str(item) for item in items]
