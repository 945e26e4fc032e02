"""What breaks once there is a connection: a read is made again, and of a change nobody knows what became of it."""

import asyncio
import socket
from typing import Any

import pytest
from faults.acts import (
    ACTS,
    ANY_ANSWER,
    DEADLINE,
    FIND_OUT,
    LATER,
    LOOK,
    NAMES,
    VIDEO,
    Case,
    creation_is_unknown,
    every_act,
    every_read,
    failure,
    now,
    of_row,
    read_gives_up,
    read_survives,
    story,
    success,
)
from faults.conftest import Tell
from support.scripted import Exchange, ScriptedServer, answer, hang_up

from tpstreams_async import NotFoundError, OutcomeUnknownError, RequestTimeoutError, Retry, Timeouts, TransportError
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

MANY = b"".join(b"X-%d: y\r\n" % number for number in range(500))


BREAKS = [
    of_row(pytest.mark.row(11), "reset before the work", Fault.reset(), 0),
    of_row(pytest.mark.row(11), "close before the work", Fault.close(), 0),
    of_row(pytest.mark.row(11), "reset after the work", Fault.reset(when="after")),
    of_row(pytest.mark.row(11), "close after the work", Fault.close(when="after")),
    of_row(pytest.mark.row(13), "reset inside the body", Fault.cut(reset=True)),
    of_row(pytest.mark.row(13), "reset after the head", Fault.cut(0, reset=True)),
    of_row(pytest.mark.row(14), "body cut short", Fault.cut()),
    of_row(pytest.mark.row(15), "chunked body cut short", Fault.cut(chunked=True)),
    of_row(pytest.mark.row(20), "no HTTP at all", Fault.garbage(when="after")),
    of_row(pytest.mark.row(20), "no number for a status", Fault.raw(b"HTTP/1.1 2OO OK\r\n\r\n", when="after")),
    of_row(
        pytest.mark.row(21),
        "header of 20,000 bytes",
        Fault.raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", when="after"),
    ),
    of_row(
        pytest.mark.row(21),
        "500 headers",
        Fault.raw(b"HTTP/1.1 200 OK\r\n" + MANY + b"\r\n", when="after"),
    ),
]
SLOW = [
    of_row(pytest.mark.row(16), "silence inside the body", Fault.stall(inside=True)),
    of_row(pytest.mark.row(17), "head with a byte per second", Fault.drip(1.0)),
]
every_break = pytest.mark.parametrize("case", BREAKS)
every_slow_answer = pytest.mark.parametrize("case", SLOW)
every_fault = pytest.mark.parametrize("case", [*BREAKS, *SLOW])


@every_fault
@every_read
async def test_a_read_is_made_again(act: str, case: Case, sim: Simulator, client: Any, told: Tell) -> None:
    told(f"{NAMES[act]}, {case.what}", await read_survives(sim, client, act, case.fault))


@every_break
async def test_a_read_that_always_breaks_is_an_error(case: Case, sim: Simulator, client: Any, told: Tell) -> None:
    told(f"a read, each time {case.what}", await read_gives_up(TransportError, LATER, sim, client, case.fault))


@every_slow_answer
async def test_a_read_that_is_always_slow_ends_at_its_deadline(
    case: Case, sim: Simulator, client: Any, told: Tell
) -> None:
    says = f"within timeouts.total={DEADLINE:g} s (attempts made: 2). Raise the timeout"
    ended = await read_gives_up(RequestTimeoutError, says, sim, client, case.fault, sent=2)
    told(f"a read, each time {case.what}", ended)
    assert now() == pytest.approx(DEADLINE, abs=0.1)


@every_fault
@pytest.mark.parametrize("used_before", [False, True], ids=["new connection", "used connection"])
async def test_a_creation_is_sent_once_and_its_outcome_called_unknown(
    used_before: bool, case: Case, sim: Simulator, client: Any, told: Tell
) -> None:
    if used_before:
        await client.assets.list().first()
        sim.journal.clear()
    told(f"a creation, {case.what}", await creation_is_unknown(sim, client, case))


@pytest.mark.parametrize(
    "case",
    [
        of_row(pytest.mark.row(8), "silence before the work", Fault.stall(), 0),
        of_row(pytest.mark.row(8), "silence after the work", Fault.stall(when="after")),
        of_row(pytest.mark.row(8), "silence inside the answer", Fault.stall(inside=True)),
    ],
)
async def test_a_deadline_after_sending_ends_the_call_at_its_moment(
    case: Case, sim: Simulator, make_client: Any, told: Tell
) -> None:
    client = make_client(sim, timeouts=Timeouts(total=12, attempt=100))
    told(f"a creation, {case.what}", await creation_is_unknown(sim, client, case))
    assert now() == pytest.approx(12, abs=0.1)
    sim.journal.clear()
    ended = await read_gives_up(RequestTimeoutError, "Raise the timeout", sim, client, case.fault, sent=1)
    told(f"a read, {case.what}", ended)
    assert now() == pytest.approx(24, abs=0.1)


at_accept = pytest.mark.parametrize(
    "refusal", [pytest.param("reset", marks=pytest.mark.row(9)), pytest.param("close", marks=pytest.mark.row(10))]
)


@at_accept
@every_read
@pytest.mark.parametrize("times", [2, 4])
async def test_a_read_that_is_turned_away_at_accept_is_made_again(
    times: int, act: str, refusal: str, scripted: Any, make_client: Any, told: Tell
) -> None:
    server: ScriptedServer = await scripted(answer(ANY_ANSWER))
    server.refuse_at_accept, server.refusal = times, refusal
    call = ACTS[act](make_client(server), "asset1")
    outcome = await (success(call) if times == 2 else failure(TransportError, LATER, call))
    assert (server.connections, len(server.requests)) == ((3, 1) if times == 2 else (4, 0))
    told(f"{NAMES[act]}, {refusal} at accept {times} times", story(outcome, len(server.requests)))


