"""Whatever comes back of the call of a route, no secret shows in its result, its error or the log."""

import json

import pytest
from faults.calls import CALLS
from faults.conftest import Tell
from faults.trials import Begin
from support.canaries import CANARY, LEAKY_BODY, LEAKY_HEADERS, SIGNED

from tpstreams_async.simulator import Fault

pytestmark = [pytest.mark.looptime, pytest.mark.row(95)]

#: Answers that are full of secrets, with one status or another, whole or in part.
LEAKS = {
    **{
        f"{status}": Fault.status(status, body=LEAKY_BODY, headers=LEAKY_HEADERS)
        for status in (200, 302, 400, 401, 403, 404, 429, 500)
    },
    "text": Fault.status(502, body=f"<html>secret_token={CANARY} {SIGNED}", headers=LEAKY_HEADERS),
    "html": Fault.status(200, body=f"<html>stream_key: {CANARY} {SIGNED}", headers=LEAKY_HEADERS),
    "list": Fault.status(200, body=[{"id": {"stream_key": CANARY}, "uuid": [SIGNED], "code": {}, "video": SIGNED}]),
    "next": Fault.status(200, body={"results": [], "next": f"https://elsewhere.example/?token={CANARY}"}),
    "text in text": Fault.status(400, body={"detail": json.dumps(LEAKY_BODY)}),
    "cut": Fault.raw(f'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{{"stream_key": "{CANARY}'.encode()),
    "garbage": Fault.raw(f"token={CANARY}\r\n\r\n".encode()),
    "header": Fault.raw(f"HTTP/1.1 200 OK\r\nX-Token: {CANARY}{'x' * 9000}\r\n\r\n".encode()),
}


@pytest.mark.parametrize("way", LEAKS)
@pytest.mark.parametrize("name", CALLS)
async def test_whatever_comes_back_no_secret_shows(name: str, way: str, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(LEAKS[way], times=None)
    told(trial.route.name, type(await trial.ends()).__name__)


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_that_is_cancelled_shows_no_secret(name: str, begin: Begin, told: Tell) -> None:
    trial = await begin(name)
    trial.meets(Fault.stall(), times=None)
    told(trial.route.name, type(await trial.ends(cancelled_in=1)).__name__)
