"""Creating many videos with one request: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from .answers import Answer, RefusalError, detail, field_errors, json_answer
from .call import Call
from .checks import Fields, NewVideo, json_value, new_video

MAX_VIDEOS = 50


def create_videos(call: Call) -> Answer:
    """Create videos from URLs."""
    items = _items(call)
    first_at: dict[tuple[Any, str], int] = {}
    for index, item in enumerate(items):
        key = _key(item)
        if key is not None and first_at.setdefault(key, index) != index:
            raise _duplicate(key, first_at[key], index)
    created = [call.service.create_video(new) for new in [_checked(call, i, item) for i, item in enumerate(items)]]
    return json_answer([call.service.renderer.bulk_row(asset, call.now) for asset in created], 201)


def _items(call: Call) -> Sequence[Mapping[str, Any]]:
    value = json_value(call.content_type, call.body)
    no_list = detail(400, "Request body must be a list of objects.")
    if not isinstance(value, list):
        raise no_list
    items = cast("Sequence[Any]", value)
    if not items:
        raise field_errors({"non_field_errors": ["This list may not be empty."]})
    if len(items) > MAX_VIDEOS:
        limit = f"The maximum number of assets you can upload in a single request is {MAX_VIDEOS}."
        raise detail(400, f"{limit} You submitted {len(items)}.")
    if not all(isinstance(item, dict) for item in items):
        raise no_list
    return cast("Sequence[Mapping[str, Any]]", items)


def _key(item: Mapping[str, Any]) -> tuple[Any, str] | None:
    """Return what two videos of one request may not have in common; None where a check will find fault with it."""
    try:
        title, url = item.get("title"), item["inputs"][0]["url"]
    except (KeyError, IndexError, TypeError):
        return None
    return (title, url) if isinstance(title, str | None) and isinstance(url, str) else None


def _duplicate(key: tuple[Any, str], first: int, index: int) -> RefusalError:
    text = f"Item at index {index} is a duplicate of the item at index {first}."
    body = {
        "detail": "Duplicate video asset found in the request body.",
        "duplicate_key": repr(key),
        "first_occurrence_index": first,
        "current_occurrence_index": index,
        "message": f"{text} Bulk requests must contain only unique video assets.",
        "item_index": index,
    }
    return RefusalError(json_answer(body, 400))


def _checked(call: Call, index: int, item: Mapping[str, Any]) -> NewVideo:
    fields = Fields(item)
    new = new_video(fields)
    call.folder(fields, "folder", new.folder)
    if fields.errors:
        raise field_errors({**fields.errors, "item_index": index})
    return new
