"""What becomes of rows for which the server has a video already, from before the ledger or made by hand.

Rows that are planned and were never on their way are looked at before anything is sent, once. They are compared by
title, by folder, and by the input where the list shows one. What holds then:

- What belongs to a row is no video of before, nor may it be what belongs to another row: where one of the same title in
  the same folder is held or needs a review, nothing tells.
- The list is gone through once for all rows, and only what has the title of one of them is kept, in the ledger. Then
  they are decided on, some hundred at a time, those of one title in one folder together. What was decided is written
  down before it is acted upon.
- A run that ends before all is decided leaves the rest as it was, so the next one looks again at the rest.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from ...resources import Marks, files_shown, folder_of, plain
from ..findings import Findings
from ..ledger import Place, SeenAsset
from ..record import Record
from ..waiting import Waits
from .pairing import MOST_CANDIDATES, Found, MarksOf, clusters, id_of, is_empty, marks, pairs

#: What is known of a video, out of all that the list shows.
_COMPARED: Final = ("id", "uuid", "type", "parent", "parent_id")
_COMPARED_OF_VIDEO: Final = ("inputs", "status")
_ANY: Final = Marks()


class Existing:
    """Looks for videos that were there before the rows.

    Args:
        record: where to write what is found.
        waits: goes on with what is adopted.
        adopt: whether a video becomes the asset of a row; else the row is skipped.
    """

    def __init__(self, record: Record, waits: Waits, *, adopt: bool) -> None:
        self._record = record
        self._ledger = record.ledger
        self._waits = waits
        self._adopt = adopt

    async def begin(self) -> bool:
        """Get ready for a walk through the list; tell whether there are rows to walk for."""
        if not await self._ledger.undecided():
            return False
        await self._ledger.begin_look()
        return True

    def seen(self, rows: Iterable[Found]) -> list[SeenAsset]:
        """Return what is to be kept of a part of the list."""
        return [_seen(row, title) for row in rows if (title := plain(row.get("title"))) and _ANY.fit(row)]

    async def decide(self) -> None:
        """Decide on all rows, once the whole list was seen."""
        async for places in self._ledger.places():
            findings = Findings()
            for place in places:
                self._judge(place, findings)
            adopted = await self._record.found(findings)
            for row in adopted:
                await self._waits.go_on(row)
        await self._ledger.end_look()

    def _judge(self, place: Place, findings: Findings) -> None:
        parcels = {row.key: self._record.parcel(row) for row in place.rows}
        known = {row.key: marks(row, parcels[row.key]) for row in place.rows}
        free: list[Found] = [json.loads(shown) for shown in place.seen]
        if not known[place.rows[0].key].folder:
            free = [found for found in free if not (found.get("parent") or found.get("parent_id"))]
        (self._judge_together if self._adopt else self._judge_apart)(place, free, known, findings)

    def _judge_together(self, place: Place, free: list[Found], known: MarksOf, findings: Findings) -> None:
        sure = not place.clouded and not place.crowded and place.complete
        for part in clusters(place.rows, free, known):
            if not part.assets and place.complete:
                continue
            paired = pairs(part.rows, part.assets, known) if sure else None
            if any(is_empty(found) and files_shown(found) is None for found in part.assets):
                paired = None  # one that waits for an upload, and nothing tells whether that is on its way
            for row in part.rows:
                if paired is None:
                    findings.unclear.append((row, _ids(part.assets, known[row.key])))
                elif row.key in paired:
                    findings.adopted.append((row, paired[row.key]))

    def _judge_apart(self, place: Place, free: list[Found], known: MarksOf, findings: Findings) -> None:
        for row in place.rows:
            ids = _ids(free, known[row.key])
            if ids and not place.clouded:
                findings.skipped.append((row, ids[0]))
            elif ids or not place.complete:
                findings.unclear.append((row, ids))


def _ids(free: Iterable[Found], known: Marks) -> tuple[str, ...]:
    return tuple([id_of(found) for found in free if known.fit(found)][:MOST_CANDIDATES])


def _seen(row: Found, title: str) -> SeenAsset:
    shown: dict[str, Any] = {name: row[name] for name in _COMPARED if name in row}
    video: Any = row.get("video")
    if isinstance(video, dict):
        shown["video"] = {name: video[name] for name in _COMPARED_OF_VIDEO if name in video}
    return SeenAsset(asset_id=id_of(row), title=title, folder=folder_of(row), shown=json.dumps(shown))
