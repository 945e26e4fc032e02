"""From the body of an answer to a model."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from .. import _validate
from ..codec import loads, structure
from ..errors import DecodeError, InvalidInputError
from ..models import Asset, Extra, Message

T = TypeVar("T")


def decode_asset(body: bytes) -> Asset:
    """Decode an asset. One without a usable id is none."""
    asset = structure(Asset, loads(body))
    require_id(asset)
    return asset


def named(cls: type[T], field: str, check: Callable[[str, object], str] = _validate.identifier) -> Callable[[bytes], T]:
    """Return what makes a model of an answer, and refuses one that this field does not name."""

    def decode(body: bytes) -> T:
        made = structure(cls, loads(body))
        require_id(made, field, check)
        return made

    return decode


def require_id(
    made: object,
    field: str = "id",
    check: Callable[[str, object], str] = _validate.identifier,
    path: str = "$",
) -> None:
    """Raise `DecodeError` if a model has no usable name: nobody could find it again."""
    try:
        check(field, getattr(made, field))
    except InvalidInputError as error:
        raise DecodeError(f"the answer is no {type(made).__name__}: {error}", path=f"{path}.{field}") from None


def decode_message(body: bytes) -> Message:
    """Decode the server's words about what it did, which need not be any: it is done all the same."""
    try:
        data = loads(body)
    except DecodeError:
        return Message()
    if not isinstance(data, dict):
        return Message(detail=data if isinstance(data, str) else None)
    members = dict(cast("dict[str, Any]", data))
    said = next((key for key in ("detail", "message") if isinstance(members.get(key), str)), None)
    detail = None if said is None else members.pop(said)
    return Message(detail=detail, extra=Extra(members))


def model(cls: type[T]) -> Callable[[bytes], T]:
    """Return what makes a model of an answer."""
    return lambda body: structure(cls, loads(body))


def model_of(cls: type[T], asset_id: str) -> Callable[[bytes], T]:
    """Return what makes a model of an answer that does not say whose it is; without that nobody could wait for it."""

    def decode(body: bytes) -> T:
        data = loads(body)
        return structure(cls, {**data, "asset_id": asset_id} if isinstance(data, dict) else data)

    return decode
