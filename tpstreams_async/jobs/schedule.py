"""When to look next: pure functions."""

import math
from collections.abc import Callable
from typing import Final

from ..config import Polling

#: Seconds; moments that are closer together are as good as any.
_FINEST: Final = 1e-6


def next_interval(polling: Polling, unchanged: int, draw: float, hinted: float | None = None) -> float:
    """Return the seconds until the next look.

    That is ``min(interval_max, interval * growth ** unchanged)``, varied by up to ``jitter`` of itself, so that jobs
    that began together do not stay in step. After a hint it is ``hint_slowdown`` times as long, yet not so long that
    the next look would come later than an interval after the hint is forgotten.

    Args:
        polling: the policy.
        unchanged: looks in a row that showed nothing new.
        draw: a random number from 0 to 1.
        hinted: seconds since the last hint, if there was one.
    """
    try:
        grown = min(polling.interval_max, polling.interval * polling.growth**unchanged)
    except OverflowError:
        grown = polling.interval_max
    if hinted is not None and hinted < polling.hint_memory:
        grown = min(grown * polling.hint_slowdown, polling.hint_memory - hinted + grown)
    return grown * (1.0 + polling.jitter * (2.0 * draw - 1.0))


def together(earliest: float, latest: float, pitch: float) -> float | None:
    """Return a moment in a span at which other looks are likely to be due too, or None if the span has none.

    It is the multiple of ``pitch * 2 ** n`` in the span with the largest n, so that jobs whose spans overlap mostly
    meet, also if their intervals differ. Moments count from 0.
    """
    if not pitch >= _FINEST:
        return None
    first, last = math.ceil(earliest / pitch), math.floor(latest / pitch)
    if first > last:
        return None
    shift = ((first - 1) ^ last).bit_length() - 1
    return float((last >> shift) << shift) * pitch


def next_look(
    polling: Polling,
    now: float,
    unchanged: int,
    *,
    uniform: Callable[[float, float], float],
    hinted: float | None = None,
    meet: bool = False,
    since: float | None = None,
) -> float:
    """Return when to look next.

    Args:
        polling: the policy.
        now: the present moment.
        unchanged: looks in a row that showed nothing new.
        uniform: draws a random number between two bounds.
        hinted: seconds since the last hint, if there was one.
        meet: whether the jitter shall bring jobs together, in place of keeping them apart.
        since: when the sweep began that met it, if one did. Intervals then count from there, so that those whom it met
            one after the other are due together again; if it took long, they begin a quarter or more of one later.
    """
    if not (meet or since is not None):
        return now + next_interval(polling, unchanged, uniform(0.0, 1.0), hinted)
    interval = next_interval(polling, unchanged, 0.5, hinted)
    base = now
    if since is not None:
        base = since + max(0, math.ceil(4.0 * (now - since) / interval - 3.0)) * interval / 4.0
    spread = interval * polling.jitter
    # However wide the jitter is, some of the interval must pass, or quick answers would be asked for in circles.
    earliest = base + max(interval - spread, interval / 4.0)
    moment = together(earliest, base + interval + spread, 2 * polling.jitter * polling.interval)
    return base + interval if moment is None else max(moment, now)
