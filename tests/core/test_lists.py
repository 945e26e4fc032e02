"""Lists: filters, and walking through pages."""

import itertools
from typing import Any

import pytest
from support.scripted import ASSET, ScriptedServer, answer

from tpstreams_async import Asset, DecodeError, NotFoundError, Page
from tpstreams_async._clock import Clock
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime


def row(number: int) -> dict[str, Any]:
    return {"id": f"asset{number}", "title": str(number)}


@pytest.fixture
async def five(make_sim: Any) -> Simulator:
    """A simulator with five videos, two on a page. The newest comes first."""
    sim: Simulator = await make_sim(page_size=2)
    for number in range(5):
        sim.add_asset(f"Video {number}")
    return sim


NEWEST_FIRST = [f"Video {number}" for number in (4, 3, 2, 1, 0)]


async def test_async_for_goes_through_all_pages(five: Simulator, make_client: Any) -> None:
    titles = [asset.title async for asset in make_client(five).assets.list()]
    assert titles == NEWEST_FIRST
    assert [record.query for record in five.journal] == ["", "limit=2&offset=2", "limit=2&offset=4"]


async def test_nothing_is_asked_for_until_rows_are_wanted_and_then_page_by_page(
    five: Simulator, make_client: Any
) -> None:
    pager = make_client(five).assets.list()
    assert five.journal.count() == 0
    rows = aiter(pager)
    for expected in (1, 1, 2):
        await anext(rows)
        assert five.journal.count() == expected
    await rows.aclose()


async def test_every_use_starts_anew(five: Simulator, make_client: Any) -> None:
    pager = make_client(five).assets.list()
    assert [asset.title async for asset in pager] == [asset.title async for asset in pager]
    assert five.journal.count() == 6


async def test_pages_have_rows_count_and_link(five: Simulator, make_client: Any) -> None:
    pages = [page async for page in make_client(five).assets.list().pages()]
    assert all(isinstance(page, Page) for page in pages)
    assert [len(page.results) for page in pages] == [2, 2, 1]
    assert {page.count for page in pages} == {5}
    assert [page.next is None for page in pages] == [False, False, True]
    assert all(isinstance(asset, Asset) for page in pages for asset in page.results)


@pytest.mark.parametrize(
    ("limit", "rows", "requests"), [(None, 5, 3), (0, 0, 0), (1, 1, 1), (2, 2, 1), (3, 3, 2), (5, 5, 3), (9, 5, 3)]
)
async def test_collect_asks_for_no_page_beyond_its_limit(
    limit: int | None, rows: int, requests: int, five: Simulator, make_client: Any
) -> None:
    assets = await make_client(five).assets.list().collect(limit=limit)
    assert [asset.title for asset in assets] == NEWEST_FIRST[:rows]
    assert five.journal.count() == requests


async def test_first_and_count_take_one_request_each(five: Simulator, make_client: Any) -> None:
    pager = make_client(five).assets.list()
    first = await pager.first()
    assert first is not None
    assert first.title == "Video 4"
    assert await pager.count() == 5
    assert five.journal.count() == 2


async def test_an_empty_list(sim: Simulator, client: Any) -> None:
    pager = client.assets.list()
    assert await pager.first() is None
    assert await pager.count() == 0
    assert await pager.collect() == []
    assert [page.results async for page in pager.pages()] == [()]


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, ""),
        ({"parent": "Folder1"}, "parent=Folder1"),
        ({"has_parent": False}, "has_parent=false"),
        ({"has_parent": True}, "has_parent=true"),
        ({"q": "Größe & Maß"}, "q=Gr%C3%B6%C3%9Fe+%26+Ma%C3%9F"),
        ({"page_size": 7, "offset": 0}, "limit=7&offset=0"),
        ({"parent": "F", "page_size": 1, "offset": 2}, "parent=F&limit=1&offset=2"),
    ],
)
async def test_filters_go_into_the_query(filters: Any, query: str, sim: Simulator, client: Any) -> None:
    await client.assets.list(**filters).first()
    assert sim.journal[0].query == query


async def test_filters_choose_rows_on_every_page(five: Simulator, make_client: Any) -> None:
    folder = five.add_folder("Course")
    for number in range(3):
        five.add_asset(f"Lesson {number}", parent=folder)
    client = make_client(five)
    inside = await client.assets.list(parent=folder).collect()
    assert [asset.title for asset in inside] == ["Lesson 2", "Lesson 1", "Lesson 0"]
    assert {asset.parent_id for asset in inside} == {folder}
    root = await client.assets.list(has_parent=False).collect()
    assert [asset.title for asset in root] == ["Course", *NEWEST_FIRST]
    assert root[0].type == "folder"
    assert root[0].video is None
    assert [asset.title for asset in await client.assets.list(page_size=3, offset=6).collect()] == NEWEST_FIRST[2:]


