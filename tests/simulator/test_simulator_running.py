"""Starting and stopping: in the loop, in a thread, as a pytest fixture, from the command line."""

import asyncio
import gc
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import orjson
import pytest

from tpstreams_async import simulator
from tpstreams_async.simulator import Fault, ManualClock, SimClock, Simulator, SimulatorThread
from tpstreams_async.simulator.__main__ import main
from tpstreams_async.simulator.pytest_plugin import tpstreams_simulator as tpstreams_simulator  # noqa: PLC0414 - a fixture

ROOT = Path(__file__).parents[2]


def ask(sim, method, suffix, value=None):
    request = urllib.request.Request(
        f"{sim.url}/api/v1/{sim.organization_id}/{suffix}",
        method=method,
        data=None if value is None else orjson.dumps(value),
        headers={"Authorization": f"Token {sim.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as response:
        return orjson.loads(response.read())


async def test_closing_ends_stalled_connections_and_downloads_at_once(http, make_api):
    tasks_before = asyncio.all_tasks()
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    async with Simulator() as sim:
        api = make_api(sim, http)
        await api.create(inputs=[{"url": f"http://127.0.0.1:{port}/never.mp4"}])
        stalls = [Fault.stall(), Fault.stall(when="after"), Fault.stall(inside=True), Fault.stall(when="head")]
        sim.faults.add("GET", "assets/", *stalls, Fault.drip(10))
        waiting = [asyncio.create_task(api.call("GET", "assets/")) for _ in range(5)]
        _, idle = await asyncio.open_connection("127.0.0.1", int(sim.url.rpartition(":")[2]))
        await api.until(lambda: sim.journal.count("GET", "assets/") == 5)
        began = time.monotonic()
    assert time.monotonic() - began < 0.2
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, Exception) for result in results)
    idle.close()
    silent.close()
    assert asyncio.all_tasks() == tasks_before
    assert not sim.errors
    assert sim.journal.count("GET", "assets/") == 5, "what came in can still be read"


async def test_closing_twice_and_starting_twice():
    sim = Simulator()
    with pytest.raises(RuntimeError, match="not started"):
        _ = sim.url
    async with sim:
        with pytest.raises(RuntimeError, match="once"):
            await sim.start()
    await sim.close()


async def test_a_port_that_is_taken():
    async with Simulator() as sim:
        with pytest.raises(OSError, match="address already in use"):
            await Simulator(port=int(sim.url.rpartition(":")[2])).start()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])
def test_only_this_machine_is_served(host):
    with pytest.raises(ValueError, match="loopback"):
        Simulator(host=host)


async def test_it_listens_on_ipv6(http, make_api):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    try:
        async with Simulator(host="::1") as sim:
            assert sim.url.startswith("http://[::1]:")
            await make_api(sim, http).get("assets/")
    except OSError:
        pytest.skip("no IPv6 loopback on this machine")


@pytest.mark.parametrize(
    "wrong",
    [
        {"organization_id": "a/b"},
        {"token": "two words"},
        {"token": ""},
        {"speed": 0},
        {"speed": float("nan")},
        {"speed": 2, "clock": ManualClock()},
        {"processing_seconds": -1},
        {"trim_seconds": float("inf")},
        {"page_size": 0},
        {"throttle": 0},
        {"throttle": 1, "throttle_seconds": 0},
    ],
)
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"\w"):
        Simulator(**wrong)


def test_the_token_is_made_up_and_hidden():
    sim, other = Simulator(), Simulator()
    assert re.fullmatch("[0-9a-f]{64}", sim.token)
    assert sim.token != other.token
    assert sim.token not in repr(sim._service.settings)
    assert Simulator(token="secret").token == "secret"


async def test_the_clock_follows_the_loop(monkeypatch):
    clock = SimClock(speed=10)
    assert clock.now() == 0
    loop = asyncio.get_running_loop()
    now = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now)
    clock.start()
    monkeypatch.setattr(loop, "time", lambda: now + 5)
    clock.start()
    assert clock.now() == pytest.approx(50)


def test_a_manual_clock_only_goes_forward():
    clock = ManualClock()
    clock.advance(1.5)
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match="forward"):
            clock.advance(wrong)
    assert clock.now() == 1.5


