"""Every status of HTTP has its error, in the same words for every call."""

import time
from email.utils import formatdate
from typing import Any

import pytest
from support.canned import Canned
from support.scripted import answer

from tpstreams_async import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    Retry,
    ServerError,
    TPStreams,
    TPStreamsError,
)

BASE = "https://app.example/api/v1/org001"
EXACT: dict[int, type[TPStreamsError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    408: ServerError,
    425: RateLimitedError,
    429: RateLimitedError,
}


def expected(status: int) -> type[TPStreamsError]:
    return EXACT.get(status) or (BadRequestError if 400 <= status < 500 else ServerError)


@pytest.fixture
async def client() -> Any:
    async with TPStreams("org001", "token", base_url="https://app.example", retry=Retry(attempts=1)) as made:
        yield made


@pytest.mark.parametrize("status", [300, 304, 305, 399, *range(400, 430), 431, 451, 499, 500, 505, 511, 520, 599])
async def test_a_read_ends_with_the_error_of_its_status(status: int, client: TPStreams) -> None:
    with Canned() as canned:
        canned.get(f"{BASE}/assets/asset1/", status=status, payload={"detail": "Said so"})
        with pytest.raises(TPStreamsError) as caught:
            await client.assets.get("asset1")
    error: Any = caught.value
    assert type(error) is expected(status)
    assert (error.status, error.detail, error.method) == (status, "Said so", "GET")
    assert error.url == f"{BASE}/assets/asset1/"
    assert str(status) in str(error)
    assert "assets.get" in str(error)


@pytest.mark.parametrize("status", [302, 400, 401, 404, 408, 409, 413, 422, 425, 429, 500, 503, 599])
async def test_a_creation_is_unknown_exactly_where_the_status_does_not_tell(
    status: int, client: TPStreams, video: Any
) -> None:
    with Canned() as canned:
        canned.post(f"{BASE}/assets/videos/", status=status, payload={"detail": "Said so"})
        with pytest.raises(TPStreamsError) as caught:
            await client.assets.create(**video)
    kind = expected(status)
    assert type(caught.value) is (OutcomeUnknownError if kind is ServerError else kind)


async def test_a_failure_says_what_is_known_of_the_work(scripted: Any, make_client: Any, video: Any) -> None:
    server = await scripted(answer({}, 500))
    with pytest.raises(OutcomeUnknownError) as caught:
        await make_client(server).assets.create(**video)
    assert str(caught.value.__cause__).endswith("Whether it did the work is not known.")
    with pytest.raises(ServerError, match=r"Try again later\.$"):
        await make_client(server, retry=Retry(attempts=1)).assets.get("asset1")


async def test_the_messages_of_all_fields_are_told(scripted: Any, make_client: Any, video: Any) -> None:
    server = await scripted(answer({"inputs": ["One.", "Two."], "title": ["Three."], "rows": [{}]}, 400))
    with pytest.raises(BadRequestError, match=r"inputs: One\. Two\.; title: Three\. The same") as caught:
        await make_client(server).assets.create(**video)
    assert caught.value.field_errors == {"inputs": ("One.", "Two."), "title": ("Three.",)}


async def test_a_date_of_a_server_that_does_not_tell_its_own_counts_from_our_clock(
    scripted: Any, make_client: Any
) -> None:
    server = await scripted(answer({}, 429, {"Retry-After": formatdate(time.time() + 3600, usegmt=True)}))
    with pytest.raises(RateLimitedError) as caught:
        await make_client(server).assets.get("asset1")
    assert caught.value.retry_after == pytest.approx(3600, abs=60)


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 299])
async def test_every_success_with_a_usable_body_is_one(status: int, client: TPStreams, video: Any) -> None:
    with Canned() as canned:
        canned.post(f"{BASE}/assets/videos/", status=status, payload={"id": "asset1"})
        assert (await client.assets.create(**video)).id == "asset1"


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_a_delete_needs_no_body(status: int, client: TPStreams) -> None:
    with Canned() as canned:
        canned.delete(f"{BASE}/assets/asset1/", status=status, body=b"")
        assert await client.assets.delete("asset1") is None
