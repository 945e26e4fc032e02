"""A program that makes one run of a manifest, for tests that send it signals: ``python run_signals.py ORDER``.

The order is JSON: where the simulator is, the ledger, the options of the run, and whether it is held by ``async with``.
It prints what it gets as JSON lines, and ``"stopping"`` each time that the run was asked to end, once there is nothing
left to do but to wait: an interruption that comes then is met by the event loop, and by none of its tasks. Its exit
status is 3 if the run was stopped. It minds SIGINT whatever it was started by.
"""

import asyncio
import json
import signal
import sys
from typing import Any

from run_support import manifest

from tpstreams_async import Retry, TPStreams
from tpstreams_async.ingest.course import Course

STOPPED = 3
MANIFEST = manifest(15)


def say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def tell_of_stops(selector: Any) -> None:
    stop, select = Course.stop, selector.select
    untold: list[str] = []

    def noted(self: Course, error: BaseException | None = None) -> None:
        stop(self, error)
        untold.append("stopping")

    def idle(timeout: float | None = None) -> Any:
        if timeout is None or timeout > 0:
            while untold:
                say(untold.pop())
        return select(timeout)

    Course.stop = noted
    selector.select = idle


async def go_through(run: Any) -> None:
    async for result in run:
        say([result.line, result.state])


async def main(order: dict[str, Any]) -> int:
    loop: Any = asyncio.get_running_loop()
    tell_of_stops(loop._selector)
    async with TPStreams(
        order["organization_id"], order["token"], base_url=order["url"], retry=Retry(attempts=1)
    ) as client:
        run = client.ingest(
            MANIFEST, ledger=order["ledger"], wait=False, batch_size=5, concurrency=1, settle=0, **order["options"]
        )
        if order["held"]:
            async with run:
                await go_through(run)
        else:
            await go_through(run)
    return STOPPED if run.stopped else 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(asyncio.run(main(json.loads(sys.argv[1]))))
