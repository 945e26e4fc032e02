"""Secrets are hidden in texts and URLs, wherever they stand and however they are cut."""

import json
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tpstreams_async import _redact

SECRETS = sorted(_redact.SECRET_KEYS)
#: Letters alone, so that a secret stays one piece in every syntax, and no English word is one.
canaries = st.text("qxzj", min_size=8, max_size=40).map(lambda text: f"canary{text}")


@given(canaries, st.sampled_from(SECRETS), st.booleans(), st.integers(0, 30))
def test_a_secret_member_of_json_is_hidden_even_when_the_text_is_cut(
    secret: str, key: str, upper: bool, lost: int
) -> None:
    text = json.dumps({"title": "shown", key.upper() if upper else key: secret, "after": 1})
    cut = text[: len(text) - lost]
    hidden = _redact.text(cut)
    assert secret[:8] not in hidden
    assert "shown" in hidden


@pytest.mark.parametrize(
    "text",
    [
        '{"token": "canary\\"canary"}',
        "{'secret_token': 'canary'}",
        "stream_key=canary&x=1",
        "stream_key = canary",
        "Authorization: Token canarycanary",
        "authorization: token canarycanary",
        '{"Authorization": "Token canarycanary"}',
        "Authorization: Bearer canarycanary",
        "Authorization: Basic Y2FuYXJ5canary==",
        "the header Token canarycanary was wrong",
        '{"authorization":["Token canarycanary"]}',
        '{"token": ["canary"]}',
        '{"a": {"password" : "canary"}}',
        '{\\"stream_key\\": \\"canary\\"}',
        "see https://user:canary@host.example/path",
        "see https://host.example/a?Signature=canary&x=y.",
        "see s3://key:canary@bucket/path",
        "see https://host.example/a.m3u8Expires=1&Signature=canary",
        "see https://host.example/a#canary",
        '{"url":"https:\\/\\/host.example\\/a?sig=canary"}',
        '{"url":"https://host.example/a?x=1\\u0026sig=canary"}',
        '{"policy": {"Statement": "canary"}, "more": "canary"}',
        '{"token": ["one", "canary"]}',
        '{"token": [["canary"]]}',
        "Authorization: Bearer canary",
        "see s3://AKIA:abcd/canary/EFGH@bucket/out",
        "next=https%3A//host.example/%3Fx&Signature%3Dcanary",
    ],
)
def test_a_secret_in_a_text_is_hidden(text: str) -> None:
    assert "canary" not in _redact.text(text)


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket/it's.mp4?secret_key=canary",
        's3://bucket/a"b/?access_key=1&secret_key=canary',
        "s3://bucket/<id>/?secret_key=<canary>",
        "HTTPS://host.example/a\\b?sig=canary",
        "https://user:canary@host.example/a'b",
    ],
)
def test_a_value_that_is_a_url_is_hidden_whatever_its_path_is_made_of(url: str) -> None:
    hidden = _redact.data({"output_path": url, "inputs": [{"url": url}]})
    assert "canary" not in repr(hidden)
    assert hidden["output_path"].partition("://")[0] == urlsplit(url).scheme


@pytest.mark.parametrize(
    "text",
    [
        "Invalid token.",
        "Not found.",
        '{"detail": "Authentication credentials were not provided."}',
        "see https://host.example/path/to/a.mp4 for more",
        '{"title": ["This field may not be blank."]}',
        "The token has expired",
        "Zugang verweigert – 拒绝",
    ],
)
def test_a_text_without_secrets_is_left_alone(text: str) -> None:
    assert _redact.text(text) == text


@pytest.mark.parametrize(
    "title", ["Basic Mathematics", "Token Economics 101", "Privacy Policy: an overview", "a" * 9000]
)
def test_a_title_is_no_secret_and_stays_whole(title: str) -> None:
    assert _redact.data({"title": title, "rows": [title]}) == {"title": title, "rows": [title]}


@pytest.mark.parametrize(
    "key", ["access_token", "streamKey", "aws_secret_access_key", "X-Api-Key", "client-secret", "Policy"]
)
def test_a_member_is_hidden_however_its_name_is_written(key: str) -> None:
    assert _redact.data({key: "canary", "deep": [{key: {"a": "canary"}}]}) == {key: "***", "deep": [{key: "***"}]}
    assert _redact.data({key: None}) == {key: None}


