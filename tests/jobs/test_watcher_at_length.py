"""Long random histories with the laws of waiting checked at each step: more steps than drawing examples reaches."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from test_watcher_machine import COURSE, FAULTS, GHOST, LATENCIES, POLICIES, Watching
from watcher_world import ODD_ROWS

AT_WORK = ["Queued", "Transcoding", "not_started", "Brand New Word", ""]
ENDS = ["Completed", "Completed", "Error", "COMPLETED", " error "]
STEPS = 150


class Story:
    """Plays random steps, some more often than others."""

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)
        self.world = Watching()
        self.world.begin(
            seed=seed,
            policy=chance.choice([*POLICIES]),
            patient=chance.random() < 0.7,
            count=chance.choice([3, 30, 120]),
            in_course=chance.choice([0, 0, 50]),
            latencies=chance.choice(LATENCIES),
        )
        self.steps: list[tuple[int, Callable[[], None]]] = [
            (10, self.change_the_server),
            (3, self.let_it_fail),
            (2, self.list_otherwise),
            (8, self.wait),
            (9, self.wait_for_many),
            (3, self.give_up),
            (7, self.deliver),
            (13, self.pass_time),
        ]

    def play(self) -> None:
        world = self.world
        weights, steps = zip(*self.steps, strict=True)
        try:
            for _ in range(STEPS):
                self.chance.choices(steps, weights)[0]()
                world.all_is_well()
        finally:
            world.teardown()

    def change_the_server(self) -> None:
        world, pick = self.world, self.chance.choice
        number, word = self._number(), pick([pick(AT_WORK), pick(ENDS)])
        pick(
            [
                lambda: world.create(pick([1, 3, 40]), pick(AT_WORK), pick([None, COURSE])),
                lambda: world.create_stream("Streaming"),
                lambda: world.show(number, word, pick([0, 12, 55.5, None])),
                lambda: world.show(number, word, pick([0, 12, 55.5, None])),
                lambda: world.show_many(number, pick([5, 40, 100]), word),
                lambda: world.show_many(number, pick([5, 40, 100]), word),
                lambda: world.broadcast(number, pick(["Completed", "Error"])),
                lambda: world.add_subtitle(number),
                lambda: world.move(number, pick([None, COURSE])),
                lambda: world.delete(number),
            ]
        )()

    def let_it_fail(self) -> None:
        world, pick = self.world, self.chance.choice
        names = [pick([*FAULTS, "503", "reset", "slow down"]) for _ in range(self.chance.randrange(1, 7))]
        pick(
            [
                lambda: world.fail(self._number(), names),
                lambda: world.fail_to_list(names[:3]),
                lambda: world.answer_as_fast(pick(LATENCIES)),
            ]
        )()

    def list_otherwise(self) -> None:
        world, pick = self.world, self.chance.choice
        if self.chance.random() < 0.3:
            world.spoil_rows(self._number(), pick([1, 40]), pick([*ODD_ROWS]))
            return
        world.list_otherwise(
            size=pick([10, 50, 100]),
            paging=pick(["offset"] * 4 + ["none", "bare"]),
            count=pick(["right"] * 4 + ["few", "huge", "negative", "missing", "text"]),
            lost=pick([0, 0, 2, 10]),
            repeated=pick([False, False, True]),
            shuffled=pick([False, False, True]),
        )

    def wait(self) -> None:
        pick = self.chance.choice
        number, kind, timeout = self._number(), self._kind(), self._timeout()
        if pick([False, True]):
            self.world.wait(number, kind, timeout)
        else:
            pause, patience = pick([0.0, 0.0, 1.0, 20.0]), pick([None, None, 0.04, 1.0, 8.0])
            self.world.read(number, kind, timeout, pause, patience, pick([1, 3, 1000]))

    def wait_for_many(self) -> None:
        world, pick = self.world, self.chance.choice
        if len(world.waits.open) > 250:
            return
        number, count, timeout = self._number(), pick([10, 20, 40, 200]), self._timeout()
        way = pick(["gather", "as_completed", "tasks", "begin anew", "overtake", "change one's mind"])
        if way == "begin anew":
            world.begin_anew(number, count, timeout)
        elif way == "overtake":
            world.overtake_a_page(number, min(count, 40), pick([0.01, 0.04, 0.3, 2.0]))
        elif way == "change one's mind":
            world.change_ones_mind(number, count, pick([0.0, 0.01, 0.3, 3.0]))
        else:
            world.wait_for_many(number, count, pick(["asset", self._kind()]), timeout, way)

    def give_up(self) -> None:
        if self.world.waits.tasks:
            self.world.cancel(self._number(), self.chance.choice([1, 1, 1, 30, 300]))

    def deliver(self) -> None:
        world, pick = self.world, self.chance.choice
        dice = self.chance.random()
        if dice < 0.3:
            world.finish_and_tell(self._number(), pick(ENDS), pick(["bytes", "id"]))
        elif dice < 0.7:
            world.deliver(self._number(), pick(["bytes", "dict", "asset", "id"]), pick([False, True]))
        elif dice < 0.9 and world.deliveries:
            world.deliver_again(self._number(), pick(["bytes", "dict"]), pick([False, True]))
        else:
            world.deliver_what_is_elsewhere(GHOST)

    def pass_time(self) -> None:
        pick = self.chance.choice
        if self.chance.random() < 0.08:
            self.world.sleep_as_a_machine_does(pick([1.0, 60.0, 3600.0]))
        else:
            moments = [0.0, 0.01, 0.03, 0.3, 1.6, 2.0, 5.0, 30.0, 120.0]
            self.world.pass_time(pick([*moments, self.chance.uniform(0, 10)]))

    def _number(self) -> int:
        return self.chance.randrange(401)

    def _kind(self) -> str:
        return self.chance.choice(["asset"] * 5 + ["detail", "until", "subtitle", "recording"])

    def _timeout(self) -> Any:
        return self.chance.choice([0.0, 3.0, 60.0, 300.0, 900.0, 900.0, 900.0, self.chance.uniform(0, 400)])


@pytest.mark.parametrize("seed", range(24))
def test_a_long_history(seed):
    Story(seed).play()
