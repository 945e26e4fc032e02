"""Watermarks: values that are checked when they are made, and dicts in their place."""

import copy
import math
import pickle
from typing import Any

import pytest
from support import bad
from support.scripted import answer

from tpstreams_async import AccessToken, Annotation, DynamicWatermark, InvalidInputError, StaticWatermark

BOTH = (StaticWatermark, DynamicWatermark)
OPACITIES: list[Any] = [
    -0.1, 1.1, 2, math.nan, math.inf, True, False, "", "half", "-0.5", "1.5", "0.5 ", ".5", "1e-1", "50%", "٢.5", "0,5",
    [0.5], b"0.5",
]  # fmt: skip
COLORS = ["", "red", "FFF", "#FF", "#FFFF", "#GGG", "#FFF ", "#FFF\n", "#FFFFF", "#FFFFFFF", 0xFFF, b"#FFF"]
LOOKS: list[tuple[str, Any]] = [
    *bad.each("text", bad.LINES),
    *bad.each("opacity", OPACITIES),
    *bad.each("color", COLORS),
    *bad.each("size", [0, -1, 0.0, math.nan, math.inf, True, "", "6px", "0", "-6", "big", [6], 10**400]),
]
PLACES: list[tuple[str, Any]] = [
    (name, value) for name in "xy" for value in (-1, -0.5, math.nan, math.inf, True, "10", "left", [1], 10**400)
]
TIMES: list[tuple[str, Any]] = [
    (name, value) for name in ("interval", "skip") for value in (-1, 1.0, 0.5, True, "5000", math.inf, 10**400, [1])
]
CASES = [
    *[(kind, name, value) for kind in BOTH for name, value in LOOKS],
    *[(StaticWatermark, name, value) for name, value in PLACES],
    *[(DynamicWatermark, name, value) for name, value in TIMES],
]
TYPES = {StaticWatermark: "static", DynamicWatermark: "dynamic"}


@pytest.mark.parametrize(("kind", "name", "value"), CASES, ids=bad.short)
async def test_a_wrong_value_is_named(kind: Any, name: str, value: Any, scripted: Any, make_client: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        kind(**{"text": "A", name: value})
    assert caught.value.argument == name
    server = await scripted()
    given = [{"type": "static", "text": "A"}, {"type": TYPES[kind], "text": "A", name: value}]
    tokens = make_client(server).access_tokens
    await bad.refused(server, lambda: tokens.create("asset1", annotations=given), f"annotations[1].{name}")


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        (None, "annotations[0]"),
        ("A", "annotations[0]"),
        (7, "annotations[0]"),
        ([("type", "static")], "annotations[0]"),
        (Annotation(type="static", text="A"), "annotations[0]"),
        (AccessToken(code="c"), "annotations[0]"),
        (StaticWatermark, "annotations[0]"),
        ({}, "annotations[0].type"),
        ({"text": "A"}, "annotations[0].type"),
        *[({"type": value, "text": "A"}, "annotations[0].type") for value in ("", "Static", "new", None, 1, [])],
        ({"type": "static"}, "annotations[0].text"),
        ({"type": "static", "text": None}, "annotations[0].text"),
        ({"type": "static", "text": "A", "interval": 1}, "annotations[0]"),
        ({"type": "dynamic", "text": "A", "x": 1}, "annotations[0]"),
        ({"type": "dynamic", "text": "A", 7: 1}, "annotations[0]"),
    ],
    ids=bad.short,
)  # fmt: skip
async def test_what_is_no_watermark(given: Any, argument: str, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    tokens = make_client(server).access_tokens
    await bad.refused(server, lambda: tokens.create("asset1", annotations=[given]), argument)


async def test_a_dict_is_not_changed(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({"code": "c"}, 201))
    given = {"type": "static", "text": "A", "opacity": 0.5}
    await make_client(server).access_tokens.create("asset1", annotations=iter([given]))
    assert given == {"type": "static", "text": "A", "opacity": 0.5}


@pytest.mark.parametrize("kind", BOTH)
def test_a_watermark_is_a_value(kind: Any) -> None:
    mark = kind(text="A", opacity="0.5", size=6)
    assert mark == kind(text="A", opacity="0.5", size=6) == pickle.loads(pickle.dumps(mark)) == copy.deepcopy(mark)
    assert mark != kind(text="B", opacity="0.5", size=6)
    assert hash(mark) == hash(copy.copy(mark))
    assert repr(mark) == f"{kind.__name__}(text='A', opacity='0.5', size=6)"
    with pytest.raises(AttributeError):
        mark.text = "B"
