"""``client.chapters``: what it sends and returns, and what it refuses."""

import math
import pickle
from typing import Any

import orjson
import pytest
from support import bad
from support.scripted import answer, hang_up

from tpstreams_async import Chapter, DecodeError, InvalidInputError, NewChapter, NotFoundError, OutcomeUnknownError

pytestmark = pytest.mark.looptime

ROWS = [{"id": 7, "title": "Opening", "start_time": "0:00:05"}, {"id": 8, "title": "Summary", "start_time": "00:02:40"}]
PAGE = {"count": 2, "next": None, "previous": None, "results": ROWS}


@pytest.mark.parametrize("data", [PAGE, ROWS, {"results": ROWS}], ids=["page", "array", "results alone"])
async def test_chapters_are_added(data: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(data, 201))
    shown = await make_client(server).chapters.add(
        "asset1", [NewChapter(title="Opening", start_time=5), {"title": "Summary", "start_time": "0:02:40"}]
    )
    assert server.targets == ["POST /api/v1/org001/assets/asset1/chapters/"]
    assert orjson.loads(server.requests[0].body) == {
        "chapters": [{"title": "Opening", "start_time": "00:00:05"}, {"title": "Summary", "start_time": "00:02:40"}]
    }
    assert shown == (
        Chapter(id=7, title="Opening", start_time="0:00:05"),
        Chapter(id=8, title="Summary", start_time="00:02:40"),
    )


@pytest.mark.parametrize(
    ("start", "sent"),
    [
        (0, "00:00:00"),
        (59, "00:00:59"),
        (60.0, "00:01:00"),
        (3_599, "00:59:59"),
        (3_600, "01:00:00"),
        (359_999, "99:59:59"),
        ("1:02:03", "01:02:03"),
        ("00:00:00", "00:00:00"),
        ("99:59:59", "99:59:59"),
    ],
)
async def test_a_start_is_sent_in_hours_minutes_and_seconds(
    start: Any, sent: str, scripted: Any, make_client: Any
) -> None:
    server = await scripted(answer(PAGE))
    await make_client(server).chapters.add("asset1", iter([{"title": "A", "start_time": start}]))
    assert orjson.loads(server.requests[0].body)["chapters"][0]["start_time"] == sent
    hours, minutes, seconds = map(int, sent.split(":"))
    assert NewChapter(title="A", start_time=start).seconds == hours * 3600 + minutes * 60 + seconds


@pytest.mark.parametrize(
    ("shown", "seconds"),
    [
        ("00:00:05", 5),
        ("0:02:40", 160),
        ("12:00:00", 43_200),
        ("100:00:00", 360_000),
        ("1 00:00:01", 86_401),
        ("00:00:05.500000", 5.5),
        ("", None),
        (None, None),
        ("1:30", None),
        ("soon", None),
        ("00:00:05Z", None),
        ("00:00:٢٢", None),
    ],
)
def test_a_chapter_tells_its_seconds(shown: str | None, seconds: float | None) -> None:
    assert Chapter(id=1, start_time=shown).seconds == seconds


@pytest.mark.parametrize("bare", [False, True])
async def test_chapters_are_listed(bare: bool, scripted: Any, make_client: Any) -> None:
    rows = [*ROWS, {"id": "9", "new": True, "title": None}]
    server = await scripted(answer(rows if bare else {**PAGE, "results": rows}))
    chapters = await make_client(server).chapters.list("asset1").collect()
    assert server.targets == ["GET /api/v1/org001/assets/asset1/chapters/"]
    assert [chapter.seconds for chapter in chapters] == [5, 160, None]
    assert (chapters[2].id, chapters[2].extra) == (9, {"new": True})


async def test_the_list_follows_its_pages(scripted: Any, make_client: Any) -> None:
    more = "/api/v1/org001/assets/asset1/chapters/?page=2"
    server = await scripted(answer({**PAGE, "next": more}), answer(PAGE))
    assert len(await make_client(server).chapters.list("asset1").collect()) == 4
    assert server.targets[1] == f"GET {more}"


@pytest.mark.parametrize("chapter_id", [7, "7", 10**18 - 1])
async def test_a_chapter_is_deleted(chapter_id: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(b"", 204))
    assert await make_client(server).chapters.delete("asset1", chapter_id) is None
    assert server.targets == [f"DELETE /api/v1/org001/assets/asset1/chapters/{chapter_id}/"]
    assert server.requests[0].body == b""


