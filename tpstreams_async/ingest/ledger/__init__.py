"""What is to be sent, what was sent and what became of it, in an SQLite file.

Only `ledger` is used from outside, and nothing outside knows of SQL. From the bottom up: `states` and `records` are
what is kept; `schema`, `file` and `database` are where; `reads`, `moves`, `baseline`, `sightings` and `changed` are the
statements, which know nothing of threads; `open_file` and `ledger` bring both together.
"""

from .ledger import Ledger
from .records import LedgerRow, Place, PlannedRow, SeenAsset
from .states import EDGES, ENDS, State

__all__ = ["EDGES", "ENDS", "Ledger", "LedgerRow", "Place", "PlannedRow", "SeenAsset", "State"]