def test_in_a_thread():
    clock = ManualClock()
    with SimulatorThread(clock=clock, fetch=False, organization_id="abc") as sim:
        asset_id = sim.add_asset("One", parent=sim.add_folder("F"))
        assert ask(sim, "GET", f"assets/{asset_id}/")["title"] == "One"
        created = ask(sim, "POST", "assets/videos/", {"inputs": [{"url": "http://a.b/c.mp4"}], "resolutions": ["240p"]})
        sim.settled(1)
        clock.advance(6)
        assert ask(sim, "GET", f"assets/{created['id']}/")["video"]["status"] == "Completed"
        sim.set_status(asset_id, "Odd")
        assert ask(sim, "GET", f"assets/{asset_id}/")["video"]["status"] == "Odd"
        sim.faults.add("GET", "assets/", Fault.status(503))
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(sim, "GET", "assets/")
        caught.value.close()
        sim.delete_asset(asset_id)
        assert sim.journal.count() == 5
        assert sim.clock.now() == 6
        assert not sim.errors
        port = int(sim.url.rpartition(":")[2])
        with pytest.raises(OSError, match="address already in use"):
            SimulatorThread(port=port).start()
    sim.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()


def test_a_thread_that_was_never_started():
    sim = SimulatorThread()
    sim.close()
    with pytest.raises(RuntimeError, match="not started"):
        sim.settled()
    del sim
    gc.collect()


def test_the_fixture_is_fast(tpstreams_simulator):
    sim = tpstreams_simulator
    began = time.monotonic()
    created = ask(sim, "POST", "assets/videos/", {"inputs": [{"url": "http://a.b/c.mp4"}], "resolutions": ["240p"]})
    seen = set()
    while "Completed" not in seen:
        seen.add(ask(sim, "GET", f"assets/{created['id']}/")["video"]["status"])
        assert time.monotonic() - began < 5
    assert sim.clock.now() >= 6
    assert sim.clock.speed * 0.2 > 6


def test_loading_the_plugin_does_not_load_the_simulator():
    code = (
        "import sys, tpstreams_async.simulator.pytest_plugin\n"
        "print(*(name for name in sys.modules if name.startswith('tpstreams_async.simulator')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    loaded = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert set(loaded.stdout.split()) == {"tpstreams_async.simulator", "tpstreams_async.simulator.pytest_plugin"}


def test_every_promised_name_is_there():
    for name in simulator.__all__:
        assert getattr(simulator, name).__name__ == name
    with pytest.raises(AttributeError, match="Nothing"):
        _ = simulator.Nothing


def test_the_simulator_is_an_island():
    for file in (ROOT / "tpstreams_async/simulator").glob("*.py"):
        for name in re.findall(r"^\s*(?:from|import) (\S+)", file.read_text(), re.MULTILINE):
            assert not name.startswith(("..", "tpstreams_async")), f"{file.name} imports {name}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_runs_until_a_signal(number):
    command = [sys.executable, "-u", "-m", "tpstreams_async.simulator", "--port", "0", "--no-fetch"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*command, "--organization-id", "mine", "--token", "t0ken"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=ROOT,
    ) as process:
        lines = [process.stdout.readline().strip() for _ in range(5)]
        url = re.search(r"http://127\.0\.0\.1:\d+", lines[0]).group()
        assert lines[2:] == [
            "export TPSTREAMS_ORGANIZATION_ID=mine",
            "export TPSTREAMS_TOKEN=t0ken",
            f"export TPSTREAMS_BASE_URL={url}",
        ]
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{url}/api/v1/mine/assets/", timeout=5)
        assert caught.value.code == 401
        caught.value.close()
        process.send_signal(number)
        assert process.wait(5) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--host", "0.0.0.0"], "loopback"), (["--speed", "-1"], "speed"), (["--organization-id", "A B"], "organization")],
)
def test_the_command_refuses_nonsense(arguments, says, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert says in capsys.readouterr().err


def test_the_command_says_when_the_port_is_taken(capsys):
    with SimulatorThread() as sim:
        assert main(["--port", sim.url.rpartition(":")[2]]) == 1
    assert "cannot listen" in capsys.readouterr().err
    assert main(["--port", "99999"]) == 1