async def test_a_deletion_whose_answer_was_lost_is_a_success_once_the_chapter_is_gone(
    scripted: Any, make_client: Any
) -> None:
    server = await scripted(hang_up(), answer({"detail": "Not found."}, 404))
    assert await make_client(server).chapters.delete("asset1", 7) is None
    with pytest.raises(NotFoundError):
        await make_client(server).chapters.delete("asset1", 7)


async def test_a_lost_answer_names_the_call_that_tells(scripted: Any, make_client: Any) -> None:
    server = await scripted(hang_up())
    with pytest.raises(OutcomeUnknownError, match=r"client\.chapters\.list") as caught:
        await make_client(server).chapters.add("asset1", [{"title": "A", "start_time": 1}])
    assert caught.value.request == {"chapters": [{"title": "A", "start_time": "00:00:01"}]}
    assert len(server.requests) == 1


async def test_a_row_without_a_number_is_named(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({**PAGE, "results": [ROWS[0], {"title": "A"}]}))
    with pytest.raises(DecodeError) as caught:
        await make_client(server).chapters.list("asset1").first()
    assert caught.value.path == "$.results[1].id"


BAD_STARTS: list[Any] = [
    -1, 0.5, 1.25, math.nan, math.inf, -math.inf, True, False, 360_000, 10**400, None, [], b"00:00:01", "", "1", "90",
    "1:30", "01:30", "00:60:00", "00:00:60", "100:00:00", "-0:00:01", "00:00:01.5", " 00:00:01", "00:00:01\n",
    "00:00:1", "٢٢:00:01",
]  # fmt: skip


@pytest.mark.parametrize("start", BAD_STARTS, ids=bad.short)
async def test_a_start_that_is_none(start: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    given = [{"title": "A", "start_time": 0}, {"title": "B", "start_time": start}]
    chapters = make_client(server).chapters
    await bad.refused(server, lambda: chapters.add("asset1", given), "chapters[1].start_time")
    with pytest.raises(InvalidInputError, match="start_time"):
        NewChapter(title="A", start_time=start)


@pytest.mark.parametrize("title", bad.LINES, ids=bad.short)
async def test_a_title_that_is_none(title: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    chapters = make_client(server).chapters
    await bad.refused(server, lambda: chapters.add("asset1", [{"title": title, "start_time": 0}]), "chapters[0].title")
    with pytest.raises(InvalidInputError, match="title"):
        NewChapter(title=title, start_time=0)


ONE = {"title": "A", "start_time": 1}


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ([], "chapters"),
        pytest.param(iter([]), "chapters", id="an empty iterator"),
        (None, "chapters"),
        (7, "chapters"),
        ("00:00:01", "chapters"),
        (b"a", "chapters"),
        (ONE, "chapters"),
        (NewChapter(title="A", start_time=1), "chapters"),
        ([None], "chapters[0]"),
        ([ONE, "Opening"], "chapters[1]"),
        ([("A", 1)], "chapters[0]"),
        ([Chapter(id=1, title="A")], "chapters[0]"),
        ([{}], "chapters[0].title"),
        ([{"title": "A"}], "chapters[0].start_time"),
        ([{"start_time": 1}], "chapters[0].title"),
        ([{"title": None, "start_time": 1}], "chapters[0].title"),
        ([{**ONE, "end_time": 2}], "chapters[0]"),
        ([{**ONE, 7: 2}], "chapters[0]"),
        ([ONE, {"title": "B", "start_time": "0:00:01"}], "chapters[1].start_time"),
    ],
    ids=bad.short,
)
async def test_what_is_no_list_of_chapters(given: Any, argument: str, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    await bad.refused(server, lambda: make_client(server).chapters.add("asset1", given), argument)


@pytest.mark.parametrize("value", bad.IDS, ids=bad.short)
async def test_an_id_that_could_lead_elsewhere(value: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    chapters = make_client(server).chapters
    await bad.refused(server, lambda: chapters.add(value, [ONE]), "asset_id")
    await bad.refused(server, lambda: chapters.list(value), "asset_id")
    await bad.refused(server, lambda: chapters.delete(value, 1), "asset_id")


@pytest.mark.parametrize("value", bad.NUMBERS, ids=bad.short)
async def test_a_number_that_is_none(value: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    await bad.refused(server, lambda: make_client(server).chapters.delete("asset1", value), "chapter_id")


def test_a_new_chapter_is_a_value() -> None:
    chapter = NewChapter(title="A", start_time="0:00:01")
    assert chapter == pickle.loads(pickle.dumps(chapter))
    assert repr(chapter) == "NewChapter(title='A', start_time='0:00:01')"
    assert hash(chapter) == hash(NewChapter(title="A", start_time="0:00:01"))
