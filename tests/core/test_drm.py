"""``client.drm``: what a licence is asked for with, what counts as one, and that no secret shows."""

import base64
import builtins
import logging
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest
from support.canaries import CANARY, report
from support.scripted import Exchange, ScriptedServer, answer, hang, hang_up, raw

from tpstreams_async import (
    BadRequestError,
    ContentKeySpec,
    DecodeError,
    FairPlay,
    InvalidInputError,
    OutcomeUnknownError,
    PermissionDeniedError,
    Retry,
    Timeouts,
    TPStreamsError,
    Widevine,
)
from tpstreams_async.resources.drm import sign_license_data

#: As a licence can begin; not UTF-8, and with bytes of every kind.
LICENSE = b"\x08\x02\x12\xd3\x05" + bytes(range(256))
KEY, IV = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "f0e1d2c3b4a5968778695a4b3c2d1e0f"
ASSET_CALL: dict[str, Any] = {"access_token": CANARY, "drm_type": "widevine", "player_payload": b"\x08\x04\xff"}
SIGNED_CALL: dict[str, Any] = {
    "content_id": "9c1d4f7a2b3e4d5c8f60718293a4b5c6",
    "drm_type": "widevine",
    "player_payload": "CAT/",
    "signing_key": KEY,
    "signing_iv": IV,
}
SPECS = [
    ContentKeySpec(track_type="SD", security_level=1, hdcp="HDCP_V1"),
    {"track_type": "UHD2", "security_level": 5},
    {"track_type": "AUDIO"},
]
SPECS_SENT = [
    {"track_type": "SD", "security_level": 1, "required_output_protection": {"hdcp": "HDCP_V1"}},
    {"track_type": "UHD2", "security_level": 5},
    {"track_type": "AUDIO"},
]

#: Made with the command line of OpenSSL 3.0:
#:
#:   D=$(printf '{"content_id":"…","download":…,"drm_type":"…"}' | openssl base64 -A | tr '+/' '-_')
#:   S=$(printf %s "$D" | openssl dgst -sha1 -binary | openssl enc -aes-256-cbc -K $KEY -iv $IV | openssl base64 -A)
#:   printf '{"content_data":"%s","signature":"%s"}' "$D" "$S" | openssl base64 -A | tr '+/' '-_'
KNOWN: list[tuple[dict[str, Any], str]] = [
    (
        {
            "content_id": "9c1d4f7a2b3e4d5c8f60718293a4b5c6",
            "download": True,
            "drm_type": "widevine",
            "signing_key": KEY,
            "signing_iv": IV,
        },
        "eyJjb250ZW50X2RhdGEiOiJleUpqYjI1MFpXNTBYMmxrSWpvaU9XTXhaRFJtTjJFeVlqTmxOR1ExWXpobU5qQTNNVGd5T1ROaE5HSTFZellpTE"
        "NKa2IzZHViRzloWkNJNmRISjFaU3dpWkhKdFgzUjVjR1VpT2lKM2FXUmxkbWx1WlNKOSIsInNpZ25hdHVyZSI6IlErRndIK3VDaEM4RjV4akpS"
        "clBjR2NHL3V5dDhUaXNFRnFMUnNYeFRleEE9In0=",
    ),
    (
        {
            "content_id": "00112233445566778899aabbccddeeff",
            "drm_type": "fairplay",
            "signing_key": "2B7E151628AED2A6ABF7158809CF4F3C",
            "signing_iv": "000102030405060708090a0b0c0d0e0f",
        },
        "eyJjb250ZW50X2RhdGEiOiJleUpqYjI1MFpXNTBYMmxrSWpvaU1EQXhNVEl5TXpNME5EVTFOalkzTnpnNE9UbGhZV0ppWTJOa1pHVmxabVlpTE"
        "NKa2IzZHViRzloWkNJNlptRnNjMlVzSW1SeWJWOTBlWEJsSWpvaVptRnBjbkJzWVhraWZRPT0iLCJzaWduYXR1cmUiOiJNTDQ5NzR2TXZHU3Y1"
        "TzdtcGNSeGMvR3pGcHFMV0hsTlY2TDdhTjVra2Z3PSJ9",
    ),
    (
        {
            "content_id": "c0ntent-1_A",
            "download": False,
            "drm_type": "widevine",
            "signing_key": "000102030405060708090a0b0c0d0e0f1011121314151617",
            "signing_iv": IV,
        },
        "eyJjb250ZW50X2RhdGEiOiJleUpqYjI1MFpXNTBYMmxrSWpvaVl6QnVkR1Z1ZEMweFgwRWlMQ0prYjNkdWJHOWhaQ0k2Wm1Gc2MyVXNJbVJ5Yl"
        "Y5MGVYQmxJam9pZDJsa1pYWnBibVVpZlE9PSIsInNpZ25hdHVyZSI6InAxVlhJREpJbFRmdy8rUEhwc1pMbUE2b1BDQTczVitjNERSa01oUlVy"
        "TTA9In0=",
    ),
]


