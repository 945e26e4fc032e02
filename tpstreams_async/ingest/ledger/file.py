"""A ledger's file: made all at once or not at all, and looked over before anything is written into it."""

import os
import sqlite3
import stat
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from ..._clock import Clock
from ..._validate import show
from ...errors import InvalidInputError, LedgerError
from .schema import APPLICATION_ID, TABLES, VERSION

# SQLite takes anything smaller for a file that it has not written to yet.
_LEAST_BYTES = 512

# The one line of SQLite's words that says most; the whole can be pages long.
_PROBLEM_SHOWN = 200

#: What to do about a ledger that is another's.
_OWN: Final = "; give this one a ledger of its own"
_IN_PLAIN_WORDS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the file system reports an error",
    sqlite3.SQLITE_BUSY: "another program keeps it locked",
    sqlite3.SQLITE_READONLY: "it may not be written to",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: its directory may be missing, or not be yours to write in",
    sqlite3.SQLITE_PERM: "it may not be opened",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is no ledger: it is no SQLite file",
}


@frozen(kw_only=True)
class Owner:
    """Whose videos a ledger is about."""

    organization_id: str
    base_url: str


def absolute(path: str | os.PathLike[str]) -> Path:
    """Return the one path by which a ledger goes.

    Raises:
        InvalidInputError: none is given.
    """
    try:
        given = os.fsdecode(path)
        # By whatever names it goes, the files beside it have to be the same.
        found = Path(given).resolve()
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        raise InvalidInputError("ledger", f"must be the path of a file, not {show(path)}: {error}") from None
    if not given:
        raise InvalidInputError("ledger", "must be the path of a file, not empty")
    return found


def text_of(clock: Clock) -> str:
    """Return the time as ledgers have it."""
    now = datetime.fromtimestamp(clock.wall(), UTC)
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def explained(path: Path) -> Generator[None, None, None]:
    """Turn what the file system and SQLite say about a ledger into a `LedgerError`.

    What SQLite says about a statement that is wrong passes through: it is a defect of this package.
    """
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.IntegrityError):
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0)
        name = getattr(error, "sqlite_errorname", None)
        words = _IN_PLAIN_WORDS.get(code & 0xFF)
        said = f"{error} [{name}]" if name else f"{error}"
        raise LedgerError(f"{words} ({said})" if words else said, path=str(path)) from error
    except UnicodeDecodeError as error:
        raise LedgerError(f"it is damaged: a name in it is no text ({error.reason})", path=str(path)) from error
    except OSError as error:
        raise LedgerError(error.strerror or type(error).__name__, path=str(path)) from error


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a SQLite file, with transactions that begin and end where we say so."""
    return sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True, isolation_level=None, timeout=10)


def beside(path: Path, ending: str) -> Path:
    """Return the path of a file that goes with a ledger."""
    return path.with_name(path.name + ending)


def lock(path: Path) -> sqlite3.Connection:
    """Keep others from opening a ledger, until the connection is closed or this process is gone.

    The lock is one of the system's on a file beside the ledger, because the ledger itself is to be readable meanwhile.
    SQLite takes it, which knows how to on each system, and within one process too.

    Raises:
        LedgerError: another run holds it.
    """
    held = sqlite3.connect(f"{beside(path, '-lock').as_uri()}?mode=rwc", uri=True, isolation_level=None, timeout=0)
    try:
        held.execute("BEGIN EXCLUSIVE")
    except BaseException as error:
        held.close()
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        problem = "another run holds this ledger; wait for its end, or give this one a ledger of its own"
        raise LedgerError(problem, path=str(path)) from None
    return held


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells the file that is there from any other; None if there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def prepare(path: Path, owner: Owner, now: str) -> None:
    """Look a ledger over, or make it if there is none. Whoever calls this holds its lock.

    Raises:
        LedgerError: the file is not a sound ledger of this owner. It was left as it is.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        _create(path, owner, now)
        return
    # What is no file is not opened at all: that alone could make a device do something, and a pipe would never answer.
    if not stat.S_ISREG(found.st_mode):
        raise LedgerError("it is no ledger: it is not a regular file", path=str(path))
    if not found.st_size:
        # SQLite would take it for new, and so every video of a ledger that lost its content would come twice.
        problem = "it is empty. If nothing was ever brought in with it, delete it; else it has lost its content"
        raise LedgerError(problem, path=str(path))
    if found.st_size < _LEAST_BYTES:
        raise LedgerError(_IN_PLAIN_WORDS[sqlite3.SQLITE_NOTADB], path=str(path))
    _check(path, owner)


def _create(path: Path, owner: Owner, now: str) -> None:
    for ending in ("-wal", "-journal"):
        if beside(path, ending).exists():
            problem = f"it is gone, while {beside(path, ending).name}, which is a part of it, is still there"
            raise LedgerError(problem, path=str(path))
    fresh = beside(path, "-new")
    for ending in ("", "-journal", "-wal", "-shm"):
        beside(fresh, ending).unlink(missing_ok=True)
    # SQLite gives what belongs to a file the same permissions, and URLs may be signed.
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL, 0o600))
    with closing(connect(fresh, "mode=rw")) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.executescript(f"BEGIN;{TABLES}")
        connection.execute("INSERT INTO ledger VALUES (?, ?, ?, 0, 0, 0)", (owner.organization_id, owner.base_url, now))
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    os.rename(fresh, path)
    if sys.platform != "win32":
        number = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _check(path: Path, owner: Owner) -> None:
    # A connection that reads leaves the file as it is, and one that takes it for unchangeable makes no files beside it,
    # either. Where there is a part of it beside it, that has to be read too.
    apart = beside(path, "-wal").exists() or beside(path, "-journal").exists()
    with closing(connect(path, "mode=ro" if apart else "mode=ro&immutable=1")) as connection:
        problem = _problem(connection, owner)
    if problem is not None:
        raise LedgerError(problem, path=str(path))


def _problem(connection: sqlite3.Connection, owner: Owner) -> str | None:
    if _value(connection, "PRAGMA application_id") != APPLICATION_ID:
        return "it is no ledger: it is a SQLite file of another program"
    version = _value(connection, "PRAGMA user_version")
    if version != VERSION:
        return f"it is a ledger of version {version}, and this package knows version {VERSION} alone"
    # The thorough check holds the tables against their indexes: this finds a changed state, key or asset id.
    sound = _value(connection, "PRAGMA integrity_check(1)")
    if sound != "ok":
        return f"it is damaged: {str(sound)[:_PROBLEM_SHOWN]}"
    with closing(sqlite3.connect(":memory:")) as model:
        model.executescript(TABLES)
        if not _tables(model) <= _tables(connection):
            return "it is damaged: its tables are not those of a ledger"
    return _foreign(connection.execute("SELECT organization_id, base_url FROM ledger").fetchall(), owner)


def _foreign(found: list[tuple[str, str]], owner: Owner) -> str | None:
    if len(found) != 1:
        return "it is damaged: it does not say whose it is"
    organization_id, base_url = found[0]
    if organization_id != owner.organization_id:
        return f"it is about organization {organization_id!r}, and the client is of {owner.organization_id!r}{_OWN}"
    if base_url != owner.base_url:
        return f"it is about the server {base_url!r}, and the client is of {owner.base_url!r}{_OWN}"
    return None


def _tables(connection: sqlite3.Connection) -> set[tuple[Any, ...]]:
    """Return how each table, index and view is defined; people may have added views of their own."""
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


def _value(connection: sqlite3.Connection, statement: str) -> Any:
    return connection.execute(statement).fetchone()[0]
