"""Errors that leave the package lead through no frame that they came through inside it."""

import asyncio
from typing import Any

import pytest

from tpstreams_async import ConnectError, DecodeError, TPStreamsError
from tpstreams_async._frames import bare, sealed, sealed_plain


def raised(error: BaseException, cause: BaseException | None = None, *, suppressed: bool = False) -> BaseException:
    """Return an error that was raised while another was handled."""
    try:
        try:
            if cause is not None:
                raise cause
        finally:
            if suppressed:
                raise error from None
            raise error
    except BaseException as caught:  # noqa: BLE001 - that is the point
        return caught


def test_the_frames_of_a_whole_chain_are_taken() -> None:
    first = raised(DecodeError("first"))
    second = raised(DecodeError("second"), first)
    third = DecodeError("third")
    third.__cause__ = second
    assert second.__traceback__ is not None
    assert bare(third) is third
    assert (third.__cause__, second.__context__) == (second, first)
    assert [error.__traceback__ for error in (third, second, first)] == [None, None, None]


@pytest.mark.parametrize("suppressed", [False, True])
def test_what_is_not_ours_or_is_not_to_be_shown_is_taken_out_of_the_chain(suppressed: bool) -> None:
    inner: BaseException = DecodeError("inner") if suppressed else ValueError("inner")
    outer = raised(DecodeError("outer"), inner, suppressed=suppressed)
    assert outer.__context__ is inner
    assert bare(outer).__context__ is None


def test_a_chain_in_a_circle_comes_to_an_end() -> None:
    first, second = DecodeError("first"), DecodeError("second")
    first.__cause__, second.__cause__ = second, first
    assert bare(first) is first


def depth(error: BaseException) -> int:
    trace, frames = error.__traceback__, 0
    while trace is not None:
        trace, frames = trace.tb_next, frames + 1
    return frames


@pytest.mark.parametrize("error", [DecodeError("no"), asyncio.CancelledError("no")])
async def test_a_sealed_coroutine_shows_itself_alone(error: BaseException) -> None:
    @sealed
    async def call(secret: str) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        await call("canary")
    assert depth(caught.value) == 2, "the test's own frame, and that of the seal"


def test_a_sealed_function_shows_itself_alone() -> None:
    @sealed_plain
    def call(secret: str) -> None:
        raise ConnectError("no", method="GET", url="")

    with pytest.raises(TPStreamsError) as caught:
        call("canary")
    assert depth(caught.value) == 2


async def test_a_type_error_from_inside_keeps_its_frames() -> None:
    def broken() -> Any:
        raise TypeError("a defect")

    @sealed
    async def call() -> None:
        broken()

    @sealed_plain
    def plain_call() -> None:
        broken()

    with pytest.raises(TypeError) as caught:
        await call()
    assert depth(caught.value) == 4
    with pytest.raises(TypeError) as plain:
        plain_call()
    assert depth(plain.value) >= 4
