"""Finding videos by what they were created with."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from support.scripted import ScriptedServer, answer

from tpstreams_async import (
    AuthenticationError,
    DecodeError,
    InvalidInputError,
    RateLimitedError,
    Retry,
    ServerError,
    TPStreams,
)
from tpstreams_async.resources import ROOT, bare_folder, folder_of
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

SOURCE = "https://origin.example/films/first%20film.mp4"


def row(asset_id: str, title: Any = "Film", url: Any = SOURCE, **rest: Any) -> dict[str, Any]:
    return {"id": asset_id, "title": title, "type": "video", "video": {"inputs": [{"url": url}]}, **rest}


async def found(client: TPStreams, **marks: Any) -> list[str]:
    return [asset.id for asset in await client.assets.find(**marks)]


async def test_a_video_is_found_by_title_input_and_folder(sim: Simulator, client: Any) -> None:
    folder = sim.add_folder("Films")
    there = (await client.assets.create(inputs=[SOURCE], resolutions="240p", title="Film", folder=folder)).id
    elsewhere = (await client.assets.create(inputs=[SOURCE], resolutions="240p", title="Film")).id
    await client.assets.create(inputs=[SOURCE], resolutions="240p", title="Another", folder=folder)
    assert await found(client, title="Film", input=SOURCE, folder=folder) == [there]
    assert sorted(await found(client, title="Film")) == sorted([there, elsewhere])
    assert await found(client, title="Film", input="https://origin.example/films/other.mp4") == []
    assert await found(client, title="No such film") == []
    assert len(await found(client, folder=folder)) == 2


async def test_what_is_found_are_assets(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset(title="Film", status="Completed")
    (asset,) = await client.assets.find(title="Film")
    assert (asset.id, asset.title, asset.status) == (asset_id, "Film", "Completed")


@pytest.mark.parametrize(
    ("shown", "fits"),
    [
        (row("a"), True),
        (row("a", url="private/a.mp4"), True),
        (row("a", url=SOURCE.replace("%20", " ")), True),
        (row("a", url=f"{SOURCE}?Signature=x"), True),
        (row("a", url=None), True),
        (row("a", video=None), True),
        (row("a", video={"inputs": None}), True),
        (row("a", url="https://origin.example/films/second.mp4"), False),
        (row("a", url="https://other.example/films/first%20film.mp4"), False),
        (row("a", url="http://[::1"), False),
        (row("a", url="http://origin.example/films/second.mp4"), False),
        (row("a", url=SOURCE.replace("https", "http")), True),
        (row("a", title="  Film  "), True),
        (row("a", title="film"), False),
        (row("a", title=None), False),
        (row("a", title=7), False),
        (row("a", type="folder"), False),
        (row("a", type="livestream"), False),
        (row("a", type="Video"), True),
        (row("a", type=None), True),
        (row("a", type=7), True),
        (row("a", parent_id="folder1"), True),
        (row("a", parent_id="folder2"), False),
        (row("a", parent={"uuid": "folder1", "title": "Films"}), True),
        (row("a", parent={"uuid": "folder2"}), False),
        (row("a", parent_id=17, parent={"uuid": "FOLDER-1"}), True),
        (row("a", parent_id=17), True),
        (row("a", parent=None), True),
    ],
)
async def test_only_what_a_row_shows_speaks_against_it(
    shown: dict[str, Any], fits: bool, scripted: Any, make_client: Any
) -> None:
    server = await scripted(answer({"count": 1, "next": None, "results": [shown]}))
    expected = ["a"] if fits else []
    assert await found(make_client(server), title="Film", input=SOURCE, folder="folder1") == expected
    assert server.targets == ["GET /api/v1/org001/assets/?parent=folder1&limit=100"]


async def test_titles_are_compared_as_a_reader_would(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer([row("a", title="Le\u0301on  –  the film")]))
    assert await found(make_client(server), title="L\u00e9on – the film") == ["a"]


async def test_a_row_that_fits_but_cannot_be_understood_is_an_error(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer([row("a", bytes="many")]))
    with pytest.raises(DecodeError, match="Asset"):
        await make_client(server).assets.find(title="Film")


async def test_nothing_is_missed_while_others_delete(make_sim: Any, make_client: Any) -> None:
    sim: Simulator = await make_sim(max_page_size=10)
    wanted = sim.add_asset(title="Film")
    others = [sim.add_asset(title=f"Other {number}") for number in range(60)]
    client = make_client(sim)
    sim.faults.add("GET", "assets/", Fault.delay(1), times=None)
    search = asyncio.create_task(found(client, title="Film"))
    # The newest are listed first, so that each of these moves what is still to come past the walk.
    for asset_id in reversed(others):
        await asyncio.sleep(0.1)
        sim.delete_asset(asset_id)
    assert await search == [wanted]


async def test_those_who_look_at_the_same_time_share_the_pages(sim: Simulator, client: Any) -> None:
    ids = [sim.add_asset(title=f"Film {number}") for number in range(250)]
    searches = [found(client, title=f"Film {number}") for number in range(250)]
    assert await asyncio.gather(*searches) == [[asset_id] for asset_id in ids]
    assert sim.journal.count("GET", "assets/") <= 2 * 3


async def test_a_video_from_before_the_call_is_found_though_a_walk_was_under_way(sim: Simulator, client: Any) -> None:
    sim.faults.add("GET", "assets/", Fault.delay(5, when="after"))
    early = asyncio.create_task(found(client, title="Film"))
    await asyncio.sleep(1)
    asset_id = sim.add_asset(title="Film")
    assert await found(client, title="Film") == [asset_id]
    assert await early == []


async def test_one_who_gives_up_leaves_the_others_their_search(sim: Simulator, client: Any) -> None:
    asset_id = sim.add_asset(title="Film")
    sim.faults.add("GET", "assets/", Fault.delay(5), times=2)
    searches = [asyncio.create_task(found(client, title="Film")) for _ in range(3)]
    await asyncio.sleep(1)
    searches[0].cancel()
    results = await asyncio.gather(*searches, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [[asset_id], [asset_id]]


async def test_a_long_walk_goes_on_after_a_page_that_failed(sim: Simulator, make_client: Any) -> None:
    asset_id = sim.add_asset(title="Film")
    client = make_client(sim, retry=Retry(attempts=1))
    sim.faults.add("GET", "assets/", Fault.status(502), Fault.reset(), Fault.html(), Fault.status(429))
    assert await found(client, title="Film") == [asset_id]


async def test_a_page_may_fail_eight_times(scripted: Any, make_client: Any) -> None:
    page = {"count": 2, "next": None, "results": [row("a"), row("b", title="Other")]}
    server = await scripted(*[answer({}, 502)] * 8, answer(page))
    assert await found(make_client(server, retry=Retry(attempts=1)), title="Film", folder="folder1") == ["a"]
    assert set(server.targets) == {"GET /api/v1/org001/assets/?parent=folder1&limit=100"}
    assert len(server.requests) == 9


async def test_different_folders_are_gone_through_at_the_same_time(sim: Simulator, client: Any, looptime: Any) -> None:
    sim.faults.add("GET", "assets/", Fault.delay(5), times=2)
    folders = [sim.add_folder(name) for name in ("One", "Two")]
    await asyncio.gather(*(client.assets.find(title="Film", folder=folder) for folder in folders))
    assert float(looptime) == pytest.approx(5, abs=0.5)


async def test_a_row_that_cannot_be_understood_concerns_those_alone_whom_it_fits(
    scripted: Any, make_client: Any
) -> None:
    server = await scripted(answer([row("a"), row("b", title="Bad", bytes="many")]))
    client = make_client(server, retry=Retry(attempts=1))
    searches = [client.assets.find(title=title) for title in ("Film", "Bad")]
    good, bad = await asyncio.gather(*searches, return_exceptions=True)
    assert [asset.id for asset in good] == ["a"]
    assert isinstance(bad, DecodeError)


@pytest.mark.parametrize("shape", ["no link", "empty link", "bare array", "short bare array"])
async def test_a_list_that_says_too_early_that_it_ends_is_gone_through_to_its_end(
    shape: str, scripted: Any, make_client: Any
) -> None:
    rows = [row(f"a{number}", title="Film" if number == 150 else "Other") for number in range(151)]

    async def step(exchange: Any) -> None:
        query = dict(parse_qsl(urlsplit(exchange.request.target).query))
        offset, most = int(query.get("offset", 0)), 50 if shape == "short bare array" else 100
        shown = rows[offset : offset + most]
        page: Any = {"count": 151, "results": shown, **({"next": ""} if shape == "empty link" else {})}
        await answer(shown if "array" in shape else page)(exchange)

    assert await found(make_client(await scripted(step)), title="Film") == ["a150"]


async def test_a_list_that_counts_more_rows_than_it_shows_is_an_error(scripted: Any, make_client: Any) -> None:
    page = {"count": 151, "next": None, "results": [row(f"a{number}") for number in range(100)]}
    server: ScriptedServer = await scripted(answer(page))
    with pytest.raises(DecodeError, match="counts more rows than it shows"):
        await make_client(server, retry=Retry(attempts=1)).assets.find(title="Film")
    assert len(server.requests) <= 9 * 2


async def test_one_who_gives_up_in_line_leaves_nothing_behind(sim: Simulator, client: Any) -> None:
    sim.faults.add("GET", "assets/", Fault.delay(5))
    searches = [asyncio.create_task(found(client, title=f"Film {number}")) for number in range(30)]
    await asyncio.sleep(1)
    for search in searches[1:]:
        search.cancel()
    await asyncio.gather(*searches, return_exceptions=True)
    assert (client.assets._finder._forming, client.assets._finder._turns._locks) == ({}, {})


async def test_equal_searches_get_lists_of_their_own(sim: Simulator, client: Any) -> None:
    sim.add_asset(title="Film")
    first, second = await asyncio.gather(*(client.assets.find(title="Film") for _ in range(2)))
    assert first == second
    assert first is not second


async def test_a_page_that_stays_broken_is_an_error(sim: Simulator, make_client: Any, looptime: Any) -> None:
    client = make_client(sim, retry=Retry(attempts=1))
    sim.faults.add("GET", "assets/", Fault.status(502), times=None)
    with pytest.raises(ServerError):
        await client.assets.find(title="Film")
    assert sim.journal.count() == 9
    assert float(looptime) < 30


async def test_those_who_share_a_walk_share_its_failure(sim: Simulator, make_client: Any, looptime: Any) -> None:
    client = make_client(sim, retry=Retry(attempts=1))
    sim.faults.add("GET", "assets/", Fault.status(502), times=None)
    searches = [client.assets.find(title=f"Film {number}") for number in range(20)]
    results = await asyncio.gather(*searches, return_exceptions=True)
    assert all(isinstance(result, ServerError) for result in results)
    assert len({id(result) for result in results}) == 20
    assert len({str(result) for result in results}) == 1
    assert sim.journal.count() <= 18
    assert float(looptime) < 30


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.status(401), AuthenticationError),
        (Fault.status(429, headers={"Retry-After": "3600"}), RateLimitedError),
    ],
)
async def test_what_will_not_pass_is_an_error_at_once(
    fault: Fault, error: type[Exception], sim: Simulator, client: Any
) -> None:
    sim.faults.add("GET", "assets/", fault)
    with pytest.raises(error):
        await client.assets.find(title="Film")
    assert sim.journal.count() == 1


@pytest.mark.parametrize(
    ("marks", "argument"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"title": 7}, "title"),
        ({"input": "ftp://origin.example/a.mp4"}, "input"),
        ({"input": {"uri": SOURCE}}, "input"),
        ({"folder": "../a"}, "folder"),
        ({"title": "Film", "folder": ""}, "folder"),
    ],
)
async def test_bad_input_is_refused_before_a_byte_is_sent(
    marks: dict[str, Any], argument: str, sim: Simulator, client: Any
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await client.assets.find(**marks)
    assert caught.value.argument == argument
    assert sim.journal.count() == 0


@pytest.mark.parametrize(
    ("shown", "folder"),
    [
        ({}, None),
        ({"parent": None}, ROOT),
        ({"parent_id": "", "parent": None}, ROOT),
        ({"parent": "AB-1"}, "ab1"),
        ({"parent": {"uuid": "ab1"}}, "ab1"),
        ({"parent_id": "ab1", "parent": None}, "ab1"),
        ({"parent_id": "ab1", "parent": {"uuid": "AB1"}}, "ab1"),
        ({"parent_id": "ab1", "parent": "cd2"}, None),
        ({"parent_id": 5, "parent": None}, None),
    ],
)
def test_a_row_shows_its_folder_in_more_than_one_way(shown: dict[str, Any], folder: str | None) -> None:
    assert folder_of(row("a1", **shown)) == folder


@pytest.mark.parametrize(("uuid", "folder"), [(None, ROOT), ("32seYYHe", "32seyyhe"), ("AB-1", "ab1")])
def test_a_folder_is_compared_by_the_digits_of_its_uuid(uuid: str | None, folder: str) -> None:
    assert bare_folder(uuid) == folder
