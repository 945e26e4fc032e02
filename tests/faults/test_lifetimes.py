"""A client that is closed, and a client that is used where it does not belong."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from faults.acts import now
from faults.conftest import Tell
from jobs.job_support import Watched, ended, sdk_tasks

from tpstreams_async import ClientClosedError, Retry, TPStreams
from tpstreams_async.simulator import Fault, Simulator, SimulatorThread

looptime = pytest.mark.looptime

URL = "https://origin.example/clip.mp4"
NEW_ONE = "make a new one"


async def first_completed(client: TPStreams, asset_id: str) -> None:
    async for job in client.jobs.as_completed([client.jobs.asset(asset_id)]):
        await job


async def updates(client: TPStreams, asset_id: str) -> None:
    async for _ in client.jobs.asset(asset_id).updates():
        pass


CALLS: dict[str, Callable[[TPStreams, str], Any]] = {
    "create": lambda client, _: client.assets.create(inputs=[URL], resolutions=["240p"]),
    "create, reconciled": lambda client, _: client.assets.create(
        inputs=[URL], resolutions=["240p"], title="One", on_unknown="reconcile"
    ),
    "find": lambda client, _: client.assets.find(title="One"),
    "list": lambda client, _: client.assets.list().collect(),
    "get": lambda client, asset_id: client.assets.get(asset_id),
    "delete": lambda client, asset_id: client.assets.delete(asset_id),
    "move": lambda client, asset_id: client.assets.move(asset_id),
    "generate_subtitle": lambda client, asset_id: client.assets.generate_subtitle(asset_id),
    "upload_subtitle": lambda client, asset_id: client.assets.upload_subtitle(asset_id, b"WEBVTT\n"),
    "upload_thumbnail": lambda client, asset_id: client.assets.upload_thumbnail(asset_id, b"\xff\xd8\xff"),
    "trim": lambda client, asset_id: client.assets.trim(asset_id, end_time=9),
    "trim_status": lambda client, asset_id: client.assets.trim_status(asset_id),
    "revert_trim": lambda client, asset_id: client.assets.revert_trim(asset_id),
}
WAITS: dict[str, Callable[[TPStreams, str], Any]] = {
    "jobs.asset": lambda client, asset_id: client.jobs.asset(asset_id).result(),
    "jobs.trim": lambda client, asset_id: client.jobs.trim(asset_id).result(),
    "jobs.subtitle": lambda client, asset_id: client.jobs.subtitle(asset_id).result(),
    "jobs.until": lambda client, asset_id: client.jobs.until(asset_id, lambda _: False).result(),
    "jobs.gather": lambda client, asset_id: client.jobs.gather([client.jobs.asset(asset_id)]),
    "jobs.as_completed": first_completed,
    "updates": updates,
}
CHANGES = set(CALLS) - {"find", "list", "get", "trim_status"}


EVERYTHING = {**CALLS, **WAITS}
every_use = pytest.mark.parametrize("use", EVERYTHING)


@pytest.mark.row(82)
@looptime
@pytest.mark.parametrize(
    ("what", "fault", "unknown"),
    [
        ("silence before the work", Fault.stall(), CHANGES),
        ("silence after the work", Fault.stall(when="after"), CHANGES),
        ("silence inside the answers", Fault.stall(inside=True), CHANGES),
        ("429 with 20 seconds", Fault.status(429, headers={"Retry-After": "20"}), set()),
    ],
)
async def test_all_that_is_under_way_ends_with_the_client(
    what: str, fault: Fault, unknown: set[str], sim: Simulator, client: Any, told: Tell
) -> None:
    asset_id = sim.add_asset(status="Transcoding")
    sim.faults.add("*", "*", fault, times=None)
    tasks = {use: asyncio.ensure_future(make(client, asset_id)) for use, make in EVERYTHING.items()}
    await asyncio.sleep(1)
    assert not any(task.done() for task in tasks.values())
    asked = sim.journal.count()
    await client.aclose()
    errors = dict(zip(tasks, await ended(tasks.values()), strict=True))
    assert now() == 1
    assert {type(error) for error in errors.values()} == {ClientClosedError}
    assert {use for use, error in errors.items() if error.outcome_unknown} == unknown
    for use in unknown:
        assert errors[use].how_to_find_out in str(errors[use])
    assert all("resume its ref with a new client" in str(errors[use]) for use in WAITS)
    assert not Watched(client).waiting
    assert not sdk_tasks()
    await asyncio.sleep(100)
    assert sim.journal.count() == asked
    known = f"{len(unknown)} of them with an unknown outcome" if unknown else "none with an unknown outcome"
    told(f"{len(tasks)} calls and waits, {what}, then closed", f"each ClientClosedError at once, {known}")
    told(f"create, {what}, then closed", errors["create"])


@pytest.mark.row(82)
@looptime
async def test_what_waits_for_its_turn_ends_unsent(sim: Simulator, make_client: Any, told: Tell) -> None:
    client = make_client(sim, max_connections=1)
    sim.faults.add("GET", "*", Fault.stall())
    asset_id = sim.add_asset()
    first = asyncio.ensure_future(client.assets.get(asset_id))
    await asyncio.sleep(1)
    waiting = [asyncio.ensure_future(make(client, asset_id)) for make in CALLS.values()]
    await asyncio.sleep(1)
    await client.aclose()
    errors = await ended([first, *waiting])
    assert {(type(error), error.outcome_unknown) for error in errors} == {(ClientClosedError, False)}
    assert sim.journal.count() == 1
    told(f"{len(waiting)} calls that wait for the one connection, then closed", "1 request; each ClientClosedError")


@pytest.mark.row(82)
@looptime
async def test_what_waits_to_be_sent_again_ends(sim: Simulator, make_client: Any, told: Tell) -> None:
    client = make_client(sim, retry=Retry(backoff_base=20, backoff_max=20))
    sim.faults.add("GET", "*", Fault.status(503), times=None)
    tasks = [asyncio.ensure_future(EVERYTHING[use](client, "asset1")) for use in ("get", "list", "find", "jobs.asset")]
    await asyncio.sleep(1)
    await client.aclose()
    assert {type(error) for error in await ended(tasks)} == {ClientClosedError}
    assert (now(), sim.journal.count()) == (1, len(tasks))
    told("reads between two attempts, then closed", "ClientClosedError at once")


@pytest.mark.row(82)
@looptime
async def test_leaving_the_block_closes_whatever_the_reason(sim: Simulator, make_client: Any, told: Tell) -> None:
    client = make_client(sim)
    sim.faults.add("GET", "*", Fault.stall(), times=None)
    tasks: list[asyncio.Future[Any]] = []

    async def work() -> None:
        async with client:
            tasks.extend(asyncio.ensure_future(EVERYTHING[use](client, "asset1")) for use in ("get", "jobs.asset"))
            await asyncio.sleep(1)
            raise LookupError

    with pytest.raises(LookupError):
        await work()
    assert {type(error) for error in await ended(tasks)} == {ClientClosedError}
    told("a call and a wait, the block of their client left with an error", "each ClientClosedError at once")


@pytest.mark.row(83)
@looptime
@every_use
@pytest.mark.parametrize("used", [True, False], ids=["used before", "never used"])
async def test_a_closed_client_says_so(used: bool, use: str, sim: Simulator, client: Any, told: Tell) -> None:
    asset_id = sim.add_asset()
    if used:
        await client.assets.get(asset_id)
    for _ in range(2):
        await client.aclose()
    with pytest.raises(ClientClosedError, match=f"this client is closed; {NEW_ONE}") as caught:
        await EVERYTHING[use](client, asset_id)
    with pytest.raises(ClientClosedError, match=NEW_ONE):
        await client.__aenter__()
    assert not caught.value.outcome_unknown
    assert sim.journal.count() == used
    told("each call and wait of a closed client", f"0 requests; ClientClosedError: {caught.value}")


@pytest.mark.row(83)
@every_use
async def test_another_event_loop_is_refused(use: str, sim: Simulator, client: Any, told: Tell) -> None:
    asset_id = sim.add_asset()
    await client.assets.get(asset_id)

    def elsewhere(call: Callable[[], Any]) -> BaseException | None:
        async def made() -> None:
            await call()

        try:
            asyncio.run(made())
        except ClientClosedError as error:
            return error
        return None

    error = await asyncio.to_thread(elsewhere, lambda: EVERYTHING[use](client, asset_id))
    assert f"belongs to another event loop; {NEW_ONE} in this loop" in str(error)
    assert "another event loop" in str(await asyncio.to_thread(elsewhere, client.__aenter__))
    assert (await client.assets.get(asset_id)).id == asset_id, "in its own loop it works on"
    assert sim.journal.count() == 2
    told("each call and wait in another loop", f"0 requests; ClientClosedError: {error}")


#: What scripts begin with: they use clients as no test of this process can.
BEGINNING = """
import asyncio, json, os, sys
from tpstreams_async import TPStreams

