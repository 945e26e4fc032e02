"""Errors: a tree, whose members pickle and keep secrets to themselves."""

import copy
import inspect
import pickle
from typing import Any

import pytest

import tpstreams_async
from tpstreams_async import (
    APIError,
    Asset,
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    ConnectError,
    DecodeError,
    InvalidInputError,
    JobError,
    JobFailedError,
    JobPollError,
    JobSupersededError,
    JobTimeoutError,
    JobVanishedError,
    LedgerError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    TPStreamsError,
    TransportError,
    TrimStatus,
    UploadFailedError,
)

ABOUT: dict[str, Any] = {"method": "GET", "url": "https://app.example/api/v1/org001/assets/a/"}
JOB: dict[str, Any] = {"ref": "trim:a:58", "snapshot": TrimStatus(id=58, status_display="Failed")}


def api_error(kind: type[APIError]) -> APIError:
    return kind(
        "assets.get: no",
        status=418,
        detail="No.",
        field_errors={"title": ["Too long."]},
        body='{"detail": "No."}',
        attempts=3,
        request_id="req-1",
        retry_after=2.5,
        **ABOUT,
    )


MADE: list[TPStreamsError] = [
    TPStreamsError("base"),
    InvalidInputError("start_time", "is wrong"),
    ClientClosedError("closed"),
    *(
        api_error(kind)
        for kind in (
            APIError,
            BadRequestError,
            AuthenticationError,
            PermissionDeniedError,
            NotFoundError,
            RateLimitedError,
            ServerError,
        )
    ),
    TransportError("broke", attempts=2, **ABOUT),
    ConnectError("no connection", may_pass=False, **ABOUT),
    RequestTimeoutError("late", held_back=True, **ABOUT),
    UploadFailedError("storage answered 403", asset=Asset(id="a"), attempts=2, sent=10, maybe_arrived=True),
    LedgerError("the disk is full", path="videos.ledger"),
    DecodeError("expected a list", path="$.video", body="{}"),
    OutcomeUnknownError(operation="assets.create", reason="silence", how_to_find_out="look", attempts=2, **ABOUT),
    UploadFailedError("storage answered 403", asset=Asset(id="asset1"), attempts=2, sent=7, maybe_arrived=True),
    *(
        kind("it ended", **JOB)
        for kind in (JobError, JobFailedError, JobTimeoutError, JobSupersededError, JobVanishedError, JobPollError)
    ),
]


def test_every_exported_error_is_tested_here() -> None:
    exported = {
        value
        for value in vars(tpstreams_async).values()
        if inspect.isclass(value) and issubclass(value, TPStreamsError)
    }
    assert {type(error) for error in MADE} == exported


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("way", ["pickle", "copy", "deepcopy"])
def test_an_error_survives(way: str, error: TPStreamsError) -> None:
    ways: dict[str, Any] = {
        "pickle": lambda: pickle.loads(pickle.dumps(error)),
        "copy": lambda: copy.copy(error),
        "deepcopy": lambda: copy.deepcopy(error),
    }
    back = ways[way]()
    assert type(back) is type(error)
    assert (str(back), repr(back), back.args) == (str(error), repr(error), error.args)
    assert back.__dict__ == error.__dict__


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_an_error_says_something(error: TPStreamsError) -> None:
    assert str(error)
    assert type(error).__doc__


@pytest.mark.parametrize(
    ("kind", "bases"),
    [
        (InvalidInputError, (ValueError,)),
        (RequestTimeoutError, (TransportError, TimeoutError)),
        (ConnectError, (TransportError,)),
        (JobTimeoutError, (JobError, TimeoutError)),
        (RateLimitedError, (APIError,)),
    ],
)
def test_an_error_can_be_caught_as_what_it_is(kind: type, bases: tuple[type, ...]) -> None:
    assert all(issubclass(kind, base) for base in (*bases, TPStreamsError))


@pytest.mark.parametrize("kind", [OutcomeUnknownError, DecodeError, ClientClosedError, JobError, InvalidInputError])
def test_an_error_is_not_caught_as_what_it_is_not(kind: type) -> None:
    assert not issubclass(kind, (APIError, TransportError, OSError))


def test_a_job_error_leaves_its_handle_behind_when_pickled() -> None:
    error = JobFailedError("failed", job=lambda: None, **JOB)
    back = pickle.loads(pickle.dumps(error))
    assert back.job is None
    assert (back.ref, back.snapshot) == (JOB["ref"], JOB["snapshot"])


def test_attempts_and_request_id_are_part_of_the_text() -> None:
    assert "after 3 attempts" in str(api_error(ServerError))
    assert "req-1" in str(api_error(ServerError))
    assert "attempts" not in str(TransportError("broke", **ABOUT))


@pytest.mark.parametrize("secret", ['{"stream_key": "canary"}', "https://a.example/?Signature=canary"])
def test_bodies_are_kept_without_their_secrets_and_cut(secret: str) -> None:
    for error in (
        APIError("no", status=400, body=secret + "x" * 10_000, **ABOUT),
        DecodeError("no", body=secret + "x" * 10_000),
    ):
        assert "canary" not in error.body
        assert len(error.body) <= 2100


def test_field_errors_are_a_copy() -> None:
    fields = {"title": ["Too long."]}
    error = APIError("no", status=400, field_errors=fields, **ABOUT)
    fields["title"].append("changed")
    assert error.field_errors == {"title": ("Too long.",)}
