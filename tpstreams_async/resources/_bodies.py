"""The bodies of requests, checked."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from .. import _validate
from ..errors import InvalidInputError
from ..models import Input


def create_body(
    inputs: Any,
    resolutions: Any,
    title: Any,
    content_protection_type: Any,
    folder: Any,
    generate_subtitle: Any,
) -> dict[str, Any]:
    """Return the body that creates a video. Each argument is checked; those that are None are left out."""
    body: dict[str, Any] = {
        "inputs": _inputs(inputs),
        "resolutions": _validate.resolutions("resolutions", resolutions),
    }
    if title is not None:
        body["title"] = _validate.line("title", title)
    if content_protection_type is not None:
        body["content_protection_type"] = _validate.choice(
            "content_protection_type", content_protection_type, _validate.CONTENT_PROTECTION_TYPES
        )
    if folder is not None:
        body["folder"] = _validate.identifier("folder", folder)
    if generate_subtitle is not None:
        body["generate_subtitle"] = _validate.flag("generate_subtitle", generate_subtitle)
    return body


def _inputs(inputs: Any) -> list[dict[str, str]]:
    if isinstance(inputs, (str, bytes, Mapping, Input)) or not isinstance(inputs, Iterable):
        raise InvalidInputError("inputs", "must be a list of URLs, such as [url]")
    items = cast("Iterable[object]", inputs)
    made = [_input(f"inputs[{number}]", item) for number, item in enumerate(items)]
    if not made:
        raise InvalidInputError("inputs", "must have at least one URL")
    return made


def _input(name: str, item: Any) -> dict[str, str]:
    if isinstance(item, Mapping):
        given = cast("Mapping[object, object]", item)
        if set(given) != {"url"}:
            has = ", ".join(sorted(map(repr, given))) or "none"
            raise InvalidInputError(name, f"must have the key 'url' and no other, but has {has}")
        return {"url": _validate.web_url(f"{name}['url']", given["url"])}
    return {"url": _validate.web_url(name, item.url if isinstance(item, Input) else item)}


def trim_body(start_time: float | None, end_time: float | None) -> dict[str, float]:
    """Return the body that trims a video."""
    body: dict[str, float] = {}
    if start_time is not None:
        body["start_time"] = _validate.seconds("start_time", start_time)
    if end_time is not None:
        body["end_time"] = _validate.seconds("end_time", end_time)
    if not body:
        raise InvalidInputError("start_time", "or end_time must be given")
    if body.get("end_time", float("inf")) <= body.get("start_time", 0.0):
        raise InvalidInputError("end_time", f"must be more than start_time, but is {end_time!r}")
    return body
