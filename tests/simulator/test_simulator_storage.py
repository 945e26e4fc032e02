"""The storage behind uploads: what it takes, what it refuses, and how it goes wrong on request."""

import asyncio
import base64
import hashlib
import json
import tracemalloc

import pytest
from forms import BOUNDARY, announce, code_of, end, file_part, form, head, part, send
from mp4_files import box, mp4

from tpstreams_async.simulator.routes import STORAGE

FILE = mp4(payload=3_000)
MEBIBYTE = 2**20


async def refused(api, link, body, **headers):
    status, answered, text = await send(api, link, body, **headers)
    assert answered["Content-Type"] == "application/xml"
    assert f"<RequestId>{answered['x-amz-request-id']}</RequestId>" in text
    assert api.sim.uploads == {}
    return status, code_of(text), text


async def test_an_upload_is_answered_with_nothing(api):
    asset_id, link, payload = await announce(api)
    status, headers, text = await send(api, link, form(payload, FILE))
    assert (status, text, "Content-Type" in headers) == (204, "", False)
    assert headers["ETag"] == f'"{hashlib.sha256(FILE).hexdigest()[:32]}"'
    assert headers["Location"] == f"{link}/{payload['key']}"
    assert api.sim.uploads[asset_id].size_bytes == len(FILE)


class TestAnswers:
    @pytest.fixture(params=[200, 201])
    def options(self, request):
        return {"fetch": False, "upload_status": request.param}

    async def test_other_answers_than_nothing(self, api, options):
        _, link, payload = await announce(api)
        status, headers, text = await send(api, link, form(payload, FILE))
        assert status == options["upload_status"]
        if status == 200:
            assert text == ""
        else:
            assert headers["Content-Type"] == "application/xml"
            location = f"<Location>{link}/{payload['key']}</Location>"
            rest = f"<Bucket>simulator-uploads</Bucket><Key>{payload['key']}</Key><ETag>{headers['ETag']}</ETag>"
            assert f"<PostResponse>{location}{rest}</PostResponse>" in text


FIELDS = ["key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"]


@pytest.mark.parametrize("name", FIELDS)
async def test_no_field_may_be_missing(api, name):
    _, link, payload = await announce(api)
    del payload[name]
    assert (await refused(api, link, form(payload, FILE)))[:2] == (403, "AccessDenied")


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", ["", "x", "{}x", "x{}", "é"])
async def test_no_field_may_be_another(api, name, value):
    _, link, payload = await announce(api)
    payload[name] = value.replace("{}", payload[name])
    code = "SignatureDoesNotMatch" if name in ("policy", "x-amz-signature") else "AccessDenied"
    status, found, text = await refused(api, link, form(payload, FILE))
    assert (status, found) == (403, code)
    if code == "AccessDenied":
        assert f'Invalid according to Policy: Policy Condition failed: ["eq","${name}"' in text


def forged(policy: str) -> list[str]:
    value = json.loads(base64.b64decode(policy))
    richer = {**value, "expiration": "2999-01-01T00:00:00.000Z"}
    poorer = {**value, "conditions": [c for c in value["conditions"] if "x-amz-date" not in c]}
    odd = [{}, [], {**value, "conditions": [{"x-amz-date": 7}]}, {**value, "conditions": [7]}]
    forms = [json.dumps(v) for v in (richer, poorer, *odd, {**value, "expiration": 7})]
    return [base64.b64encode(f.encode()).decode() for f in forms] + ["{}", "====", base64.b64encode(b"{").decode()]


@pytest.mark.parametrize("signature", [None, ""])
@pytest.mark.parametrize("number", range(10))
async def test_a_policy_of_ones_own_is_not_accepted(api, number, signature):
    _, link, payload = await announce(api)
    payload["policy"] = forged(payload["policy"])[number]
    if signature is not None:
        payload["x-amz-signature"] = signature
    assert (await refused(api, link, form(payload, FILE)))[:2] == (403, "SignatureDoesNotMatch")


async def test_the_fields_of_another_upload_are_of_no_use(api):
    _, link, payload = await announce(api)
    _, _, other = await announce(api)
    assert (await refused(api, link, form({**payload, "key": other["key"]}, FILE)))[:2] == (403, "AccessDenied")


