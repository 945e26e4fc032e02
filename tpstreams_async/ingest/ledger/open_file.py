"""A ledger's file while a run has it open: where it reads, and makes changes in its own name."""

import os
import sqlite3
from asyncio import Future
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

from ..._clock import Clock
from ..finishing import finished
from . import moves
from .database import Database
from .file import Owner, absolute, text_of

_T = TypeVar("_T")


class OpenFile:
    """Sees to it that no change is made once another run has taken the file over, and gives each its time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._run: int | None = None

    @classmethod
    async def open(
        cls, path: str | os.PathLike[str], *, organization_id: str, base_url: str, clock: Clock | None = None
    ) -> Self:
        """Open a ledger, or make it. Rows that were being sent when the last run ended become unknown.

        Args:
            path: a file on a disk of this machine. Beside it there are files with endings of SQLite's own (``-wal``,
                ``-shm``), which are parts of it until it is closed, and an empty one (``-lock``), which stays.
            organization_id: whose videos it is about.
            base_url: the server that they are on.
            clock: where it takes the time from.

        Raises:
            InvalidInputError: the path is none.
            LedgerError: another run has it open; or the file is not a sound ledger of this organization and server,
                and was left as it is; or it cannot be read or written.
        """
        clock = clock or Clock()
        owner = Owner(organization_id=organization_id, base_url=base_url)
        database = await Database.open(absolute(path), owner, text_of(clock))
        ledger = cls(database, clock)
        try:
            ledger._run = await ledger._write(moves.begin)
        except BaseException:
            await database.aclose()
            raise
        return ledger

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    async def aclose(self) -> None:
        """Close the file once everything is in it, and let others open it."""
        await self._database.aclose()

    async def _read(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        return await finished(self._database.start(work))

    async def _write(self, work: Callable[[sqlite3.Connection, str], _T]) -> _T:
        return await finished(self._start(work))

    def _start(self, work: Callable[[sqlite3.Connection, str], _T]) -> "Future[_T]":
        now = text_of(self._clock)
        run = self._run

        def guarded(connection: sqlite3.Connection) -> _T:
            if run is not None:
                moves.still_ours(connection, run, self.path)
            return work(connection, now)

        return self._database.start_transaction(guarded)
