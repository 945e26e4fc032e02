"""A run that dies anywhere is gone on with by the next one: at the end, each good row has exactly one asset."""

import asyncio
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from crash_scenes import Scene, scene
from run_crash import KILLED

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each run is a fork of one process")
HERE = Path(__file__).parent
#: Starts that a manifest may take to its end.
MOST = 5
AT_ONCE = 6

Start = Callable[[Scene, int, str], Awaitable[int]]


@asynccontextmanager
async def starter() -> AsyncIterator[Start]:
    """Start runs, and return how each ended."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "run_crash.py"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    orders, answers = process.stdin, process.stdout
    waiting: dict[int, asyncio.Future[int]] = {}

    async def listen() -> None:
        while line := await answers.readline():
            number, status = map(int, line.split())
            waiting.pop(number).set_result(status)

    async def start(made: Scene, point: int, variant: str) -> int:
        number = next(numbers)
        order = {
            "number": number,
            "url": made.sim.url,
            "token": made.sim.token,
            "organization_id": made.sim.organization_id,
            "ledger": str(made.ledger),
            "point": point,
            "variant": variant,
        }
        waiting[number] = asyncio.get_running_loop().create_future()
        orders.write(json.dumps(order).encode() + b"\n")
        async with asyncio.timeout(60):
            return await waiting[number]

    numbers = itertools.count()
    listening = asyncio.ensure_future(listen())
    try:
        yield start
    finally:
        orders.close()
        await process.wait()
        await listening


class Story:
    """Runs of one manifest, of which the first ones are killed, each at a point of its own, and the others are not.

    Attributes:
        killed: how many were.
        situation: what the first one has left, if something is unknown then.
        wrong: what is not as it has to be: after each run, and at the end.
    """

    def __init__(self, script: str, points: tuple[int, ...], variant: str = "sound") -> None:
        self.script = script
        self.points = points
        self.variant = variant
        self.killed = 0
        self.situation: Any = None
        self.wrong: list[str] = []

    async def told(self, start: Start, folder: Path) -> "Story":
        ledger = folder / "-".join(["story", *map(str, self.points)]) / "videos.ledger"
        ledger.parent.mkdir()
        async with scene(self.script, ledger) as made:
            found = await self._tell(start, made)
        self.wrong = [f"{self.script} {self.points}: {each}" for each in found]
        return self

    async def _tell(self, start: Start, made: Scene) -> list[str]:
        for point in self.points:
            if await start(made, point, self.variant) != KILLED:
                break
            self.killed += 1
            self.situation = self.situation or made.situation()
            if found := made.wrong():
                return found
        starts = 0
        while await start(made, 0, self.variant):
            starts += 1
            if starts == MOST:
                return ["no run comes to its end"]
            if found := made.wrong():
                return found
        if found := made.wrong_at_the_end():
            return found
        sent = made.sim.journal.count("POST")
        if await start(made, 0, self.variant) or made.sim.journal.count("POST") != sent:
            return ["a run that had ended sent something"]
        return made.wrong_at_the_end()


async def all_of(stories: Iterator[Story], folder: Path) -> list[Story]:
    """Go through stories until one was to be killed once more than it was."""
    told: list[Story] = []

    async def work(start: Start) -> None:
        for story in stories:
            told.append(await story.told(start, folder))
            if story.killed < len(story.points):
                return

    async with starter() as start:
        # A run mostly waits, so several are under way at once.
        await asyncio.gather(*[work(start) for _ in range(AT_ONCE)])
    return told


def wrong_of(stories: list[Story]) -> list[str]:
    return [each for story in stories for each in story.wrong]


# What there is before something is sent is the same in both; and of the points of the run that goes on, the odd ones
# are met in one, and the even ones in the other.
@pytest.mark.parametrize(("script", "first", "second"), [("lost", 1, 1), ("late", 50, 2)])
async def test_a_run_that_is_killed_anywhere_is_gone_on_with_and_so_is_the_one_that_does(
    tmp_path: Path, script: str, first: int, second: int
) -> None:
    once = await all_of((Story(script, (point,)) for point in itertools.count(first)), tmp_path)
    assert wrong_of(once) == []
    assert len(once) > 100, "that many statements and packets there are at least"
    twice = await all_of(again_at(script, sample_of(once), second), tmp_path)
    assert wrong_of(twice) == []
    assert max(story.points[1] for story in twice if story.killed == 2) > 100


def sample_of(once: list[Story]) -> list[int]:
    """Choose first points: one for each situation in which something is unknown, the earliest.

    A situation is which states the rows have, which assets there are and how many faults are still to come.
    """
    stories = sorted(once, key=lambda story: story.points, reverse=True)
    return sorted({story.situation: story.points[0] for story in stories if story.situation}.values())


def again_at(script: str, sample: list[int], start: int) -> Iterator[Story]:
    """Kill the run that goes on at every other point, each time in the next situation, as all in all would take hours.

    Who takes them ends with a point that no run gets to.
    """
    return (Story(script, points) for points in zip(itertools.cycle(sample), itertools.count(start, 2), strict=False))


TWICE = "one asset a row"
UNSENT = "no asset of what was not sent"


# The first point is where it can show: without a crash at all, or only after something was sent.
@pytest.mark.parametrize(
    ("variant", "script", "first", "broken"),
    [
        ("hurries", "later", 0, [TWICE]),
        ("replans", "lost", 0, [TWICE]),
        ("resends", "lost", 0, [TWICE]),
        ("forgets", "lost", 74, [TWICE]),
        # Whether the asset is there when the server is looked at right after the crash is a matter of chance.
        ("sends_first", "lost", 60, [UNSENT, TWICE]),
        ("looks_at_one_page", "late", 0, [TWICE]),
        ("trusts_failures", "late", 0, [TWICE]),
    ],
)
async def test_a_run_with_a_defect_would_be_found_out(
    tmp_path: Path, variant: str, script: str, first: int, broken: list[str]
) -> None:
    async with starter() as start:
        for point in itertools.count(first):
            story = await Story(script, (point,) if point else (), variant).told(start, tmp_path)
            if story.wrong:
                break
            assert story.killed or not point, "no point shows it"
    assert any(invariant in story.wrong[0] for invariant in broken)
