"""``client.folders``: what it sends and returns, and what it refuses."""

from typing import Any

import orjson
import pytest
from support import bad
from support.scripted import answer, hang_up

from tpstreams_async import BadRequestError, DecodeError, Folder, OutcomeUnknownError
from tpstreams_async.simulator import Simulator

pytestmark = pytest.mark.looptime


async def test_a_folder_is_created_in_the_root(sim: Simulator, client: Any) -> None:
    folder = await client.folders.create(title="Über 你好 🎬")
    (record,) = sim.journal
    assert (record.method, record.path, record.status) == (
        "POST",
        f"/api/v1/{sim.organization_id}/assets/folders/",
        201,
    )
    assert orjson.loads(record.body) == {"title": "Über 你好 🎬"}
    assert isinstance(folder, Folder)
    assert folder.title == "Über 你好 🎬"
    assert sim.assets[folder.uuid]["parent_id"] is None


async def test_a_folder_is_created_in_another(sim: Simulator, client: Any) -> None:
    outer = await client.folders.create(title="Outer")
    inner = await client.folders.create(title="Inner", parent=outer.uuid)
    assert orjson.loads(sim.journal[-1].body) == {"title": "Inner", "parent": outer.uuid}
    assert sim.assets[inner.uuid]["parent_id"] == outer.uuid
    assert [asset.id async for asset in client.assets.list(parent=outer.uuid)] == [inner.uuid]


async def test_a_parent_that_is_not_there_is_refused_by_name(client: Any) -> None:
    with pytest.raises(BadRequestError) as caught:
        await client.folders.create(title="Inner", parent="nowhere")
    assert list(caught.value.field_errors) == ["parent"]


async def test_folders_are_listed_page_by_page(sim: Simulator, client: Any) -> None:
    for number in range(5):
        sim.add_folder(f"Folder {number}")
    folders = await client.folders.list(page_size=2).collect()
    assert sorted(folder.title for folder in folders) == [f"Folder {number}" for number in range(5)]
    assert [record.query for record in sim.journal] == ["limit=2", "limit=2&offset=2", "limit=2&offset=4"]
    assert await client.folders.list(offset=3).count() == 5
    assert sim.journal[-1].query == "offset=3"


async def test_folders_are_searched(sim: Simulator, client: Any) -> None:
    wanted = sim.add_folder("Course & more")
    sim.add_folder("Other")
    assert [folder.uuid async for folder in client.folders.list(q="Course & m")] == [wanted]
    assert sim.journal[-1].query == "q=Course+%26+m"


async def test_a_lost_answer_names_the_call_that_tells(scripted: Any, make_client: Any) -> None:
    server = await scripted(hang_up())
    with pytest.raises(OutcomeUnknownError, match=r"client\.folders\.list\(q='Course'\)") as caught:
        await make_client(server).folders.create(title="Course")
    assert caught.value.request == {"title": "Course"}
    assert len(server.requests) == 1


@pytest.mark.parametrize("given", [{"title": "A"}, {"title": "A", "uuid": None}, {"uuid": ""}, {"uuid": "a/b"}, []])
async def test_an_answer_that_names_no_folder_is_none(given: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(given, 201))
    with pytest.raises(OutcomeUnknownError) as caught:
        await make_client(server).folders.create(title="A")
    assert isinstance(caught.value.__cause__, DecodeError)
    assert "Folder" in str(caught.value.__cause__)


@pytest.mark.parametrize("rows", [[{"uuid": "f1", "title": None, "new": 1}], [{"uuid": "f1", "new": 1}]])
@pytest.mark.parametrize("bare", [False, True])
async def test_a_list_is_understood_in_every_form(rows: Any, bare: bool, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(rows if bare else {"count": 1, "next": None, "previous": None, "results": rows}))
    (folder,) = await make_client(server).folders.list().collect()
    assert (folder.uuid, folder.title, folder.extra) == ("f1", None, {"new": 1})


@pytest.mark.parametrize(
    ("name", "value"),
    [*bad.each("title", bad.LINES), ("title", None), *bad.each("parent", bad.IDS)],
    ids=bad.short,
)
async def test_a_creation_with_a_wrong_argument(name: str, value: Any, sim: Simulator, client: Any) -> None:
    await bad.refused(sim, lambda: client.folders.create(**{"title": "A", name: value}), name)


@pytest.mark.parametrize(
    ("name", "value"),
    [*bad.each("q", bad.LINES), *bad.each("page_size", [0, -1, 1.0, True, "5"]), *bad.each("offset", [-1, 1.5, "0"])],
    ids=bad.short,
)
async def test_a_list_with_a_wrong_argument(name: str, value: Any, sim: Simulator, client: Any) -> None:
    await bad.refused(sim, lambda: client.folders.list(**{name: value}), name)
