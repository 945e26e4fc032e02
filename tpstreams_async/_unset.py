"""The mark for "this was not given", where ``None`` already means something."""

import enum
from typing import Final, Literal


class Unset(enum.Enum):
    """The type of `UNSET`; an enum, so that type checkers can narrow it away."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
