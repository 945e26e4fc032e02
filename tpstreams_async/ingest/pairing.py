"""Telling which of the assets that the list shows is that of which row.

All rows have one title and lie in one folder, and so do all assets. Then they are told apart by their inputs alone,
which the server does not show for ever. Rows that are equal are interchangeable.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import define

from ..resources import ROOT, Marks
from .payload import Parcel
from .records import LedgerRow

#: An asset as the list shows it.
Found: TypeAlias = Mapping[str, Any]
#: What a row's asset is known by, by the key of the row.
MarksOf: TypeAlias = Mapping[str, Marks]


def id_of(found: Found) -> str:
    """Return the id of an asset."""
    return f"{found.get('id') or found.get('uuid')}"


def marks(row: LedgerRow, parcel: Parcel) -> Marks:
    """Return what the asset of a row is known by."""
    return Marks(title=row.title, input=parcel.url, folder=parcel.folder or ROOT)


def pairs(rows: Sequence[LedgerRow], free: Sequence[Found], known: MarksOf) -> dict[str, str] | None:
    """Return which asset is that of which row, by its key; None if nothing tells. Rows that are left over have none."""
    if len({_content(row) for row in rows}) == 1:
        fit = [found for found in free if known[rows[0].key].fit(found)]
        return None if len(fit) < len(free) or len(fit) > len(rows) else dict(_zipped(rows, free))
    paired: dict[str, str] = {}
    for found in free:
        fitting = [row for row in rows if known[row.key].fit(found)]
        if len(fitting) != 1 or fitting[0].key in paired:
            return None
        paired[fitting[0].key] = id_of(found)
    return paired


@define(eq=False)
class Cluster:
    """Rows that may be taken for one another, and the assets that they may be taken for."""

    rows: list[LedgerRow]
    assets: list[Found]


def clusters(rows: Iterable[LedgerRow], free: Iterable[Found], known: MarksOf) -> list[Cluster]:
    """Part rows and assets so that what is in one part has nothing to do with what is in another."""
    part = {row.key: Cluster([row], []) for row in rows}
    for found in free:
        touched = {id(it): it for key, it in part.items() if known[key].fit(found)}
        if not touched:
            continue
        first, *others = touched.values()
        first.assets.append(found)
        for other in others:
            first.rows += other.rows
            first.assets += other.assets
            part |= dict.fromkeys([row.key for row in other.rows], first)
    return list({id(it): it for it in part.values()}.values())


def _content(row: LedgerRow) -> str:
    """Return what rows that are equal have in common."""
    return row.key.rpartition("-")[0]


def _zipped(rows: Sequence[LedgerRow], free: Sequence[Found]) -> list[tuple[str, str]]:
    return [(row.key, id_of(found)) for row, found in zip(rows, free, strict=False)]
