"""A run that sends nothing: it tells what is wrong with a manifest."""

from pathlib import Path
from typing import Final

from ..errors import InvalidInputError
from ..upload import require_readable
from .ledger import State
from .manifest import BadRow, Row, Rows
from .outbox import Outbox
from .payload import bad_result, dry_result
from .tally import Tally

_FILE: Final = "file: "


async def dry_run(rows: Rows, tally: Tally, outbox: Outbox) -> None:
    """Tell of each row whether it could be sent, as far as is known without asking the server."""
    async for row in rows:
        problem = None if isinstance(row, BadRow) else await _problem(row)
        bad = isinstance(row, BadRow) or problem is not None
        tally.add({State.FAILED if bad else State.PLANNED: 1})
        await outbox.put(bad_result(row) if isinstance(row, BadRow) else dry_result(row, problem))


async def _problem(row: Row) -> str | None:
    """Return what is wrong with the file of a row."""
    if row.file is None:
        return None
    try:
        await require_readable(Path(row.file))
    except InvalidInputError as error:
        return f"{row.word} {row.line}, path: {str(error).removeprefix(_FILE)}"
    return None
