"""Samples of errors become the right exceptions, with everything that the server said."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from asks import VIDEO
from catalogue import ERRORS, of_both
from support.scripted import answer

from tpstreams_async import APIError, AuthenticationError, BadRequestError, NotFoundError, PermissionDeniedError

CLASSES = {400: BadRequestError, 401: AuthenticationError, 403: PermissionDeniedError, 404: NotFoundError}


@pytest.mark.looptime
@pytest.mark.parametrize(("name", "load"), of_both(ERRORS))
async def test_an_error_is_raised_with_its_words(
    name: str, load: Callable[[str], Any], scripted: Any, make_client: Any
) -> None:
    status, data = ERRORS[name][0], load(name)
    server = await scripted(answer(data, status))
    with pytest.raises(APIError) as caught:
        await make_client(server).assets.bulk_create([VIDEO])
    error = caught.value
    assert (type(error), error.status, error.attempts) == (CLASSES[status], status, 1)
    assert error.detail == data.get("detail", data.get("error_type"))
    assert error.item_index == data.get("item_index")
    assert error.field_errors == {key: tuple(value) for key, value in data.items() if isinstance(value, list)}
    assert orjson.loads(error.body) == data
    assert error.detail is None or error.detail.rstrip(".") in str(error)
    assert all(message.rstrip(".") in str(error) for messages in error.field_errors.values() for message in messages)