url, organization_id, token, asset_id = sys.argv[1:]


def make():
    return TPStreams(organization_id, token, base_url=url)


async def outcome(call):
    try:
        await call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "success"


async def outcomes(client):
    return {
        "get": await outcome(lambda: client.assets.get(asset_id)),
        "create": await outcome(lambda: client.assets.create(inputs=["https://a.example/a.mp4"], resolutions="240p")),
        "list": await outcome(lambda: client.assets.list().first()),
        "find": await outcome(lambda: client.assets.find(title="One")),
        "jobs.asset": await outcome(lambda: client.jobs.asset(asset_id).result()),
        "async with": await outcome(client.__aenter__),
    }
"""
#: A client that is used in one loop after the other.
LOOPS = """
client = make()
first = asyncio.run(outcome(lambda: client.assets.get(asset_id)))
second = asyncio.run(outcomes(client))
print(json.dumps([second, {"get in the first loop": first, "aclose": asyncio.run(outcome(client.aclose))}]))
"""
#: Clients that are used on both sides of a fork.
FORK = """
async def child(used, unused):
    refused = await outcomes(used)
    async with make() as other:
        return refused, {
            "aclose in the child": await outcome(used.aclose),
            "get of a client that was not used before": await outcome(lambda: unused.assets.get(asset_id)),
            "aclose of that client": await outcome(unused.aclose),
            "get of a client that was made in the child": await outcome(lambda: other.assets.get(asset_id)),
        }


