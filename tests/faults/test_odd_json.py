"""Answers that are nearly what they should be are refused in one way or understood in one way, and in no other."""

import json
from typing import Any, NamedTuple

import pytest
from faults.acts import ACTS, NAMES, failure, story, success
from faults.conftest import Tell
from support.scripted import answer

from tpstreams_async import BadRequestError, DecodeError, OutcomeUnknownError, Retry
from tpstreams_async.simulator import Fault, Simulator

pytestmark = pytest.mark.looptime

DIGITS = b"9" * 5_000
LEVELS = 100_000
NOT_JSON = "the answer is not JSON"


class Odd(NamedTuple):
    """A body, and what is said of it, or read from it."""

    what: str
    body: bytes
    says: str = NOT_JSON
    name: str = ""
    value: Any = None


def asset(member: bytes) -> bytes:
    """Return an asset that is a page with that asset as well: every call has to make something of it."""
    return b'{"id": "asset1", %b, "results": [{"id": "asset1", %b}]}' % (member, member)


def refused(row: pytest.MarkDecorator, what: str, body: bytes, says: str = NOT_JSON) -> Any:
    return pytest.param(Odd(what, body, says), id=what, marks=row)


def understood(row: pytest.MarkDecorator, what: str, member: bytes, name: str, value: Any) -> Any:
    return pytest.param(Odd(what, asset(member), "", name, value), id=what, marks=row)


