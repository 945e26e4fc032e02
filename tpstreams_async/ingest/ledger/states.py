"""What can have become of a row, and which way it can go from there."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """What has become of a row."""

    PLANNED = "planned"
    """It was read, and nothing of it was sent."""
    SUBMITTING = "submitting"
    """It is about to be sent, or was sent and not answered yet."""
    SUBMITTED = "submitted"
    """There is an asset for it, which the server works on."""
    COMPLETED = "completed"
    """Its asset is done."""
    FAILED = "failed"
    """It was refused, or its asset failed."""
    UNKNOWN = "unknown"
    """It was sent, or may have been, and nobody knows what became of it."""
    HELD = "held"
    """What became of it stayed unknown, and it is not to be sent again."""
    NEEDS_REVIEW = "needs_review"
    """Several assets may be its own, and nothing tells."""
    SKIPPED = "skipped"
    """Such a video was there before it, and nothing of it was sent."""


#: Every move there is. What is not here never happens.
EDGES: Final = frozenset(
    {
        (State.PLANNED, State.SUBMITTING),  # claimed
        (State.PLANNED, State.SUBMITTED),  # its asset was there before it
        (State.PLANNED, State.SKIPPED),
        (State.PLANNED, State.NEEDS_REVIEW),
        (State.SUBMITTING, State.SUBMITTED),  # created
        (State.SUBMITTING, State.PLANNED),  # not sent, or refused for another row of its batch or for too much haste
        (State.SUBMITTING, State.FAILED),  # refused
        (State.SUBMITTING, State.UNKNOWN),  # no answer, or the process died
        (State.UNKNOWN, State.SUBMITTED),  # its asset was found
        (State.UNKNOWN, State.PLANNED),  # there is none
        (State.UNKNOWN, State.HELD),
        (State.UNKNOWN, State.NEEDS_REVIEW),
        (State.SUBMITTED, State.COMPLETED),
        (State.SUBMITTED, State.FAILED),
    }
)
#: States that a row does not leave.
ENDS: Final = frozenset(State) - {was for was, _ in EDGES}
