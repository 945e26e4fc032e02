"""``client.live_streams``: what it sends and returns, and what it refuses."""

import datetime as dt
from typing import Any

import orjson
import pytest
from support import bad
from support.scripted import answer, hang_up

from tpstreams_async import Activity, Asset, BadRequestError, LiveStreamStop, NotFoundError, OutcomeUnknownError
from tpstreams_async.simulator import Simulator

pytestmark = pytest.mark.looptime

NAIVE = dt.datetime(2026, 3, 5, 18, 30, 7, 999_999)
LIVE = {"id": "live1", "title": "On air", "type": "livestream", "live_stream": {"status": "Not Started"}}


async def test_a_live_stream_that_begins_at_once_sends_its_title_alone(sim: Simulator, client: Any) -> None:
    asset = await client.live_streams.create(title="On air")
    (record,) = sim.journal
    assert (record.method, record.status) == ("POST", 201)
    assert record.path == f"/api/v1/{sim.organization_id}/assets/live_streams/"
    assert orjson.loads(record.body) == {"title": "On air"}
    assert isinstance(asset, Asset)
    assert (asset.type, asset.status, asset.live_stream.stream_key) == ("livestream", "Not Started", None)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (NAIVE, "2026-03-05 18:30:07"),
        (NAIVE.replace(fold=1), "2026-03-05 18:30:07"),
        (dt.datetime(2026, 1, 1), "2026-01-01 00:00:00"),
        ("2028-02-29 23:59:59", "2028-02-29 23:59:59"),
    ],
    ids=bad.short,
)
async def test_a_start_is_sent_as_it_stands(given: Any, sent: str, sim: Simulator, client: Any) -> None:
    asset = await client.live_streams.create(
        title="On air", start=given, latency="Low Latency", enable_drm_for_recording=False
    )
    assert orjson.loads(sim.journal[-1].body) == {
        "title": "On air",
        "start": sent,
        "latency": "Low Latency",
        "enable_drm_for_recording": False,
    }
    assert (asset.live_stream.start, asset.live_stream.latency) == (sent, "Low Latency")


async def test_live_streams_are_listed(sim: Simulator, client: Any) -> None:
    sim.add_asset("A video")
    made = [(await client.live_streams.create(title=title)).id for title in "abc"]
    assert sorted([asset.id async for asset in client.live_streams.list(page_size=2)]) == sorted(made)
    assert [record.query for record in sim.journal][-2:] == ["limit=2", "limit=2&offset=2"]


async def test_a_server_is_started_and_the_broadcast_stopped(sim: Simulator, client: Any) -> None:
    asset = await client.live_streams.create(title="On air", start="2030-01-01 10:00:00")
    started = await client.live_streams.start_server(asset.id)
    assert (started.id, started.live_stream.status) == (asset.id, "Not Started")
    assert (sim.journal[-1].method, sim.journal[-1].body) == ("POST", b"")
    assert (await client.jobs.live_server(asset)).live_stream.stream_key
    stop = await client.live_streams.stop(asset.id)
    assert isinstance(stop, LiveStreamStop)
    assert (stop.asset_id, stop.trim_scheduled) == (asset.id, False)
    assert stop.message
    assert (sim.journal[-1].path.split("/")[-2], sim.journal[-1].body) == ("stop_live_stream", b"")


@pytest.mark.parametrize("times", [(0, 1), (45, 90), (1_900_000_000, 1_900_000_700), (0, 10**8 - 1)])
async def test_a_stop_sends_the_part_to_keep(times: tuple[int, int], scripted: Any, make_client: Any) -> None:
    server = await scripted(answer({"message": "Done", "trim_scheduled": True}))
    stop = await make_client(server).live_streams.stop("live1", start_time=times[0], end_time=times[1])
    assert server.targets == ["POST /api/v1/org001/assets/live1/stop_live_stream/"]
    assert orjson.loads(server.requests[0].body) == {"start_time": times[0], "end_time": times[1]}
    assert (stop.asset_id, stop.message, stop.trim_scheduled) == ("live1", "Done", True)


@pytest.mark.parametrize(
    ("data", "message", "trim_scheduled", "extra"),
    [
        ({}, None, None, {}),
        ({"message": None, "trim_scheduled": None, "asset_id": "other"}, None, None, {}),
        ({"detail": "Stopped", "trim_scheduled": False}, None, False, {"detail": "Stopped"}),
    ],
)
async def test_an_answer_to_a_stop_may_lack_anything(
    data: Any, message: Any, trim_scheduled: Any, extra: Any, scripted: Any, make_client: Any
) -> None:
    server = await scripted(answer(data))
    stop = await make_client(server).live_streams.stop("live1")
    assert (stop.asset_id, stop.message, stop.trim_scheduled, stop.extra) == ("live1", message, trim_scheduled, extra)


async def test_what_is_no_live_stream_is_refused(sim: Simulator, client: Any) -> None:
    video = sim.add_asset()
    with pytest.raises((BadRequestError, NotFoundError)):
        await client.live_streams.start_server(video)
    with pytest.raises(NotFoundError):
        await client.live_streams.stop("nothing")


