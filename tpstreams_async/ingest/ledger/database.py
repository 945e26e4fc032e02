"""A SQLite file that only one thread ever touches."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, Self, TypeAlias, TypeVar

from ...errors import LedgerError
from ..finishing import finished
from .file import Owner, connect, explained, identity, lock, prepare

_T = TypeVar("_T")
Work = Callable[[sqlite3.Connection], _T]
_Change: TypeAlias = tuple[Work[Any], "Future[Any]"]

#: Changes that share a commit: enough for its cost not to matter, and few enough not to wake too many at once.
_MOST_TOGETHER: Final = 100

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
    it over is cancelled. Changes that are handed over while others are being made share one commit: it takes as long
    for many as for one, and on some disks that is long.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tpstreams-ledger")
        self._opened = ExitStack()
        self._closing: Future[None] | None = None
        self._mutex = threading.Lock()
        #: Changes that come next, and that more can join.
        self._joining: list[_Change] | None = None

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
    _identity: tuple[int, int] | None = None

    def _open(self, owner: Owner, now: str) -> sqlite3.Connection:
        self._opened.callback(lock(self.path).close)
        prepare(self.path, owner, now)
        connection = connect(self.path, "mode=rw")
        self._opened.callback(connection.close)
        for setting in _SETTINGS:
            connection.execute(setting).fetchall()
        self._identity = identity(self.path)
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
        with self._mutex:
            # Changes that come later would else be made before this.
            self._joining = None
        return self._submit(lambda: work(self._connection))

    def start_transaction(self, work: Work[_T]) -> "asyncio.Future[_T]":
        """Hand over changes, which are made together and are on the disk when this is done, or not at all.

        Args:
            work: makes them. It may be called a second time, when all that the first did was undone.
        """
        self._require_open()
        done: Future[_T] = Future()
        done.set_running_or_notify_cancel()
        with self._mutex:
            changes = self._joining
            first = changes is None or len(changes) == _MOST_TOGETHER
            if changes is None or first:
                changes = self._joining = []
            changes.append((work, done))
        if first:
            self._thread.submit(self._commit, changes)
        return asyncio.wrap_future(done)

    def _submit(self, work: Callable[[], _T]) -> "asyncio.Future[_T]":
        self._require_open()
        return asyncio.wrap_future(self._thread.submit(self._explained, work))

    def _require_open(self) -> None:
        if self._closing is not None:
            raise LedgerError("the ledger is closed", path=str(self.path))

    def _commit(self, changes: list[_Change]) -> None:
        with self._mutex:
            if self._joining is changes:
                self._joining = None
        try:
            self._make(changes)
        except BaseException as error:  # noqa: BLE001 - who handed the changes over gets it
            if len(changes) == 1:
                changes[0][1].set_exception(error)
                return
            # Of several, only those shall fail that do so alone.
            for change in changes:
                self._commit([change])

    def _make(self, changes: Sequence[_Change]) -> None:
        results = self._explained(lambda: self._together([work for work, _ in changes]))
        for (_, done), result in zip(changes, results, strict=True):
            done.set_result(result)

    def _together(self, works: Sequence[Work[Any]]) -> list[Any]:
        if identity(self.path) != self._identity:
            # SQLite writes on into a file that nobody finds any more, and the next run would send all of it again.
            raise LedgerError("it was deleted, moved or replaced while a run had it open", path=str(self.path))
        return _transaction(self._connection, lambda connection: [work(connection) for work in works])

    def _explained(self, work: Callable[[], _T]) -> _T:
        with explained(self.path):
            return work()


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
