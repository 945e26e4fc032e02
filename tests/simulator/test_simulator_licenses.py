"""Licences of protected videos, for a player with an access token and for whatever an organization signed for."""

import base64
import hashlib
import json
import sys

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tpstreams_async.simulator import Fault
from tpstreams_async.simulator.signing import signature

MESSAGE = base64.b64encode(b"\x00\x01key message").decode()
REQUIRED = ["This field is required."]
SPEC = {"track_type": "HD", "security_level": 1, "required_output_protection": {"hdcp": "HDCP_V1"}}
WIDEVINE = {
    "player_payload": MESSAGE,
    "license_duration_seconds": 3600,
    "rental_duration_seconds": 7200,
    "is_persistent": False,
    "widevine": {
        "content_key_specs": [SPEC, {**SPEC, "track_type": "AUDIO", "security_level": 5}, {"track_type": "SD"}]
    },
}
FAIRPLAY = {
    "player_payload": MESSAGE,
    "lease_duration_seconds": 60,
    "rental_duration_seconds": 9,
    "is_persistent": True,
}


async def ask(api, suffix, body, params, headers=None):
    headers = {} if headers is None else headers
    async with api.session.post(api.url(suffix), json=body, params=params, headers=headers) as response:
        if response.content_type == "application/json":
            return response.status, await response.json()
        assert response.content_type == "application/octet-stream"
        return response.status, await response.read()


@pytest.fixture
def asset_id(sim):
    return sim.add_asset(content_protection_type="drm")


async def code_of(api, asset_id, **fields):
    return (await api.post(f"assets/{asset_id}/access_tokens/", fields, status=201))["code"]


class TestForAnAsset:
    @pytest.fixture
    async def code(self, api, asset_id):
        return await code_of(api, asset_id, time_to_live=60)

    async def ask(self, api, asset_id, body, **params):
        return await ask(api, f"assets/{asset_id}/drm_license/", body, params)

    @pytest.mark.parametrize(("drm_type", "body"), [("widevine", WIDEVINE), ("fairplay", FAIRPLAY)])
    async def test_it_is_binary_and_wants_no_token_of_a_user(self, api, asset_id, code, drm_type, body):
        status, data = await self.ask(api, asset_id, body, access_token=code, drm_type=drm_type)
        assert status == 200
        with pytest.raises(UnicodeDecodeError):
            data.decode()
        again = await ask(
            api,
            f"assets/{asset_id}/drm_license/",
            {"player_payload": MESSAGE},
            {"access_token": code, "drm_type": drm_type},
            api.headers,
        )
        assert again == (200, data)

    async def test_each_message_gets_its_own(self, api, asset_id, code):
        bodies = [{"player_payload": MESSAGE}, {"player_payload": "AAAA"}]
        params = [{"drm_type": "widevine"}, {"drm_type": "fairplay"}]
        found = {(await self.ask(api, asset_id, b, access_token=code, **p))[1] for b in bodies for p in params}
        assert len(found) == 4

    @pytest.mark.parametrize(
        ("params", "errors"),
        [
            ({"drm_type": "playready"}, {"drm_type": ['"playready" is not a valid choice.']}),
            ({"drm_type": None}, {"drm_type": REQUIRED}),
            ({"access_token": None}, {"access_token": REQUIRED}),
        ],
    )
    async def test_a_wrong_query_is_named(self, api, asset_id, code, params, errors):
        params = {"access_token": code, "drm_type": "widevine", **params}
        params = {name: value for name, value in params.items() if value is not None}
        assert await self.ask(api, asset_id, WIDEVINE, **params) == (400, errors)

    async def test_the_access_token_must_be_a_good_one_of_this_asset(self, api, asset_id, code, clock):
        async def refusal(code):
            return await self.ask(api, asset_id, WIDEVINE, access_token=code, drm_type="widevine")

        invalid = (403, {"detail": "Invalid access token."})
        assert await refusal("nothere") == invalid
        assert await refusal(await code_of(api, api.sim.add_asset(content_protection_type="drm"))) == invalid
        once = await code_of(api, asset_id, expires_after_first_usage=True)
        assert (await refusal(once))[0] == 200
        api.sim.use_access_token(once)
        assert await refusal(once) == (403, {"detail": "Access token is used."})
        clock.advance(60)
        assert await refusal(code) == (403, {"detail": "Access token is expired."})

    @pytest.mark.parametrize("protection", ["aes", "disable", None])
    async def test_the_video_must_be_protected(self, api, protection):
        asset_id = api.sim.add_asset(content_protection_type=protection)
        code = await code_of(api, asset_id)
        status, body = await self.ask(api, asset_id, WIDEVINE, access_token=code, drm_type="widevine")
        assert (status, body) == (400, {"detail": "This video is not protected by DRM."})

    async def test_other_assets(self, api, code):
        params = {"access_token": code, "drm_type": "widevine"}
        assert await self.ask(api, "nothere", WIDEVINE, **params) == (404, {"detail": "Not found."})
        assert (await self.ask(api, api.sim.add_folder("F"), WIDEVINE, **params))[0] == 400

    @pytest.mark.parametrize(
        ("changed", "errors"),
        [
            ({"player_payload": None}, {"player_payload": ["This field may not be null."]}),
            ({"player_payload": ""}, {"player_payload": ["This field may not be blank."]}),
            ({"player_payload": "not base64"}, {"player_payload": ["Enter a valid base64 text."]}),
            ({"player_payload": "AAA"}, {"player_payload": ["Enter a valid base64 text."]}),
            ({"license_duration_seconds": -1}, ["license_duration_seconds"]),
            ({"rental_duration_seconds": "1"}, ["rental_duration_seconds"]),
            ({"lease_duration_seconds": 1.5}, ["lease_duration_seconds"]),
            ({"is_persistent": 3}, {"is_persistent": ["Must be a valid boolean."]}),
            ({"widevine": []}, {"widevine": ["Invalid data. Expected a dictionary, but got list."]}),
        ],
    )
    async def test_a_wrong_field_is_named(self, api, asset_id, code, changed, errors):
        status, body = await self.ask(api, asset_id, {**WIDEVINE, **changed}, access_token=code, drm_type="widevine")
        assert (status, body if isinstance(errors, dict) else list(body)) == (400, errors)

    @pytest.mark.parametrize(
        ("changed", "errors"),
        [
            ({"track_type": "4K"}, {"track_type": ['"4K" is not a valid choice.']}),
            ({"track_type": None}, {"track_type": ["This field may not be null."]}),
            ({"security_level": 0}, {"security_level": ["Ensure this value is greater than or equal to 1."]}),
            ({"security_level": 6}, {"security_level": ["Ensure this value is less than or equal to 5."]}),
            ({"required_output_protection": {}}, {"required_output_protection": {"hdcp": REQUIRED}}),
        ],
    )
    async def test_a_wrong_key_is_named_by_its_place(self, api, asset_id, code, changed, errors):
        body = {**WIDEVINE, "widevine": {"content_key_specs": [SPEC, {**SPEC, **changed}]}}
        answer = await self.ask(api, asset_id, body, access_token=code, drm_type="widevine")
        assert answer == (400, {"widevine": {"content_key_specs": [{}, errors]}})