@at_accept
async def test_a_creation_that_is_turned_away_at_accept_is_not_made_again(
    refusal: str, scripted: Any, make_client: Any, told: Tell
) -> None:
    server: ScriptedServer = await scripted()
    server.refuse_at_accept, server.refusal = 1, refusal
    error = await failure(OutcomeUnknownError, FIND_OUT, ACTS["create"](make_client(server), ""))
    assert (server.connections, server.requests) == (1, [])
    told(f"a creation, {refusal} at accept", story(error, len(server.requests)))


@pytest.mark.row(12)
@pytest.mark.parametrize("fault", [Fault.reset(when="head"), Fault.close(when="head")], ids=["reset", "close"])
@pytest.mark.parametrize(("what", "size"), [("a creation", 1_000_000), ("a subtitle", 8_000_000)])
async def test_a_break_inside_a_large_body_is_an_unknown_outcome(
    what: str, size: int, fault: Fault, sim: Simulator, client: Any, told: Tell
) -> None:
    calls = {
        "a creation": lambda: client.assets.create(**{**VIDEO, "title": "x" * size}),
        "a subtitle": lambda: client.assets.upload_subtitle("asset1", b"WEBVTT\n" + b"x" * size),
    }
    sim.faults.add("POST", "*", fault, times=None)
    error = await failure(OutcomeUnknownError, FIND_OUT if what == "a creation" else LOOK, calls[what]())
    (record,) = sim.journal
    assert int(record.headers["Content-Length"]) > size
    assert record.body == b""
    told(f"{what} of {size:,} bytes, {fault.kind} after the head", story(error, sim.journal.count()))


@pytest.mark.row(18)
@every_act
@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
async def test_a_kept_connection_that_was_closed_while_idle_is_not_noticed(
    reset: bool, act: str, scripted: Any, make_client: Any, told: Tell
) -> None:
    async def answer_and_leave(exchange: Exchange) -> None:
        await answer(ANY_ANSWER)(exchange)
        await hang_up(reset=reset)(exchange)

    server: ScriptedServer = await scripted(answer_and_leave, answer(ANY_ANSWER))
    client = make_client(server, retry=Retry(attempts=1))
    await client.assets.get("asset1")
    await asyncio.sleep(1)
    result = await success(ACTS[act](client, "asset1"), within=0)
    assert (server.connections, len(server.requests)) == (2, 2)
    told(f"{NAMES[act]}, {'reset' if reset else 'closed'} a second ago", story(result, 1))


@pytest.mark.row(19)
@pytest.mark.parametrize("act", ["get", "list", "create"])
@pytest.mark.parametrize("arrives", [False, True], ids=["as it leaves", "as it arrives"])
async def test_a_kept_connection_that_is_closed_under_a_request(
    arrives: bool, act: str, scripted: Any, make_client: Any, told: Tell
) -> None:
    exchanges: list[Exchange] = []

    async def answer_and_stay(exchange: Exchange) -> None:
        exchanges.append(exchange)
        await answer(ANY_ANSWER)(exchange)

    server: ScriptedServer = await scripted(answer_and_stay, *[hang_up()] * arrives, answer(ANY_ANSWER))
    client = make_client(server)
    await client.assets.get("asset1")
    if not arrives:
        # At once, and not when the loop comes round: the client cannot have noticed when it sends.
        exchanges[0].writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
    call = ACTS[act](client, "asset1")
    outcome = await (failure(OutcomeUnknownError, FIND_OUT, call) if act == "create" else success(call))
    sent = len(server.requests) - 1
    assert sent == arrives + (act != "create")
    assert server.connections == (1 if act == "create" else 2)
    told(f"{NAMES[act]}, closed just as it {'arrives' if arrives else 'leaves'}", story(outcome, sent))


@pytest.mark.row(22)
@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ("reset", Fault.reset(when="after")),
        ("close", Fault.close(when="after")),
        ("silence", Fault.stall(when="after")),
        ("408", Fault.status(408, when="after")),
        ("502", Fault.html(502, when="after")),
        ("garbage", Fault.garbage(when="after")),
    ],
)
async def test_a_delete_whose_answer_is_lost_succeeds_once_the_object_is_gone(
    what: str, fault: Fault, sim: Simulator, client: Any, told: Tell
) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("DELETE", "*", fault)
    result = await success(client.assets.delete(asset_id))
    assert sim.journal.count("DELETE") == sim.journal.count() == 2
    assert sim.journal[-1].status == 404
    assert len(sim.assets) == 0
    told(f"a DELETE, {what} after the work", story(result, sim.journal.count(), len(sim.assets)))


@pytest.mark.row(22)
async def test_a_delete_whose_answers_are_all_lost_is_unknown(sim: Simulator, client: Any, told: Tell) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("DELETE", "*", Fault.reset(when="after"), times=None)
    error = await failure(OutcomeUnknownError, LOOK, client.assets.delete(asset_id))
    assert sim.journal.count("DELETE") == sim.journal.count() == 4
    told("a DELETE, reset after the work each time", story(error, sim.journal.count(), len(sim.assets)))


@pytest.mark.row(22)
async def test_a_delete_of_what_was_never_there_is_no_success(sim: Simulator, client: Any, told: Tell) -> None:
    error = await failure(NotFoundError, "Check the ids", client.assets.delete("asset1"), within=0)
    assert sim.journal.count() == 1
    told("a DELETE, never there", story(error, sim.journal.count()))