async def parent():
    reading, writing = os.pipe()
    unused = make()
    async with make() as used:
        await used.assets.get(asset_id)
        if os.fork() == 0:
            os.write(writing, json.dumps(asyncio.run(child(used, unused))).encode())
            os._exit(0)
        os.wait()
        refused, others = json.loads(os.read(reading, 65536))
        return refused, {**others, "get in the parent": await outcome(lambda: used.assets.get(asset_id))}


print(json.dumps(asyncio.run(parent())))
"""


def told_by(script: str, sim: SimulatorThread, *flags: str) -> tuple[dict[str, str], dict[str, str]]:
    """Run a script, and return what it tells: what was refused, and everything else."""
    arguments = [sim.url, sim.organization_id, sim.token, sim.add_asset()]
    done = subprocess.run(
        [sys.executable, *flags, "-c", BEGINNING + script, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    refused, others = json.loads(done.stdout)
    return refused, others


@pytest.mark.row(83)
def test_the_next_run_of_a_program_is_another_loop(tpstreams_simulator: SimulatorThread, told: Tell) -> None:
    refused, others = told_by(LOOPS, tpstreams_simulator)
    (text,) = set(refused.values())
    assert text == f"ClientClosedError: this client belongs to another event loop; {NEW_ONE} in this loop"
    assert set(others.values()) == {"success"}
    assert tpstreams_simulator.journal.count() == 1
    told(f"{', '.join(refused)} in a second asyncio.run", f"0 requests; {text}")


@pytest.mark.row(84)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_client_that_was_used_is_refused_after_a_fork(tpstreams_simulator: SimulatorThread, told: Tell) -> None:
    refused, others = told_by(FORK, tpstreams_simulator, "-W", "error")
    (text,) = set(refused.values())
    assert text == f"ClientClosedError: this client was made before a fork; {NEW_ONE} in this process"
    assert set(others.values()) == {"success"}
    assert tpstreams_simulator.journal.count() == 4
    told(f"{', '.join(refused)} in the child", f"0 requests; {text}")
    for what in others:
        told(what, "success")
