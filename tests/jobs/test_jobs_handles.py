"""A handle: made without I/O, from a model or an id, and written down as text."""

import copy
import pickle

import pytest
from job_support import Watched

from tpstreams_async import Asset, InvalidInputError, JobFailedError, Polling, TrimStart, TrimStatus

BAD_IDS = ["", " ", "a/b", "../x", "a?b", "a#b", "a%2fb", "ä", "a" * 65, "a\n", None, 5, b"abc", ["abc"]]


async def test_making_handles_asks_nobody(sim, client):
    asset_id = sim.add_asset()
    jobs = client.jobs
    made = [
        jobs.asset(asset_id),
        jobs.trim(asset_id),
        jobs.subtitle(asset_id),
        jobs.until(asset_id, lambda _: True),
        jobs.resume(f"asset:{asset_id}"),
    ]
    made.append(made[0].updates())
    assert sim.journal.total == 0
    assert Watched(client).empty


def test_handles_can_be_made_without_a_loop(make_offline):
    client = make_offline()
    assert client.jobs.asset("abc").ref == "asset:abc"
    assert client.jobs.resume("trim:abc:5").ref == "trim:abc:5"


async def test_a_model_or_its_id_name_the_same_job(sim, client):
    asset = await client.assets.get(sim.add_asset())
    for make in (client.jobs.asset, client.jobs.subtitle, client.jobs.trim):
        assert make(asset).ref == make(asset.id).ref
    predicate = bool
    assert client.jobs.until(asset, predicate).id == client.jobs.until(asset.id, predicate).id == asset.id


def test_a_handle_tells_its_kind_and_id(make_offline):
    jobs = make_offline().jobs
    assert [(job.kind, job.id) for job in (jobs.asset("a1"), jobs.trim("b2"), jobs.subtitle("c3"))] == [
        ("asset", "a1"),
        ("trim", "b2"),
        ("subtitle", "c3"),
    ]
    assert jobs.until("d4", bool).kind == "until"


@pytest.mark.parametrize("bad", BAD_IDS, ids=repr)
@pytest.mark.parametrize(("kind", "argument"), [("asset", "asset"), ("trim", "trim"), ("subtitle", "asset")])
def test_an_id_that_is_none_is_refused(make_offline, kind, argument, bad):
    with pytest.raises(InvalidInputError) as caught:
        getattr(make_offline().jobs, kind)(bad)
    assert isinstance(caught.value, ValueError)
    assert caught.value.argument == argument


def test_models_of_something_else_are_refused(make_offline):
    jobs = make_offline().jobs
    start = TrimStart(asset_id="abc", trim_job_id=5)
    for make in (jobs.asset, jobs.subtitle):
        with pytest.raises(InvalidInputError):
            make(start)
    with pytest.raises(InvalidInputError):
        jobs.trim(TrimStart(asset_id="../x", trim_job_id=5))
    with pytest.raises(InvalidInputError):
        jobs.asset(Asset(id="a/b"))


def test_a_ref_is_plain_text(make_offline):
    jobs = make_offline().jobs
    assert jobs.asset("Qm7tKd3wNzB").ref == "asset:Qm7tKd3wNzB"
    assert jobs.subtitle("Qm7tKd3wNzB").ref == "subtitle:Qm7tKd3wNzB"
    assert jobs.trim("Qm7tKd3wNzB").ref == "trim:Qm7tKd3wNzB"
    assert jobs.trim(TrimStart(asset_id="Qm7tKd3wNzB", trim_job_id=731)).ref == "trim:Qm7tKd3wNzB:731"


@pytest.mark.parametrize("ref", ["asset:a_-1", "subtitle:abc", "trim:abc", "trim:abc:0", "trim:abc:731"])
def test_a_ref_survives_the_round_trip(make_offline, ref):
    job = make_offline().jobs.resume(ref)
    assert job.ref == ref
    assert make_offline().jobs.resume(job.ref).ref == ref


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "asset",
        "asset:",
        ":abc",
        "asset:a/b",
        "asset:abc:5",
        "subtitle:abc:5",
        "trim:abc:",
        "trim:abc:x",
        "trim:abc:-1",
        "trim:abc:+1",
        "trim:abc:1.5",
        "trim:abc:1_0",
        "trim:abc:٣",
        "trim:abc:²",
        "trim:abc: 5",
        "trim:abc:5:6",
        "trim:abc:" + "9" * 19,
        "until:abc",
        "ASSET:abc",
        "video:abc",
        " asset:abc",
        "asset:abc\n",
        "asset:" + "a" * 65,
        None,
        7,
        b"asset:abc",
        ["asset", "abc"],
    ],
    ids=repr,
)
def test_a_ref_that_is_none_is_refused(make_offline, ref):
    with pytest.raises(InvalidInputError) as caught:
        make_offline().jobs.resume(ref)
    assert caught.value.argument == "ref"


