"""Bringing in videos in bulk, as a client offers it."""

import abc
import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ._frames import sealed_plain
from .config import Reconcile

if TYPE_CHECKING:
    from .ingest.course import Course
    from .ingest.manifest import Format, RowSource
    from .ingest.run import Ingest
    from .ingest.settings import OnUnknown, Resent, WhereExisting
    from .ingest.tools import Tools


class Ingesting(abc.ABC):
    """A client, as far as it brings in videos in bulk."""

    _reconcile: Reconcile
    #: The runs that are under way.
    _ingests: "set[Course]"

    @abc.abstractmethod
    def _ingest_tools(self) -> "Tools":
        """Return the parts of the client that a run works with."""

    @sealed_plain
    def ingest(
        self,
        source: "RowSource",
        *,
        ledger: str | os.PathLike[str],
        defaults: Mapping[str, Any] | None = None,
        format: "Format | None" = None,
        batch_size: int = 20,
        concurrency: int = 4,
        wait: bool = True,
        on_unknown: "OnUnknown" = "reconcile",
        settle: float | None = None,
        max_in_processing: int = 1000,
        existing: "WhereExisting" = "create",
        resend: "Resent | Collection[Resent]" = (),
        dry_run: bool = False,
        stop_on_signals: bool = False,
        grace: float = 30.0,
    ) -> "Ingest":
        """Bring in the videos of a manifest, as many as there are. The same call goes on after a crash.

        ::

            async with client.ingest("videos.csv", ledger="videos.ledger") as run:
                async for result in run:
                    print(result.line, result.title, result.state, result.asset_id, result.error, run.progress)

        The source is read to its end first, and all rows are written into the ledger. What is about to be sent is
        written down before, and what became of it after; a run that finds a ledger sends nothing for rows that are at
        their end. A source may change from run to run:

        - A row is the same row as long as what reaches the server is the same, in whatever order and with whatever
          columns of the caller's own; or, where it has a ``key``, as long as that is the same. Signed URLs that are new
          each time need a ``key``. A row that gets one, with nothing else changed, is the same still.
        - Rows that were not sent are sent as the source has them now, and not at all while it has them no longer.
        - Of rows that were sent, what was sent counts. A row that is new, but has the title and folder, or the url or
          path, of one that was sent and has gone from the source, is taken for a changed one: it is not sent, and needs
          a review. Where both have a ``key``, they are two.

        A row whose answer was lost may have its video or not, and `on_unknown` says what then:

        - ``"reconcile"``: it is looked for in the list by its title, input and folder, after `settle` seconds. One
          asset that fits is taken; if there is none with its title, the row is sent again; if nothing tells, it needs a
          review. An upload that was cut off is begun anew, unless its asset was created: then the row has failed, with
          that asset. To know later what was there before, the whole list is gone through before rows are sent that are
          new to the ledger: a request for about 90 assets. So **each row gets one video, provided that** nobody else
          makes videos of the same title in the same folder meanwhile, or renames, moves or deletes those of this run,
          and that what the server was still to create shows in the list within `settle`.
        - ``"hold"``: it is not sent again, so at most one video is made of it.

        Of some rows there may be a video already that no row of the ledger made: from an earlier migration, or made by
        hand. `existing` says what then. Titles are compared without regard to the number of spaces and to how
        characters are composed, but with regard to case; a row without a title has the name of its file, and one
        without a folder belongs in the root. The input counts where the list still shows one; folders and live streams
        do not count, nor does what belongs to a row.

        - ``"create"``: that is not looked at, and the row gets a video of its own.
        - ``"adopt"``: if one fits, it becomes the row's asset without being created, and is awaited like one that was;
          if that has failed, so has the row. Where several fit a row, or one fits several rows, nothing tells, and they
          need a review, with the first 50 as candidates. Only rows that are equal are interchangeable: each gets one,
          and those that are left over are sent.
        - ``"skip"``: if one or more fit, the row is not sent, and ends as ``"skipped"`` with the id of the first in the
          list, whatever that one's status is; one can be the reason to skip several rows.

        The last two go through the whole list before rows are sent that were not looked at yet, with ``"hold"`` too,
        which with ``"reconcile"`` is the walk that is made anyway: a request for about 90 assets. Nothing else is asked
        for, but how adopted videos fare. Each row is looked at in one run, and what that decided stays. A run with
        ``"create"`` looks at none, so what it leaves planned is looked at by the next run that is told to, unless it
        was on its way already. A run that ends before it has decided on all rows sends none, and the next one looks
        again. A review is needed too

        - where a row of the same title in the same folder is held or needs a review: the video may be its own;
        - with ``"adopt"``, where a video that fits still waits for its file, and shows no URL to get it from: nobody
          may upload it any more;
        - where the list does not show the folder of a video, and rows in several folders have its title;
        - where more than 200 videos have one title in one folder, and with ``"adopt"`` also where a video fits and 200
          rows or more have.

        What others create while the list is gone through may be missed, so that it is there twice afterwards.

        A row that has come to its end in an earlier run is not sent again, unless `resend` names the state that it came
        to. Then it is sent once more in each run that is told so, as the source has it now; completed and skipped rows
        never are. What became of it before stays in the ledger, as does the asset of one that failed at the server,
        beside the new one. Look before: one that is held or needs a review may have a video, and has two then. A
        source with some of the rows leaves the others as they are. What is to be sent once more is so from when the
        source was read: should the run end before, the next one sends it, whether it is told so or not.

        Args:
            source: path of a CSV, TSV or JSON Lines file; or an iterable or async iterable of mappings or models.
                The columns are ``url`` or ``path``, ``title``, ``resolutions``, ``content_protection_type``,
                ``folder``, ``generate_subtitle`` and ``key``; all others are the caller's own, and come back in the
                results, as ``key`` does.
            ledger: path of a SQLite file on a disk of this machine, which is made if it is not there.
            defaults: resolutions, content_protection_type, folder and generate_subtitle of rows that have none.
            format: ``"csv"``, ``"tsv"`` or ``"jsonl"``; by the ending of the file if not given.
            batch_size: rows in a request, 1 to 50.
            concurrency: requests at once, 1 to 100.
            wait: whether a row is at its end only when its asset is done.
            on_unknown: see above.
            settle: seconds, 0 or more; `Reconcile.settle` if not given.
            max_in_processing: assets that the server works on at once, 1 or more, with ``wait``.
            existing: see above.
            resend: see above; one or several of ``"failed"``, ``"held"`` and ``"needs_review"``.
            dry_run: read the source alone, and look at the files that it names: the results are ``"planned"`` or
                ``"failed"``, nothing is sent, and no ledger is looked into.
            stop_on_signals: whether SIGINT and SIGTERM call `Ingest.stop`, from the first step of the iteration to the
                end of the run, and `Ingest.stopped` tells then. A second signal does what it did before. What the event
                loop itself was to do at a signal, it does too. For the main thread alone.
            grace: seconds, 0 or more, that requests under way have to get an answer when the run is to end early. After
                that they are broken off; their rows are unknown, and the next run sees to them.

        Returns:
            An `Ingest` to iterate over: a result for each row of the source when it is at its end, in no order. The
            iteration raises what the run cannot go on after: `InvalidInputError` for the source as a whole,
            `LedgerError`, an `APIError` about the token or the organization, and what went on for longer than some
            minutes.

        Raises:
            InvalidInputError: an argument is wrong.

        API: ``POST assets/videos/bulk-create/``, ``GET assets/``
        """
        from .ingest.course import Course  # noqa: PLC0415 - most programs bring in little
        from .ingest.manifest import read_rows  # noqa: PLC0415
        from .ingest.run import Ingest  # noqa: PLC0415
        from .ingest.settings import Settings  # noqa: PLC0415

        settings = Settings(
            batch_size=batch_size,
            concurrency=concurrency,
            wait=wait,
            on_unknown=on_unknown,
            settle=self._reconcile.settle if settle is None else settle,
            max_in_processing=max_in_processing,
            existing=existing,
            resend=resend,
            dry_run=dry_run,
            stop_on_signals=stop_on_signals,
            grace=grace,
        )
        rows = read_rows(source, format=format, defaults=defaults)
        return Ingest(Course(rows, ledger, settings, self._ingest_tools(), self._ingests))