async def test_a_field_too_many_is_refused(api):
    _, link, payload = await announce(api)
    payload |= {"acl": "public-read", "success_action_status": "201"}
    status, code, text = await refused(api, link, form(payload, FILE))
    assert (status, code) == (403, "AccessDenied")
    assert "Invalid according to Policy: Extra input fields: acl, success_action_status" in text


async def test_fields_that_are_to_be_ignored_are_ignored_and_case_does_not_matter(api):
    _, link, payload = await announce(api)
    named = {name.title(): value for name, value in payload.items()}
    assert (await send(api, link, form({**named, "x-ignore-me": "x"}, FILE)))[0] == 204


@pytest.mark.parametrize("late", FIELDS)
async def test_what_follows_the_file_does_not_count(api, late):
    _, link, payload = await announce(api)
    value = payload.pop(late)
    body = form(payload, FILE).removesuffix(end()) + part(late, value.encode()) + end()
    assert (await refused(api, link, body))[:2] == (403, "AccessDenied")


async def test_what_follows_the_file_does_no_harm(api):
    asset_id, link, payload = await announce(api)
    body = form(payload, FILE) + part("key", b"another") + file_part(b"another") + b"epilogue"
    assert (await send(api, link, body))[0] == 204
    assert api.sim.uploads[asset_id].size_bytes == len(FILE)


async def in_pieces(data, size=1000):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def test_a_length_is_wanted(api):
    _, link, payload = await announce(api)
    body = in_pieces(form(payload, FILE))
    assert (await refused(api, link, body))[:2] == (411, "MissingContentLength")
    assert api.sim.journal[-1].received_bytes == 0


@pytest.mark.parametrize("authorization", ["Token {token}", "Basic eDp5"])
async def test_no_other_proof_is_wanted(api, authorization):
    _, link, payload = await announce(api)
    header = authorization.format(token=api.sim.token)
    status, code, text = await refused(api, link, form(payload, FILE), Authorization=header)
    assert (status, code, "Only one auth mechanism allowed" in text) == (400, "InvalidArgument", True)


@pytest.mark.parametrize(
    ("content_type", "status", "code"),
    [
        ("application/json", 412, "PreconditionFailed"),
        ("multipart/mixed; boundary=x", 412, "PreconditionFailed"),
        ("multipart/form-data", 400, "MalformedPOSTRequest"),
        ("multipart/form-data; boundary=other", 400, "MalformedPOSTRequest"),
    ],
)
async def test_a_form_is_wanted(api, content_type, status, code):
    _, link, payload = await announce(api)
    assert (await refused(api, link, form(payload, FILE), **{"Content-Type": content_type}))[:2] == (status, code)


async def test_a_file_is_wanted(api):
    _, link, payload = await announce(api)
    assert (await refused(api, link, form(payload, None)))[:2] == (400, "InvalidArgument")


@pytest.mark.parametrize(
    "broken",
    [
        lambda body: body.removesuffix(end()),
        lambda body: body.removesuffix(end()) + f"--{BOUNDARY}".encode(),
        lambda body: body.removesuffix(end()) + f"--{BOUNDARY}-x".encode(),
        lambda body: body[:700],
        lambda body: body.replace(b"\r\n", b"x", 1),
        lambda body: b"",
    ],
    ids=["no end", "half an end", "a wrong end", "no file", "a wrong boundary", "nothing"],
)
async def test_a_broken_form_is_refused(api, broken):
    _, link, payload = await announce(api)
    assert (await refused(api, link, broken(form(payload, FILE))))[:2] == (400, "MalformedPOSTRequest")


@pytest.mark.parametrize("name", ["x-ignore-me", "file2"])
async def test_too_much_in_front_of_the_file_is_refused(api, name):
    _, link, payload = await announce(api)
    body = form({**payload, name: "x" * 20_480}, FILE)
    assert (await refused(api, link, body))[:2] == (400, "MaxPostPreDataLengthExceeded")


async def test_an_empty_file_is_refused(api):
    _, link, payload = await announce(api)
    status, code, text = await refused(api, link, form(payload, b""))
    assert (status, code) == (400, "EntityTooSmall")
    assert "<ProposedSize>0</ProposedSize><MinSizeAllowed>1</MinSizeAllowed>" in text


