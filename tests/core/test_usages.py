"""``client.usages``: what it asks for and returns, and what it refuses."""

import datetime as dt
from typing import Any

import pytest
from support import bad
from support.scripted import answer

from tpstreams_async import Usage

ROW = {
    "id": 11,
    "date": "2026-03-01",
    "bandwidth_used": 123_456_789,
    "subtitle_generation_cost": 0,
    "live_stream_usage": 1.5,
    "active_storage_bytes": 2**40,
    "deleted_storage_bytes": 7,
    "total_storage_bytes": 2**40 + 7,
}


@pytest.mark.parametrize("bare", [False, True])
async def test_usage_is_listed(bare: bool, scripted: Any, make_client: Any) -> None:
    rows = [ROW, {"date": "2026-02-01T00:00:00Z", "bandwidth_used": "12", "new": 1}, {"date": "03/2026"}, {}]
    server = await scripted(answer(rows if bare else {"count": 4, "next": None, "results": rows}))
    usages = await make_client(server).usages.list().collect()
    assert server.targets == ["GET /api/v1/org001/assets_usage/"]
    assert usages[0] == Usage(**ROW)
    assert [usage.day for usage in usages] == [dt.date(2026, 3, 1), dt.date(2026, 2, 1), None, None]
    assert (usages[1].bandwidth_used, usages[1].extra, usages[3]) == (12, {"new": 1}, Usage())


@pytest.mark.parametrize(
    ("given", "query"),
    [
        ({"month": 12}, "month=12"),
        ({"year": 2026, "month": 2, "day": 28}, "month=2&year=2026&day=28"),
        ({"month": 2, "day": 29}, "month=2&day=29"),
        ({"year": 2025, "day": 31}, "year=2025&day=31"),
        ({"time_frame": "daily", "ordering": "-date"}, "time_frame=daily&ordering=-date"),
        ({"time_frame": "monthly", "ordering": "date"}, "time_frame=monthly&ordering=date"),
        ({"start": dt.date(2026, 1, 31), "end": "2026-02-01"}, "start=2026-01-31&end=2026-02-01"),
        ({"start": "2026-01-31", "end": dt.date(2026, 1, 31)}, "start=2026-01-31&end=2026-01-31"),
        ({"end": dt.date(987, 1, 1)}, "end=0987-01-01"),
    ],
    ids=bad.short,
)
async def test_filters_are_sent(given: Any, query: str, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer([]))
    assert await make_client(server).usages.list(**given).collect() == []
    assert server.targets == [f"GET /api/v1/org001/assets_usage/?{query}"]


BAD_DAYS: list[Any] = [
    "", "today", "2026-3-5", "20260305", "2026-W10-4", "2026-02-29", "2026-13-01", "2026-03-05 ", "2026-03-05T00:00:00",
    "05.03.2026", dt.datetime(2026, 3, 5), dt.datetime(2026, 3, 5, tzinfo=dt.UTC), dt.time(1), 20260305, 1.5, True, b"",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *bad.each("month", [0, 13, -1, 1.0, "1", True, []]),
        *bad.each("year", [0, 26, 999, 10_000, 2026.0, "2026", True]),
        *bad.each("day", [0, 32, -1, 1.0, "1", False]),
        *bad.each("time_frame", ["", "Daily", "hourly", "yearly", 1, True, ["daily"]]),
        *bad.each("ordering", ["", "id", "-id", "+date", "date,id", 1, ["date"]]),
        *bad.each("start", BAD_DAYS),
        *bad.each("end", BAD_DAYS),
    ],
    ids=bad.short,
)
async def test_a_wrong_filter(name: str, value: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    await bad.refused(server, lambda: make_client(server).usages.list(**{name: value}), name)


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"start": "2026-03-05", "end": "2026-03-04"}, "end"),
        ({"start": dt.date(2026, 3, 5), "end": dt.date(2025, 3, 5)}, "end"),
        ({"year": 2026, "month": 2, "day": 29}, "day"),
        ({"month": 2, "day": 30}, "day"),
        ({"month": 4, "day": 31}, "day"),
    ],
    ids=bad.short,
)
async def test_filters_that_contradict_each_other(given: Any, argument: str, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    await bad.refused(server, lambda: make_client(server).usages.list(**given), argument)
