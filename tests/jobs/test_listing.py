"""Whether a list is read, how far, and when those who can be found in it are due together: all without a server."""

import json
import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tpstreams_async import Polling
from tpstreams_async._sketches import Sketches
from tpstreams_async._walk import ROWS
from tpstreams_async.jobs.listing import WORTH_A_TRY, Listing, choose, price
from tpstreams_async.jobs.schedule import next_interval, next_look, together
from tpstreams_async.jobs.sweep import Sweep

INTERVAL = 2.0
NOW = 1000.0

counts = st.integers(WORTH_A_TRY, 500)
histories = st.lists(
    st.tuples(st.integers(1, 30), counts, st.floats(0, 1), st.floats(0, 100), st.none() | st.integers(0, 10_000)),
    max_size=12,
)


def listing(folder=None, **known):
    return Listing(folder=folder, interval=INTERVAL, **known)


def taught(history, folder=None):
    """Return a list of which some sweeps were made, and the moment after the last one."""
    known, now = listing(folder), NOW
    for pages, due, part, pause, count in history:
        now += pause
        known.count = count
        known.swept(pages=pages, due=due, found=int(due * part), now=now)
    return known, now


def page(first, rows, *, count=None, more=True):
    """Return a page of rows that are named by their places."""
    results = [{"id": f"row{number}", "type": "video"} for number in range(first, first + rows)]
    return Sketches(json.dumps({"results": results, "count": count, "next": "link" if more else None}).encode())


def walk(rows, size, watched, *, count="right", pages_by_offset=True):
    """Sweep a list in which some rows are looked for, one page at a time. Return the sweep and the offsets."""
    known = listing()
    sweep = Sweep(listing=known, missing={f"row{number}" for number in watched}, began=NOW)
    total = {"right": rows, "none": None, "huge": 10**9, "zero": 0}[count]
    offsets = []
    while (offset := sweep.next_offset()) is not None:
        assert not sweep.over
        offsets.append(offset)
        assert len(offsets) <= rows + 10, "no end in sight"
        sweep.asked()
        start = offset if pages_by_offset else 0
        shown = max(0, min(size, rows - start))
        before = len(sweep.missing)
        sweep.missing -= {f"row{number}" for number in range(start, start + shown)}
        sweep.took(page(start, shown, count=total, more=start + size < rows), before - len(sweep.missing))
    assert sweep.over
    sweep.conclude(NOW)
    return sweep, offsets


# What a list is thought to cost


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_page_costs_more_than_a_look_and_more_the_more_rows_it_has(few, many):
    assert price(few) >= 1
    assert (few <= many) == (price(few) <= price(many))


@given(histories, st.integers(0, WORTH_A_TRY - 1), st.floats(0, 1000))
def test_a_list_is_not_worth_it_for_a_few(history, due, pause):
    known, now = taught(history)
    assert known.estimate(due, now + pause) == math.inf


def test_a_list_of_which_nothing_is_known_is_thought_to_have_one_page():
    assert listing().estimate(WORTH_A_TRY, NOW) == price(ROWS)


@given(histories, counts, st.floats(0, 1000))
def test_what_is_thought_is_no_less_than_a_page_and_no_nan(history, due, pause):
    known, now = taught(history)
    assume(known.count != 0)
    assert known.estimate(due, now + pause) >= 1


def test_what_the_last_sweep_took_is_believed_for_a_while():
    known = listing()
    known.swept(pages=3, due=100, found=90, now=NOW)
    assert known.estimate(100, NOW + 8 * INTERVAL) == pytest.approx(3 * price(ROWS) + 10)
    assert known.estimate(100, NOW + 8.1 * INTERVAL) == price(ROWS)


def test_no_more_than_the_whole_list_is_expected_to_be_read():
    known = listing(count=150)
    known.swept(pages=9, due=100, found=90, now=NOW)
    assert known.estimate(100, NOW) == 2 * price(ROWS)


