"""A walk meets every row that is there all the time, whatever comes and goes meanwhile."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tpstreams_async import DecodeError
from tpstreams_async._walk import walk
from tpstreams_async.codec import Page


class ShiftingList:
    """A list that is paged by offset, and changes before each page but the first.

    Attributes:
        rows: names in their order. Those that begin with "stays" are never deleted.
        asked: the offsets that were asked for.
    """

    def __init__(self, rows: list[str], size: int, changes: list[list[tuple[str, float]]]) -> None:
        self.rows = rows
        self.asked: list[int] = []
        self._size = size
        self._changes = changes
        self._made = 0

    async def fetch(self, offset: int) -> Page[Any]:
        if self.asked and self._changes:
            for change in self._changes.pop(0):
                self._change(*change)
        self.asked.append(offset)
        shown = self.rows[offset : offset + self._size]
        more = offset + self._size < len(self.rows)
        return Page(results=tuple({"id": name} for name in shown), count=len(self.rows), next="more" if more else None)

    def _change(self, kind: str, where: float) -> None:
        place = int(where * len(self.rows))
        if kind == "insert":
            self._made += 1
            self.rows.insert(place, f"new{self._made}")
        elif kind == "burst":
            self._made += 1
            self.rows[0:0] = [f"burst{self._made}-{number}" for number in range(self._size)]
        elif kind == "delete":
            goes = [name for name in self.rows if not name.startswith("stays")]
            if goes:
                self.rows.remove(goes[int(where * len(goes))])
        else:
            half = self.rows[: len(self.rows) // 2]
            self.rows[: len(half)] = [name for name in half if name.startswith("stays")]


async def all_of(shifting: ShiftingList) -> list[str]:
    return [row["id"] async for row in walk(shifting.fetch)]


changes = st.lists(
    st.lists(st.tuples(st.sampled_from(["insert", "delete", "burst", "clear"]), st.floats(0, 0.999)), max_size=8),
    max_size=12,
)


@given(st.lists(st.booleans(), max_size=60), st.integers(2, 15), changes)
def test_every_row_that_stays_is_met_once(stays: list[bool], size: int, changes: list[Any]) -> None:
    names = [f"{'stays' if stay else 'goes'}{number}" for number, stay in enumerate(stays)]
    shifting = ShiftingList(list(names), size, changes)
    met = asyncio.run(all_of(shifting))
    assert len(met) == len(set(met))
    assert {name for name in names if name.startswith("stays")} <= set(met)


def by_offset_alone(shifting: ShiftingList, size: int) -> set[str]:
    """Walk as the links to next pages do."""

    async def pages() -> set[str]:
        met: set[str] = set()
        offset = 0
        while True:
            page = await shifting.fetch(offset)
            met |= {row["id"] for row in page.results}
            if page.next is None:
                return met
            offset += size

    return asyncio.run(pages())


def test_a_walk_by_offset_alone_misses_what_this_one_meets() -> None:
    def made() -> ShiftingList:
        rows = [*(f"goes{number}" for number in range(4)), *(f"stays{number}" for number in range(8))]
        return ShiftingList(rows, 4, [[("delete", 0.0)], [("delete", 0.0)]])

    wanted = {f"stays{number}" for number in range(8)}
    assert wanted - by_offset_alone(made(), 4)
    assert wanted <= set(asyncio.run(all_of(made())))


def test_a_gap_of_many_pages_is_gone_back_over() -> None:
    stays = [f"stays{number}" for number in range(60)]
    goes = [f"goes{number}" for number in range(60)]
    gone: list[list[tuple[str, float]]] = [[], [], [], [], [("delete", 0.0)] * 60]
    shifting = ShiftingList(goes + stays, 10, gone)
    met = asyncio.run(all_of(shifting))
    assert set(stays) <= set(met)
    assert met[-60:] == stays


def test_a_quiet_list_takes_few_pages_more_than_its_length_asks_for() -> None:
    shifting = ShiftingList([f"stays{number}" for number in range(10_000)], 100, [])
    assert len(asyncio.run(all_of(shifting))) == 10_000
    assert len(shifting.asked) == 111


@pytest.mark.parametrize(
    ("size", "most", "says", "path"),
    [(1, 1, "^pages of fewer than two rows", "$.results"), (100, 52, "^the list changes too fast, or", "$.next")],
)
def test_a_server_that_does_not_page_by_offset_is_an_error(size: int, most: int, says: str, path: str) -> None:
    pages = 0

    async def always_the_same(_: int) -> Page[Any]:
        nonlocal pages
        pages += 1
        return Page(results=tuple({"id": f"a{number}"} for number in range(size)), next="more")

    async def collect() -> list[Any]:
        return [row async for row in walk(always_the_same)]

    with pytest.raises(DecodeError, match=says) as caught:
        asyncio.run(collect())
    assert (pages, caught.value.path) == (most, path)


def test_a_list_in_which_everything_is_new_on_every_page_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = 0

    async def always_new(_: int) -> Page[Any]:
        nonlocal pages
        pages += 1
        return Page(results=tuple({"id": f"{pages}-{number}"} for number in range(10)), next="more")

    monkeypatch.setattr("tpstreams_async._walk._MOST_PAGES", 1000)

    async def collect() -> list[Any]:
        return [row async for row in walk(always_new)]

    with pytest.raises(DecodeError, match="no end in sight"):
        asyncio.run(collect())
    assert pages == 1001


def test_a_folder_has_a_uuid_in_place_of_an_id() -> None:
    async def one(_: int) -> Page[Any]:
        return Page(results=({"id": 7}, {"uuid": "a"}, {"id": None, "uuid": "b"}, {"uuid": "a"}))

    async def collect() -> list[Any]:
        return [each async for each in walk(one)]

    assert asyncio.run(collect()) == [{"id": 7}, {"uuid": "a"}, {"id": None, "uuid": "b"}]


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": ["a"]}, "a", None, 7])
def test_a_row_without_an_id_names_its_place(row: Any) -> None:
    async def one(_: int) -> Page[Any]:
        return Page(results=({"id": "a"}, row))

    async def collect() -> list[Any]:
        return [each async for each in walk(one)]

    with pytest.raises(DecodeError, match="a row has no id") as caught:
        asyncio.run(collect())
    assert caught.value.path == "$.results[1].id"
