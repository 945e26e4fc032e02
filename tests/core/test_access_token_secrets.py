"""The code of an access token shows in no error and no log, whatever a server answers."""

from typing import Any

import orjson
import pytest
from support import bad
from support.canaries import report
from support.scripted import Step, answer, hang, hang_up

from tpstreams_async import OutcomeUnknownError, Retry, ServerError, Timeouts, TPStreamsError

pytestmark = pytest.mark.looptime

CODE = "c0ffee00-1111-4222-8333-944455556666"
TOKENS = "/api/v1/org001/assets/asset1/access_tokens/"
TOKEN: dict[str, Any] = {"code": CODE, "status": "Active", "valid_until": None, "annotations": []}
WAYS: dict[str, Any] = {
    "get": lambda tokens, code: tokens.get("asset1", code),
    "update": lambda tokens, code: tokens.update("asset1", code, time_to_live=1),
    "embed_url": lambda tokens, code: tokens.embed_url("asset1", code),
}
PATH = f"http://127.0.0.1{TOKENS}{CODE}/"
ECHO: dict[str, Step] = {
    **{
        f"{status}": answer({"detail": f"No {CODE} at {PATH}", "code": [f"{CODE}?"]}, status, {"Location": PATH})
        for status in (302, 400, 401, 404, 405, 500)
    },
    "text": answer(f"<html>{CODE}</html>".encode(), 502),
    "no code": answer({**TOKEN, "code": None, "pin": f"{PATH}?a"}),
    "no usable code": answer({**TOKEN, "code": f"../{CODE}"}),
    "no time": answer({**TOKEN, "valid_until": CODE}),
    "no list": answer({**TOKEN, "annotations": CODE}),
    "hang up": hang_up(),
    "silence": hang(),
}


@pytest.mark.parametrize("way", ECHO)
@pytest.mark.parametrize("call", ["get", "update"])
async def test_no_error_shows_the_code(call: str, way: str, scripted: Any, make_client: Any, caplog: Any) -> None:
    server = await scripted(ECHO[way])
    client = make_client(server, retry=Retry(attempts=2), timeouts=Timeouts(total=9, attempt=4))
    with caplog.at_level("DEBUG"), pytest.raises(TPStreamsError) as caught:
        await WAYS[call](client.access_tokens, CODE)
    assert CODE not in report(caught.value)
    assert CODE not in caplog.text
    assert "access_tokens/***/" in report(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        {**TOKEN, "valid_until": "soon"},
        [TOKEN],
        {"data": orjson.dumps(TOKEN).decode()},
        {"code": CODE, "annotations": [{"x": "left"}]},
    ],
)
async def test_a_code_that_nobody_knows_yet_does_not_show_either(data: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(data, 201))
    with pytest.raises(OutcomeUnknownError, match="Ask for another one") as caught:
        await make_client(server).access_tokens.create("asset1")
    assert CODE not in report(caught.value)


async def test_a_read_that_fails_for_good_names_the_call(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(b"", 500))
    with pytest.raises(ServerError, match=r"access_tokens\.get.*access_tokens/\*\*\*/"):
        await make_client(server).access_tokens.get("asset1", CODE)


@pytest.mark.parametrize("value", [f"{CODE}/", f"{CODE} ", f"{CODE}\n", [CODE], CODE.encode()], ids=range(5))
@pytest.mark.parametrize("way", ["get", "update", "embed_url"])
async def test_a_wrong_code_is_not_shown(way: str, value: Any, scripted: Any, make_client: Any) -> None:
    server = await scripted()
    tokens = make_client(server).access_tokens
    error = await bad.refused(server, lambda: WAYS[way](tokens, value), "code")
    assert CODE not in report(error)
