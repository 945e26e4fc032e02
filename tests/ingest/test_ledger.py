"""What a ledger says of rows: where each of them is, and how it came there."""

import asyncio
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ledger_support import NOON, Wall, every, keys, open_ledger, opened, planned, without_waiting_for_the_disk

from tpstreams_async import InvalidInputError, LedgerError
from tpstreams_async.ingest.ledger import EDGES, ENDS, Ledger, State, moves

# Written out once more, to be read against the picture of the states.
PICTURE = """
planned submitting submitted skipped needs_review
submitting submitted planned failed unknown
unknown submitted planned held needs_review
submitted completed failed
completed
failed
held
needs_review
skipped
"""
#: Where only rows are that were never claimed, or can be.
UNCLAIMED = (State.PLANNED, State.SKIPPED)
Step = Callable[[Ledger, str], Awaitable[None]]
#: Every way to move a row of one's choice, with the states that it leads between.
STEPS: dict[tuple[State, State], Step] = {
    (State.PLANNED, State.SUBMITTED): lambda ledger, key: ledger.found(adopted=[(key, f"asset-of-{key}")]),
    (State.PLANNED, State.SKIPPED): lambda ledger, key: ledger.found(skipped=[(key, "there")]),
    (State.PLANNED, State.NEEDS_REVIEW): lambda ledger, key: ledger.found(unclear=[(key, ["a1", "a2"])]),
    (State.SUBMITTING, State.SUBMITTED): lambda ledger, key: ledger.submitted([(key, f"asset-of-{key}")]),
    (State.SUBMITTING, State.PLANNED): lambda ledger, key: ledger.released([key]),
    (State.SUBMITTING, State.FAILED): lambda ledger, key: ledger.refused(key, "title: is too long"),
    (State.SUBMITTING, State.UNKNOWN): lambda ledger, key: ledger.lost([key], "no answer"),
    (State.UNKNOWN, State.SUBMITTED): lambda ledger, key: ledger.adopted(key, f"asset-of-{key}"),
    (State.UNKNOWN, State.PLANNED): lambda ledger, key: ledger.absent([key]),
    (State.UNKNOWN, State.HELD): lambda ledger, key: ledger.held(key, "not to be sent twice"),
    (State.UNKNOWN, State.NEEDS_REVIEW): lambda ledger, key: ledger.needs_review(key, ["a1", "a2"]),
    (State.SUBMITTED, State.COMPLETED): lambda ledger, key: ledger.completed(key),
    (State.SUBMITTED, State.FAILED): lambda ledger, key: ledger.failed(key, "the video is broken"),
}
unsynced = pytest.fixture(autouse=True)(without_waiting_for_the_disk)


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
async def ledger(tmp_path: Path, wall: Wall) -> AsyncIterator[Ledger]:
    async with opened(tmp_path / "videos.ledger", wall) as ledger:
        yield ledger


def way_to(state: State) -> list[tuple[State, State]]:
    """The shortest way of a row that was claimed; where none leads, that of one that was not."""
    ways: list[list[State]] = [[State.PLANNED if state in UNCLAIMED else State.SUBMITTING]]
    while ways[0][-1] != state:
        way = ways.pop(0)
        ways.extend([*way, became] for was, became in sorted(EDGES) if was == way[-1])
    return list(zip(ways[0], ways[0][1:], strict=False))


async def brought_to(ledger: Ledger, state: State) -> str:
    row = planned(1)
    await ledger.plan([row])
    if state not in UNCLAIMED:
        await ledger.claim(1)
    for edge in way_to(state):
        await STEPS[edge](ledger, row.key)
    return row.key


def test_the_edges_are_those_of_the_picture() -> None:
    lines = [line.split() for line in PICTURE.split("\n") if line]
    assert {was for was, *_ in lines} == set(State)
    assert {(was, became) for was, *then in lines for became in then} == EDGES
    assert {was for was, *then in lines if not then} == ENDS


def test_each_edge_has_its_method() -> None:
    assert {*STEPS, (State.PLANNED, State.SUBMITTING)} == EDGES


@pytest.mark.parametrize("edge", sorted(STEPS), ids="-".join)
@pytest.mark.parametrize("state", State)
async def test_a_row_moves_along_edges_alone(ledger: Ledger, state: State, edge: tuple[State, State]) -> None:
    key = await brought_to(ledger, state)
    before = await ledger.result(key)
    was, became = edge
    if state is was:
        await STEPS[edge](ledger, key)
        after = await ledger.result(key)
        assert after is not None
        assert after.state is became
    else:
        with pytest.raises(RuntimeError, match=f"'{key}' cannot go from {was} to {became}: it is {state}"):
            await STEPS[edge](ledger, key)
        assert await ledger.result(key) == before