@given(st.integers(1, 20))
def test_a_list_that_does_not_pay_rests_twice_as_long_each_time_up_to_a_bound(losses):
    known = listing()
    for _ in range(losses):
        known.swept(pages=10, due=100, found=5, now=NOW)
    rest = min(64, 2 ** (losses - 1)) * INTERVAL
    assert known.estimate(100, NOW + 0.99 * rest) == math.inf
    assert known.estimate(100, NOW + rest) == price(ROWS)


@given(st.integers(1, 20))
def test_a_sweep_that_paid_ends_the_rests(losses):
    known = listing()
    for _ in range(losses):
        known.swept(pages=10, due=100, found=5, now=NOW)
    known.swept(pages=1, due=100, found=100, now=NOW)
    assert known.estimate(100, NOW) == price(ROWS)


def test_a_list_that_was_too_long_for_a_few_is_read_for_many_without_a_rest():
    known = listing(count=1000)
    known.swept(pages=2, due=20, found=3, now=NOW)
    assert known.estimate(500, NOW) == 10 * price(ROWS)


# Which lists are read


@st.composite
def situations(draw):
    """Draw who is due in which folder, and what is known of the lists."""
    due = draw(st.dictionaries(st.sampled_from([None, "", "course", "other"]), st.integers(1, 300), min_size=1))
    taught_lists = {folder: taught(draw(histories), folder) for folder in {*due, None}}
    now = max(moment for _, moment in taught_lists.values())
    return due, {folder: known for folder, (known, _) in taught_lists.items()}, now


@given(situations())
def test_lists_are_read_only_where_that_is_likely_to_be_cheaper(situation):
    due, listings, now = situation
    chosen = choose(due, listings, now)
    total = sum(due.values())
    assert len(set(chosen)) == len(chosen)
    assert set(chosen) <= {*due, None}
    if chosen == [None]:
        assert listings[None].estimate(total, now) < total
    else:
        assert None not in chosen
        assert all(listings[folder].estimate(due[folder], now) < due[folder] for folder in chosen)


@given(situations())
def test_no_other_choice_between_all_and_some_is_cheaper(situation):
    due, listings, now = situation

    def cost(folders):
        if folders == [None]:
            return listings[None].estimate(sum(due.values()), now)
        lists = sum(listings[folder].estimate(due[folder], now) for folder in folders)
        return lists + sum(count for folder, count in due.items() if folder not in folders)

    chosen = cost(choose(due, listings, now))
    assert chosen <= cost([None]) or cost([None]) >= sum(due.values())
    assert chosen <= cost([])
    for folder in due:
        if folder is not None:
            assert chosen <= cost([folder])


def test_folders_of_few_are_read_as_one_list():
    due = {f"folder{number}": 4 for number in range(10)}
    listings = {folder: listing(folder) for folder in [*due, None]}
    assert choose(due, listings, NOW) == [None]


def test_a_folder_of_many_is_read_where_the_list_of_all_is_long():
    listings = {None: listing(count=100_000), "course": listing("course")}
    listings[None].swept(pages=900, due=100, found=100, now=NOW)
    assert choose({"course": 100, None: 20}, listings, NOW) == ["course"]


# How far a list is read


@given(st.integers(0, 400), st.sampled_from([1, 10, 50, 100]), st.data(), st.sampled_from(["right", "none", "huge"]))
def test_a_walk_ends_and_each_page_begins_where_the_last_one_ended(rows, size, data, count):
    watched = data.draw(st.sets(st.integers(0, 500), min_size=WORTH_A_TRY, max_size=100))
    sweep, offsets = walk(rows, size, watched, count=count)
    assert offsets == [number * min(size, rows) for number in range(len(offsets))]
    assert sweep.found + len(sweep.missing) == len(watched)
    assert sweep.pages == len(offsets) == sweep.listing.pages


