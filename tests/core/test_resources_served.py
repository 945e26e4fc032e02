"""Folders, chapters, subtitles, organizations and usage, each through its whole life on a server."""

import asyncio
from typing import Any

import pytest

from tpstreams_async import (
    BadRequestError,
    Chapter,
    Folder,
    NewChapter,
    NotFoundError,
    Organization,
    PermissionDeniedError,
    Usage,
)
from tpstreams_async.simulator import Fault

pytestmark = pytest.mark.looptime

VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"


class TestFolders:
    async def test_a_folder_from_its_creation_to_its_end(self, sim: Any, client: Any) -> None:
        course = await client.folders.create(title="Course: Über 你好")
        week = await client.folders.create(title="Week 1", parent=course.uuid)
        assert await client.folders.list().collect() == [week, course], "in whatever folder they lie"
        assert await client.folders.list(q="über").collect() == [course]
        video = await client.assets.create(
            inputs=["https://origin.example/a.mp4"], resolutions=["240p"], folder=week.uuid
        )
        await client.assets.move(week.uuid, parent=None)
        shown = await client.assets.get(week.uuid)
        assert (shown.type, shown.parent_id, shown.title) == ("folder", None, "Week 1")
        await client.assets.delete(week.uuid)
        assert await client.folders.list().collect() == [course]
        with pytest.raises(NotFoundError):
            await client.assets.get(video.id)
        with pytest.raises(BadRequestError) as caught:
            await client.folders.create(title="Week 2", parent=week.uuid)
        assert "parent" in caught.value.field_errors

    async def test_a_name_that_is_taken_makes_another_folder(self, client: Any) -> None:
        first, second = [await client.folders.create(title="Same") for _ in range(2)]
        assert first.uuid != second.uuid
        assert {folder.uuid for folder in await client.folders.list(q="Same").collect()} == {first.uuid, second.uuid}

    @pytest.mark.parametrize("size", [1, 2, 5, 6, 100])
    async def test_pages_of_any_size_show_each_folder_once(self, size: int, sim: Any, client: Any) -> None:
        made = [sim.add_folder(f"Folder {number}") for number in range(6)]
        pager = client.folders.list(page_size=size)
        assert [folder.uuid async for folder in pager] == made[::-1]
        assert [len(page.results) async for page in pager.pages()] == [size] * (6 // size) + [6 % size] * (6 % size > 0)
        assert (await pager.count(), (await pager.first()).uuid) == (6, made[-1])

    async def test_rows_are_skipped_on_the_first_page_alone(self, sim: Any, client: Any) -> None:
        made = [sim.add_folder(f"Folder {number}") for number in range(6)]
        found = await client.folders.list(page_size=2, offset=1).collect()
        assert [folder.uuid for folder in found] == made[-2::-1]
        assert await client.folders.list(offset=6).first() is None

    async def test_a_search_keeps_its_words_from_page_to_page(self, sim: Any, client: Any) -> None:
        wanted = [sim.add_folder(f"A & B {number}") for number in range(5)]
        sim.add_folder("A and B")
        found = await client.folders.list(q="A & B", page_size=2).collect()
        assert [folder.uuid for folder in found] == wanted[::-1]

    async def test_a_page_that_fails_midway_is_asked_for_again(self, sim: Any, client: Any) -> None:
        made = [sim.add_folder(f"Folder {number}") for number in range(6)]
        sim.faults.add("GET", "assets/folders/", Fault.reset(when="after"), Fault.cut(), Fault.html(502), skip=1)
        assert [folder.uuid async for folder in client.folders.list(page_size=2)] == made[::-1]
        assert sim.journal.count() == 6

    async def test_a_model_is_a_plain_value(self, client: Any) -> None:
        made = await client.folders.create(title="A")
        assert made == Folder(uuid=made.uuid, title="A")


class TestChapters:
    async def test_chapters_from_the_first_to_the_last(self, sim: Any, client: Any) -> None:
        asset_id = sim.add_asset(duration=10_000)
        assert await client.chapters.list(asset_id).first() is None
        made = await client.chapters.add(
            asset_id, [NewChapter(title="End", start_time="2:03:04"), {"title": "Über 你好", "start_time": 0}]
        )
        assert [(chapter.title, chapter.seconds) for chapter in made] == [("Über 你好", 0), ("End", 7384)]
        more = await client.chapters.add(asset_id, [{"title": "Middle", "start_time": 60}])
        assert [chapter.title for chapter in more] == ["Über 你好", "Middle", "End"]
        assert await client.chapters.list(asset_id).collect() == list(more)
        await client.chapters.delete(asset_id, more[1].id)
        await client.chapters.delete(asset_id, str(more[2].id))
        assert await client.chapters.list(asset_id).collect() == [more[0]]
        with pytest.raises(NotFoundError):
            await client.chapters.delete(asset_id, more[1].id)

    async def test_more_of_them_than_a_page_has(self, make_sim: Any, make_client: Any) -> None:
        sim = await make_sim(page_size=4)
        client, asset_id = make_client(sim), sim.add_asset(duration=100)
        rows = [{"title": f"{number}", "start_time": number} for number in range(10)]
        shown = await client.chapters.add(asset_id, rows)
        found = await client.chapters.list(asset_id).collect()
        assert [chapter.seconds for chapter in found] == list(range(10))
        assert (await client.chapters.list(asset_id).count(), shown) == (10, tuple(found[:4]))

    async def test_those_of_another_video_are_not_found(self, sim: Any, client: Any) -> None:
        first, second = sim.add_asset(), sim.add_asset()
        (chapter,) = await client.chapters.add(first, [{"title": "One", "start_time": 1}])
        with pytest.raises(NotFoundError):
            await client.chapters.delete(second, chapter.id)
        assert await client.chapters.list(first).count() == 1

    @pytest.mark.parametrize("what", ["folder", "nothing"])
    async def test_what_is_no_video_has_none(self, what: str, sim: Any, client: Any) -> None:
        asset_id, kind = (sim.add_folder("F"), BadRequestError) if what == "folder" else ("nowhere", NotFoundError)
        for call in (
            client.chapters.list(asset_id).collect(),
            client.chapters.add(asset_id, [{"title": "One", "start_time": 1}]),
            client.chapters.delete(asset_id, 1),
        ):
            with pytest.raises(kind):
                await call

    async def test_a_deletion_whose_answer_is_lost_is_a_success(self, sim: Any, client: Any) -> None:
        asset_id = sim.add_asset()
        (chapter,) = await client.chapters.add(asset_id, [{"title": "One", "start_time": 1}])
        sim.faults.add("DELETE", "*", Fault.reset(when="after"))
        assert await client.chapters.delete(asset_id, chapter.id) is None
        assert sim.journal.count("DELETE") == 2

    async def test_a_model_is_a_plain_value(self, sim: Any, client: Any) -> None:
        (made,) = await client.chapters.add(sim.add_asset(), [{"title": "One", "start_time": "00:00:07"}])
        assert made == Chapter(id=made.id, title="One", start_time=made.start_time)


class TestSubtitles:
    async def test_tracks_of_both_kinds(self, sim: Any, client: Any) -> None:
        asset_id = sim.add_asset()
        await client.assets.upload_subtitle(asset_id, VTT, name="Deutsch", language="de")
        await client.assets.generate_subtitle(asset_id)
        await client.jobs.subtitle(asset_id)
        tracks = await client.subtitles.list(asset_id).collect()
        assert {track.subtitle_type for track in tracks} == {"Uploaded", "Auto Generated"}
        generated = next(track for track in tracks if track.is_generated_subtitle)
        uploaded = next(track for track in tracks if track != generated)
        assert (uploaded.name, uploaded.is_subtitle, uploaded.bytes) == ("Deutsch", True, len(VTT))
        with pytest.raises(PermissionDeniedError) as caught:
            await client.subtitles.delete(asset_id, generated.id)
        assert (caught.value.status, caught.value.attempts) == (403, 1)
        assert "uto generated" in caught.value.detail
        await client.subtitles.delete(asset_id, uploaded.id)
        assert await client.subtitles.list(asset_id).collect() == [generated]
        with pytest.raises(NotFoundError):
            await client.subtitles.delete(asset_id, uploaded.id)

    async def test_a_list_without_pages_counts_its_rows(self, sim: Any, client: Any) -> None:
        asset_id = sim.add_asset()
        for number in range(60):
            await client.assets.upload_subtitle(asset_id, VTT, name=f"Track {number}", language="en")
        pager = client.subtitles.list(asset_id)
        assert (await pager.count(), len(await pager.collect()), len(await pager.collect(limit=7))) == (60, 60, 7)
        assert [page.count async for page in pager.pages()] == [None]

    async def test_a_refusal_after_a_lost_answer_says_that_nothing_is_known(self, sim: Any, client: Any) -> None:
        asset_id = sim.add_asset()
        await client.assets.upload_subtitle(asset_id, VTT, name="English", language="en")
        track = await client.subtitles.list(asset_id).first()
        sim.faults.add("DELETE", "*", Fault.reset(when="after"))
        assert await client.subtitles.delete(asset_id, track.id) is None
        assert await client.subtitles.list(asset_id).first() is None


class TestOrganizations:
    async def test_the_organization_of_the_token(self, sim: Any, client: Any) -> None:
        (found,) = await client.organizations.list().collect()
        assert isinstance(found, Organization)
        assert (found.uuid, found.name) == (client.organization_id, "Simulated organization")
        assert len(bytes.fromhex(found.drm_aes_signing_iv)) == 16
        assert len(bytes.fromhex(found.drm_aes_signing_key)) == 32
        assert found.drm_aes_signing_key not in f"{found!r} {found}"
        assert await client.organizations.list().count() == 1


#: Day, and bytes of bandwidth.
DAYS = [("2025-12-31", 1), ("2026-01-01", 2), ("2026-01-31", 4), ("2026-02-01", 8), ("2026-02-28", 16)]


class TestUsages:
    @pytest.fixture
    def sim(self, sim: Any) -> Any:
        for day, used in DAYS:
            sim.add_usage(day, bandwidth_used=used, subtitle_generation_cost=0.5, active_storage_bytes=10 * used)
        return sim

    @pytest.mark.parametrize(
        ("given", "used"),
        [
            ({}, [1, 2, 4, 8, 16]),
            ({"ordering": "date"}, [1, 2, 4, 8, 16]),
            ({"ordering": "-date"}, [16, 8, 4, 2, 1]),
            ({"year": 2026}, [2, 4, 8, 16]),
            ({"month": 1}, [2, 4]),
            ({"day": 31}, [1, 4]),
            ({"year": 2025, "month": 12, "day": 31}, [1]),
            ({"start": "2026-01-31"}, [4, 8, 16]),
            ({"end": "2026-01-31"}, [1, 2, 4]),
            ({"start": "2026-01-01", "end": "2026-02-01", "ordering": "-date"}, [8, 4, 2]),
            ({"time_frame": "daily", "year": 2025}, [1]),
            ({"time_frame": "monthly"}, [1, 6, 24]),
            ({"time_frame": "monthly", "ordering": "-date", "year": 2026}, [24, 6]),
            ({"year": 1999}, []),
        ],
        ids=str,
    )
    async def test_filters(self, given: Any, used: list[int], sim: Any, client: Any) -> None:
        assert [row.bandwidth_used async for row in client.usages.list(**given)] == used
        assert await client.usages.list(**given).count() == len(used)

    async def test_a_row(self, sim: Any, client: Any) -> None:
        month = await client.usages.list(time_frame="monthly", start="2026-02-01").first()
        assert isinstance(month, Usage)
        assert (month.date, str(month.day), month.subtitle_generation_cost) == ("2026-02-01", "2026-02-01", 1.0)
        assert (month.active_storage_bytes, month.total_storage_bytes) == (160, 160)

    async def test_filters_hold_on_every_page(self, sim: Any, make_sim: Any, make_client: Any) -> None:
        small = await make_sim(page_size=2)
        for day, used in DAYS:
            small.add_usage(day, bandwidth_used=used)
        pager = make_client(small).usages.list(year=2026, ordering="-date")
        assert [row.bandwidth_used async for row in pager] == [16, 8, 4, 2]
        assert [len(page.results) async for page in pager.pages()] == [2, 2]


async def test_many_calls_at_once_get_their_own_answers(sim: Any, client: Any) -> None:
    ids = [sim.add_asset(duration=200) for _ in range(30)]

    async def life(number: int, asset_id: str) -> None:
        (made,) = await client.chapters.add(asset_id, [{"title": f"Chapter {number}", "start_time": number}])
        assert (await client.chapters.list(asset_id).first()).title == f"Chapter {number}"
        token = await client.access_tokens.create(asset_id, time_to_live=60 + number)
        assert (await client.access_tokens.get(asset_id, token.code)).code == token.code
        await client.chapters.delete(asset_id, made.id)
        assert await client.chapters.list(asset_id).count() == 0

    await asyncio.gather(*(life(number, asset_id) for number, asset_id in enumerate(ids)))
    assert sim.journal.count() == 30 * 6
