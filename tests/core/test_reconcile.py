"""``on_unknown="reconcile"``: a creation whose answer is lost is found again, or sent again, and never doubled."""

import asyncio
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import virtual
from support.scripted import ScriptedServer, answer

from tpstreams_async import (
    BadRequestError,
    ClientClosedError,
    ConnectError,
    InvalidInputError,
    OutcomeUnknownError,
    Reconcile,
    Retry,
    Timeouts,
    TPStreams,
)
from tpstreams_async.simulator import Fault, Simulator

CREATE = "assets/videos/"
SETTLE = 30.0
LOST = [
    pytest.param(Fault.reset(when="after"), id="reset"),
    pytest.param(Fault.close(when="after"), id="close"),
    pytest.param(Fault.status(502, when="after"), id="502"),
    pytest.param(Fault.cut(5), id="cut"),
    pytest.param(Fault.garbled(), id="garbled"),
    pytest.param(Fault.stall(when="after"), id="silence"),
    pytest.param(Fault.status(302, headers={"Location": "/"}, when="after"), id="redirect"),
]
NEVER_DONE = [
    pytest.param(Fault.reset(when="head"), id="reset"),
    pytest.param(Fault.close(), id="close"),
    pytest.param(Fault.status(503), id="503"),
    pytest.param(Fault.stall(), id="silence"),
]


async def create(client: Any, title: str = "Clip", **rest: Any) -> Any:
    return await client.assets.create(
        **{
            "inputs": ["https://origin.example/clip.mp4"],
            "resolutions": ["240p"],
            "title": title,
            "on_unknown": "reconcile",
            **rest,
        }
    )


@pytest.mark.looptime
@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("folder", [False, True], ids=["root", "folder"])
async def test_what_was_created_is_adopted_without_waiting(
    fault: Fault, folder: bool, sim: Simulator, client: Any, looptime: Any
) -> None:
    inside = sim.add_folder("Clips") if folder else None
    sim.add_asset(title="Clip", parent=None if folder else sim.add_folder("Other"))
    sim.faults.add("POST", CREATE, fault)
    asset = await create(client, folder=inside)
    assert (asset.title, sim.journal.count("POST")) == ("Clip", 1)
    assert asset.id == next(reversed(list(sim.assets)))
    assert float(looptime) <= 30, "no longer than it took to know that the answer was lost"


@pytest.mark.looptime
@pytest.mark.parametrize("fault", NEVER_DONE)
async def test_what_was_not_created_is_sent_again_when_it_would_have_to_show(
    fault: Fault, sim: Simulator, client: Any, looptime: Any
) -> None:
    sim.faults.add("POST", CREATE, fault)
    asset = await create(client)
    assert list(sim.assets) == [asset.id]
    first, second = [request.at for request in sim.journal if request.method == "POST"]
    assert second - first >= SETTLE


@pytest.mark.looptime
async def test_what_shows_late_is_found_by_the_second_look(make_sim: Any, make_client: Any, looptime: Any) -> None:
    sim = await make_sim(visible_after=20)
    sim.faults.add("POST", CREATE, Fault.reset(when="after"))
    asset = await create(make_client(sim))
    assert (list(sim.assets), sim.journal.count("POST")) == ([asset.id], 1)
    assert float(looptime) == pytest.approx(SETTLE, abs=1)


@pytest.mark.looptime
async def test_the_settle_time_and_the_limit_are_settings(sim: Simulator, make_client: Any, looptime: Any) -> None:
    client = make_client(sim, reconcile=Reconcile(settle=5, timeout=12))
    sim.faults.add("POST", CREATE, Fault.status(500), times=None)
    with pytest.raises(OutcomeUnknownError) as caught:
        await create(client)
    assert sim.journal.count("POST") == 3
    assert caught.value.attempts == 3
    assert float(looptime) == pytest.approx(10, abs=2)


@pytest.mark.looptime
@pytest.mark.parametrize("settle", [30, 31])
async def test_without_time_to_settle_nothing_is_sent_again(settle: float, sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, reconcile=Reconcile(settle=settle, timeout=30))
    sim.faults.add("POST", CREATE, Fault.status(500))
    with pytest.raises(OutcomeUnknownError):
        await create(client)
    assert [request.method for request in sim.journal] == ["POST", "GET"]


