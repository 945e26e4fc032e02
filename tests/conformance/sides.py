"""Two JSON values, or a JSON value and a model, side by side."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from tpstreams_async import Message, Page
from tpstreams_async.models import Extra

#: Keys that a model has under another name.
RENAMED: dict[tuple[type, str], str] = {(Message, "message"): "detail"}

#: Objects whose keys are the caller's own.
FREE = {"client_metadata"}


def losses(value: Any, made: Any, path: str = "$") -> Iterator[str]:
    """Yield each place of a JSON value that a model does not have, or has otherwise."""
    if isinstance(value, Mapping) and attrs.has(type(made)):
        yield from _lost_members(value, made, path)
    elif isinstance(value, Mapping) and isinstance(made, Mapping):
        yield from (f"{path}.{key}" for key in value.keys() ^ made.keys())
        for key in value.keys() & made.keys():
            yield from losses(value[key], made[key], f"{path}.{key}")
    elif isinstance(value, list) and isinstance(made, Page):
        yield from losses(value, made.results, path)
    elif isinstance(value, list) and isinstance(made, (list, tuple)):
        if len(value) != len(made):
            yield path
        for number, (item, other) in enumerate(zip(value, made, strict=False)):
            yield from losses(item, other, f"{path}[{number}]")
    elif not _same(value, made):
        yield path


def _lost_members(value: Mapping[str, Any], made: Any, path: str) -> Iterator[str]:
    names = {field.name for field in attrs.fields(type(made))}
    for key, member in value.items():
        place, name = f"{path}.{key}", RENAMED.get((type(made), key), key)
        if name in names:
            yield from losses(member, getattr(made, name), place)
        elif key not in made.extra or made.extra[key] != member:
            yield place
    yield from (f"{path}.{key}" for key in made.extra if key not in value)


def _same(value: Any, made: Any) -> bool:
    if value is None:
        return made is None or made in ((), {}, Extra())
    if isinstance(made, datetime):
        return datetime.fromisoformat(value) == made
    if isinstance(made, float) and isinstance(value, str):
        return float(value) == made
    return type(value) is type(made) and bool(value == made)


def differences(sample: Any, shown: Any, path: str = "$") -> Iterator[str]:
    """Yield where a JSON value has other keys or types than a sample.

    What is null on one side can be anything on the other. Each item of a list in the sample is held against that item
    of the other list which is most like it; what else that list has does not matter, as long as it is not empty.
    """
    if sample is None or shown is None:
        return
    if isinstance(sample, dict) and isinstance(shown, dict):
        yield from (f"{path}.{key} is missing" for key in sample.keys() - shown.keys())
        yield from (f"{path}.{key} is new" for key in shown.keys() - sample.keys())
        for key in (sample.keys() & shown.keys()) - FREE:
            yield from differences(sample[key], shown[key], f"{path}.{key}")
    elif isinstance(sample, list) and isinstance(shown, list):
        if sample and not shown:
            yield f"{path} is empty"
        for item in sample if shown else ():
            nearest = min(shown, key=lambda other: len(list(_unlike(item, other))))
            yield from differences(item, nearest, f"{path}[]")
    elif kind(sample) != kind(shown):
        yield f"{path} is {kind(shown)}"


def kind(value: Any) -> str:
    """Return the JSON type of a value."""
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "a truth value",
        int: "a number",
        float: "a number",
    }
    return "null" if value is None else names[type(value)]


def _unlike(item: Any, other: Any) -> Iterator[str]:
    yield from differences(item, other)
    yield from nulls(item, other)
    yield from nulls(other, item)


def nulls(sample: Any, shown: Any, path: str = "$") -> Iterator[str]:
    """Yield where a JSON value has null and the sample has not, outside of lists."""
    if isinstance(sample, dict) and isinstance(shown, dict):
        for key in sample.keys() & shown.keys():
            yield from nulls(sample[key], shown[key], f"{path}.{key}")
    elif shown is None and sample is not None:
        yield f"{path} is null"


def shape(value: Any) -> Any:
    """Return the keys and types of a JSON value, and of each of its items."""
    if isinstance(value, dict):
        return {key: kind(member) if key in FREE else shape(member) for key, member in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return kind(value)