@pytest.mark.parametrize("edge", sorted(STEPS), ids="-".join)
async def test_a_row_that_is_not_there_is_a_defect(ledger: Ledger, edge: tuple[State, State]) -> None:
    with pytest.raises(RuntimeError, match="is not in the ledger"):
        await STEPS[edge](ledger, "nobody")


async def test_an_edge_that_does_not_exist_is_a_defect_even_for_a_row_at_its_beginning(ledger: Ledger) -> None:
    key = await brought_to(ledger, State.HELD)
    with pytest.raises(RuntimeError, match="from held to planned"):
        await ledger._write(lambda connection, now: moves.move(connection, key, State.HELD, State.PLANNED, now))
    assert (await ledger.counts())[State.HELD] == 1


async def test_of_rows_that_move_together_all_do_or_none(ledger: Ledger) -> None:
    await ledger.plan([planned(1), planned(2)])
    await ledger.claim(1)
    moves: list[Awaitable[None]] = [
        ledger.submitted([("key000001", "a1"), ("key000002", "a2")]),
        ledger.released(["key000001", "key000002"]),
        ledger.lost(["key000001", "key000002"], "no answer"),
        ledger.submitted([("key000001", "a1"), ("key000001", "a2")]),
    ]
    for move in moves:
        with pytest.raises(RuntimeError):
            await move
        assert [row.state for row in await every(ledger)] == [State.SUBMITTING, State.PLANNED]


@pytest.mark.parametrize(
    ("state", "error", "asset_id", "candidates"),
    [
        (State.PLANNED, None, None, ()),
        (State.SUBMITTING, None, None, ()),
        (State.SUBMITTED, None, "asset-of-key000001", ()),
        (State.COMPLETED, None, "asset-of-key000001", ()),
        (State.UNKNOWN, "no answer", None, ()),
        (State.HELD, "not to be sent twice", None, ()),
        (State.NEEDS_REVIEW, None, None, ("a1", "a2")),
        (State.FAILED, "title: is too long", None, ()),
        (State.SKIPPED, None, "there", ()),
    ],
)
async def test_a_row_says_what_became_of_it(
    ledger: Ledger, wall: Wall, state: State, error: str | None, asset_id: str | None, candidates: tuple[str, ...]
) -> None:
    wall.seconds = NOON + 1.5
    key = await brought_to(ledger, state)
    row = await ledger.result(key)
    assert row is not None
    given = planned(1)
    assert (row.number, row.key, row.line, row.title) == (1, given.key, given.line, given.title)
    assert (row.source, row.payload) == (given.source, given.payload)
    assert (row.state, row.error, row.asset_id, row.candidates) == (state, error, asset_id, candidates)
    assert row.batch == (None if state in UNCLAIMED else 1)
    assert row.changed == datetime(2026, 1, 1, 12, 0, 1, 500_000, tzinfo=UTC)
    assert {was: count for was, count in (await ledger.counts()).items() if count} == {state: 1}


async def test_an_asset_that_failed_stays_its_rows(ledger: Ledger) -> None:
    key = await brought_to(ledger, State.SUBMITTED)
    await ledger.failed(key, "the video is broken")
    row = await ledger.result(key)
    assert row is not None
    assert (row.asset_id, row.error) == (f"asset-of-{key}", "the video is broken")


async def test_what_was_wrong_is_gone_once_it_is_settled(ledger: Ledger) -> None:
    key = await brought_to(ledger, State.UNKNOWN)
    await ledger.absent([key])
    row = await ledger.result(key)
    assert row is not None
    assert (row.state, row.error, row.batch) == (State.PLANNED, None, 1)


async def test_a_row_is_planned_once(ledger: Ledger) -> None:
    await ledger.plan([planned(1), planned(2), planned(1)])
    await ledger.claim(1)
    await ledger.plan([planned(3), planned(1, title="Another", payload="{}"), planned(2)])
    rows = await every(ledger)
    assert keys(rows) == ["key000001", "key000002", "key000003"]
    assert [row.state for row in rows] == [State.SUBMITTING, State.PLANNED, State.PLANNED]
    assert rows[0].title == "Lesson 1"


async def test_a_row_whose_place_in_the_source_changed_is_the_same_row(ledger: Ledger, wall: Wall) -> None:
    await ledger.plan([planned(1)])
    wall.seconds += 60
    await ledger.plan([planned(1, line=7)])
    (row,) = await every(ledger)
    assert row.line == 7
    assert row.changed.timestamp() == NOON


async def test_a_claim_takes_the_oldest_and_none_twice(ledger: Ledger) -> None:
    await ledger.plan([planned(number) for number in (5, 3, 4, 1, 2)])
    claims = [await ledger.claim(2) for _ in range(4)]
    assert [keys(claim) for claim in claims] == [
        ["key000005", "key000003"],
        ["key000004", "key000001"],
        ["key000002"],
        [],
    ]
    assert [row.batch for claim in claims for row in claim] == [1, 1, 2, 2, 3]
    assert [row async for row in ledger.rows()] == [row for claim in claims for row in claim]