@pytest.mark.looptime
async def test_without_a_settle_time_it_is_sent_again_at_once(sim: Simulator, make_client: Any, looptime: Any) -> None:
    sim.faults.add("POST", CREATE, Fault.status(500))
    await create(make_client(sim, reconcile=Reconcile(settle=0)))
    assert (len(sim.assets), float(looptime)) == (1, pytest.approx(0, abs=0.1))


@pytest.mark.looptime
async def test_several_that_show_late_are_named(make_sim: Any, make_client: Any) -> None:
    sim: Simulator = await make_sim(visible_after=20)
    async with TPStreams(sim.organization_id, sim.token, base_url=sim.url) as other:
        await create(other)
        sim.faults.add("POST", CREATE, Fault.reset(when="after"))
        with pytest.raises(OutcomeUnknownError) as caught:
            await create(make_client(sim))
    assert sorted(caught.value.candidates) == sorted(sim.assets)
    assert sim.journal.count("POST") == 2


@pytest.mark.looptime
@pytest.mark.parametrize("looks", [0, 1])
async def test_a_list_that_is_broken_for_a_while_is_waited_for(looks: int, sim: Simulator, make_client: Any) -> None:
    client = make_client(sim, retry=Retry(attempts=1))
    sim.faults.add("POST", CREATE, Fault.reset())
    sim.faults.add("GET", "assets/", Fault.status(500), times=20, skip=looks)
    asset = await create(client)
    assert list(sim.assets) == [asset.id]


@pytest.mark.looptime
async def test_a_list_that_breaks_after_the_first_look_leaves_the_outcome_unknown(
    sim: Simulator, make_client: Any, looptime: Any
) -> None:
    client = make_client(sim, retry=Retry(attempts=1), reconcile=Reconcile(settle=30, timeout=50))
    sim.faults.add("POST", CREATE, Fault.reset())
    sim.faults.add("GET", "assets/", Fault.status(500), times=None, skip=1)
    with pytest.raises(OutcomeUnknownError) as caught:
        await create(client)
    assert "ServerError: assets.list" in caught.value.__notes__[0]
    assert 40 <= float(looptime) <= 59


SOURCE = "https://origin.example/clip.mp4"
FOLDER = "9f1c2d3e-0000-4000-8000-00000000000a"


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("shown", "adopted"),
    [
        ({}, True),
        ({"parent": {"uuid": FOLDER.upper()}}, True),
        ({"parent": {"uuid": FOLDER.replace("-", "")}}, True),
        ({"parent_id": 17, "parent": {"uuid": FOLDER}}, True),
        ({"parent": {"uuid": "another"}}, False),
        ({"video": {"inputs": [{"url": "https://bucket.storage.example/private/v1.mp4"}]}}, False),
        ({"video": {"inputs": [{"url": "https://origin.example/a/../clip.mp4"}]}}, False),
        ({"video": {"inputs": [{"url": SOURCE + "?Signature=x"}]}}, True),
    ],
)
async def test_what_has_the_title_is_never_taken_for_absent_however_it_is_spelt(
    shown: dict[str, Any], adopted: bool, scripted: Any, make_client: Any
) -> None:
    made: list[dict[str, Any]] = []

    async def step(exchange: Any) -> None:
        if exchange.request.method == "POST":
            made.append({"id": f"v{len(made)}", "title": "Clip", "type": "video", **shown})
            await exchange.reset()
        else:
            await answer({"count": len(made), "next": None, "results": made})(exchange)

    call = create(make_client(await scripted(step)), folder=FOLDER)
    if adopted:
        assert (await call).id == "v0"
    else:
        with pytest.raises(OutcomeUnknownError, match="1 fit: v0") as caught:
            await call
        assert caught.value.candidates == ("v0",)
        assert "reset" in str(caught.value.__cause__).lower()
    assert len(made) == 1


@pytest.mark.looptime
@pytest.mark.parametrize("fault", [Fault.stall(), Fault.status(429, headers={"Retry-After": "30"}), Fault.delay(25)])
@pytest.mark.parametrize("timeout", [0.5, 100])
async def test_finding_out_ends_in_time_whatever_the_list_does(
    fault: Fault, timeout: float, sim: Simulator, make_client: Any, looptime: Any
) -> None:
    for number in range(1000):
        sim.add_asset(title=f"Other {number}")
    client = make_client(sim, reconcile=Reconcile(settle=0, timeout=timeout))
    sim.faults.add("POST", CREATE, Fault.reset(), times=None)
    sim.faults.add("GET", "assets/", fault, times=None)
    with pytest.raises(OutcomeUnknownError) as caught:
        await create(client)
    assert f"Reconcile.timeout={timeout:g} s" in caught.value.__notes__[-1]
    assert float(looptime) == pytest.approx(timeout, abs=1)


