"""What webhooks deliver: read, told apart, and remembered for a short while."""

import contextlib
import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final, cast

from attrs import evolve, frozen

from .._validate import identifier, show
from ..codec import dumps, loads, structure
from ..errors import DecodeError, InvalidInputError
from ..models import Asset
from .judges import glance_of, judge_glance, row_glance
from .looks import Stage

#: Assets of which a delivery is remembered.
_MOST_REMEMBERED: Final = 10_000
#: Where the server puts the id of the asset that a delivery is about.
_ID_KEYS: Final = ("id", "uuid")


@frozen(kw_only=True)
class Hint:
    """A sign that something has changed.

    Attributes:
        id: of the asset.
        mark: tells deliveries apart; None for a bare id, which is always news.
        status: of the video, as it was delivered.
        answer: the asset as it was delivered, if that is to be trusted.
    """

    id: str
    mark: int | None = None
    status: str | None = None
    answer: Asset | None = None

    @property
    def ended(self) -> bool:
        """Whether it is to be trusted and shows an end."""
        return self.answer is not None and judge_glance(glance_of(self.answer)).stage is not Stage.PENDING


def read_hint(given: Any, *, trust: bool) -> Hint:
    """Read what was delivered.

    Raises:
        InvalidInputError: it names no asset, or is a bare id that is to be trusted.
    """
    if isinstance(given, Asset):
        return Hint(
            id=identifier("delivery", given.id),
            mark=hash(given),
            status=cast("str | None", glance_of(given)[2]),
            answer=given if trust else None,
        )
    if isinstance(given, str):
        if trust:
            raise InvalidInputError("trust_payload", "needs a delivery to trust; from an id alone nothing can be told")
        return Hint(id=identifier("delivery", given))
    return _read_body(_body(given), trust=trust)


def _body(given: Any) -> Mapping[str, Any]:
    if isinstance(given, (bytes, bytearray)):
        try:
            given = loads(bytes(given))
        except DecodeError as error:
            raise InvalidInputError("delivery", f"is no JSON ({error.problem})") from None
    if not isinstance(given, Mapping):
        raise InvalidInputError(
            "delivery", f"must be the id of an asset, or what a webhook delivered, not {show(given)}"
        )
    return cast("Mapping[str, Any]", given)


def _read_body(body: Mapping[str, Any], *, trust: bool) -> Hint:
    asset_id = next((body[key] for key in _ID_KEYS if body.get(key) is not None), None)
    if asset_id is None:
        raise InvalidInputError("delivery", "has no 'id' or 'uuid', so it names no asset")
    try:
        text = dumps(dict(body))
    except TypeError:
        raise InvalidInputError("delivery", "must be JSON data, as a webhook delivers it") from None
    members = loads(text)  # what reads an answer knows no tuples, and no other mappings
    answer: Asset | None = None
    if trust:
        # What is no asset, as the word of a deletion, is still a sign.
        with contextlib.suppress(DecodeError):
            answer = structure(Asset, members)
    glance = row_glance(members)
    status = cast("str | None", glance[2]) if glance is not None else None
    return Hint(id=identifier("delivery", asset_id), mark=hash(text), status=status, answer=answer)


@frozen
class Remembered:
    """A hint, and when it came.

    Attributes:
        at: loop time.
        answer: the last delivery that was to be trusted and showed an end: a later one without an end is late.
        answered: loop time of that.
    """

    at: float
    mark: int | None
    answer: Asset | None = None
    answered: float = -math.inf


class Memory:
    """The last hint of each asset, for a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._hints: OrderedDict[str, Remembered] = OrderedDict()

    def __len__(self) -> int:
        return len(self._hints)

    def recall(self, asset_id: str, now: float) -> Remembered | None:
        """Return the last hint of an asset, if it came lately."""
        self._forget_old(now)
        return self._hints.get(asset_id)

    def answer(self, asset_id: str, now: float) -> Asset | None:
        """Return the end of an asset that was to be trusted, if it was delivered lately."""
        remembered = self.recall(asset_id, now)
        return remembered.answer if remembered is not None and now - remembered.answered < self._seconds else None

    def keep(self, hint: Hint, now: float) -> None:
        """Remember a hint."""
        if hint.ended:
            remembered = Remembered(now, hint.mark, hint.answer, now)
        elif self.answer(hint.id, now) is not None:
            remembered = evolve(self._hints[hint.id], at=now, mark=hint.mark)
        else:
            remembered = Remembered(now, hint.mark)
        self._hints[hint.id] = remembered
        self._hints.move_to_end(hint.id)
        self._forget_old(now)

    def taken(self, asset_id: str) -> None:
        """Note that an end was handed on: whoever waits from now on may wait for newer work."""
        remembered = self._hints.get(asset_id)
        if remembered is not None:
            self._hints[asset_id] = evolve(remembered, answer=None)

    def _forget_old(self, now: float) -> None:
        while self._hints:
            oldest = next(iter(self._hints))
            if len(self._hints) <= _MOST_REMEMBERED and now - self._hints[oldest].at < self._seconds:
                return
            del self._hints[oldest]
