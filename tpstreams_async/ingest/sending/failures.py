"""What it means for rows that sending them has failed."""

from collections.abc import Sequence
from typing import Final

from ...errors import (
    APIError,
    AuthenticationError,
    ClientClosedError,
    ConnectError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    TPStreamsError,
    TransportError,
)
from ..ledger import LedgerRow
from ..record import Record
from .backoff import Backoff

#: Refusals that are about the token or the organization, so that every row would meet with them.
_OF_ALL: Final = (AuthenticationError, PermissionDeniedError, NotFoundError)


class Failures:
    """Judges what a call has failed with, and writes down what became of its rows.

    Args:
        record: where to write it.
        backoff: is told what fails and what does not.
        in_steps: whether the call is several requests: it can have left an asset behind whatever its error says.
    """

    def __init__(self, record: Record, backoff: Backoff, *, in_steps: bool) -> None:
        self._record = record
        self._backoff = backoff
        self._in_steps = in_steps

    async def judge(self, error: TPStreamsError, rows: Sequence[LedgerRow], began: float) -> APIError | None:
        """Write down what an error means for the rows of a call.

        Args:
            error: it.
            rows: all of the call.
            began: when the call began.

        Returns:
            The error if it is about single rows: then nothing was written down. None if the rows are seen to.

        Raises:
            TPStreamsError: the error, if no row can be sent any more.
        """
        if isinstance(error, (OutcomeUnknownError, ServerError)):
            await self._record.lost(rows, str(error))
            self._backoff.failed(error, began)
            return None
        if isinstance(error, (RateLimitedError, TransportError)):
            await self._record.released(rows, str(error))
            if isinstance(error, ConnectError) and not error.may_pass:
                raise error
            self._backoff.failed(error, began)
            return None
        if isinstance(error, APIError):
            self._backoff.succeeded()
            if not isinstance(error, _OF_ALL) or index_of(error, rows) is not None:
                return error
            await self._record.released(rows, str(error))
        elif self._in_steps or (isinstance(error, ClientClosedError) and error.outcome_unknown):
            # Its notes tell of an asset that is left behind.
            await self._record.lost(rows, " ".join([str(error), *getattr(error, "__notes__", [])]))
        else:
            await self._record.released(rows, str(error))
        raise error


def index_of(error: APIError, rows: Sequence[LedgerRow]) -> int | None:
    """Return which of the rows of a request the server says that it does not like, if it does."""
    return error.item_index if error.item_index is not None and error.item_index < len(rows) else None


def words_of(error: APIError) -> str:
    """Return the server's own words about a row. Its place in a batch would mean nothing to who reads them."""
    fields = [f"{name}: {' '.join(messages)}" for name, messages in error.field_errors.items()]
    words = "; ".join([error.detail] if error.detail else fields)
    return f"refused ({error.status}): {words}" if words else f"refused: {error}"
