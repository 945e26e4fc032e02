"""`python -m tpstreams_async.simulator`: a simulator to try things with."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

import orjson

from .openapi import document
from .server import Simulator


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="python -m tpstreams_async.simulator", description="A local TPStreams, until Ctrl-C."
    )
    made.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    made.add_argument("--port", type=int, default=8080, help="0 for a free one (default: %(default)s)")
    made.add_argument("--speed", type=float, default=1.0, help="simulated seconds per second")
    made.add_argument("--organization-id", default="sim001", help="default: %(default)s")
    made.add_argument("--token", help="default: made up")
    made.add_argument("--openapi", action="store_true", help="print the OpenAPI document of the API, and end")
    made.add_argument("--no-fetch", action="store_true", help="make up the inputs instead of downloading them")
    made.add_argument("--throttle", type=int, metavar="N", help="answer 429 beyond so many requests a second")
    return made


def environment(simulator: Simulator) -> str:
    """Return what to say once the simulator listens: its address and how to point a client at it."""
    return (
        f"Simulator listening on {simulator.url}, Ctrl-C stops it.\n\n"
        f"export TPSTREAMS_ORGANIZATION_ID={simulator.organization_id}\n"
        f"export TPSTREAMS_TOKEN={simulator.token}\n"
        f"export TPSTREAMS_BASE_URL={simulator.url}"
    )


async def run(simulator: Simulator) -> None:
    """Run `simulator` until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:
            # Windows has no such handlers; there Ctrl-C arrives as KeyboardInterrupt.
            continue
    async with simulator:
        sys.stdout.write(environment(simulator) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    command = parser()
    given = command.parse_args(arguments)
    try:
        simulator = Simulator(
            organization_id=given.organization_id,
            token=given.token,
            host=given.host,
            port=given.port,
            speed=given.speed,
            fetch=not given.no_fetch,
            throttle=given.throttle,
        )
    except ValueError as error:
        command.error(str(error))
    if given.openapi:
        host = f"[{given.host}]" if ":" in given.host else given.host
        shown = document(given.organization_id, f"http://{host}:{given.port}")
        sys.stdout.write(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode() + "\n")
        return 0
    try:
        asyncio.run(run(simulator))
    except KeyboardInterrupt:
        return 0
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"error: cannot listen on {given.host}:{given.port}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