def only(server: ScriptedServer) -> tuple[str, dict[str, list[str]], Any]:
    (request,) = server.requests
    assert request.method == "POST"
    path, _, query = request.target.partition("?")
    return path.removeprefix(f"/api/v1/{server.organization_id}/"), parse_qs(query), orjson.loads(request.body)


@pytest.mark.parametrize(("given", "expected"), KNOWN, ids=["256 bits", "128 bits", "192 bits"])
def test_data_is_signed_as_openssl_does_it(given: Any, expected: str) -> None:
    assert sign_license_data(**given) == expected


async def test_the_licence_of_an_asset_is_asked_for_with_what_was_given(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(LICENSE, headers={"Content-Type": "application/octet-stream"}))
    drm = make_client(server).drm
    token = "5b1f2c3d-0000-4000-8000-000000000009"
    got = await drm.license("Qm7tKd3wNzB", access_token=token, drm_type="fairplay", player_payload="CAT/")
    assert got == LICENSE
    assert only(server) == (
        "assets/Qm7tKd3wNzB/drm_license/",
        {"access_token": [token], "drm_type": ["fairplay"]},
        {"player_payload": "CAT/"},
    )


async def test_the_licence_of_an_asset_is_asked_for_with_all_that_was_given(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(LICENSE))
    got = await make_client(server).drm.license(
        "Qm7tKd3wNzB",
        **ASSET_CALL,
        license_duration_seconds=3600,
        rental_duration_seconds=0,
        lease_duration_seconds=60,
        is_persistent=False,
        widevine=Widevine(content_key_specs=iter(SPECS)),
    )
    assert got == LICENSE
    assert only(server)[2] == {
        "player_payload": base64.b64encode(b"\x08\x04\xff").decode(),
        "license_duration_seconds": 3600,
        "rental_duration_seconds": 0,
        "lease_duration_seconds": 60,
        "is_persistent": False,
        "widevine": {"content_key_specs": SPECS_SENT},
    }


async def test_a_widevine_licence_of_the_organization(scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(LICENSE))
    got = await make_client(server).drm.organization_license(
        **{**SIGNED_CALL, "download": True},
        widevine={"license_duration_seconds": 3600, "rental_duration_seconds": 60, "content_key_specs": SPECS},
    )
    assert got == LICENSE
    assert only(server) == (
        "drm_license/",
        {"data": [KNOWN[0][1]]},
        {
            "player_payload": "CAT/",
            "widevine": {
                "license_duration_seconds": 3600,
                "rental_duration_seconds": 60,
                "content_key_specs": SPECS_SENT,
            },
        },
    )


@pytest.mark.parametrize(
    ("fairplay", "sent"),
    [
        (None, {}),
        ({}, {"fairplay": {}}),
        (FairPlay(lease_duration_seconds=1800), {"fairplay": {"lease_duration_seconds": 1800}}),
        (
            {"lease_duration_seconds": 1, "rental_duration_seconds": 2},
            {"fairplay": {"lease_duration_seconds": 1, "rental_duration_seconds": 2}},
        ),
    ],
    ids=repr,
)
async def test_a_fairplay_licence_of_the_organization(
    fairplay: Any, sent: Any, scripted: Any, make_client: Any
) -> None:
    server = await scripted(answer(LICENSE))
    await make_client(server).drm.organization_license(
        **{**SIGNED_CALL, "drm_type": "fairplay", "player_payload": bytearray(b"spc")}, fairplay=fairplay
    )
    path, query, body = only(server)
    assert path == "drm_license/"
    signed = orjson.loads(base64.urlsafe_b64decode(query["data"][0]))
    content = orjson.loads(base64.urlsafe_b64decode(signed["content_data"]))
    assert content == {"content_id": SIGNED_CALL["content_id"], "download": False, "drm_type": "fairplay"}
    assert body == {"spc": "c3Bj", **sent}


