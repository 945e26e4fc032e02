"""What webhooks deliver: read, told apart, and remembered for a short while."""

import contextlib
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from attrs import evolve, frozen

from .._validate import identifier, show
from ..codec import dumps, loads, structure
from ..errors import DecodeError, InvalidInputError
from ..models import Asset
from ..models._base import Snapshot
from .judges import judge_asset, judge_transcoding, row_glance
from .looks import Look, Stage, Subject

#: Ids of which a delivery is remembered.
_MOST_REMEMBERED: Final = 10_000
#: Where the server puts the id of what a delivery is about.
_ID_KEYS: Final = ("id", "uuid")
#: A delivery names no type. A transcoding job has some of the first, and none of the second.
_KEYS_OF_TRANSCODING: Final = frozenset({"input_url", "input_path", "output_path", "video_duration"})
_KEYS_OF_ASSETS: Final = frozenset({"type", "video", "live_stream"})
_JUDGES: Final[dict[Subject, Callable[[Any, None], Look]]] = {
    Subject.ASSET: judge_asset,
    Subject.TRANSCODING_JOB: judge_transcoding,
}


@frozen
class Answer:
    """What was delivered and is to be trusted.

    Attributes:
        subject: what it shows.
        snapshot: that, as it was delivered.
    """

    subject: Subject
    snapshot: Any

    @property
    def look(self) -> Look:
        """What it means for a job that does that work."""
        return _JUDGES[self.subject](self.snapshot, None)

    @property
    def ended(self) -> bool:
        """Whether it shows an end."""
        return self.look.stage is not Stage.PENDING


@frozen(kw_only=True)
class Hint:
    """A sign that something has changed.

    Attributes:
        id: of the asset, or of the job.
        mark: tells deliveries apart; None for a bare id, which is always news.
        status: as it was delivered.
        answer: what was delivered, if that is to be trusted.
    """

    id: str
    mark: int | None = None
    status: str | None = None
    answer: Answer | None = None

    @property
    def ended(self) -> bool:
        """Whether it is to be trusted and shows an end."""
        return self.answer is not None and self.answer.ended


def read_hint(given: Any, *, trust: bool) -> Hint:
    """Read what was delivered.

    Raises:
        InvalidInputError: it names nothing, or is a bare id that is to be trusted.
    """
    if isinstance(given, str) and not given.lstrip().startswith("{"):
        if trust:
            raise InvalidInputError("trust_payload", "needs a delivery to trust; from an id alone nothing can be told")
        return Hint(id=identifier("delivery", given))
    for subject in Subject if isinstance(given, Snapshot) else ():
        if isinstance(given, _model_of(subject)):
            answer = Answer(subject, given)
            return Hint(
                id=identifier("delivery", cast("Any", given).id),
                mark=hash(given),
                status=answer.look.status,
                answer=answer if trust else None,
            )
    return _read_body(_body(given), trust=trust)


def _model_of(subject: Subject) -> type[Any]:
    if subject is Subject.ASSET:
        return Asset
    from ..models import TranscodingJob  # noqa: PLC0415 - most programs need none

    return TranscodingJob


def _body(given: Any) -> Mapping[str, Any]:
    if isinstance(given, (bytes, bytearray, str)):
        try:
            given = loads(given.encode() if isinstance(given, str) else bytes(given))
        except (DecodeError, UnicodeEncodeError):
            raise InvalidInputError("delivery", "is no JSON, as a webhook delivers it") from None
    if not isinstance(given, Mapping):
        raise InvalidInputError(
            "delivery", f"must be the id of an asset or a job, or what a webhook delivered, not {show(given)}"
        )
    return cast("Mapping[str, Any]", given)


def _read_body(body: Mapping[str, Any], *, trust: bool) -> Hint:
    named = next((body[key] for key in _ID_KEYS if body.get(key) is not None), None)
    if named is None:
        raise InvalidInputError("delivery", "has no 'id' or 'uuid', so it names neither an asset nor a job")
    try:
        text = dumps(dict(body))
    except TypeError:
        raise InvalidInputError("delivery", "must be JSON data, as a webhook delivers it") from None
    members = loads(text)  # what reads an answer knows no tuples, and no other mappings
    is_job = not _KEYS_OF_TRANSCODING.isdisjoint(members) and _KEYS_OF_ASSETS.isdisjoint(members)
    subject = Subject.TRANSCODING_JOB if is_job else Subject.ASSET
    answer: Answer | None = None
    if trust:
        # What is neither, as the word of a deletion, is still a sign.
        with contextlib.suppress(DecodeError):
            answer = Answer(subject, structure(_model_of(subject), members))
    if is_job:
        status = members.get("status")
    else:
        glance = row_glance(members)
        status = None if glance is None else glance[2]
    return Hint(
        id=identifier("delivery", named),
        mark=hash(text),
        status=status if isinstance(status, str) else None,
        answer=answer,
    )


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
    answer: Answer | None = None
    answered: float = -math.inf


class Memory:
    """The last hint of each asset or job, for a while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._hints: OrderedDict[str, Remembered] = OrderedDict()

    def __len__(self) -> int:
        return len(self._hints)

    def recall(self, named: str, now: float) -> Remembered | None:
        """Return the last hint of what has this id, if it came lately."""
        self._forget_old(now)
        return self._hints.get(named)

    def answer(self, named: str, now: float) -> Answer | None:
        """Return the end of what has this id that was to be trusted, if it was delivered lately."""
        remembered = self.recall(named, now)
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
