"""Whole answers that cannot be understood, or only look as if they could not."""

import json
import tracemalloc
import zlib
from typing import Any

import pytest
from faults.acts import (
    ACTS,
    ANY_ANSWER,
    FIND_OUT,
    LATER,
    NAMES,
    Case,
    creation_is_unknown,
    every_read,
    failure,
    of_row,
    read_gives_up,
    read_survives,
    story,
    success,
)
from faults.conftest import Tell
from support.scripted import ScriptedServer, answer, head, raw

from tpstreams_async import BadRequestError, DecodeError, OutcomeUnknownError, ServerError, TransportError
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

UPDATE = "Check base_url; if the service has changed, update this package"

NONSENSE = [
    of_row(pytest.mark.row(39), "a page of HTML with 200", Fault.html(200, when="after")),
    of_row(pytest.mark.row(39), "a page of HTML with 201", Fault.html(201, when="after")),
    of_row(pytest.mark.row(40), "cut JSON", Fault.status(200, body=b'{"id": "asset1", "ti', when="after")),
    of_row(pytest.mark.row(40), "an empty body", Fault.status(200, body=b"", when="after")),
    of_row(pytest.mark.row(40), "garbled JSON", Fault.garbled()),
]
CORRUPT = of_row(pytest.mark.row(43), "corrupt gzip", Fault.gzip(corrupt=True))

every_nonsense = pytest.mark.parametrize("case", NONSENSE)
every_answer = pytest.mark.parametrize("case", [*NONSENSE, CORRUPT])


@every_answer
@every_read
async def test_a_read_is_made_again(act: str, case: Case, sim: Simulator, client: Any, told: Tell) -> None:
    told(f"{NAMES[act]}, {case.what}", await read_survives(sim, client, act, case.fault))


@every_nonsense
async def test_a_read_that_is_answered_with_nonsense_twice_is_an_error(
    case: Case, sim: Simulator, client: Any, told: Tell
) -> None:
    told(f"a read, each time {case.what}", await read_gives_up(DecodeError, UPDATE, sim, client, case.fault, sent=2))


@pytest.mark.parametrize("case", [CORRUPT])
async def test_a_read_whose_answers_are_all_corrupt_is_an_error(
    case: Case, sim: Simulator, client: Any, told: Tell
) -> None:
    told(f"a read, each time {case.what}", await read_gives_up(TransportError, LATER, sim, client, case.fault))


@every_answer
async def test_a_creation_is_sent_once_and_its_outcome_called_unknown(
    case: Case, sim: Simulator, client: Any, told: Tell
) -> None:
    told(f"a creation, {case.what}", await creation_is_unknown(sim, client, case))


@every_nonsense
async def test_a_delete_is_a_success_whatever_the_body(case: Case, sim: Simulator, client: Any, told: Tell) -> None:
    asset_id = sim.add_asset()
    sim.faults.add("DELETE", "*", case.fault, times=None)
    result = await success(client.assets.delete(asset_id), within=0)
    assert (sim.journal.count(), len(sim.assets)) == (1, 0)
    told(f"a DELETE, {case.what}", story(result, sim.journal.count(), len(sim.assets)))


@pytest.mark.row(41)
@pytest.mark.parametrize("act", ["get", "list", "create"])
@pytest.mark.parametrize("content_type", ["text/plain", "text/html; charset=latin-1", "nonsense;;;", None])
async def test_good_json_is_accepted_whatever_it_is_called(
    content_type: str | None, act: str, scripted: Any, make_client: Any, told: Tell
) -> None:
    body = json.dumps({**ANY_ANSWER, "results": [ANY_ANSWER]}).encode()
    headers = {"Content-Length": str(len(body))} | ({"Content-Type": content_type} if content_type else {})
    server: ScriptedServer = await scripted(raw(head(200, headers) + body))
    result = await success(ACTS[act](make_client(server), "asset1"), within=0)
    assert (result[0] if act == "list" else result).title == "One"
    assert len(server.requests) == 1
    told(f"{NAMES[act]}, JSON as {content_type or 'nothing'}", story(result, len(server.requests)))


MIB = 2**20
#: What the bomb takes packed, and what aiohttp unpacks of it ahead.
AHEAD = 5 * MIB


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """Return 256 MiB of spaces as gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * MIB
    return b"".join([*(packer.compress(block) for _ in range(256)), packer.flush()])


#: The call, the status, how it ends, and after how many requests. A status that refuses counts without its body.
BOMBS = [
    ("get", 200, DecodeError, "raise max_response_bytes", 2),
    ("list", 200, DecodeError, "raise max_response_bytes", 2),
    ("get", 400, BadRequestError, "will be refused again", 1),
    ("get", 503, ServerError, "Try again later", 4),
    ("create", 201, OutcomeUnknownError, FIND_OUT, 1),
    ("create", 400, BadRequestError, "will be refused again", 1),
]


@pytest.mark.looptime
@pytest.mark.row(42)
@pytest.mark.parametrize("limit", [MIB, 16 * MIB])
@pytest.mark.parametrize("case", BOMBS, ids=lambda case: f"{case[0]} {case[1]}")
async def test_a_gzip_bomb_is_refused_before_it_takes_much_memory(
    case: tuple[str, int, type[Exception], str, int],
    limit: int,
    bomb: bytes,
    scripted: Any,
    make_client: Any,
    told: Tell,
) -> None:
    act, status, error, says, requests = case
    server: ScriptedServer = await scripted(answer(bomb, status, {"Content-Encoding": "gzip"}))
    call = ACTS[act](make_client(server, max_response_bytes=limit), "asset1")
    tracemalloc.start()
    try:
        ended = await failure(error, says, call)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    sent = len(server.requests)
    assert sent == requests
    most = (limit if status < 400 else MIB) + AHEAD
    assert peak < most
    taken = f"at most {most // MIB} MiB taken, {story(ended, sent)}"
    told(f"{NAMES[act]}, {status} with 256 MiB in gzip where {limit // MIB} MiB are allowed", taken)
