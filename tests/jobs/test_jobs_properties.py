"""What holds for every policy and every ref."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tpstreams_async import InvalidInputError, Polling
from tpstreams_async._validate import RESOLUTIONS
from tpstreams_async.jobs.keys import Key
from tpstreams_async.jobs.kinds import KINDS, parse_ref, read_resolutions
from tpstreams_async.jobs.looks import VIDEO_WORDS, Stage
from tpstreams_async.jobs.schedule import next_interval

policies = st.builds(
    lambda ends, **rest: Polling(interval=min(ends), interval_max=max(ends), **rest),
    st.tuples(st.floats(0.001, 1e6), st.floats(0.001, 1e6)),
    growth=st.floats(1, 1000),
    jitter=st.floats(0, 1),
)
counts = st.one_of(st.integers(0, 100), st.integers(0, 10**12))
draws = st.floats(0, 1)
ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


@given(policies, counts, draws)
def test_an_interval_is_finite_and_within_its_bounds(polling, unchanged, draw):
    seconds = next_interval(polling, unchanged, draw)
    assert math.isfinite(seconds)
    assert 0 <= seconds <= polling.interval_max * (1 + polling.jitter) * (1 + 1e-9)
    least = min(polling.interval, polling.interval_max) * (1 - polling.jitter)
    assert seconds >= least * (1 - 1e-9)


@given(st.floats(1, 1e308), counts)
def test_no_growth_is_too_much(growth, unchanged):
    assert next_interval(Polling(growth=growth, jitter=0), unchanged, 0.5) <= 30


@given(policies, st.integers(0, 200), draws)
def test_intervals_never_shrink_while_nothing_changes(polling, unchanged, draw):
    assert next_interval(polling, unchanged, draw) <= next_interval(polling, unchanged + 1, draw)


@given(policies, counts)
def test_the_middle_draw_is_the_interval_itself(polling, unchanged):
    try:
        grown = polling.interval * polling.growth**unchanged
    except OverflowError:
        grown = math.inf
    expected = min(polling.interval_max, grown)
    assert next_interval(polling, unchanged, 0.5) == pytest.approx(expected)


@given(policies, counts, draws)
def test_jitter_is_a_part_of_the_interval_itself(polling, unchanged, draw):
    middle = next_interval(polling, unchanged, 0.5)
    assert abs(next_interval(polling, unchanged, draw) - middle) <= middle * (polling.jitter + 1e-9)


@given(policies)
def test_the_first_interval_is_the_first_interval(polling):
    assert next_interval(polling, 0, 0.5) == min(polling.interval, polling.interval_max)


#: The last parts of refs, by kind; all other kinds have none.
runs = {
    "trim": st.none() | st.integers(0, 10**18 - 1),
    "resolutions_deleted": st.sets(st.sampled_from(RESOLUTIONS), min_size=1).map(read_resolutions),
}


@given(st.sampled_from(sorted(KINDS)), ids, st.data())
def test_every_ref_survives_the_round_trip(kind, asset_id, data):
    key = Key(kind=kind, id=asset_id, run=data.draw(runs.get(kind, st.none())))
    parsed_kind, parsed = parse_ref(key.ref)
    assert (parsed_kind.name, parsed) == (kind, key)


@given(st.one_of(st.text(), st.lists(st.text(max_size=5), max_size=5).map(":".join), st.binary(), st.integers()))
def test_any_other_ref_is_refused_in_one_way(ref):
    try:
        kind, key = parse_ref(ref)
    except InvalidInputError as error:
        argument = error.argument
    else:
        argument = "ref"
        assert kind is KINDS[key.kind]
        assert ref.startswith(f"{key.kind}:{key.id}")
    assert argument == "ref"


@given(st.from_regex(r"(asset|trim|subtitle):[A-Za-z0-9:_./-]{0,20}", fullmatch=True))
def test_what_looks_like_a_ref_is_taken_only_if_it_says_the_same(ref):
    try:
        _, key = parse_ref(ref)
    except InvalidInputError:
        return
    kind, asset_id, *run = ref.split(":")
    assert (key.kind, key.id, key.run) == (kind, asset_id, int(run[0]) if run else None)


@given(st.sampled_from(["Completed", "Error", "Not Started", "Transcoding"]), st.randoms(), st.text(" _-", max_size=3))
def test_case_and_the_way_words_are_joined_do_not_matter(word, random, padding):
    written = "".join(random.choice([letter.upper(), letter.lower()]) for letter in word)
    written = written.replace(" ", random.choice([" ", "_", "-"]))
    assert VIDEO_WORDS.stage(padding + written + padding) == VIDEO_WORDS.stage(word)


@given(st.text())
def test_only_the_words_that_are_known_end_anything(word):
    stage, known = VIDEO_WORDS.stage(word)
    assert stage is Stage.PENDING or known
