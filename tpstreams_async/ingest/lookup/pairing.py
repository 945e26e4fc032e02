"""Telling which of the assets that the list shows is that of which row.

All rows have one title and lie in one folder, and so do all assets. Then they are told apart by their inputs alone,
which the server does not show for ever. Rows that are equal are interchangeable.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final, TypeAlias, cast

from attrs import define

from ..._words import folded
from ...resources import ROOT, File, Marks, file_of, files_shown
from ..ledger import LedgerRow
from ..payload import Parcel

#: Candidates that are noted for a row.
MOST_CANDIDATES: Final = 50

#: The status of an asset without a file.
_EMPTY: Final = "not started"

#: An asset as the list shows it.
Found: TypeAlias = Mapping[str, Any]
#: What a row's asset is known by, by the key of the row.
MarksOf: TypeAlias = Mapping[str, Marks]


def id_of(found: Found) -> str:
    """Return the id of an asset."""
    return f"{found.get('id') or found.get('uuid')}"


def is_empty(found: Found) -> bool:
    """Tell whether an asset has no file: if it is to be uploaded, it may be that nobody does so any more."""
    video: object = found.get("video")
    return isinstance(video, dict) and folded(f"{cast('dict[str, Any]', video).get('status')}") == _EMPTY


def marks(row: LedgerRow, parcel: Parcel) -> Marks:
    """Return what the asset of a row is known by."""
    return Marks(title=row.title, input=parcel.url, folder=parcel.folder or ROOT)


class _Near:
    """Rows by the files of their videos: there may be thousands of one title, too many to compare each with each.

    Args:
        rows: to be compared with assets.
        known: what their assets are known by.
    """

    def __init__(self, rows: Iterable[LedgerRow], known: MarksOf) -> None:
        self._rows = list(rows)
        self._known = known
        self._by_file: dict[File | None, list[LedgerRow]] = {}
        for row in self._rows:
            self._by_file.setdefault(_file_of(known[row.key]), []).append(row)

    def fitting(self, found: Found) -> Iterator[LedgerRow]:
        """Go through the rows that an asset fits."""
        files = files_shown(found)
        near = self._rows if files is None else [row for file in (None, *files) for row in self._by_file.get(file, ())]
        return (row for row in near if self._known[row.key].fit(found))


def pairs(rows: Sequence[LedgerRow], free: Sequence[Found], known: MarksOf) -> dict[str, str] | None:
    """Return which asset is that of which row, by its key; None if nothing tells. Rows that are left over have none."""
    if len({_content(row) for row in rows}) == 1:
        fit = [found for found in free if known[rows[0].key].fit(found)]
        return None if len(fit) < len(free) or len(fit) > len(rows) else dict(_zipped(rows, free))
    near = _Near(rows, known)
    paired: dict[str, str] = {}
    for found in free:
        fitting = [*islice(near.fitting(found), 2)]
        if len(fitting) != 1 or fitting[0].key in paired:
            return None
        paired[fitting[0].key] = id_of(found)
    return paired


def candidates(
    rows: Iterable[LedgerRow], free: Sequence[Found], known: MarksOf
) -> Iterator[tuple[LedgerRow, tuple[str, ...]]]:
    """Go through rows that nothing tells apart, with the ids of what may be theirs: first what is likely to be."""
    by_file: dict[File | None, list[Found]] = {}
    for found in free:
        for file in files_shown(found) or (None,):
            by_file.setdefault(file, []).append(found)
    for row in rows:
        likely = by_file.get(_file_of(known[row.key]), ()), by_file.get(None, ())
        # Each comes twice at the most.
        ids = map(id_of, islice(chain(*likely, free), 2 * MOST_CANDIDATES))
        yield row, tuple(dict.fromkeys(ids))[:MOST_CANDIDATES]


@define(eq=False)
class Cluster:
    """Rows that may be taken for one another, and the assets that they may be taken for."""

    rows: list[LedgerRow]
    assets: list[Found]


def clusters(rows: Sequence[LedgerRow], free: Iterable[Found], known: MarksOf) -> list[Cluster]:
    """Part rows and assets so that what is in one part has nothing to do with what is in another."""
    part = {row.key: Cluster([row], []) for row in rows}
    near = _Near(rows, known)
    for found in free:
        touched = {id(it): it for it in (part[row.key] for row in near.fitting(found))}
        if not touched:
            continue
        first, *others = touched.values()
        first.assets.append(found)
        for other in others:
            first.rows += other.rows
            first.assets += other.assets
            part |= dict.fromkeys([row.key for row in other.rows], first)
    return list({id(it): it for it in part.values()}.values())


def _file_of(known: Marks) -> File | None:
    return None if known.input is None else file_of(known.input)


def _content(row: LedgerRow) -> str:
    """Return what rows that are equal have in common."""
    return row.key.rpartition("-")[0]


def _zipped(rows: Sequence[LedgerRow], free: Sequence[Found]) -> list[tuple[str, str]]:
    return [(row.key, id_of(found)) for row, found in zip(rows, free, strict=False)]
