"""Every route of the table keeps what its effect promises, whatever happens to its request or to its answer."""

import re
from typing import Any

import pytest
from faults.acts import now
from faults.calls import CALLS, ROUTES, named
from faults.conftest import Tell
from faults.trials import Begin, Trial

from tpstreams_async import (
    AuthenticationError,
    BadRequestError,
    DecodeError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    TPStreamsError,
    TransportError,
)
from tpstreams_async._route import Effect
from tpstreams_async.simulator import Fault

pytestmark = pytest.mark.looptime

READS = named(Effect.READ)
CHANGES = named(Effect.CHANGE)
#: Those that may be sent again whatever became of the first one.
AGAIN = named(Effect.READ, Effect.REPLACE, Effect.DELETE)
HARMLESS = named(Effect.REPLACE, Effect.DELETE)


def row(number: int, what: str, fault: Fault) -> Any:
    return pytest.param(fault, id=what, marks=pytest.mark.row(number))


#: Nobody knows then what the server did.
LOST = [
    row(11, "reset before the work", Fault.reset()),
    row(11, "reset after the work", Fault.reset(when="after")),
    row(11, "closed before the work", Fault.close()),
    row(11, "closed after the work", Fault.close(when="after")),
    row(16, "silence before the work", Fault.stall()),
    row(16, "silence after the work", Fault.stall(when="after")),
    row(20, "garbage", Fault.garbage(when="after")),
    row(21, "a huge header", Fault.raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", when="after")),
    row(23, "408", Fault.status(408)),
    row(29, "500 before the work", Fault.status(500)),
    row(29, "500 after the work", Fault.status(500, when="after")),
    row(29, "502 with a page of HTML", Fault.html(502, when="after")),
    row(29, "503 with a wait", Fault.status(503, headers={"Retry-After": "2"})),
]
#: The beginning of an answer, for those who read one.
BROKEN = [
    row(13, "reset inside the answer", Fault.cut(9, reset=True)),
    row(14, "cut inside the answer", Fault.cut(9)),
    row(15, "cut inside a chunk", Fault.cut(9, chunked=True)),
    row(43, "corrupt gzip", Fault.gzip(corrupt=True)),
    row(39, "a page of HTML with 200", Fault.html(200, when="after")),
    row(40, "garbled JSON", Fault.garbled()),
    row(40, "an empty body", Fault.status(200, body=b"", when="after")),
]
REFUSALS = [
    pytest.param(Fault.status(400, body={"title": ["No."]}), BadRequestError, id="400"),
    pytest.param(Fault.status(401, body={"detail": "Invalid token."}), AuthenticationError, id="401"),
    pytest.param(Fault.status(403), PermissionDeniedError, id="403"),
    pytest.param(Fault.html(404), NotFoundError, id="404 with a page of HTML"),
    pytest.param(Fault.status(409), BadRequestError, id="409"),
]


def test_each_route_of_the_table_has_its_call() -> None:
    assert set(CALLS) == set(ROUTES)


def test_each_change_says_how_to_find_out() -> None:
    assert {name for name, call in CALLS.items() if call.tells} == set(CHANGES) | set(HARMLESS)
    assert all(bool(route.how_to_find_out) == (route.effect is not Effect.READ) for route in ROUTES.values())


def test_no_post_is_taken_for_harmless_but_a_logout() -> None:
    by_method = {"GET": Effect.READ, "POST": Effect.CHANGE, "PUT": Effect.REPLACE, "PATCH": Effect.REPLACE}
    by_method["DELETE"] = Effect.DELETE
    assert {name for name, route in ROUTES.items() if route.effect is not by_method[route.method]} == {"LOGOUT"}


@pytest.mark.parametrize("name", CALLS)
async def test_undisturbed_it_is_one_request(name: str, begin: Begin) -> None:
    trial = await begin(name)
    await trial.succeeds()
    first, *_ = trial.sim.journal
    parts = [re.escape(part) for part in trial.route.template.split("{}")]
    assert first.method == trial.route.method
    assert re.fullmatch(f".*/{'[^/]+'.join(parts).lstrip('/')}", first.path)
    assert len(trial.arrivals) == 1
    assert (first.headers.get("Authorization") is None) == trial.route.anonymous


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("name", AGAIN)
async def test_what_does_no_harm_twice_is_sent_again(name: str, fault: Fault, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(fault)
    await trial.succeeds()
    assert len(trial.arrivals) == 2
    told(trial.route.name, "2 requests; success")


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_is_sent_once(name: str, fault: Fault, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(fault, times=None)
    error = await trial.fails(OutcomeUnknownError)
    _is_a_useful_word(error, trial)
    assert error.attempts == len(trial.arrivals) == 1
    assert "was not sent again" in str(error)
    told(trial.route.name, error)


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("name", [name for name in AGAIN if CALLS[name].body])
async def test_an_answer_that_makes_no_sense_is_asked_for_again(
    name: str, fault: Fault, begin: Begin, told: Tell
) -> None:
    trial = await begin(name)
    trial.meets(fault)
    await trial.succeeds()
    assert len(trial.arrivals) == 2
    told(trial.route.name, "2 requests; success")


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("name", [name for name in CHANGES if CALLS[name].body])
async def test_a_change_that_is_answered_with_nonsense_is_sent_once(
    name: str, fault: Fault, begin: Begin, told: Tell
) -> None:
    trial = await begin(name)
    trial.meets(fault, times=None)
    if trial.call.binary and fault.kind == "garble":
        assert isinstance(await trial.succeeds(), bytes), "nobody can tell"
        return
    error = await trial.fails(OutcomeUnknownError)
    _is_a_useful_word(error, trial)
    assert error.attempts == len(trial.arrivals) == 1
    told(trial.route.name, error)


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("name", HARMLESS)
async def test_what_is_lost_each_time_may_be_done_or_not(name: str, fault: Fault, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(fault, times=None)
    error = await trial.fails(OutcomeUnknownError)
    _is_a_useful_word(error, trial)
    assert error.attempts == len(trial.arrivals)
    assert "does no harm" in str(error)
    told(trial.route.name, error)


@pytest.mark.row(29)
@pytest.mark.parametrize("name", READS)
async def test_a_read_that_always_fails_says_how(name: str, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(Fault.html(502), times=None)
    error = await trial.fails(ServerError)
    assert (error.status, error.attempts, len(trial.arrivals)) == (502, 4, 4)
    told(trial.route.name, error)


@pytest.mark.row(11)
@pytest.mark.parametrize("name", READS)
async def test_a_read_that_never_gets_through_says_so(name: str, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(Fault.reset(when="after"), times=None)
    error = await trial.fails(TransportError)
    assert error.attempts == len(trial.arrivals) == 4
    told(trial.route.name, error)


@pytest.mark.row(40)
@pytest.mark.parametrize("name", [name for name in READS if CALLS[name].body])
async def test_a_read_that_never_makes_sense_says_so(name: str, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(Fault.garbled(), times=None)
    error = await trial.fails(DecodeError)
    assert trial.route.name in str(error)
    assert len(trial.arrivals) == 2
    told(trial.route.name, error)


@pytest.mark.row(25)
@pytest.mark.parametrize("name", CALLS)
async def test_what_was_turned_away_is_sent_again_in_time(name: str, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(Fault.status(429, headers={"Retry-After": "3"}), times=2)
    began_at = now()
    await trial.succeeds()
    first, *later = trial.arrivals
    assert [at - first for at in later] == pytest.approx([3, 6], abs=0.2)
    told(trial.route.name, f"{len(later) + 1} requests in {now() - began_at:.0f} s; success")


@pytest.mark.row(27)
@pytest.mark.parametrize("name", CALLS)
async def test_a_wait_beyond_the_cap_is_told_at_once(name: str, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(Fault.status(429, headers={"Retry-After": "600"}))
    began_at = now()
    error = await trial.fails(RateLimitedError)
    assert (error.retry_after, len(trial.arrivals), round(now() - began_at, 1)) == (600, 1, 0)
    told(trial.route.name, error)


@pytest.mark.row(24, 31, 32)
@pytest.mark.parametrize(("fault", "kind"), REFUSALS)
@pytest.mark.parametrize("name", CALLS)
async def test_a_refusal_is_told_at_once(
    name: str, fault: Fault, kind: type[TPStreamsError], begin: Begin, told: Tell
) -> None:
    trial = await begin(name)
    trial.meets(fault, times=None)
    if name == "LOGOUT" and kind is AuthenticationError:
        assert await trial.succeeds() is True, "a token that is not accepted is as good as logged out"
        return
    error = await trial.fails(kind)
    assert (error.method, len(trial.arrivals)) == (trial.route.method, 1)
    assert trial.route.name in str(error)
    told(trial.route.name, error)


@pytest.mark.row(36)
@pytest.mark.parametrize("name", CALLS)
async def test_no_redirect_is_followed(name: str, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(Fault.status(307, headers={"Location": "https://elsewhere.example/"}), times=None)
    reads = trial.route.effect is Effect.READ
    error = await trial.fails(ServerError if reads else OutcomeUnknownError)
    assert len(trial.arrivals) == len(trial.sim.journal) == 1
    told(trial.route.name, error)


def _is_a_useful_word(error: OutcomeUnknownError, trial: Trial) -> None:
    assert (error.operation, error.method) == (trial.route.name, trial.route.method)
    assert trial.call.tells in error.how_to_find_out
    assert f"To find out: {error.how_to_find_out}" in str(error)
    assert isinstance(error.__cause__, TPStreamsError)