async def test_claims_at_the_same_time_share_no_row(ledger: Ledger) -> None:
    await ledger.plan([planned(number) for number in range(100)])
    claims = await asyncio.gather(*(ledger.claim(7) for _ in range(20)))
    assert sorted(key for claim in claims for key in keys(claim)) == keys(await every(ledger))


async def test_a_row_that_was_given_back_is_the_oldest_again(ledger: Ledger) -> None:
    await ledger.plan([planned(number) for number in (1, 2, 3)])
    await ledger.claim(2)
    await ledger.released(["key000001"], "429")
    again = await ledger.claim(2)
    assert [(row.key, row.batch) for row in again] == [("key000001", 2), ("key000003", 2)]


async def test_rows_that_look_the_same_on_the_server_are_claimed_apart(ledger: Ledger) -> None:
    same = {"title": "Same", "source": "https://origin.example/same.mp4"}
    await ledger.plan(
        [planned(1, **same), planned(2, **same), planned(3, title="Same"), planned(4), planned(5, **same)]
    )
    assert keys(await ledger.claim(10)) == ["key000001", "key000003", "key000004"]
    assert keys(await ledger.claim(10)) == ["key000002"]
    assert keys(await ledger.claim(10)) == ["key000005"]


async def test_a_claim_looks_beyond_rows_that_look_the_same(ledger: Ledger) -> None:
    same = {"title": "Same", "source": "https://origin.example/same.mp4"}
    await ledger.plan([planned(1, **same), planned(2, **same), planned(3, **same), planned(4)])
    assert keys(await ledger.claim(2)) == ["key000001", "key000004"]


async def test_rows_without_a_title_are_told_apart_by_their_source(ledger: Ledger) -> None:
    await ledger.plan(
        [planned(1, title=None), planned(2, title=None), planned(3, title=None, source=planned(1).source)]
    )
    assert keys(await ledger.claim(10)) == ["key000001", "key000002"]


async def test_rows_that_look_the_same_are_claimed_together_by_who_wants_that(ledger: Ledger) -> None:
    await ledger.plan([planned(number, title="Same", source="same.mp4") for number in (1, 2, 3)])
    assert keys(await ledger.claim(2, distinct=False)) == ["key000001", "key000002"]


async def test_many_equal_rows_do_not_keep_a_claim_from_finding_one(ledger: Ledger) -> None:
    await ledger.plan([planned(number, title="Same", source="same.mp4") for number in range(50)] + [planned(99)])
    sizes = [len(await ledger.claim(2)) for _ in range(51)]
    assert sizes[0] == 1
    assert sum(sizes) == 51
    assert 0 not in sizes[:50]


@pytest.mark.parametrize("limit", [0, -1, 501, True, 1.0, "1"])
async def test_a_claim_of_no_sensible_size_is_refused(ledger: Ledger, limit: Any) -> None:
    with pytest.raises(InvalidInputError, match="limit"):
        await ledger.claim(limit)


@pytest.mark.parametrize("how", ["submitted", "adopted", "found"])
async def test_an_asset_belongs_to_one_row(ledger: Ledger, how: str) -> None:
    await ledger.plan([planned(1), planned(2)])
    await ledger.claim(1 if how == "found" else 2)
    await ledger.submitted([("key000001", "a1")])
    if how == "adopted":
        await ledger.lost(["key000002"], "no answer")
    before = await every(ledger)
    moves: dict[str, Callable[[], Awaitable[None]]] = {
        "adopted": lambda: ledger.adopted("key000002", "a1"),
        "submitted": lambda: ledger.submitted([("key000002", "a1")]),
        "found": lambda: ledger.found(adopted=[("key000002", "a1")]),
    }
    with pytest.raises(LedgerError, match=r"asset a1 .* row key000002: it is that of row key000001 \(line 2\)"):
        await moves[how]()
    assert await every(ledger) == before
    assert await ledger.owners(["a1", "a2"]) == {"a1": "key000001"}


async def test_one_video_can_be_the_reason_to_skip_many_rows_and_is_nobodys(ledger: Ledger) -> None:
    await ledger.plan([planned(1), planned(2), planned(3)])
    await ledger.found(skipped=[("key000001", "there"), ("key000002", "there")])
    assert await ledger.owners(["there"]) == {}
    await ledger.found(adopted=[("key000003", "there")])
    assert await ledger.owners(["there"]) == {"there": "key000003"}
    assert [row.asset_id for row in await every(ledger)] == ["there"] * 3