@pytest.mark.looptime
async def test_a_list_that_can_never_be_understood_is_soon_given_up(scripted: Any, make_client: Any) -> None:
    rows = [{"id": f"a{number}", "title": "Other"} for number in range(100)]

    async def step(exchange: Any) -> None:
        if exchange.request.method == "POST":
            await exchange.reset()
        else:
            await answer({"count": 1000, "next": "/?offset=100", "results": rows})(exchange)

    server: ScriptedServer = await scripted(step)
    with pytest.raises(OutcomeUnknownError) as caught:
        await create(make_client(server))
    assert "no end in sight" in caught.value.__notes__[0]
    assert len(server.requests) <= 1 + 3 * 52


@pytest.mark.looptime
@pytest.mark.parametrize("method", ["find", "create"])
async def test_another_event_loop_is_named_though_the_first_is_at_it(method: str, sim: Simulator, client: Any) -> None:
    calls: Any = {"find": lambda: client.assets.find(title="Clip"), "create": lambda: create(client)}
    sim.faults.add("*", "*", Fault.delay(5), times=None)
    here = [asyncio.create_task(calls[method]()) for _ in range(3)]
    await asyncio.sleep(1)
    errors: list[BaseException] = []

    def elsewhere() -> None:
        try:
            asyncio.run(asyncio.wait_for(calls[method](), 5))
        except BaseException as error:  # noqa: BLE001 - it is looked at below
            errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert isinstance(errors[0], ClientClosedError)
    assert "another event loop" in str(errors[0])
    await asyncio.gather(*here)


@pytest.mark.looptime
async def test_several_that_fit_are_named_and_nothing_is_sent_again(sim: Simulator, client: Any) -> None:
    before = [sim.add_asset(title="Clip"), sim.add_asset(title="Clip")]
    sim.faults.add("POST", CREATE, Fault.reset(when="before"))
    with pytest.raises(OutcomeUnknownError) as caught:
        await create(client)
    assert sorted(caught.value.candidates) == sorted(before)
    assert all(asset_id in str(caught.value) for asset_id in before)
    assert sim.journal.count("POST") == 1


@pytest.mark.looptime
@pytest.mark.parametrize("fault", [Fault.status(401), Fault.status(403)])
async def test_a_list_that_may_not_be_read_leaves_the_outcome_unknown(
    fault: Fault, sim: Simulator, client: Any
) -> None:
    sim.faults.add("POST", CREATE, Fault.reset(when="after"))
    sim.faults.add("GET", "assets/", fault)
    with pytest.raises(OutcomeUnknownError) as caught:
        await create(client)
    assert "Error: assets.list: the " in caught.value.__notes__[0]
    assert sim.journal.count("POST") == 1


@pytest.mark.looptime
async def test_a_list_that_cannot_be_read_leaves_the_outcome_unknown_in_time(
    sim: Simulator, make_client: Any, looptime: Any
) -> None:
    client = make_client(sim, reconcile=Reconcile(timeout=100))
    sim.faults.add("POST", CREATE, Fault.reset(when="after"))
    sim.faults.add("GET", "*", Fault.status(500), times=None)
    with pytest.raises(OutcomeUnknownError):
        await create(client)
    assert sim.journal.count("POST") == 1
    assert float(looptime) < 100 + 60


@pytest.mark.looptime
async def test_the_second_attempt_can_be_refused(sim: Simulator, client: Any) -> None:
    sim.faults.add("POST", CREATE, Fault.status(500), Fault.status(400))
    with pytest.raises(BadRequestError):
        await create(client)
    assert len(sim.assets) == 0


@pytest.mark.looptime
async def test_equal_creations_take_turns_and_never_share_a_video(sim: Simulator, client: Any) -> None:
    sim.faults.add("POST", CREATE, Fault.reset(when="after"), Fault.reset(), Fault.status(500, when="after"), times=2)
    assets = await asyncio.gather(*(create(client) for _ in range(8)))
    assert sorted(asset.id for asset in assets) == sorted(sim.assets)
    assert len(sim.assets) == 8


@pytest.mark.looptime
async def test_a_video_of_an_earlier_call_is_not_taken_for_this_ones(sim: Simulator, client: Any) -> None:
    first = await create(client)
    sim.faults.add("POST", CREATE, Fault.reset())
    second = await create(client.with_options(timeouts=Timeouts(total=30)))
    assert sorted([first.id, second.id]) == sorted(sim.assets)