@given(st.integers(8, 400), st.sampled_from([10, 50, 100]))
def test_all_rows_of_a_list_that_is_looked_for_are_met(rows, size):
    sweep, offsets = walk(rows, size, range(rows))
    assert not sweep.missing
    assert len(offsets) == math.ceil(rows / size)
    assert not sweep.listing.losses


@given(st.integers(200, 400), st.sampled_from([10, 50, 100]), st.integers(8, 60), st.sampled_from(["right", "none"]))
def test_a_walk_that_finds_nothing_ends_before_it_costs_more_than_it_could_save(rows, size, due, count):
    sweep, offsets = walk(rows, size, range(1000, 1000 + due), count=count)
    assert len(sweep.missing) == due
    # The first page does not count: it tells what there is.
    assert (len(offsets) - 1) * price(size) <= due
    assert sweep.listing.losses == 1


@example(rows=300, size=10, due=30)
@given(st.integers(100, 400), st.sampled_from([10, 50]), st.integers(8, 100))
def test_a_server_that_sends_the_first_page_again_and_again_is_found_out(rows, size, due):
    _, offsets = walk(rows, size, range(rows, rows + due), pages_by_offset=False)
    assert len(offsets) <= 2


def test_a_list_without_rows_ends_at_once():
    _, offsets = walk(0, 100, range(20), count="huge")
    assert offsets == [0]


def test_a_count_that_is_too_low_ends_a_walk_and_no_more():
    sweep, offsets = walk(300, 100, range(300), count="zero")
    assert offsets == [0]
    assert len(sweep.missing) == 200


def test_nothing_more_is_asked_for_before_the_first_page_came():
    sweep = Sweep(listing=listing(), missing={f"row{number}" for number in range(500)}, began=NOW)
    assert sweep.next_offset() == 0
    sweep.asked()
    assert sweep.next_offset() is None
    assert not sweep.over


@pytest.mark.parametrize(("found", "at_once"), [(100, 8), (0, 0)])
def test_pages_are_on_their_way_together_only_while_they_pay(found, at_once):
    due = 2000 if found else 20
    sweep = Sweep(listing=listing(), missing={f"row{number}" for number in range(due)}, began=NOW)
    sweep.asked()
    sweep.missing -= {f"row{number}" for number in range(found)}
    sweep.took(page(0, 100, count=2000), found)
    while sweep.next_offset() is not None:
        sweep.asked()
    assert sweep.reading == at_once


def test_two_pages_at_most_are_on_their_way_where_only_the_last_one_paid():
    sweep = Sweep(listing=listing(), missing={f"row{number}" for number in range(60)}, began=NOW)
    sweep.asked()
    sweep.missing -= {f"row{number}" for number in range(20)}
    sweep.took(page(0, 100, count=100_000), 20)
    while sweep.next_offset() is not None:
        sweep.asked()
    assert sweep.reading == 2


def test_a_page_that_could_not_be_read_ends_the_walk():
    sweep = Sweep(listing=listing(), missing={f"row{number}" for number in range(20)}, began=NOW)
    sweep.asked()
    sweep.gave_up()
    assert sweep.over
    sweep.conclude(NOW)
    assert sweep.listing.estimate(20, NOW) > 20, "it would be tried again at once"


def test_when_nobody_is_missing_any_more_the_walk_is_over():
    sweep = Sweep(listing=listing(), missing={"row1"}, began=NOW)
    assert not sweep.over
    sweep.missing.clear()
    assert sweep.over


# When those who can be found in a list are due

spans = st.tuples(st.floats(0, 1e6), st.floats(0, 1e4)).map(lambda pair: (pair[0], sum(pair)))
pitches = st.floats(0.001, 1000)


@given(spans, pitches)
def test_a_meeting_is_a_multiple_of_the_pitch_within_the_span(span, pitch):
    moment = together(*span, pitch)
    first, last = math.ceil(span[0] / pitch), math.floor(span[1] / pitch)
    if moment is None:
        assert first > last
    else:
        assert first <= round(moment / pitch) <= last
        assert moment == pytest.approx(round(moment / pitch) * pitch)


