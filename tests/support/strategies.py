"""Strategies for hypothesis: payloads of the API, whole, mutated and wrong."""

import copy
from typing import Any

from hypothesis import strategies as st

from .payloads import ACCESS_TOKEN, ASSET, CHAPTER, LIVE_ASSET, ORGANIZATION, TRIM_STATUS, USAGE, WEBHOOK

#: What the server could put anywhere. Integers beyond 64 bits do not come out of the JSON decoder as integers.
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", "0", "1.5", "-3", "Completed", "2025-01-02T03:04:05+05:30", "2025-01-02", "٣", "1e5", "nan"]),
)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=12,
)

#: Ids that are fine inside a path, and texts around that border.
good_ids = st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z")
any_ids = st.one_of(good_ids, st.text(max_size=70), st.from_regex(r"\A[A-Za-z0-9_./%?#\n-]{0,66}\Z"))


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of everything inside decoded JSON."""
    found: list[tuple[Any, ...]] = []
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        found += [(*path, key), *places(value, (*path, key))]
    return found


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy with another value at a path."""
    copied = copy.deepcopy(data)
    inside = copied
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return copied


@st.composite
def mutated(draw: st.DrawFn, sample: Any) -> Any:
    """Draw a payload in which one to three values were replaced by anything."""
    data = sample
    for _ in range(draw(st.integers(1, 3))):
        data = replaced(data, draw(st.sampled_from(places(data))), draw(json_values))
    return data


mutated_assets = st.sampled_from([ASSET, LIVE_ASSET]).flatmap(mutated)
mutated_trims = mutated(TRIM_STATUS)
mutated_tokens = mutated(ACCESS_TOKEN)
mutated_rows = st.sampled_from([CHAPTER, ORGANIZATION, USAGE, WEBHOOK]).flatmap(mutated)