@pytest.mark.looptime
async def test_many_lost_answers_cost_few_walks(sim: Simulator, client: Any) -> None:
    for number in range(300):
        sim.add_asset(title=f"Other {number}")
    sim.faults.add("POST", CREATE, Fault.status(504, when="after"), times=None)
    assets = await asyncio.gather(*(create(client, f"Clip {number}") for number in range(100)))
    assert sorted(asset.title for asset in assets) == sorted(f"Clip {number}" for number in range(100))
    assert sim.journal.count("POST") == 100
    assert sim.journal.count("GET") <= 3 * 5


@pytest.mark.looptime
@pytest.mark.parametrize("after", [0.5, 10])
async def test_closing_while_it_is_unknown_says_so(after: float, sim: Simulator, client: Any) -> None:
    sim.faults.add("POST", CREATE, Fault.reset())
    sim.faults.add("GET", "assets/", Fault.delay(5))
    call = asyncio.create_task(create(client))
    await asyncio.sleep(after)
    await client.aclose()
    with pytest.raises(ClientClosedError, match=r"client\.assets\.find") as caught:
        await call
    assert caught.value.outcome_unknown


@pytest.mark.looptime
async def test_cancelling_leaves_the_way_free_for_the_next(sim: Simulator, client: Any) -> None:
    sim.faults.add("POST", CREATE, Fault.reset(when="after"))
    sim.faults.add("GET", "assets/", Fault.stall(60))
    calls = [asyncio.create_task(create(client)) for _ in range(2)]
    await asyncio.sleep(1)
    calls[0].cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert len(sim.assets) == 2


@pytest.mark.looptime
async def test_by_default_nothing_is_looked_for(sim: Simulator, client: Any) -> None:
    sim.faults.add("POST", CREATE, Fault.reset(when="after"))
    with pytest.raises(OutcomeUnknownError, match=r"client.assets.find\(title='Clip'"):
        await create(client, on_unknown="raise")
    assert [request.method for request in sim.journal] == ["POST"]


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("given", "argument"),
    [({"title": None}, "title"), ({"on_unknown": "retry"}, "on_unknown"), ({"on_unknown": None}, "on_unknown")],
)
async def test_what_could_not_be_found_again_is_refused_at_once(
    given: dict[str, Any], argument: str, sim: Simulator, client: Any
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await create(client, **given)
    assert caught.value.argument == argument
    assert sim.journal.count() == 0


FAULTS = st.sampled_from(
    [
        Fault.reset(when="head"),
        Fault.reset(),
        Fault.reset(when="after"),
        Fault.close(when="after"),
        Fault.status(429),
        Fault.status(503),
        Fault.status(503, when="after"),
        Fault.cut(3),
        Fault.garbled(),
        Fault.stall(20),
        Fault.stall(20, when="after"),
        Fault.delay(1),
    ]
)


@settings(max_examples=60)
@given(st.lists(FAULTS, max_size=12), st.lists(FAULTS, max_size=12), st.integers(1, 6), st.floats(0, 15))
def test_each_call_that_returns_has_a_video_of_its_own_and_no_other_exists(
    creating: list[Fault], listing: list[Fault], calls: int, visible_after: float
) -> None:
    # A video shows at the latest 25 s after its answer was given up: the silence before the work, less the limit of an
    # attempt, plus `visible_after`. That is within the settle time.
    async def story() -> None:
        async with Simulator(fetch=False, visible_after=visible_after) as sim:
            for method, route, faults in (("POST", CREATE, creating), ("GET", "assets/", listing)):
                for fault in faults:
                    sim.faults.add(method, route, fault)
            short = Timeouts(total=40, attempt=10)
            async with TPStreams(sim.organization_id, sim.token, base_url=sim.url, timeouts=short) as client:
                made = await asyncio.gather(
                    *(create(client, f"Clip {number % 3}") for number in range(calls)), return_exceptions=True
                )
            ids = [each.id for each in made if not isinstance(each, BaseException)]
            assert len(ids) == len(set(ids))
            assert len(sim.assets) >= len(ids)
            unknown = sum(isinstance(each, OutcomeUnknownError) for each in made)
            assert len(sim.assets) <= len(ids) + unknown
            for each in made:
                assert not isinstance(each, BaseException) or isinstance(each, (OutcomeUnknownError, ConnectError))

    virtual.run(story())
