"""When to look next: one pure function."""

from ..config import Polling


def next_interval(polling: Polling, unchanged: int, draw: float) -> float:
    """Return the seconds until the next look.

    That is ``min(interval_max, interval * growth ** unchanged)``, varied by up to ``jitter`` of itself, so that jobs
    that began together do not stay in step.

    Args:
        polling: the policy.
        unchanged: looks in a row that showed nothing new.
        draw: a random number from 0 to 1.
    """
    try:
        grown = polling.interval * polling.growth**unchanged
    except OverflowError:
        grown = polling.interval_max
    return min(polling.interval_max, grown) * (1.0 + polling.jitter * (2.0 * draw - 1.0))