async def test_another_client_waits_on_from_a_ref(sim, connect):
    asset_id = sim.add_asset()
    first, second = connect(), connect()
    start = await first.assets.trim(asset_id, end_time=30)
    ref = first.jobs.trim(start).ref
    await first.aclose()
    trim = await second.jobs.resume(ref)
    assert (trim.id, trim.status_display) == (start.trim_job_id, "Completed")


async def test_subtitle_and_asset_are_resumed_as_what_they_were(sim, connect):
    asset_id = sim.add_asset()
    client = connect()
    await client.assets.generate_subtitle(asset_id)
    assert (await client.jobs.resume(f"asset:{asset_id}")).id == asset_id
    asset = await client.jobs.resume(f"subtitle:{asset_id}")
    assert [track.subtitle_type for track in asset.video.subtitles] == ["Auto Generated"]


async def test_neither_ref_nor_repr_nor_error_has_the_token(sim, client):
    asset_id = sim.add_asset(status="Error")
    job = client.jobs.asset(asset_id)
    with pytest.raises(JobFailedError) as caught:
        await job
    shown = [job.ref, repr(job), str(caught.value), repr(caught.value), repr(vars(caught.value)), repr(client.jobs)]
    assert not [text for text in shown if sim.token in text]


async def test_an_error_can_be_pickled_and_still_names_the_way_on(sim, client):
    job = client.jobs.asset(sim.add_asset(status="Error"))
    with pytest.raises(JobFailedError) as caught:
        await job
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is JobFailedError
    assert (copy.ref, copy.job) == (job.ref, None)
    assert repr(copy.snapshot) == repr(caught.value.snapshot)
    assert copy.snapshot.id == job.id
    assert str(copy) == str(caught.value)
    assert client.jobs.resume(copy.ref).ref == job.ref


async def test_the_repr_names_the_job_and_whether_it_ended(sim, client):
    asset_id = sim.add_asset()
    job = client.jobs.asset(asset_id)
    assert repr(job) == f"<Job asset:{asset_id} not ended>"
    await job
    assert repr(job) == f"<Job asset:{asset_id} ended>"
    assert repr(client.jobs.until(asset_id, bool)) == f"<Job until:{asset_id} not ended>"


async def test_a_handle_that_did_not_wait_does_not_know_of_the_end(sim, client):
    asset_id = sim.add_asset()
    waits, idle = client.jobs.asset(asset_id), client.jobs.asset(asset_id)
    await waits
    assert (waits.done, idle.done) == (True, False)
    assert idle.latest is None


def test_a_handle_belongs_to_no_loop_until_it_is_awaited(make_offline):
    job = make_offline().jobs.asset("abc")
    assert not job.done
    with pytest.raises(AttributeError):
        job.ref = "asset:other"


@pytest.mark.parametrize("spoil", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_job_is_kept_by_its_ref_and_not_pickled(make_offline, spoil):
    with pytest.raises(TypeError, match=r"keep its ref, and resume it with client\.jobs\.resume\(ref\)"):
        spoil(make_offline().jobs.asset("Qm7tKd3wNzB"))


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda jobs: jobs.trim(5), "trim"),
        (lambda jobs: jobs.revert_trim(5), "revert"),
        (lambda jobs: jobs.asset(TrimStart(asset_id="Qm7tKd3wNzB", trim_job_id=7)), "asset"),
        (lambda jobs: jobs.subtitle(TrimStatus(id=7)), "asset"),
    ],
)
def test_what_names_no_job_of_the_kind_is_refused_by_its_argument(make_offline, make, argument):
    with pytest.raises(InvalidInputError) as caught:
        make(make_offline().jobs)
    assert caught.value.argument == argument


async def test_one_job_is_not_several(client):
    job = client.jobs.asset("Qm7tKd3wNzB")
    with pytest.raises(InvalidInputError, match=r"must be several, such as \[client"):
        await client.jobs.gather(job)
    with pytest.raises(InvalidInputError, match="must be several"):
        await anext(client.jobs.as_completed(None))


def test_the_first_interval_is_not_longer_than_the_longest():
    with pytest.raises(InvalidInputError, match="interval_max: must be at least interval=60, but is 30"):
        Polling(interval=60)