BAD_PAYLOADS: list[Any] = ["", b"", "no base64!", "CAT", "CAT_", " CAT/", "CAT/\n", "ä", None, 7, ["CAT/"]]
BAD_SPECS: list[tuple[Any, str]] = [
    ("SD", ""),
    ({"track_type": "SD"}, ""),
    (7, ""),
    ([None], "[0]"),
    (["SD"], "[0]"),
    ([{}], "[0].track_type"),
    ([{"track_type": "SD", "level": 1}], "[0]"),
    ([{"track_type": "sd"}], "[0].track_type"),
    ([{"track_type": "4K"}], "[0].track_type"),
    ([{"track_type": "SD"}, {"track_type": "SD", "security_level": 2}], "[1]"),
    *[([{"track_type": "HD", "security_level": bad}], "[0].security_level") for bad in (0, 6, -1, 1.0, "1", True)],
    *[([{"track_type": "HD", "hdcp": bad}], "[0].hdcp") for bad in ("", 2, ["HDCP_V1"], "a\nb")],
]
BAD_EITHER: list[tuple[dict[str, Any], str]] = [
    *[({"drm_type": bad}, "drm_type") for bad in ("", "Widevine", "playready", None, 1)],
    *[({"player_payload": bad}, "player_payload") for bad in BAD_PAYLOADS],
    *[({"widevine": bad}, "widevine") for bad in (7, "SD", [], {"specs": []}, FairPlay())],
    ({"widevine": Widevine(), "drm_type": "fairplay"}, "widevine"),
    *[({"widevine": {"content_key_specs": bad}}, f"widevine.content_key_specs{at}") for bad, at in BAD_SPECS],
]
BAD_ASSET: list[tuple[dict[str, Any], str]] = [
    *[({"asset_id": bad}, "asset_id") for bad in ("", "a/b", None, 7)],
    *[({"access_token": bad}, "access_token") for bad in ("", " ", "a b", "a\n", "ä", "a&b", None, 7, "x" * 65)],
    *[
        ({name: bad}, name)
        for name in ("license_duration_seconds", "rental_duration_seconds", "lease_duration_seconds")
        for bad in (-1, 1.0, "60", True)
    ],
    *[({"is_persistent": bad}, "is_persistent") for bad in (0, "true")],
    ({"widevine": Widevine(license_duration_seconds=60)}, "widevine"),
]
BAD_SIGNED: list[tuple[dict[str, Any], str]] = [
    *[({"content_id": bad}, "content_id") for bad in ("", "a/b", "a b", None, 7)],
    *[({"download": bad}, "download") for bad in (0, "false", None)],
    *[({"signing_key": bad}, "signing_key") for bad in ("", "zz" * 16, KEY[:-1], KEY + "00", KEY[:30], None, b"00", 7)],
    *[({"signing_iv": bad}, "signing_iv") for bad in ("", "zz" * 16, IV[:-1], KEY, f" {IV}", f"{IV}\n", None, b"0")],
    *[
        ({"widevine": {name: bad}}, f"widevine.{name}")
        for name in ("license_duration_seconds", "rental_duration_seconds")
        for bad in (-1, 1.5, "60", True)
    ],
    ({"fairplay": FairPlay()}, "fairplay"),
    ({"fairplay": {}}, "fairplay"),
    *[({"drm_type": "fairplay", "fairplay": bad}, "fairplay") for bad in (7, {"lease": 1}, Widevine())],
    *[
        ({"drm_type": "fairplay", "fairplay": {name: -1}}, f"fairplay.{name}")
        for name in ("lease_duration_seconds", "rental_duration_seconds")
    ],
]


@pytest.mark.parametrize(("change", "argument"), [*BAD_EITHER, *BAD_ASSET], ids=lambda value: repr(value)[:60])
async def test_what_is_wrong_of_an_asset_s_licence_is_named(
    change: Any, argument: str, scripted: Any, make_client: Any
) -> None:
    server = await scripted()
    with pytest.raises(InvalidInputError) as caught:
        await make_client(server).drm.license(**{"asset_id": "Qm7tKd3wNzB", **ASSET_CALL, **change})
    assert caught.value.argument == argument
    assert server.requests == []
    assert CANARY not in report(caught.value)