nan, digits, levels, doubles, utf_8 = (
    pytest.mark.row(44),
    pytest.mark.row(45),
    pytest.mark.row(46),
    pytest.mark.row(47),
    pytest.mark.row(48),
)
REFUSED = [
    refused(nan, "NaN for a size", asset(b'"bytes": NaN')),
    refused(nan, "Infinity for a size", asset(b'"bytes": Infinity')),
    refused(nan, "-Infinity for a duration", asset(b'"video": {"duration": -Infinity}')),
    refused(nan, "NaN in a field that is new", asset(b'"new": [NaN]')),
    refused(nan, "1e999 for a duration", asset(b'"video": {"duration": 1e999}')),
    refused(nan, "the text nan for a duration", asset(b'"video": {"duration": "nan"}'), "expected a number"),
    refused(nan, "the text Infinity for a size", asset(b'"bytes": "Infinity"'), "expected a whole number"),
    refused(digits, "5,000 digits for a size", asset(b'"bytes": ' + DIGITS)),
    refused(digits, "5,000 digits in a field that is new", asset(b'"new": -' + DIGITS)),
    refused(digits, "5,000 digits as text for a size", asset(b'"bytes": "%b"' % DIGITS), "expected a whole number"),
    refused(digits, "5,000 digits for a half", asset(b'"bytes": 7.5%b' % (b"0" * 5_000)), "expected a whole number"),
    refused(levels, "lists in each other", b"[" * LEVELS + b"]" * LEVELS),
    refused(levels, "objects in each other", b'{"id": ' * LEVELS + b"1" + b"}" * LEVELS),
    refused(levels, "levels without an end", b'{"id": [' * (LEVELS // 2)),
    refused(levels, "levels in a field that is new", asset(b'"new": ' + b"[" * LEVELS + b"]" * LEVELS)),
    refused(utf_8, "a byte that is no UTF-8", asset(b'"title": "\xff"')),
    refused(utf_8, "Latin-1", asset('"title": "é"'.encode("latin-1"))),
    refused(utf_8, "half a character", asset(b'"title": "\xc3"')),
    refused(utf_8, "a surrogate in UTF-8", asset(b'"title": "\xed\xa0\x80"')),
    refused(utf_8, "half of an escaped pair", asset(b'"title": "\\ud83c"')),
    refused(utf_8, "UTF-16", asset(b'"title": "One"').decode().encode("utf-16")),
    refused(utf_8, "two byte order marks", b"\xef\xbb\xbf" * 2 + asset(b'"title": "One"')),
]
UNDERSTOOD = [
    understood(digits, "20 digits for a size", b'"bytes": 18446744073709551615', "bytes", 2**64 - 1),
    understood(digits, "5,000 zeros after the point of a size", b'"bytes": 7.%b' % (b"0" * 5_000), "bytes", 7),
    understood(digits, "5,000 digits as a title", b'"title": "%b"' % DIGITS, "title", DIGITS.decode()),
    understood(doubles, "two titles", b'"title": "One", "title": "Two"', "title", "Two"),
    understood(doubles, "a title, then null", b'"title": "One", "title": null', "title", None),
    understood(
        doubles, "two videos", b'"video": {"status": "Error"}, "video": {"status": "Queued"}', "status", "Queued"
    ),
    understood(doubles, "two durations in a video", b'"video": {"duration": 1, "duration": 2}', "duration", 2),
    understood(doubles, "two sizes, one of them wrong", b'"bytes": "much", "bytes": 2', "bytes", 2),
    understood(doubles, "two ids", b'"id": "asset2"', "id", "asset2"),
    understood(utf_8, "a byte order mark", b'"title": "One"', "title", "One"),
]
every_refused = pytest.mark.parametrize("odd", REFUSED)
every_understood = pytest.mark.parametrize("odd", UNDERSTOOD)


@every_refused
@pytest.mark.parametrize("act", ["get", "list"])
async def test_a_read_asks_once_more_and_then_says_what_is_wrong(
    act: str, odd: Odd, scripted: Any, make_client: Any, told: Tell
) -> None:
    server = await scripted(answer(odd.body))
    error = await failure(DecodeError, odd.says, ACTS[act](make_client(server), "asset1"))
    assert "heck base_url; if the service has changed, update this package" in str(error)
    assert error.path.startswith("$")
    assert len(server.requests) == 2
    told(f"{NAMES[act]}, {odd.what}", story(error, 2).partition(", in the answer")[0])


@every_refused
async def test_a_creation_is_not_sent_again_and_its_outcome_is_unknown(
    odd: Odd, scripted: Any, make_client: Any, told: Tell
) -> None:
    server = await scripted(answer(odd.body, 201))
    error = await failure(OutcomeUnknownError, odd.says, ACTS["create"](make_client(server), ""))
    assert type(error.__cause__) is DecodeError
    assert error.how_to_find_out in str(error)
    assert len(server.requests) == 1
    told(f"a creation, {odd.what}", "1 request; OutcomeUnknownError")


@every_refused
async def test_a_refusal_stays_one_whatever_its_body_is(odd: Odd, scripted: Any, make_client: Any, told: Tell) -> None:
    server = await scripted(answer(odd.body, 400))
    error = await failure(BadRequestError, "(400 for POST ", ACTS["create"](make_client(server), ""))
    assert error.detail is None
    assert len(server.requests) == 1
    told(f"a creation, 400 with {odd.what}", "1 request; BadRequestError")


@pytest.mark.row(44, 45, 46, 48)
async def test_a_wait_goes_on_after_answers_that_cannot_be_understood(
    sim: Simulator, make_client: Any, told: Tell
) -> None:
    bodies = [case.values[0].body for case in REFUSED][::5]
    asset_id = sim.add_asset()
    for body in bodies:
        sim.faults.add("GET", "assets/<id>/", Fault.status(200, body=body))
    job = make_client(sim, retry=Retry(attempts=1)).jobs.asset(asset_id)
    assert (await success(job.result(), within=60)).status == "Completed"
    assert sim.journal.count() == len(bodies) + 1
    told(f"a wait, {len(bodies)} such answers", f"{sim.journal.count()} looks; success")


@every_understood
@pytest.mark.parametrize("act", ["get", "create", "list"])
async def test_what_is_odd_and_clear_is_taken_as_it_is(
    act: str, odd: Odd, scripted: Any, make_client: Any, told: Tell
) -> None:
    mark = b"\xef\xbb\xbf" if odd.what == "a byte order mark" else b""
    server = await scripted(answer(mark + odd.body))
    result = await success(ACTS[act](make_client(server), "asset1"))
    assert getattr(result[0] if act == "list" else result, odd.name) == odd.value
    assert len(server.requests) == 1
    told(f"{NAMES[act]}, {odd.what}", f"1 request; {odd.name} is {json.dumps(odd.value)[:30]}")
