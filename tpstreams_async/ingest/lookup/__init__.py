"""Finding out what the server has: what became of lost answers, and what was there before.

`settling` is about rows whose answer was lost, `existing` about rows that were never sent, and `baseline` goes through
the whole list for both; `pairing` tells which asset is that of which row.
"""

from .baseline import Baseline
from .existing import Existing
from .settling import Settler

__all__ = ["Baseline", "Existing", "Settler"]
