"""The pytest plugin: a fixture with a fast simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .thread import SimulatorThread

_SPEED = 100.0
"""At this speed the six seconds of processing take 60 ms."""


@pytest.fixture
def tpstreams_simulator() -> Iterator[SimulatorThread]:
    """A simulator in a thread of its own, a hundred times as fast as the clock, for one test.

    Inputs are not downloaded: sizes and durations are made up, so a test needs no network.
    """
    # Imported here: every pytest run of whoever installed the package loads this module.
    from .thread import SimulatorThread  # noqa: PLC0415

    with SimulatorThread(speed=_SPEED, fetch=False) as simulator:
        yield simulator
