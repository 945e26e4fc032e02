"""How much was used, by day and by month."""

from datetime import date

import pytest

KEYS = [
    "id",
    "date",
    "bandwidth_used",
    "subtitle_generation_cost",
    "live_stream_usage",
    "active_storage_bytes",
    "deleted_storage_bytes",
    "total_storage_bytes",
]
DAYS = ["2030-01-31", "2030-02-01", "2030-02-28", "2031-02-01", "2031-03-31"]


@pytest.fixture
def days(sim):
    """Add figures of some days, the last one first, and return the ids of their rows by day."""
    figures = {day: n for n, day in enumerate(DAYS, 1)}
    return {
        day: sim.add_usage(
            day,
            bandwidth_used=n,
            subtitle_generation_cost=n / 2,
            live_stream_usage=10 * n,
            active_storage_bytes=100 * n,
            deleted_storage_bytes=1000 * n,
        )
        for day, n in reversed(figures.items())
    }


async def rows(api, query=""):
    page = await api.get(f"assets_usage/?{query}")
    assert (page["count"], page["next"], page["previous"]) == (len(page["results"]), None, None)
    return page["results"]


async def test_without_any_the_page_is_empty(api):
    assert await api.get("assets_usage/") == {"count": 0, "next": None, "previous": None, "results": []}


async def test_a_row_has_every_figure(api, days):
    row = (await rows(api))[1]
    assert list(row) == KEYS
    assert list(row.values()) == [days["2030-02-01"], "2030-02-01", 2, 1.0, 20, 200, 2000, 2200]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", DAYS),
        ("ordering=date", DAYS),
        ("ordering=-date", DAYS[::-1]),
        ("time_frame=daily", DAYS),
        ("year=2030", DAYS[:3]),
        ("month=2", DAYS[1:4]),
        ("month=02&year=2030", DAYS[1:3]),
        ("day=1", ["2030-02-01", "2031-02-01"]),
        ("day=31&month=3&year=2031", DAYS[4:]),
        ("year=1999", []),
        ("start=2030-02-28", DAYS[2:]),
        ("end=2030-02-28", DAYS[:3]),
        ("start=2030-02-01&end=2030-02-28&ordering=-date", ["2030-02-28", "2030-02-01"]),
        ("start=2031-02-02&end=2031-02-02", []),
    ],
)
@pytest.mark.usefixtures("days")
async def test_filters_and_order(api, query, shown):
    assert [row["date"] for row in await rows(api, query)] == shown


async def test_a_month_sums_what_flows_and_keeps_the_last_level_of_what_is_stored(api, days):
    found = await rows(api, "time_frame=monthly")
    assert [row["date"] for row in found] == ["2030-01-01", "2030-02-01", "2031-02-01", "2031-03-01"]
    assert list(found[1]) == KEYS
    assert list(found[1].values()) == [days["2030-02-01"], "2030-02-01", 5, 2.5, 50, 300, 3000, 3300]
    found = await rows(api, "time_frame=monthly&year=2030&ordering=-date&start=2030-02-02")
    assert [(row["date"], row["bandwidth_used"]) for row in found] == [("2030-02-01", 3)]


@pytest.mark.usefixtures("days")
async def test_pages_keep_the_filters(api):
    page = await api.get("assets_usage/?year=2030&limit=2")
    assert (page["count"], [row["date"] for row in page["results"]]) == (3, DAYS[:2])
    assert page["next"] == api.url("assets_usage/?limit=2&offset=2&year=2030")
    page = await api.get("assets_usage/?year=2030&limit=2&offset=2")
    assert [row["date"] for row in page["results"]] == DAYS[2:3]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("month=0", "month"),
        ("month=13", "month"),
        ("month=x", "month"),
        ("year=-1", "year"),
        ("year=20300", "year"),
        ("day=32", "day"),
        ("day=", "day"),
        ("day=٣", "day"),
        ("time_frame=weekly", "time_frame"),
        ("ordering=id", "ordering"),
        ("start=2030-13-01", "start"),
        ("start=20300101", "start"),
        ("end=2030-02-30", "end"),
        ("end=2030-2-3", "end"),
        ("start=2030-02-02&end=2030-02-01", "end"),
    ],
)
async def test_a_wrong_value_is_named(api, query, name):
    status, body = await api.call("GET", f"assets_usage/?{query}")
    assert (status, list(body)) == (400, [name])


async def test_the_figures_of_a_day_are_added_once(api):
    api.sim.add_usage(date(2030, 1, 2), bandwidth_used=1)
    with pytest.raises(ValueError, match="2030-01-02"):
        api.sim.add_usage("2030-01-02", bandwidth_used=2)
    with pytest.raises(ValueError, match="someday"):
        api.sim.add_usage("someday")
    assert [row["bandwidth_used"] for row in await rows(api)] == [1]


async def test_only_get_is_known(api):
    assert (await api.call("POST", "assets_usage/"))[0] == 405
