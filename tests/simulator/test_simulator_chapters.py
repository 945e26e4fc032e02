"""Chapters of a video."""

import pytest

REQUIRED = ["This field is required."]
FORMAT = ["Time has wrong format. Use one of these formats instead: hh:mm:ss."]


@pytest.fixture
def asset_id(sim):
    return sim.add_asset()


def chapters(*pairs):
    return {"chapters": [{"title": title, "start_time": start} for title, start in pairs]}


async def add(api, asset_id, body, status=201):
    return await api.post(f"assets/{asset_id}/chapters/", body, status=status)


async def test_adding_answers_with_a_page_sorted_by_start(api, asset_id):
    page = await add(api, asset_id, chapters(("End", "01:00:00"), (" Intro ", "00:00:02"), ("Mid", "00:59:59")))
    assert {key: page[key] for key in ("count", "next", "previous")} == {"count": 3, "next": None, "previous": None}
    assert all(list(row) == ["id", "title", "start_time"] for row in page["results"])
    assert all(isinstance(row["id"], int) for row in page["results"])
    starts = [(row["title"], row["start_time"]) for row in page["results"]]
    assert starts == [("Intro", "00:00:02"), ("Mid", "00:59:59"), ("End", "01:00:00")]
    assert await api.get(f"assets/{asset_id}/chapters/") == page


async def test_more_are_added_to_those_that_are_there(api, asset_id):
    await add(api, asset_id, chapters(("B", "00:00:20")))
    page = await add(api, asset_id, chapters(("C", "00:00:30"), ("A", "00:00:10")))
    assert [row["title"] for row in page["results"]] == ["A", "B", "C"]
    assert len({row["id"] for row in page["results"]}) == 3


async def test_a_video_without_chapters_and_the_pages_of_one_with_some(api, asset_id):
    empty = {"count": 0, "next": None, "previous": None, "results": []}
    assert await api.get(f"assets/{asset_id}/chapters/") == empty
    await add(api, asset_id, chapters(*((str(n), f"00:00:0{n}") for n in range(5))))
    page = await api.get(f"assets/{asset_id}/chapters/?limit=2&offset=2")
    assert [row["title"] for row in page["results"]] == ["2", "3"]
    assert page["next"] == api.url(f"assets/{asset_id}/chapters/?limit=2&offset=4")
    assert await api.get(f"assets/{api.sim.add_asset()}/chapters/") == empty, "they belong to one video"


async def test_deleting(api, asset_id):
    first, second = (await add(api, asset_id, chapters(("A", "00:00:00"), ("B", "00:00:01"))))["results"]
    suffix = f"assets/{asset_id}/chapters/{first['id']}/"
    assert await api.call("DELETE", f"assets/{api.sim.add_asset()}/chapters/{first['id']}/") == (
        404,
        {"detail": "Not found."},
    )
    assert await api.call("DELETE", suffix) == (204, "")
    assert (await api.get(f"assets/{asset_id}/chapters/"))["results"] == [second]
    assert await api.call("DELETE", suffix) == (404, {"detail": "Not found."})


@pytest.mark.parametrize("chapter_id", ["x", "-1", "1.0", "٣", "9" * 30])
async def test_an_id_that_is_no_number_is_not_found(api, asset_id, chapter_id):
    assert (await api.call("DELETE", f"assets/{asset_id}/chapters/{chapter_id}/"))[0] == 404


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, REQUIRED),
        ({"chapters": None}, ["This field may not be null."]),
        ({"chapters": []}, ["This list may not be empty."]),
        ({"chapters": "x"}, ['Expected a list of items but got type "str".']),
        ({"chapters": [1]}, [{"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]}]),
        ({"chapters": [{}]}, [{"title": REQUIRED, "start_time": REQUIRED}]),
        (chapters(("A", "00:00:01"), (" ", "00:00:02")), [{}, {"title": ["This field may not be blank."]}]),
        *[
            (chapters(("A", start)), [{"start_time": FORMAT}])
            for start in ("0:00:02", "00:60:00", "00:00:60", "00:02", "2", 2, "00:00:02.5", "٣٣:00:02")
        ],
    ],
)
async def test_wrong_chapters_are_refused_and_none_is_added(api, asset_id, body, errors):
    assert await add(api, asset_id, body, 400) == {"chapters": errors}
    assert (await api.get(f"assets/{asset_id}/chapters/"))["count"] == 0


async def test_only_videos_have_chapters(api):
    body = chapters(("A", "00:00:00"))
    assert await add(api, api.sim.add_folder("F"), body, 400) == {"detail": "This asset is not a video."}
    assert await add(api, "nothere", body, 404) == {"detail": "Not found."}
    assert (await api.call("GET", "assets/nothere/chapters/"))[0] == 404


async def test_one_chapter_cannot_be_looked_at(api, asset_id):
    assert (await api.call("GET", f"assets/{asset_id}/chapters/1/"))[0] == 405