@pytest.mark.parametrize(("change", "argument"), [*BAD_EITHER, *BAD_SIGNED], ids=lambda value: repr(value)[:60])
async def test_what_is_wrong_of_an_organization_s_licence_is_named(
    change: Any, argument: str, scripted: Any, make_client: Any
) -> None:
    server = await scripted()
    with pytest.raises(InvalidInputError) as caught:
        await make_client(server).drm.organization_license(**{**SIGNED_CALL, **change})
    assert caught.value.argument == argument
    assert server.requests == []
    assert KEY[:30] not in report(caught.value)
    assert IV[:31] not in report(caught.value)


async def test_without_cryptography_it_says_what_to_install(
    scripted: Any, make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await scripted(answer(LICENSE))
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    client = make_client(server)
    with pytest.raises(InvalidInputError, match=r"pip install 'tpstreams-async\[drm\]'") as caught:
        await client.drm.organization_license(**SIGNED_CALL)
    assert server.requests == []
    assert KEY not in report(caught.value)
    assert await client.drm.license("Qm7tKd3wNzB", **ASSET_CALL) == LICENSE, "nothing is signed here"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"{}",
        b'{"detail": "No."}',
        b'\xef\xbb\xbf {"detail": "No."}',
        b"[]",
        b'"text"',
        b"null",
        b"17",
        b'{"cut": ',
        b"<html><body>Sorry</body></html>",
        b"\n<!DOCTYPE html><p>Sorry",
        b"<p>Entschuldigung f\xfcr die St\xf6rung",
        b"<?xml version='1.0'?><Error/>",
    ],
)
async def test_what_is_no_licence_is_not_passed_on(body: bytes, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(body))
    client = make_client(server)
    for call in (client.drm.license("Qm7tKd3wNzB", **ASSET_CALL), client.drm.organization_license(**SIGNED_CALL)):
        server.requests.clear()
        with pytest.raises(OutcomeUnknownError, match="ask for another licence") as caught:
            await call
        assert isinstance(caught.value.__cause__, DecodeError)
        assert "expected a licence" in caught.value.__cause__.problem
        assert len(server.requests) == 1


@pytest.mark.parametrize("body", [LICENSE, b"\x00\x00\x00\x01ckc", b"<\x00\x01", b"{\x02\x12", b"CAT/base64=="])
async def test_what_may_be_a_licence_is_passed_on(body: bytes, scripted: Any, make_client: Any) -> None:
    server = await scripted(answer(body))
    assert await make_client(server).drm.license("Qm7tKd3wNzB", **ASSET_CALL) == body


async def _echo(exchange: Exchange) -> None:
    secrets = [values[0] for values in parse_qs(exchange.request.target.partition("?")[2]).values()]
    await answer({"detail": f"Not for {secrets[0]}", "data": secrets}, 403)(exchange)


@pytest.mark.looptime
@pytest.mark.parametrize("organization", [False, True], ids=["asset", "organization"])
@pytest.mark.parametrize(
    ("step", "expected"),
    [
        pytest.param(answer({"detail": "no"}, 400), BadRequestError, id="400"),
        pytest.param(_echo, PermissionDeniedError, id="403"),
        pytest.param(answer({"detail": "no"}, 500), OutcomeUnknownError, id="500"),
        pytest.param(
            answer(b"", 302, {"Location": f"https://a.example/?data={CANARY}"}), OutcomeUnknownError, id="302"
        ),
        pytest.param(answer(b"<html>"), OutcomeUnknownError, id="html"),
        pytest.param(hang_up(reset=True), OutcomeUnknownError, id="reset"),
        pytest.param(raw(b"garbage\r\n\r\n"), OutcomeUnknownError, id="garbage"),
        pytest.param(hang(), OutcomeUnknownError, id="silence"),
    ],
)
async def test_no_error_and_no_log_has_token_key_or_signature(
    step: Any,
    expected: type[TPStreamsError],
    organization: bool,
    scripted: Any,
    make_client: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = await scripted(step)
    client = make_client(server, retry=Retry(attempts=2), timeouts=Timeouts(total=5))
    drm = client.drm
    call = drm.organization_license(**SIGNED_CALL) if organization else drm.license("Qm7tKd3wNzB", **ASSET_CALL)
    with caplog.at_level(logging.DEBUG), pytest.raises(expected) as caught:
        await call
    assert len(server.requests) == 1
    (secret,) = parse_qs(server.requests[0].target.partition("?")[2])["data" if organization else "access_token"]
    for hidden in (secret, CANARY, KEY, IV):
        assert hidden not in report(caught.value)
        assert hidden not in caplog.text
