"""What a run is to do."""

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from attrs import Attribute, field, frozen

from .. import _validate
from .._numbers import is_number
from ..errors import InvalidInputError
from ..resources._bulk import MOST_VIDEOS
from .ledger import State

#: What becomes of rows whose answer was lost.
OnUnknown: TypeAlias = Literal["reconcile", "hold"]
#: What becomes of rows for which there is a video already.
WhereExisting: TypeAlias = Literal["create", "skip", "adopt"]
#: What rows can have come to that are to be sent once more.
Resent: TypeAlias = Literal["failed", "held", "needs_review"]

_MOST_AT_ONCE: Final = 100


def _checked(check: Callable[..., object], *bounds: object) -> Callable[[object, "Attribute[Any]", Any], None]:
    def validate(_: object, attribute: "Attribute[Any]", value: Any) -> None:
        check(attribute.name, value, *bounds)

    return validate


def _seconds(name: str, value: Any) -> None:
    if not is_number(value) or value < 0:
        raise InvalidInputError(name, f"must be a finite number of seconds, 0 or more, not {_validate.show(value)}")


def _resent(given: object) -> frozenset[State]:
    """Return the states of rows that are to be sent once more."""
    each: list[object] = [given]
    if isinstance(given, Iterable) and not isinstance(given, str | bytes):
        each = list(cast("Iterable[object]", given))
    for state in each:
        _validate.choice("resend", state, get_args(Resent))
    return frozenset(State(cast("str", state)) for state in each)


@frozen(kw_only=True)
class Settings:
    """How a run goes about it; see ``client.ingest``. All of it is checked when it is made.

    Attributes:
        batch_size: rows in a request.
        concurrency: requests at once.
        wait: whether the assets are awaited.
        on_unknown: what becomes of rows whose answer was lost.
        settle: seconds.
        max_in_processing: assets at the server at once.
        existing: what becomes of rows for which there is a video already.
        resend: ends of rows that are sent once more.
        dry_run: whether the source is only read.
        stop_on_signals: whether SIGINT and SIGTERM end the run.
        grace: seconds that requests under way have when it is to end.
    """

    batch_size: int = field(validator=_checked(_validate.whole_number, 1, MOST_VIDEOS))
    concurrency: int = field(validator=_checked(_validate.whole_number, 1, _MOST_AT_ONCE))
    wait: bool = field(validator=_checked(_validate.flag))
    on_unknown: OnUnknown = field(validator=_checked(_validate.choice, get_args(OnUnknown)))
    settle: float = field(validator=_checked(_seconds))
    max_in_processing: int = field(validator=_checked(_validate.whole_number, 1))
    existing: WhereExisting = field(validator=_checked(_validate.choice, get_args(WhereExisting)))
    resend: frozenset[State] = field(converter=_resent)
    dry_run: bool = field(validator=_checked(_validate.flag))
    stop_on_signals: bool = field(validator=_checked(_validate.flag))
    grace: float = field(validator=_checked(_seconds))

    @property
    def hold(self) -> bool:
        """Whether rows whose answer was lost are held in place of being looked for."""
        return self.on_unknown == "hold"

    @property
    def looks(self) -> bool:
        """Whether it matters what was there before the rows."""
        return self.existing != "create"

    @property
    def adopt(self) -> bool:
        """Whether what was there becomes the asset of a row; else the row is skipped."""
        return self.existing == "adopt"
