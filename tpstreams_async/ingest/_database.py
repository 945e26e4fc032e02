"""A SQLite file that only one thread ever touches."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self, TypeVar

from ..errors import LedgerError
from ._file import Owner, connect, explained, lock, prepare

_T = TypeVar("_T")
Work = Callable[[sqlite3.Connection], _T]

# A commit comes back when it is on the disk itself, so that it outlives a power failure:
# - In WAL mode, FULL syncs the log in every commit, and that is all that a commit is. With a rollback journal it is
#   the removal of the journal that commits, which FULL does not sync.
# - What a sync does not reach on macOS by default is the disk's own cache.
# In WAL mode others can also read while this writes.
_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
)


class Database:
    """The file of a ledger, and the thread that it is used in.

    Work is done in the order in which it was handed over. Once that happened it is done, whether or not whoever handed
    it over is cancelled.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tpstreams-ledger")
        self._opened = ExitStack()
        self._closing: Future[None] | None = None

    @classmethod
    async def open(cls, path: Path, owner: Owner, now: str) -> Self:
        """Open a ledger's file, or make it.

        Raises:
            LedgerError: it cannot be used.
        """
        database = cls(path)
        try:
            database._connection = await finished(database._submit(lambda: database._open(owner, now)))
        except BaseException:
            await database.aclose()
            raise
        return database

    _connection: sqlite3.Connection

    def _open(self, owner: Owner, now: str) -> sqlite3.Connection:
        self._opened.callback(lock(self.path).close)
        prepare(self.path, owner, now)
        connection = connect(self.path, "mode=rw")
        self._opened.callback(connection.close)
        for setting in _SETTINGS:
            connection.execute(setting).fetchall()
        return connection

    async def aclose(self) -> None:
        """Finish what was handed over, close the file and let go of the lock."""
        if self._closing is None:
            self._closing = self._thread.submit(self._close)
            self._thread.shutdown(wait=False)
        await finished(asyncio.wrap_future(self._closing))

    def _close(self) -> None:
        with explained(self.path):
            self._opened.close()

    def start(self, work: Work[_T]) -> "asyncio.Future[_T]":
        """Hand over something that changes nothing."""
        return self._submit(lambda: work(self._connection))

    def start_transaction(self, work: Work[_T]) -> "asyncio.Future[_T]":
        """Hand over changes, which are made together and are on the disk when this is done, or not at all."""
        return self._submit(lambda: _transaction(self._connection, work))

    def _submit(self, work: Callable[[], _T]) -> "asyncio.Future[_T]":
        if self._closing is not None:
            raise LedgerError("the ledger is closed", path=str(self.path))
        return asyncio.wrap_future(self._thread.submit(self._explained, work))

    def _explained(self, work: Callable[[], _T]) -> _T:
        with explained(self.path):
            return work()


async def finished(work: "asyncio.Future[_T]") -> _T:
    """Wait for what a thread does, to its end.

    Who is cancelled meanwhile is so after that: what is being written cannot be stopped, and nobody has to wonder
    whether it was.
    """
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        work.exception()
        raise cancelled
    return work.result()


def _transaction(connection: sqlite3.Connection, work: Work[_T]) -> _T:
    # At once for writing: two that read first and then want to write would stand in each other's way.
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        # After some errors, SQLite has done so already.
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    return result