def packed(value):
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()


CONTENT = {"content_id": "cf6c30dd50c1492e", "download": False, "drm_type": "widevine"}
BODIES = {
    "widevine": {
        "player_payload": MESSAGE,
        "widevine": {
            "license_duration_seconds": 3600,
            "rental_duration_seconds": 7200,
            "content_key_specs": [SPEC],
        },
    },
    "fairplay": {"spc": MESSAGE, "fairplay": {"lease_duration_seconds": 60, "rental_duration_seconds": 90}},
}


class TestForAnOrganization:
    @pytest.fixture
    async def sign(self, api):
        """Return a function that signs as an organization would, written without the simulator's."""
        async with api.session.get(f"{api.sim.url}/api/v1/organizations/", headers=api.headers) as response:
            (row,) = (await response.json())["results"]
        key, iv = bytes.fromhex(row["drm_aes_signing_key"]), bytes.fromhex(row["drm_aes_signing_iv"])

        def sign(content):
            data = content if isinstance(content, str) else packed(content)
            # Twelve bytes are missing from twenty to a whole number of blocks.
            padded = hashlib.sha1(data.encode()).digest() + b"\x0c" * 12
            encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
            made = encryptor.update(padded) + encryptor.finalize()
            return {"content_data": data, "signature": base64.b64encode(made).decode()}

        return sign

    async def ask(self, api, data, body=None):
        params = {} if data is None else {"data": data}
        return await ask(api, "drm_license/", BODIES["widevine"] if body is None else body, params)

    @pytest.mark.parametrize("drm_type", ["widevine", "fairplay"])
    async def test_what_was_signed_is_answered(self, api, sign, drm_type):
        data = packed(sign({**CONTENT, "drm_type": drm_type}))
        status, licence = await self.ask(api, data, BODIES[drm_type])
        assert (status, licence[:4]) == (200, b"\x08\x02\xff\xfe")

    async def test_a_wrong_signature_is_forbidden(self, api, sign):
        forbidden = (403, {"detail": "Invalid signature."})
        signed = sign(CONTENT)
        for wrong in (
            {**signed, "content_data": packed({**CONTENT, "content_id": "another"})},
            {**signed, "signature": signed["signature"][:-4] + "AAA="},
            {**signed, "signature": ""},
            {**signed, "signature": "schön"},
        ):
            assert await self.ask(api, packed(wrong)) == forbidden

    @pytest.mark.parametrize(
        "data",
        [
            "x",
            "schön",
            packed([1]),
            packed("x"),
            base64.urlsafe_b64encode(b"{").decode(),
            packed({"a": "?" * 9}).rstrip("="),
            base64.b64encode(b'{"content_data":"\xc3\xbf\xc3\xbf\xc3\xbf>>>???"}').decode(),
        ],
    )
    async def test_data_that_is_none(self, api, data):
        assert await self.ask(api, data) == (400, {"data": ["Enter JSON objects in URL-safe base64."]})

    async def test_data_must_be_there_with_both_of_its_parts(self, api, sign):
        signed = sign(CONTENT)
        for data in (None, ""):
            assert await self.ask(api, data) == (400, {"data": REQUIRED})
        for name in ("content_data", "signature"):
            for value in (None, 5):
                status, body = await self.ask(api, packed({**signed, name: value}))
                assert (status, body) == (400, {"data": ["content_data and signature are required."]})

    async def test_signed_content_that_is_no_json(self, api, sign):
        assert (await self.ask(api, packed(sign("e30"))))[0] == 400

    @pytest.mark.parametrize(
        ("changed", "errors"),
        [
            ({"content_id": " "}, {"content_id": ["This field may not be blank."]}),
            ({"content_id": None}, {"content_id": ["This field may not be null."]}),
            ({"drm_type": "playready"}, {"drm_type": ['"playready" is not a valid choice.']}),
            ({"drm_type": None}, {"drm_type": ["This field may not be null."]}),
            ({"download": "x"}, {"download": ["Must be a valid boolean."]}),
        ],
    )
    async def test_wrong_content_is_named(self, api, sign, changed, errors):
        assert await self.ask(api, packed(sign({**CONTENT, **changed}))) == (400, errors)

    @pytest.mark.parametrize(
        ("drm_type", "body", "errors"),
        [
            ("widevine", {}, {"player_payload": REQUIRED}),
            ("widevine", BODIES["fairplay"], {"player_payload": REQUIRED}),
            ("fairplay", BODIES["widevine"], {"spc": REQUIRED}),
            ("fairplay", {"spc": "??"}, {"spc": ["Enter a valid base64 text."]}),
            (
                "fairplay",
                {"spc": MESSAGE, "fairplay": {"lease_duration_seconds": "x"}},
                {"fairplay": {"lease_duration_seconds": ["A valid integer is required."]}},
            ),
            (
                "widevine",
                {"player_payload": MESSAGE, "widevine": {"content_key_specs": ["HD"]}},
                {
                    "widevine": {
                        "content_key_specs": [
                            {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}
                        ]
                    }
                },
            ),
        ],
    )
    async def test_a_wrong_body_is_named(self, api, sign, drm_type, body, errors):
        data = packed(sign({**CONTENT, "drm_type": drm_type}))
        assert await self.ask(api, data, body) == (400, errors)

    async def test_a_wrong_token_of_a_user_is_not_overlooked(self, api, sign):
        params = {"data": packed(sign(CONTENT))}
        wrong = {"Authorization": "Token x"}
        assert (await ask(api, "drm_license/", BODIES["widevine"], params, wrong))[0] == 401
        assert (await ask(api, "drm_license/", BODIES["widevine"], params, api.headers))[0] == 200

    async def test_without_the_library_it_says_so(self, api, sign, monkeypatch):
        monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
        status, body = await self.ask(api, packed(sign(CONTENT)))
        assert (status, list(body)) == (501, ["detail"])
        assert "cryptography" in body["detail"]

    async def test_faults_and_the_journal_know_it(self, api, sign):
        api.sim.faults.add("POST", "drm_license/", Fault.status(503))
        assert (await self.ask(api, packed(sign(CONTENT))))[0] == 503
        assert api.sim.journal.count("POST", "drm_license/") == 1


def test_the_signature_is_the_one_that_openssl_makes():
    key, iv = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "f0e0d0c0b0a090807060504030201000"
    assert signature(b"eyJhIjoxfQ==", key, iv) == "+RIXIQh+mBN3qobSfRDsjbbijba6VJDdR9Pf5yzOzSg="
