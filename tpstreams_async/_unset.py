"""What stands for an argument that is not given, where None means something to the server."""

import enum
from typing import Final, Literal


class Unset(enum.Enum):
    """The type of `UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


#: Leaves a value as it is at the server, where None would change it.
UNSET: Final = Unset.UNSET
