"""Time and chance, in one place that can be replaced.

Durations are measured on the event loop's own clock, so that a loop with virtual time moves everything along. The wall
clock is asked only to understand an HTTP date.
"""

import asyncio
import random
import time
from collections.abc import Callable

from attrs import field, frozen


@frozen(kw_only=True, eq=False, repr=False)
class Clock:
    """Where the SDK takes time and chance from.

    Attributes:
        wall: seconds since the epoch.
        uniform: a random float between two bounds.
    """

    wall: Callable[[], float] = time.time
    uniform: Callable[[float, float], float] = field(factory=lambda: random.Random().uniform)

    def monotonic(self) -> float:
        """Return the running loop's time in seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Sleep on the running loop."""
        await asyncio.sleep(seconds)