@pytest.mark.parametrize("lost", range(61))
def test_a_secret_that_is_cut_anywhere_is_hidden_to_its_last_letters(lost: int) -> None:
    secret = "0123456789abcdef" * 4
    text = f"see {secret}"[: 4 + 64 - lost]
    assert _redact.without(text, _redact.Secret(secret)) == ("see ***" if lost <= 60 else text)


def test_what_is_nested_without_measure_is_hidden_from_some_depth_on() -> None:
    nested: dict[str, object] = {"title": "canary"}
    for _ in range(5000):
        nested = {"a": nested}
    shown = _redact.data(nested)
    depth = 0
    while isinstance(shown, dict):
        shown, depth = shown["a"], depth + 1
    assert (shown, depth) == ("***", 65)


@given(canaries, st.integers(0, 60), st.integers(4000, 4200))
def test_not_even_the_first_part_of_a_secret_shows_at_the_cut(secret: str, lost: int, at: int) -> None:
    text = ("." * at + secret)[: at + len(secret) - lost]
    assert secret[:5] not in _redact.without(text, _redact.Secret(secret))


@given(st.text())
def test_any_text_can_be_hidden_and_is_then_stable(text: str) -> None:
    once = _redact.text(text)
    assert _redact.text(once) == once or len(_redact.text(once)) <= len(once) + 3


@given(
    st.sampled_from(["http", "https", "rtmp", "s3"]),
    canaries,
    canaries,
    canaries,
)
def test_a_url_is_shown_without_credentials_query_and_fragment(
    scheme: str, password: str, query: str, fragment: str
) -> None:
    shown = _redact.url(f"{scheme}://user:{password}@host.example:81/path/a.mp4?k={query}#{fragment}")
    assert shown == f"{scheme}://***@host.example:81/path/a.mp4?***#***"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host.example/a.mp4", "https://host.example/a.mp4"),
        ("https://host.example/a.mp4?", "https://host.example/a.mp4"),
        ("private/abc.mp4", "private/abc.mp4"),
        ("https://host.example/a.mpdExpires=1&Signature=s", "https://host.example/a.mpd***"),
        ("https://[::1", "***"),
        ("", ""),
        ("@[", "@["),
        ("private/a@2x.mp4", "private/a@2x.mp4"),
        ("http://host.example/a@2x.png", "http://host.example/a@2x.png"),
        ("HTTPS://host.example/a@2x.png", "https://host.example/a@2x.png"),
        ("s3://k:a/b@c/d@bucket/out/e.mp4", "s3://***@bucket/out/e.mp4"),
        ("s3://k:a@bucket/out", "s3://***@bucket/out"),
        ("s3://k/@[", "***"),
    ],
)
def test_urls_without_secrets_are_shown(url: str, shown: str) -> None:
    assert _redact.url(url) == shown


@given(st.text())
def test_any_text_taken_for_a_url_shows_no_query(text: str) -> None:
    shown = _redact.url(text)
    if shown != _redact.HIDDEN:
        assert urlsplit(shown).query in ("", _redact.HIDDEN)


@pytest.mark.parametrize("value", [None, "canary"])
def test_hidden_fields_tell_only_whether_there_is_one(value: str | None) -> None:
    assert _redact.hidden_repr(value) == ("None" if value is None else "'***'")
    assert _redact.url_repr(None) == "None"
    assert _redact.urls_repr(("https://a.example/?canary",)) == "('https://a.example/?***',)"


@pytest.mark.parametrize("text", ["token:" + " " * 10**6, "a." * 10**6, "token" + "\\" * 10**6, "x" * 10**7])
def test_only_the_beginning_of_a_large_text_is_looked_at(text: str) -> None:
    assert len(_redact.text(text)) <= _redact.LONGEST


CODE = "c0ffee00-1111-4222-8333-944455556666"


@pytest.mark.parametrize(
    "text",
    [
        f'{{"code": "{CODE}", "status": "Active"}}',
        f'{{"code":"{CODE.upper()}"}}',
        f'{{"Code" : "{CODE}"}}',
        json.dumps({"inner": json.dumps({"code": CODE})}),
        f'{{"code": "{CODE[:8]}',
        f'{{"code": "{CODE[:20]}',
    ],
)
def test_the_code_of_an_access_token_is_hidden(text: str) -> None:
    hidden = _redact.text(text)
    assert CODE[:8] not in hidden.lower()
    assert _redact.HIDDEN in hidden


@pytest.mark.parametrize("text", ['{"code": "not_found"}', '{"code": "throttled", "detail": "no"}', '{"code": 404}'])
def test_the_code_of_an_error_is_shown(text: str) -> None:
    assert _redact.text(text) == text
