"""Checks of a request's data, with the messages of Django REST framework."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import attrs
import orjson

from .answers import JSON, detail, field_errors

RESOLUTIONS = ("240p", "360p", "480p", "540p", "720p", "1080p")
PROTECTIONS = ("drm", "aes", "disable")

_REQUIRED = "This field is required."
_NULL = "This field may not be null."
_NUL = "Null characters are not allowed."
_EMPTY = "This list may not be empty."


def media_type(content_type: str) -> str:
    """Return the media type of a `Content-Type` header in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def json_object(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the JSON object in a request's body; an empty body counts as `{}`.

    Raises:
        RefusalError: 415 for another content type, 400 for broken JSON or something that is no object.
    """
    if not body:
        return {}
    if media_type(content_type) != JSON:
        raise detail(415, f'Unsupported media type "{content_type}" in request.')
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise detail(400, f"JSON parse error - {error}") from None
    if not isinstance(value, dict):
        message = f"Invalid data. Expected a dictionary, but got {type(value).__name__}."
        raise field_errors({"non_field_errors": [message]})
    return cast("dict[str, Any]", value)


class Fields:
    """Reads the fields of one request and gathers what is wrong with them."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._errors: dict[str, list[str]] = {}

    def wrong(self, name: str, message: str) -> None:
        """Note that a field is wrong."""
        self._errors.setdefault(name, []).append(message)

    def finish(self) -> None:
        """Refuse the request if any field was wrong."""
        if self._errors:
            raise field_errors(self._errors)

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

    def whole(self, name: str) -> int | None:
        """Return a whole number of 0 or more; None if absent, null or wrong."""
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(name, "A valid integer is required.")
            return None
        if value < 0:
            self.wrong(name, "Ensure this value is greater than or equal to 0.")
        return value

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
    resolutions = _resolutions(fields)
    title = fields.text("title")
    return _new(fields, url, title or url.partition("?")[0].rstrip("/").rpartition("/")[2], resolutions)


def new_upload(fields: Fields) -> NewVideo:
    """Return the checked fields of a request to upload a video, which has no URL; see `new_video`."""
    title = fields.text("title", required=True) or ""
    return _new(fields, "", title, _resolutions(fields))


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
        if not isinstance(url, str) or not is_url(url):
            fields.wrong("inputs", "Enter a valid URL.")
            continue
        urls.append(url)
    return urls[0] if urls else ""


def is_url(text: str) -> bool:
    """Tell whether `text` is an http or https URL."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
    except ValueError:
        return False


def _resolutions(fields: Fields) -> list[str]:
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
