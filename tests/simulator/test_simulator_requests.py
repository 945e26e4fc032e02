"""What is refused before any work is done, and with which words."""

import io
import re

import pytest

from tpstreams_async.simulator import ManualClock, Simulator

TOKEN_LESS = "Authentication credentials were not provided."


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, TOKEN_LESS),
        ("Bearer {token}", TOKEN_LESS),
        ("Token", "Invalid token header. No credentials provided."),
        ("Token {token} x", "Invalid token header. Token string should not contain spaces."),
        ("Token " + "0" * 64, "Invalid token."),
        ("Token schön", "Invalid token."),
    ],
)
async def test_a_wrong_token_is_refused(api, header, detail):
    headers = {} if header is None else {"Authorization": header.format(token=api.sim.token)}
    assert await api.call("GET", "assets/", headers=headers) == (401, {"detail": detail})
    async with api.session.get(api.url("assets/"), headers=headers) as response:
        assert response.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("scheme", ["Token", "token"])
async def test_both_spellings_of_the_scheme_are_accepted(api, scheme):
    headers = {"Authorization": f"{scheme} {api.sim.token}"}
    assert (await api.call("GET", "assets/", headers=headers))[0] == 200


async def test_an_unknown_organization_is_an_html_page_even_without_a_token(api):
    async with api.session.get(f"{api.sim.url}/api/v1/nobody/assets/") as response:
        assert (response.status, response.content_type) == (404, "text/html")


@pytest.mark.parametrize("suffix", ["assets", "assets/videos", "assets/abc/trim", "nothing/", "assets//", ""])
async def test_an_address_that_leads_nowhere_is_an_html_page(api, suffix):
    async with api.session.post(api.url(suffix), headers=api.headers, json={}) as response:
        assert (response.status, response.content_type) == (404, "text/html")


@pytest.mark.parametrize(
    ("method", "suffix"),
    [
        ("GET", "assets/nothere/"),
        ("DELETE", "assets/nothere/"),
        ("POST", "assets/nothere/move/"),
        ("POST", "assets/nothere/trim/"),
        ("GET", "assets/nothere/trim/status/"),
        ("POST", "assets/nothere/trim/revert/"),
        ("POST", "assets/nothere/generate_subtitle/"),
        ("POST", "assets/nothere/upload_subtitle/"),
        ("POST", "assets/nothere/upload_thumbnail/"),
        ("GET", "assets/nothere/subtitles/"),
    ],
)
async def test_an_unknown_asset_is_not_found(api, method, suffix):
    assert await api.call(method, suffix) == (404, {"detail": "Not found."})


async def test_a_method_that_an_address_does_not_know(api):
    async with api.session.put(api.url("assets/abc/"), headers=api.headers) as response:
        assert response.status == 405
        assert await response.json() == {"detail": 'Method "PUT" not allowed.'}
        assert response.headers["Allow"] == "GET, DELETE"


@pytest.mark.parametrize("data", [b"{", b'{"title": NaN}', b'{"title": "\xff"}', b"[" * 5000])
async def test_broken_json_is_refused(api, data):
    headers = {**api.headers, "Content-Type": "application/json"}
    status, body = await api.call("POST", "assets/videos/", data=data, headers=headers)
    assert status == 400
    assert body["detail"].startswith("JSON parse error - ")


async def test_json_that_is_no_object_is_refused(api):
    body = await api.post("assets/videos/", [1], status=400)
    assert body == {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}


