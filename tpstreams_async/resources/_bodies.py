"""The bodies of requests, checked."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from .. import _redact, _validate
from ..errors import InvalidInputError
from ..models import Input
from ._finding import Marks


def create_body(
    inputs: Any,
    resolutions: Any,
    title: Any,
    content_protection_type: Any,
    folder: Any,
    generate_subtitle: Any,
) -> dict[str, Any]:
    """Return the body that creates a video. Each argument is checked; those that are None are left out."""
    body: dict[str, Any] = {"inputs": _inputs(inputs)}
    if title is not None:
        body["title"] = _validate.line("title", title)
    return body | _kind_of_video(resolutions, content_protection_type, folder, generate_subtitle)


def upload_body(
    resolutions: Any, title: Any, content_protection_type: Any, folder: Any, generate_subtitle: Any
) -> dict[str, Any]:
    """Return the body that asks for an upload. Each argument is checked; those that are None are left out."""
    body = {"title": _validate.line("title", title)}
    return body | _kind_of_video(resolutions, content_protection_type, folder, generate_subtitle)


def _kind_of_video(
    resolutions: Any, content_protection_type: Any, folder: Any, generate_subtitle: Any
) -> dict[str, Any]:
    body: dict[str, Any] = {"resolutions": _validate.resolutions("resolutions", resolutions)}
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
            has = ", ".join(sorted(map(_validate.show, given))) or "none"
            raise InvalidInputError(name, f"must have the key 'url' and no other, but has {has}")
        return {"url": _validate.web_url(f"{name}['url']", given["url"])}
    return {"url": _validate.web_url(name, item.url if isinstance(item, Input) else item)}


def find_marks(title: Any, url: Any, folder: Any) -> Marks:
    """Return what to find a video by. Each argument is checked."""
    marks = Marks(
        title=None if title is None else _validate.line("title", title),
        input=None if url is None else _input("input", url)["url"],
        folder=None if folder is None else _validate.identifier("folder", folder),
    )
    if marks == Marks():
        raise InvalidInputError("title", "or input or folder must be given; client.assets.list() shows everything")
    return marks


def find_call(body: Mapping[str, Any]) -> str:
    """Return the call that finds what this body creates, as a message may show it."""
    given = {"title": body.get("title"), "input": _redact.url(body["inputs"][0]["url"]), "folder": body.get("folder")}
    shown = ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)
    return f"await client.assets.find({shown}) returns the videos that fit, none if it was not created"


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