async def test_a_bare_array_is_a_list_of_one_page(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(answer([row(1), row(2)]))
    pager = make_client(server).assets.list()
    assert [asset.id for asset in await pager.collect()] == ["asset1", "asset2"]
    assert await pager.count() == 2
    assert await pager.first() == (await pager.collect())[0]


@pytest.mark.parametrize("link", ["?offset=1", "/anything/?offset=1", "{url}/api/v1/org001/assets/?offset=1"])
async def test_links_within_our_origin_are_followed(link: str, scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    first = {"count": None, "next": link.format(url=server.url), "results": [row(1)]}
    server.steps = [answer(first), answer({"results": [row(2)]})]
    assets = await make_client(server).assets.list().collect()
    assert [asset.id for asset in assets] == ["asset1", "asset2"]
    assert server.targets[1] == "GET /api/v1/org001/assets/?offset=1"


async def test_a_link_keeps_its_query_as_it_is(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted()
    server.steps = [
        answer({"next": f"{server.url}/?cursor=a%2Bb%3D%3D&empty=&q=%E4%BD%A0+x", "results": []}),
        answer({"results": []}),
    ]
    await make_client(server).assets.list().collect()
    assert server.requests[1].target == "/api/v1/org001/assets/?cursor=a%2Bb%3D%3D&empty=&q=%E4%BD%A0+x"


async def test_a_count_without_a_number_goes_through_the_list(scripted: Any, make_client: Any) -> None:
    server: ScriptedServer = await scripted(
        answer({"next": "?offset=1", "results": [row(1)]}),
        answer({"next": "?offset=1", "results": [row(1)]}),
        answer({"next": None, "results": [row(2)]}),
    )
    assert await make_client(server).assets.list().count() == 2


@pytest.mark.parametrize("links", [["?"], ["?limit=1", "?"], ["?offset=1", "?offset=2", "?offset=1"]])
async def test_a_circle_of_links_is_an_error(links: list[str], scripted: Any, make_client: Any) -> None:
    steps = [answer({"next": link, "results": [row(1)]}) for link in links]
    server: ScriptedServer = await scripted(*steps)
    with pytest.raises(DecodeError, match="circle") as caught:
        await make_client(server).assets.list().collect()
    assert caught.value.path == "$.next"
    assert len(server.requests) == len(links)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"count": 1}, "$.results"),
        ({"results": None}, "$.results"),
        ({"results": {}}, "$.results"),
        ("text", "$.results"),
        (None, "$.results"),
        ({"results": [], "next": 5}, "$.next"),
        ({"results": [row(1), {"title": "no id"}]}, "$.results[1].id"),
        ({"results": [row(1), None]}, "$.results[1]"),
        ([row(1), row(2), {"id": "a", "video": {"tracks": [{"id": "x"}]}}], "$[2].video.tracks[0].id"),
    ],
)
async def test_a_page_that_is_none_names_the_place(body: Any, path: str, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(body))
    with pytest.raises(DecodeError) as caught:
        await make_client(server).assets.list().collect()
    assert caught.value.path == path


async def test_a_failed_page_is_asked_for_again_and_no_row_is_lost(five: Simulator, make_client: Any) -> None:
    five.faults.add("GET", "assets/", Fault.cut(), skip=1)
    client = make_client(five, _clock=Clock(uniform=lambda low, _: low))
    assert [asset.title async for asset in client.assets.list()] == NEWEST_FIRST
    assert five.journal.count() == 4


async def test_an_error_in_the_middle_comes_through(five: Simulator, make_client: Any) -> None:
    five.faults.add("GET", "assets/", Fault.status(404), skip=1)
    rows = aiter(make_client(five).assets.list())
    assert [(await anext(rows)).title, (await anext(rows)).title] == NEWEST_FIRST[:2]
    with pytest.raises(NotFoundError):
        await anext(rows)


async def test_full_pages_without_an_end_are_an_error(scripted: Any, make_client: Any) -> None:
    pages = itertools.count(1)

    async def endless(exchange: Any) -> None:
        await answer({"count": 9, "next": f"/?offset={next(pages)}", "results": [ASSET] * 100})(exchange)

    server: ScriptedServer = await scripted(endless)
    with pytest.raises(DecodeError, match=r"assets\.list: .* without an end in sight after 1,100 rows"):
        await make_client(server).assets.list().collect()
    assert len(server.requests) == 11


async def test_empty_pages_without_an_end_are_an_error(scripted: Any, make_client: Any) -> None:
    def page(number: int) -> Any:
        return answer({"count": 9, "next": f"?offset={number}", "results": []})

    server = await scripted(*(page(number) for number in range(1, 100)))
    with pytest.raises(DecodeError, match="empty pages"):
        await make_client(server).assets.list().collect(limit=5)
    assert len(server.requests) == 11