async def test_another_content_type_is_refused(api):
    headers = {**api.headers, "Content-Type": "text/plain"}
    status, body = await api.call("POST", "assets/videos/", data=b"{}", headers=headers)
    assert (status, body) == (415, {"detail": 'Unsupported media type "text/plain" in request.'})


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"inputs": None}, {"inputs": ["This field may not be null."]}),
        ({"inputs": "x"}, {"inputs": ['Expected a list of items but got type "str".']}),
        ({"inputs": []}, {"inputs": ["This list may not be empty."]}),
        ({"inputs": ["x"]}, {"inputs": ["Invalid data. Expected a dictionary, but got str."]}),
        ({"inputs": [{"url": "http://a*b/"}]}, {"inputs": ["Enter a valid URL."]}),
        ({"inputs": [{"url": "http://a.example:0*/"}]}, {"inputs": ["Enter a valid URL."]}),
        ({"inputs": [{"url": "http://a.example:0/"}]}, {"inputs": ["Enter a valid URL."]}),
        ({"inputs": [{"url": "http://a.example:99999/"}]}, {"inputs": ["Enter a valid URL."]}),
        ({"inputs": [{"url": "http://a.example/b\tc"}]}, {"inputs": ["Enter a valid URL."]}),
        ({"inputs": [{"url": "http:///b"}]}, {"inputs": ["Enter a valid URL."]}),
        ({"inputs": [{"url": "ftp://a.example/b"}]}, {"inputs": ["Enter a valid URL."]}),
        ({"inputs": [{"url": "http://[::bad/b"}]}, {"inputs": ["Enter a valid URL."]}),
        ({"inputs": [{}]}, {"inputs": ["Enter a valid URL."]}),
        ({"resolutions": []}, {"resolutions": ["This list may not be empty."]}),
        ({"resolutions": ["240p", "4k"]}, {"resolutions": ['"4k" is not a valid choice.']}),
        ({"resolutions": [240]}, {"resolutions": ['"240" is not a valid choice.']}),
        ({"title": ["x"]}, {"title": ["Not a valid string."]}),
        ({"title": "a\0b"}, {"title": ["Null characters are not allowed."]}),
        ({"content_protection_type": "none"}, {"content_protection_type": ['"none" is not a valid choice.']}),
        ({"folder": "nowhere"}, {"folder": ["Folder not found."]}),
        ({"generate_subtitle": "perhaps"}, {"generate_subtitle": ["Must be a valid boolean."]}),
    ],
)
async def test_a_wrong_field_of_a_new_video_is_named(api, fields, errors):
    good = {"inputs": [{"url": "https://origin.example/a.mp4"}], "resolutions": ["240p"]}
    assert await api.post("assets/videos/", {**good, **fields}, status=400) == errors
    assert not api.sim.assets


async def test_required_fields_are_named_together(api):
    body = await api.post("assets/videos/", {}, status=400)
    assert body == {"inputs": ["This field is required."], "resolutions": ["This field is required."]}
    assert await api.post("assets/videos/", status=400) == body


async def test_a_body_that_is_too_large_is_refused(api):
    data = b'"' + b"x" * (9 * 2**20) + b'"'
    headers = {**api.headers, "Content-Type": "application/json"}
    status, body = await api.call("POST", "assets/videos/", data=io.BytesIO(data), headers=headers)
    assert status == 413
    assert re.search("8388608 bytes", body["detail"])


async def test_the_journal_keeps_requests_and_hides_the_token(api):
    await api.create(title="One")
    await api.call("GET", "assets/?limit=1")
    await api.call("GET", "assets/none/")
    journal = api.sim.journal
    assert [(r.number, r.method, r.status) for r in journal] == [(1, "POST", 201), (2, "GET", 200), (3, "GET", 404)]
    assert journal.count("POST", "assets/videos/") == 1
    assert journal.count("GET", "assets/<id>/") == journal.count("GET", "assets/none/") == 1
    assert journal.count() == journal.total == len(journal) == 3
    assert b'"One"' in journal[0].body
    assert journal[1].query == "limit=1"
    assert journal[0].headers["Authorization"].endswith(api.sim.token)
    assert api.sim.token not in repr(list(journal))
    journal.clear()
    await api.call("GET", "assets/")
    assert journal[0].number == 4


async def test_an_exception_inside_is_answered_and_recorded(http, make_api):
    class BrokenClock(ManualClock):
        def now(self):
            if self._now == 1:
                raise ZeroDivisionError
            return self._now

    broken = BrokenClock()
    async with Simulator(clock=broken, fetch=False) as sim:
        api = make_api(sim, http)
        broken.advance(1)
        assert await api.call("GET", "assets/") == (500, {"detail": "Internal server error."})
        broken.advance(1)
        assert (await api.call("GET", "assets/"))[0] == 200
        assert [type(error) for error in sim.errors] == [ZeroDivisionError]


async def test_a_full_journal_drops_its_older_half(http, make_api):
    async with Simulator(fetch=False, journal_size=4) as sim:
        api = make_api(sim, http)
        for _ in range(5):
            await api.get("assets/")
        assert [record.number for record in sim.journal] == [3, 4, 5]
        assert sim.journal.total == 5