async def test_what_was_found_is_written_down_for_all_rows_or_none(ledger: Ledger) -> None:
    await ledger.plan([planned(1), planned(2)])
    with pytest.raises(RuntimeError):
        await ledger.found(adopted=[("key000001", "a1")], skipped=[("key000002", "a2")], unclear=[("nobody", ["a3"])])
    assert [row.state for row in await every(ledger)] == [State.PLANNED] * 2
    await ledger.found(unclear=[("key000001", ["a1"])], skipped=[("key000002", "a2")], reason="why")
    assert [(row.state, row.error) for row in await every(ledger)] == [("needs_review", "why"), ("skipped", None)]


async def test_whose_assets_they_are_is_told_of_as_many_as_one_likes(ledger: Ledger) -> None:
    await ledger.plan([planned(number) for number in range(1200)])
    while claim := await ledger.claim(500):
        await ledger.submitted([(row.key, f"a{row.number}") for row in claim])
    owners = await ledger.owners(f"a{number}" for number in range(2400))
    assert owners == {row.asset_id: row.key for row in await every(ledger)}
    assert len(owners) == 1200


async def test_rows_are_gone_through_in_order_while_they_change(ledger: Ledger) -> None:
    await ledger.plan([planned(number) for number in range(1201)])
    await ledger.claim(500)
    await ledger.claim(500)
    seen = []
    async for row in ledger.rows(State.SUBMITTING):
        await ledger.lost([row.key], "no answer")
        seen.append(row.number)
    assert seen == list(range(1, 1001))
    assert [row.number async for row in ledger.rows()] == list(range(1, 1202))
    assert (await ledger.counts())[State.UNKNOWN] == 1000


async def test_each_row_of_a_state_comes_once_however_far_they_lie_apart(ledger: Ledger) -> None:
    await ledger.plan([planned(number) for number in range(1500)])
    for _ in range(3):
        claim = await ledger.claim(500)
        await ledger.lost([row.key for row in claim if row.number % 2 == 0], "no answer")
    assert [row.number async for row in ledger.rows(State.UNKNOWN)] == list(range(2, 1501, 2))


async def test_a_ledger_that_is_opened_again_knows_everything_but_what_was_being_sent(tmp_path: Path) -> None:
    path = tmp_path / "videos.ledger"
    async with opened(path) as ledger:
        await ledger.plan([planned(number) for number in range(6)])
        await ledger.claim(5)
        await ledger.submitted([("key000000", "a0"), ("key000001", "a1")])
        await ledger.completed("key000000")
        await ledger.refused("key000002", "no")
        before = await every(ledger)
    async with opened(path, wall := Wall()) as ledger:
        after = await every(ledger)
        assert [row.state for row in after] == ["completed", "submitted", "failed", "unknown", "unknown", "planned"]
        assert [old == new for old, new in zip(before, after, strict=True)] == [True] * 3 + [False] * 2 + [True]
        assert {row.error for row in after[3:5]} == {"the run ended before its outcome was written down"}
        assert after[3].changed.timestamp() == wall.seconds
        # Batches are told apart through all runs.
        assert [row.batch for row in await ledger.claim(5)] == [2]


async def test_who_is_cancelled_in_a_change_is_so_after_it(ledger: Ledger) -> None:
    await ledger.plan([planned(1)])
    await ledger.claim(1)
    task = asyncio.ensure_future(ledger.submitted([("key000001", "a1")]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await ledger.counts())[State.SUBMITTED] == 1


async def test_a_claim_that_is_cancelled_is_taken_back(ledger: Ledger) -> None:
    await ledger.plan([planned(1), planned(2)])
    task = asyncio.ensure_future(ledger.claim(1))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    rows = await every(ledger)
    assert [row.state for row in rows] == [State.PLANNED, State.PLANNED]
    assert rows[0].batch == 1  # it had come to that


async def test_nothing_is_done_once_it_is_closed(tmp_path: Path) -> None:
    ledger = await open_ledger(tmp_path / "videos.ledger")
    await ledger.plan([planned(1)])
    claim = asyncio.ensure_future(ledger.claim(1))
    await asyncio.sleep(0)
    await asyncio.gather(ledger.aclose(), ledger.aclose())
    assert keys(await claim) == ["key000001"]
    for call in (ledger.claim(1), ledger.counts(), ledger.plan([])):
        with pytest.raises(LedgerError, match="is closed"):
            await call
    await ledger.aclose()


async def test_what_is_secret_in_a_row_does_not_show(ledger: Ledger) -> None:
    secret = "https://origin.example/1.mp4?Signature=canary"
    row = planned(1, source=secret, payload=f'{{"url": "{secret}"}}')
    await ledger.plan([row])
    (there,) = await every(ledger)
    assert there.source == secret
    assert "canary" not in repr((row, there))
    assert b"canary" not in pickle.dumps((row, there))
