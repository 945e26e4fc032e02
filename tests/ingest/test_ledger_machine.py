"""Random histories of a ledger on disk, with crashes anywhere, held against a model in plain Python.

The invariants are those of bulk work: no row disappears (I2), no asset belongs to a row that says it has none (I4), and
rows move along edges alone (I6); and an asset id that was written down is that row's for good (I3).
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ledger_support import as_the_system_has_it, broken_moves, every, open_ledger, planned, without_waiting_for_the_disk

from tpstreams_async import LedgerError
from tpstreams_async.ingest.ledger import Ledger, State

T = TypeVar("T")
unsynced = pytest.fixture(autouse=True)(without_waiting_for_the_disk)
ROWS = 12
#: Few titles and sources, so that some rows look the same.
TITLES = ["Lesson", "Lesson", "Test"]
BAD_ENDS = (State.FAILED, State.HELD, State.NEEDS_REVIEW)
SENDING = (State.SUBMITTING, State.UNKNOWN)

numbers = st.integers(0, ROWS - 1)
choices = st.integers(0, 1000)


class Bookkeeping(RuleBasedStateMachine):
    """A ledger, the server that its rows are sent to, and a model of both."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name) / "0" / "videos.ledger"
        self.path.parent.mkdir()
        self.opened = 0
        #: The model: the state of each key, in the order of their planning; and the assets that were written down.
        self.state: dict[str, State] = {}
        self.asset: dict[str, str] = {}
        #: The video because of which a row was skipped.
        self.reason: dict[str, str] = {}
        #: What the server has created, whether or not anybody knows of it.
        self.created: dict[str, list[str]] = {}
        self.batch = 0

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    @initialize()
    def begin(self) -> None:
        self.ledger: Ledger = self.run(open_ledger(self.path))

    def teardown(self) -> None:
        try:
            if hasattr(self, "ledger"):
                broken = self.run(self.ledger._read(broken_moves))
                self.run(self.ledger.aclose())
                assert not broken
        finally:
            self.loop.close()
            self.directory.cleanup()

    def pick(self, state: State, choice: int) -> str | None:
        there = [key for key, was in self.state.items() if was is state]
        return there[choice % len(there)] if there else None

    def create(self, key: str) -> str:
        """Let the server create an asset for a row."""
        asset_id = f"asset{sum(map(len, self.created.values()))}"
        self.created.setdefault(key, []).append(asset_id)
        return asset_id

    @rule(which=st.lists(numbers, max_size=5), line=st.integers(2, 99))
    def plan(self, which: list[int], line: int) -> None:
        rows = [planned(number, title=TITLES[number % 3], source=f"{number % 4}.mp4", line=line) for number in which]
        self.run(self.ledger.plan(rows))
        for row in rows:
            self.state.setdefault(row.key, State.PLANNED)

    @rule(again=st.sets(st.sampled_from(BAD_ENDS)))
    def rows_are_read_again_and_some_sent_once_more(self, again: set[State]) -> None:
        numbers = [int(key.removeprefix("key")) for key in self.state if "~" not in key]
        rows = [planned(number, title=TITLES[number % 3], source=f"{number % 4}.mp4") for number in numbers]
        self.run(self.ledger.begin_reading())
        self.run(self.ledger.plan(rows, again))
        replaced = {
            key: f"{key}~{number}"
            for number, (key, state) in enumerate(self.state.items(), 1)
            if state in again and "~" not in key
        }
        for model in (self.state, self.asset, self.created):
            kept = {replaced.get(key, key): value for key, value in model.items()}
            model.clear()
            model.update(kept)
        self.state |= dict.fromkeys([row.key for row in rows if row.key in replaced], State.PLANNED)

    @rule(limit=st.integers(1, 5), distinct=st.booleans())
    def claim(self, limit: int, distinct: bool) -> None:
        claimed = self.run(self.ledger.claim(limit, distinct=distinct))
        waiting = [key for key, state in self.state.items() if state is State.PLANNED]
        expected: dict[Any, str] = {}
        for key in waiting:
            number = int(key.removeprefix("key"))
            look = (TITLES[number % 3], number % 4) if distinct else key
            expected.setdefault(look, key)
        assert [row.key for row in claimed] == list(expected.values())[:limit]
        self.batch += bool(claimed)
        for row in claimed:
            assert (row.state, row.batch) == (State.SUBMITTING, self.batch)
            self.state[row.key] = State.SUBMITTING

    @rule(choice=choices, told=st.booleans())
    def the_server_creates(self, choice: int, told: bool) -> None:
        key = self.pick(State.SUBMITTING, choice)
        if key is None or self.created.get(key):
            return
        asset_id = self.create(key)
        if told:
            self.run(self.ledger.submitted([(key, asset_id)]))
            self.asset[key] = asset_id
            self.state[key] = State.SUBMITTED

    @rule(choice=choices, lost=st.booleans())
    def no_good_answer_comes(self, choice: int, lost: bool) -> None:
        key = self.pick(State.SUBMITTING, choice)
        if key is None:
            return
        if lost or self.created.get(key):
            self.run(self.ledger.lost([key], "silence"))
            self.state[key] = State.UNKNOWN
        elif choice % 2:
            self.run(self.ledger.refused(key, "no"))
            self.state[key] = State.FAILED
        else:
            self.run(self.ledger.released([key], "429"))
            self.state[key] = State.PLANNED

    @rule(choice=choices, once=st.booleans(), unsure=st.booleans())
    def an_unknown_row_is_settled(self, choice: int, once: bool, unsure: bool) -> None:
        key = self.pick(State.UNKNOWN, choice)
        if key is None:
            return
        found = self.created.get(key, [])
        if unsure:
            self.run(self.ledger.needs_review(key, [*found, "another"]))
            self.state[key] = State.NEEDS_REVIEW
        elif found:
            self.run(self.ledger.adopted(key, found[0]))
            self.asset[key] = found[0]
            self.state[key] = State.SUBMITTED
        elif once:
            self.run(self.ledger.held(key, "once"))
            self.state[key] = State.HELD
        else:
            self.run(self.ledger.absent([key]))
            self.state[key] = State.PLANNED

    @rule(choice=choices, how=st.sampled_from(["adopted", "skipped", "unclear"]))
    def a_video_was_there_before_a_row(self, choice: int, how: str) -> None:
        key = self.pick(State.PLANNED, choice)
        if key is None:
            return
        if how == "adopted":
            self.asset[key] = self.create(key)
            self.run(self.ledger.found(adopted=[(key, self.asset[key])]))
            self.state[key] = State.SUBMITTED
        elif how == "skipped":
            # What belongs to a row is not looked at, but that is not for the ledger to see.
            self.reason[key] = f"there{choice % 2}"
            self.run(self.ledger.found(skipped=[(key, self.reason[key])]))
            self.state[key] = State.SKIPPED
        else:
            self.run(self.ledger.found(unclear=[(key, ["one", "another"])], reason="why"))
            self.state[key] = State.NEEDS_REVIEW

    @rule(choice=choices, well=st.booleans())
    def an_asset_ends(self, choice: int, well: bool) -> None:
        key = self.pick(State.SUBMITTED, choice)
        if key is None:
            return
        self.run(self.ledger.completed(key) if well else self.ledger.failed(key, "broken"))
        self.state[key] = State.COMPLETED if well else State.FAILED

    @rule(
        number=numbers, step=st.sampled_from(["submitted", "released", "refused", "lost", "adopted", "absent", "found"])
    )
    def a_step_is_taken_by_a_row_that_may_not(self, number: int, step: str) -> None:
        key = planned(number).key
        begins = {"adopted": State.UNKNOWN, "absent": State.UNKNOWN, "found": State.PLANNED}.get(step, State.SUBMITTING)
        if self.state.get(key) is begins:
            return
        calls: dict[str, Any] = {
            "submitted": ([(key, "wrong")],),
            "released": ([key],),
            "refused": (key, "no"),
            "lost": ([key], "silence"),
            "adopted": (key, "wrong"),
            "absent": ([key],),
        }
        with pytest.raises(RuntimeError, match="cannot go from"):
            self.run(
                self.ledger.found(skipped=[(key, "wrong")])
                if step == "found"
                else getattr(self.ledger, step)(*calls[step])
            )

    @precondition(lambda self: self.asset)
    @rule(choice=choices)
    def an_asset_of_another_row_is_taken(self, choice: int) -> None:
        key = self.pick(State.SUBMITTING, choice)
        if key is None:
            return
        taken = sorted(self.asset.values())[choice % len(self.asset)]
        with pytest.raises(LedgerError, match=f"asset {taken} cannot be"):
            self.run(self.ledger.submitted([(key, taken)]))

    @rule(crash=st.booleans())
    def it_is_opened_again(self, crash: bool) -> None:
        path = self.path
        if crash:
            self.opened += 1
            path = as_the_system_has_it(self.path, Path(self.directory.name) / str(self.opened))
        self.run(self.ledger.aclose())
        self.path = path
        self.ledger = self.run(open_ledger(path))
        for key, state in self.state.items():
            if state is State.SUBMITTING:
                self.state[key] = State.UNKNOWN

    @invariant()
    def it_says_what_the_model_says(self) -> None:
        if not hasattr(self, "ledger"):
            return
        rows = self.run(every(self.ledger))
        assert [row.key for row in rows] == list(self.state)
        assert {row.key: row.state for row in rows} == self.state
        assert {row.key: row.asset_id for row in rows if row.asset_id} == {**self.asset, **self.reason}
        counts = self.run(self.ledger.counts())
        told = [state for key, state in self.state.items() if "~" not in key]
        assert counts == {state: told.count(state) for state in State}
        assert {row.key for row in rows if row.replaced} == {key for key in self.state if "~" in key}
        assert self.run(self.ledger.owners([*self.asset.values(), *self.reason.values()])) == {
            one: key for key, one in self.asset.items()
        }

    @invariant()
    def no_asset_belongs_to_a_row_that_says_it_has_none(self) -> None:
        for key, assets in self.created.items():
            assert len(assets) == 1
            assert self.asset.get(key, assets[0]) == assets[0]
            if key not in self.asset:
                assert self.state[key] in (*SENDING, State.NEEDS_REVIEW)


TestBookkeeping = Bookkeeping.TestCase
TestBookkeeping.settings = settings(
    max_examples=25, stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
