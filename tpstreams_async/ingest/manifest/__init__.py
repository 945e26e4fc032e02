"""Reading what is to be brought in: a file of any size, or what a program hands over, as rows that were checked.

`sources` opens, `lines` and `tables` take a file apart, `maker` makes rows of what `cells` mean, and `row` is one.
"""

from .cells import FIELDS, KEY, field_of, filled
from .row import BadRow, Row
from .sources import Format, Rows, RowSource, read_rows

__all__ = ["FIELDS", "KEY", "BadRow", "Format", "Row", "RowSource", "Rows", "field_of", "filled", "read_rows"]
