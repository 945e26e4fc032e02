"""A call may be interrupted at every moment: nothing of it is left, and it ends with the right word."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import pytest
from faults.conftest import Tell
from faults.moments import Call, Moment, Scene, Stage

from tpstreams_async import ClientClosedError, OutcomeUnknownError, RateLimitedError, RequestTimeoutError
from tpstreams_async.simulator import Fault

pytestmark = pytest.mark.looptime(noop_cycles=10)

URL = "https://origin.example/clip.mp4"
VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"
#: As much as the kernel takes at once: how it would divide more is no matter of the moments of a call.
CLIP = b"content" * 10_000
PNG = b"\x89PNG\r\n\x1a\n0000"


async def trimmed(scene: Scene) -> None:
    await scene.helper.assets.trim(scene.asset_id, end_time=9)


async def trimmed_long_ago(scene: Scene) -> None:
    await trimmed(scene)
    await asyncio.sleep(10)


async def transcoding(scene: Scene) -> None:
    scene.sim.set_status(scene.asset_id, "Transcoding")
    asyncio.get_running_loop().call_later(3, scene.sim.set_status, scene.asset_id, None)


async def subtitled(scene: Scene) -> None:
    await scene.helper.assets.generate_subtitle(scene.asset_id)


async def busy(scene: Scene) -> None:
    """Let a call be under way, and behind it a creation and the look at a job."""
    scene.sim.faults.add("GET", "*", Fault.stall())
    assets, jobs = scene.client.assets, scene.client.jobs
    for other in (assets.get(scene.asset_id), created(scene), jobs.asset(scene.asset_id).result()):
        scene.others.append(asyncio.ensure_future(other))
    await asyncio.sleep(1)


async def created(scene: Scene) -> None:
    await scene.client.assets.create(inputs=[URL], resolutions=["240p"])


async def rows(scene: Scene) -> None:
    async for _ in scene.client.assets.list(parent=scene.folder, page_size=1):
        await asyncio.sleep(0)


async def pages(scene: Scene) -> None:
    async for _ in scene.client.assets.list(parent=scene.folder, page_size=1).pages():
        await asyncio.sleep(0)


async def from_opened_file(scene: Scene) -> None:
    with scene.path.open("rb") as file:
        await scene.client.assets.upload_subtitle(scene.asset_id, file)


async def uploaded(scene: Scene) -> None:
    await scene.client.assets.upload(CLIP, title="Clip", resolutions=["240p"])


async def awaited(scene: Scene) -> None:
    await scene.client.jobs.asset(scene.asset_id)


async def updates(scene: Scene) -> None:
    async for _ in scene.client.jobs.asset(scene.asset_id).updates():
        pass


async def closed_updates(scene: Scene) -> None:
    async with aclosing(scene.client.jobs.asset(scene.asset_id).updates()) as updates:
        async for _ in updates:
            await asyncio.sleep(0)


async def gathered(scene: Scene) -> None:
    jobs = scene.client.jobs
    await jobs.gather([jobs.asset(scene.asset_id), jobs.until(scene.asset_id, lambda asset: asset.duration == 60)])


async def as_completed(scene: Scene) -> None:
    jobs = scene.client.jobs
    both = [jobs.asset(scene.asset_id), jobs.until(scene.asset_id, lambda asset: asset.duration == 60)]
    async for job in jobs.as_completed(both):
        await job


async def block(scene: Scene) -> None:
    async with scene.client as client:
        await client.assets.get(scene.asset_id)


def change(run: Any, **more: Any) -> Call:
    return Call(run=run, changes=True, statuses=(429,), **more)


def wait(run: Any, ready: Any = transcoding) -> Call:
    return Call(run=run, ready=ready, patient=True)


CALLS: dict[str, Call] = {
    "assets.create": change(created),
    "assets.create, reconciled": Call(
        run=lambda s: s.client.assets.create(
            inputs=[URL], resolutions=["240p"], title="New", folder=s.folder, on_unknown="reconcile"
        ),
        changes=True,
        patient=True,
        in_turn=True,
    ),
    "assets.find": Call(run=lambda s: s.client.assets.find(title="Two", folder=s.folder), patient=True, in_turn=True),
    "assets.list, row by row": Call(run=rows),
    "assets.list, page by page": Call(run=pages),
    "assets.list, collect": Call(run=lambda s: s.client.assets.list(parent=s.folder, page_size=1).collect()),
    "assets.list, first": Call(run=lambda s: s.client.assets.list(parent=s.folder).first()),
    "assets.list, count": Call(run=lambda s: s.client.assets.list(parent=s.folder).count()),
    "assets.get": Call(run=lambda s: s.client.assets.get(s.asset_id)),
    "assets.delete": Call(run=lambda s: s.client.assets.delete(s.asset_id), changes=True),
    "assets.move": change(lambda s: s.client.assets.move(s.asset_id, parent=s.folder)),
    "assets.trim": change(lambda s: s.client.assets.trim(s.asset_id, end_time=9)),
    "assets.trim_status": Call(run=lambda s: s.client.assets.trim_status(s.asset_id), ready=trimmed),
    "assets.revert_trim": change(lambda s: s.client.assets.revert_trim(s.asset_id), ready=trimmed_long_ago),
    "assets.generate_subtitle": change(lambda s: s.client.assets.generate_subtitle(s.asset_id)),
    "assets.upload_subtitle, from a path": change(lambda s: s.client.assets.upload_subtitle(s.asset_id, s.path)),
    "assets.upload_subtitle, from an opened file": change(from_opened_file),
    "assets.upload_thumbnail": change(lambda s: s.client.assets.upload_thumbnail(s.asset_id, PNG)),
    "assets.upload": change(uploaded, patient=True),
    "jobs.asset, awaited": wait(awaited),
    "jobs.asset, result": wait(lambda s: s.client.jobs.asset(s.asset_id).result()),
    "jobs.asset, updates": wait(updates),
    "jobs.asset, updates in a block": wait(closed_updates),
    "jobs.trim": wait(lambda s: s.client.jobs.trim(s.asset_id).result(), trimmed),
    "jobs.subtitle": wait(lambda s: s.client.jobs.subtitle(s.asset_id).result(), subtitled),
    "jobs.until": wait(lambda s: s.client.jobs.until(s.asset_id, lambda a: a.status == "Completed").result()),
    "jobs.gather": wait(gathered),
    "jobs.as_completed": wait(as_completed),
    "async with": Call(run=block, closes=True),
    "aclose": Call(run=lambda s: s.client.aclose(), ready=busy, closes=True, statuses=()),
}
every_call = pytest.mark.parametrize("name", CALLS)
every_call_but_aclose = pytest.mark.parametrize("name", [name for name in CALLS if name != "aclose"])
#: One wait stands for all: they look with the same call.
every_request = pytest.mark.parametrize(
    "name", [name for name in CALLS if name.startswith("assets") or name == "jobs.gather"]
)


@pytest.fixture
async def stage(make_sim: Any, tmp_path: Path) -> AsyncIterator[Stage]:
    path = tmp_path / "lesson.vtt"
    path.write_bytes(VTT)
    async with Stage(await make_sim(), path) as made:
        yield made


async def struck(strike: str, name: str, stage: Stage, *statuses: int | None) -> list[list[Moment]]:
    """Return the moments of a call; for each of the statuses, those of one whose first request is answered with it."""
    call = CALLS[name]
    return [
        [moment async for moment in stage.each_moment(call, strike, status)]
        for status in statuses
        if status is None or status in call.statuses
    ]


def ends(moments: list[Moment]) -> str:
    """Say how calls ended, all of which left nothing behind."""
    counted = Counter(type(moment.error).__name__ if moment.error else "success" for moment in moments)
    unknown = sum(getattr(moment.error, "outcome_unknown", False) for moment in moments)
    known = f" ({unknown} times with an unknown outcome)" if unknown else ""
    return f"{', '.join(f'{times} times {end}' for end, times in counted.items())}{known}; nothing is left"


@pytest.mark.row(81)
@every_call
async def test_a_call_that_is_cancelled_leaves_nothing(name: str, stage: Stage, told: Tell) -> None:
    moments = [*chain(*await struck("cancel", name, stage, None, 429, 503))]
    assert {type(moment.error) for moment in moments} == {asyncio.CancelledError}
    assert {(moment.cancelling, moment.took) for moment in moments} == {(1, 0)}
    told(f"{name}, cancelled at each of {len(moments)} moments", ends(moments))


@pytest.mark.row(81)
@pytest.mark.parametrize("name", ["assets.create", "assets.get", "assets.upload_subtitle, from a path", "jobs.gather"])
@pytest.mark.parametrize("also", ["leap", "close"])
async def test_a_cancellation_comes_through_whatever_else_strikes_then(
    also: str, name: str, stage: Stage, told: Tell
) -> None:
    words = {"leap": "out of time", "close": "closed"}
    for order in (f"{also}+cancel", f"cancel+{also}"):
        (moments,) = await struck(order, name, stage, 429)
        assert {(type(moment.error), moment.cancelling) for moment in moments} == {(asyncio.CancelledError, 1)}
        told(f"{name}, cancelled and {words[also]} at each of {len(moments)} moments", ends(moments))


@pytest.mark.row(82)
@every_call_but_aclose
async def test_a_call_ends_with_its_client_and_says_so(name: str, stage: Stage, told: Tell) -> None:
    call = CALLS[name]
    sweeps = await struck("close", name, stage, None, 429, *[503] * call.changes)
    for moments in sweeps:
        assert {(moment.cancelling, moment.took) for moment in moments} == {(0, 0)}
        kinds = [kind for kind, _ in groupby(type(moment.error) for moment in moments)]
        assert kinds == [ClientClosedError, type(None)], "only what was about to end has a result"
        errors = [error for moment in moments if isinstance(error := moment.error, ClientClosedError)]
        assert all(error.outcome_unknown for error, moment in zip(errors, moments, strict=False) if moment.arrived)
        assert {error.outcome_unknown for error in errors} == ({False, True} if call.changes else {False})
        assert not errors[0].outcome_unknown
        for error in errors:
            assert bool(error.how_to_find_out) is error.outcome_unknown
            assert (error.how_to_find_out or "") in str(error)
    moments = [*chain(*sweeps)]
    told(f"{name}, its client closed at each of {len(moments)} moments", ends(moments))


@pytest.mark.row(8)
@every_request
async def test_a_change_whose_time_is_over_is_unknown_if_it_arrived(name: str, stage: Stage, told: Tell) -> None:
    call = CALLS[name]
    sweeps = await struck("leap", name, stage, None, 429, *[503] * call.changes)
    for moments, turned_away in zip(sweeps, ([], [RateLimitedError], []), strict=False):
        kinds = {type(moment.error) for moment in moments if moment.error}
        assert kinds <= {RequestTimeoutError, OutcomeUnknownError, *turned_away}
        if not call.patient:
            assert RequestTimeoutError in kinds
            assert (OutcomeUnknownError in kinds) is call.changes
    moments = [*chain(*sweeps)]
    assert {moment.cancelling for moment in moments} == {0}
    assert {type(moment.error) for moment in moments if moment.arrived} <= {type(None), OutcomeUnknownError}
    if call.patient and not call.changes:
        assert not any(moment.error for moment in moments)
    told(f"{name}, out of time at each of {len(moments)} moments", ends(moments))