@given(spans, pitches)
def test_no_rounder_multiple_lies_in_the_span(span, pitch):
    moment = together(*span, pitch)
    assume(moment)
    number, first, last = round(moment / pitch), math.ceil(span[0] / pitch), math.floor(span[1] / pitch)
    rounder = 2 * (number & -number)
    assert first == 0 or math.ceil(first / rounder) > last // rounder


@given(spans, pitches)
def test_those_who_have_the_same_choice_meet(span, pitch):
    moment = together(*span, pitch)
    assume(moment)
    number = round(moment / pitch)
    narrower = (number - 0.25) * pitch, (number + 0.25) * pitch
    assert together(*narrower, pitch) == moment


@pytest.mark.parametrize("pitch", [0.0, -1.0, math.nan])
def test_without_a_pitch_nobody_meets(pitch):
    assert together(1.0, 100.0, pitch) is None


policies = st.builds(
    lambda ends, **rest: Polling(interval=min(ends), interval_max=max(ends), **rest),
    st.tuples(st.floats(0.1, 100), st.floats(0.1, 1000)),
    growth=st.floats(1, 4),
    jitter=st.floats(0.01, 1) | st.just(0.0),
    hint_slowdown=st.floats(1, 100),
    hint_memory=st.floats(0, 1000),
)
unchanged = st.integers(0, 50)
hinted = st.none() | st.floats(0, 2000)


@given(policies, unchanged, st.floats(0, 1), st.floats(0, 2000))
def test_a_hint_slows_down_and_never_beyond_its_memory(polling, times, draw, ago):
    plain = next_interval(polling, times, draw)
    slowed = next_interval(polling, times, draw, ago)
    assert slowed >= plain * (1 - 1e-9)
    assert slowed <= plain * polling.hint_slowdown * (1 + 1e-9)
    if ago >= polling.hint_memory:
        assert slowed == plain
    else:
        unvaried = next_interval(polling, times, 0.5, ago)
        assert unvaried <= (polling.hint_memory - ago + next_interval(polling, times, 0.5)) * (1 + 1e-9)


@given(policies, unchanged, hinted, st.booleans(), st.floats(0, 1), st.floats(0, 1e6))
def test_the_next_look_is_within_the_jitter_whoever_it_is_to_meet(polling, times, ago, meet, chance, now):
    moment = next_look(polling, now, times, uniform=lambda least, most: chance, hinted=ago, meet=meet)
    interval = next_interval(polling, times, 0.5, ago)
    tolerance = 1e-9 * (now + interval)
    assert abs(moment - now - interval) <= interval * polling.jitter + tolerance


@example(polling=Polling(interval=2, jitter=1), times=0, ago=None, now=9.4, took=1.4)
@given(policies, unchanged, hinted, st.floats(0, 1e6), st.floats(0, 500))
def test_after_a_sweep_the_next_look_is_neither_in_the_past_nor_much_later_than_without(polling, times, ago, now, took):
    moment = next_look(polling, now, times, uniform=lambda least, most: most, hinted=ago, since=max(0.0, now - took))
    interval = next_interval(polling, times, 0.5, ago)
    assert moment >= now
    assert moment <= now + interval * (1.25 + polling.jitter) + 1e-9 * (now + interval)


@example(polling=Polling(interval=2, jitter=0.2), times=0, began=0.0, part=0.7)
@given(policies, unchanged, st.floats(0, 1e6), st.floats(0, 0.7))
def test_those_whom_a_sweep_met_one_after_the_other_are_due_together(polling, times, began, part):
    later = began + part * next_interval(polling, times, 0.5)
    looks = {
        next_look(polling, now, times, uniform=lambda least, most: most, meet=True, since=began)
        for now in (began, later)
    }
    assume(polling.jitter <= 0.2)
    assert len(looks) == 1
