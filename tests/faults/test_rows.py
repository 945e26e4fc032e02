"""No row is forgotten."""

import ast
from pathlib import Path

from faults.rows import ROWS


def _rows_in(path: Path) -> set[int]:
    """Return the rows that the tests in a file are marked with."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    marks = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "row"]
    return {argument.value for mark in marks for argument in mark.args if isinstance(argument, ast.Constant)}  # type: ignore[misc]


def test_every_row_is_tried_or_belongs_to_a_part_that_is_not_there_yet() -> None:
    tried = set().union(*(_rows_in(path) for path in Path(__file__).parent.glob("test_*.py")))
    later = {number for number, row in ROWS.items() if row.later}
    assert tried | later == set(ROWS)
    assert not tried & later, "a row that is tried is there"
