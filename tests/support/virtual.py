"""Virtual time for tests that are no coroutines themselves, as those that draw examples are."""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any

import looptime


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in a loop whose clock jumps from timer to timer; complaints of the loop fail the test."""
    complaints: list[Any] = []
    loop: Any = looptime.new_event_loop(start=0.0, noop_cycles=50)
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(story)
        gc.collect()
    assert not complaints