async def test_a_live_stream_is_deleted(sim: Simulator, client: Any) -> None:
    asset = await client.live_streams.create(title="On air")
    assert await client.live_streams.delete(asset.id) is None
    assert (sim.journal[-1].method, list(sim.assets)) == ("DELETE", [])


@pytest.mark.parametrize("call", ["create", "start_server", "stop"])
async def test_a_lost_answer_is_not_sent_for_again(call: str, scripted: Any, make_client: Any) -> None:
    server = await scripted(hang_up())
    streams = make_client(server).live_streams
    calls: dict[str, Any] = {
        "create": lambda: streams.create(title="On air"),
        "start_server": lambda: streams.start_server("live1"),
        "stop": lambda: streams.stop("live1"),
    }
    with pytest.raises(OutcomeUnknownError, match=rf"live_streams\.{call}"):
        await calls[call]()
    assert len(server.requests) == 1


async def test_activities_are_shown_in_their_order(scripted: Any, make_client: Any) -> None:
    rows = [
        {"status": "On Publish", "timestamp": "March 05, 2026, 10:30 AM"},
        {"status": None, "new": 1},
    ]
    live = {**LIVE, "live_stream": {"activities": rows, "chat_room_id": None}}
    asset = await make_client(await scripted(answer(live))).assets.get("live1")
    assert asset.live_stream.activities[0] == Activity(status="On Publish", timestamp="March 05, 2026, 10:30 AM")
    assert asset.live_stream.activities[1].extra == {"new": 1}
    none = await make_client(await scripted(answer(LIVE))).assets.get("live1")
    assert none.live_stream.activities == ()


BAD_STARTS: list[Any] = [
    NAIVE.replace(tzinfo=dt.UTC), NAIVE.date(), NAIVE.time(), 1_772_735_407, 0.5, True, b"2026-03-05 18:30:00", [],
    "", "tomorrow", "2026-03-05", "2026-03-05T18:30:00", "2026-03-05 18:30", "2026-03-05 18:30:00Z",
    "2026-03-05 18:30:00+05:30", "2026-03-05 18:30:00.5", " 2026-03-05 18:30:00", "2026-03-05 18:30:00\n",
    "2026-3-5 18:30:00", "2026-02-29 18:30:00", "2026-13-01 18:30:00", "2026-00-01 18:30:00", "2026-03-05 24:00:00",
    "2026-03-05 18:60:00", "2026-03-05 18:30:60", "0000-01-01 00:00:00", "٢٠٢٦-03-05 18:30:00",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *bad.each("title", bad.LINES),
        ("title", None),
        *bad.each("start", BAD_STARTS),
        *bad.each("latency", ["", "Low", "low latency", "Normal Latency ", True, 1, ["Low Latency"]]),
        *bad.each("enable_drm_for_recording", bad.FLAGS),
    ],
    ids=bad.short,
)
async def test_a_creation_with_a_wrong_argument(name: str, value: Any, sim: Simulator, client: Any) -> None:
    await bad.refused(sim, lambda: client.live_streams.create(**{"title": "A", name: value}), name)


async def test_a_start_with_a_zone_says_what_to_do(sim: Simulator, client: Any) -> None:
    start = NAIVE.replace(tzinfo=dt.timezone(dt.timedelta(hours=5.5)))
    error = await bad.refused(sim, lambda: client.live_streams.create(title="A", start=start), "start")
    assert "replace(tzinfo=None)" in str(error)


@pytest.mark.parametrize(
    ("times", "argument"),
    [
        ({"start_time": 1}, "end_time"),
        ({"end_time": 1}, "start_time"),
        *[({"start_time": value, "end_time": 5}, "start_time") for value in (-1, 1.0, True, "1", float("nan"))],
        *[({"start_time": 1, "end_time": value}, "end_time") for value in (-1, 5.5, False, "5", None, 1, 0)],
        ({"start_time": 5, "end_time": 4}, "end_time"),
        ({"start_time": 30, "end_time": 1_900_000_700}, "end_time"),
        ({"start_time": 1_900_000_700, "end_time": 1_900_000_000}, "end_time"),
        ({"start_time": 1_900_000_700, "end_time": 30}, "end_time"),
        ({"start_time": 1_900_000_000_000, "end_time": 1_900_000_700_000}, "start_time"),
    ],
    ids=bad.short,
)
async def test_times_that_make_no_part(times: Any, argument: str, sim: Simulator, client: Any) -> None:
    await bad.refused(sim, lambda: client.live_streams.stop("live1", **times), argument)


@pytest.mark.parametrize("value", bad.IDS, ids=bad.short)
@pytest.mark.parametrize("call", ["start_server", "stop", "delete"])
async def test_an_id_that_could_lead_elsewhere(call: str, value: Any, sim: Simulator, client: Any) -> None:
    await bad.refused(sim, lambda: getattr(client.live_streams, call)(value), "asset_id")


@pytest.mark.parametrize(
    ("name", "value"), [*bad.each("page_size", [0, -1, 1.0, True]), *bad.each("offset", [-1, "0"])], ids=bad.short
)
async def test_a_list_with_a_wrong_argument(name: str, value: Any, sim: Simulator, client: Any) -> None:
    await bad.refused(sim, lambda: client.live_streams.list(**{name: value}), name)