class TestSizes:
    @pytest.fixture
    def options(self):
        return {"fetch": False, "max_upload_bytes": len(FILE)}

    async def test_the_largest_file(self, api):
        _, link, payload = await announce(api)
        assert (await send(api, link, form(payload, FILE)))[0] == 204

    async def test_a_file_that_is_too_large(self, api):
        _, link, payload = await announce(api)
        status, code, text = await refused(api, link, form(payload, FILE + b"x"))
        assert (status, code) == (400, "EntityTooLarge")
        assert f"<MaxSizeAllowed>{len(FILE)}</MaxSizeAllowed>" in text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/storage/other", 404, "NoSuchBucket"),
        ("POST", "/storage/", 404, "NoSuchBucket"),
        ("GET", "/storage/simulator-uploads", 405, "MethodNotAllowed"),
        ("PUT", "/storage/simulator-uploads", 405, "MethodNotAllowed"),
    ],
)
async def test_another_address(api, method, path, status, code):
    async with api.session.request(method, api.sim.url + path) as response:
        assert (response.status, code_of(await response.text())) == (status, code)


async def test_the_journal_has_the_fields_and_not_the_file(api):
    _, link, payload = await announce(api)
    body = form(payload, FILE)
    await send(api, link, body)
    record = api.sim.journal.requests("POST", STORAGE)[-1]
    assert (record.body, record.form, record.received_bytes, record.status) == (b"", payload, len(body), 204)
    assert payload["x-amz-signature"] not in repr(record)
    assert api.sim.journal.requests("POST", "storage/simulator-uploads") == [record]


async def test_a_refused_form_is_in_the_journal_too(api):
    _, link, payload = await announce(api)
    payload["key"] = "other"
    await send(api, link, form(payload, FILE))
    assert (api.sim.journal[-1].form, api.sim.journal[-1].status) == (payload, 403)


async def test_an_expectation_is_met_only_when_the_head_is_in_order(api):
    _, _, payload = await announce(api)
    body = form(payload, FILE)
    for more, first, last in (("", b"100 Continue", b"204"), ("Authorization: x\r\n", b"400 Bad", b"400 Bad")):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(api.sim.url.rpartition(":")[2]))
        writer.write(head(len(body), "Expect: 100-continue\r\n" + more))
        answer = await reader.readuntil(b"\r\n\r\n")
        assert first in answer
        if first != last:
            writer.write(body)
            answer = await reader.readuntil(b"\r\n\r\n")
        assert last in answer
        writer.close()


@pytest.mark.parametrize("size", [1, 7, 61, 997])
async def test_a_form_that_comes_in_pieces(api, size):
    asset_id, _, payload = await announce(api)
    data = FILE + f"\r\n--{BOUNDARY[:-1]}\r\n--\r\n".encode() * 20
    body = form(payload, data)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(api.sim.url.rpartition(":")[2]))
    writer.write(head(len(body)))
    for start in range(0, len(body), size):
        writer.write(body[start : start + size])
        await asyncio.sleep(0)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
    writer.close()
    upload = api.sim.uploads[asset_id]
    assert (upload.size_bytes, upload.sha256) == (len(data), hashlib.sha256(data).hexdigest())


async def test_twenty_megabytes_pass_by_in_little_memory(api, clock):
    asset_id, _, payload = await announce(api)
    size = 20 * MEBIBYTE
    front = form(payload, b"").removesuffix(b"\r\n" + end()) + mp4(5_000)
    opening = box(b"mdat", b"")[4:]
    block = bytes(range(256)) * 256
    length = len(front) + 8 + size + len(b"\r\n" + end())
    reader, writer = await asyncio.open_connection("127.0.0.1", int(api.sim.url.rpartition(":")[2]))
    tracemalloc.start()
    try:
        writer.write(head(length) + front + (8 + size).to_bytes(4, "big") + opening)
        for _ in range(size // len(block)):
            writer.write(block)
            await writer.drain()
        writer.write(b"\r\n" + end())
        answer = await reader.readuntil(b"\r\n\r\n")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 204")
    assert peak < 4 * MEBIBYTE
    found = hashlib.sha256(mp4(5_000) + (8 + size).to_bytes(4, "big") + opening)
    for _ in range(size // len(block)):
        found.update(block)
    upload = api.sim.uploads[asset_id]
    assert (upload.size_bytes, upload.sha256) == (len(mp4(5_000)) + 8 + size, found.hexdigest())
    clock.advance(6)
    assert (await api.video(asset_id))["duration"] == 5
