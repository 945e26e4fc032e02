"""Finding videos by what they were created with, for many who look at the same time."""

import asyncio
import contextlib
import copy
import functools
import unicodedata
from collections.abc import AsyncGenerator, Hashable, Mapping
from typing import Any, Final, TypeAlias, cast
from urllib.parse import SplitResult, unquote, urlsplit

from attrs import define, field, frozen

from .. import _redact
from .._transport import Transport
from .._walk import walk
from .._words import folded
from ..codec import Page, structure
from ..errors import (
    APIError,
    DecodeError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    TPStreamsError,
    TransportError,
)
from ..models import Asset
from ._rows import ROOT, Rows

#: Failures in a row, each after the session's own attempts, that a page may take.
_PATIENCE: Final = 8
#: Seconds between two of them, unless the server asks for more; and how much it may ask for.
_BREATH: Final = 1.0
_LONGEST_BREATH: Final = 60.0

#: A file by the host that it is on, and the path there.
File: TypeAlias = tuple[str | None, str]


def plain(title: Any) -> str:
    """Return a title as it is compared: servers trim and compose text."""
    return unicodedata.normalize("NFC", " ".join(title.split())) if isinstance(title, str) else ""


def bare_folder(uuid: str | None) -> str:
    """Return the uuid of a folder as it is compared; `ROOT` for none."""
    return ROOT if uuid is None else _bare_uuid(uuid)


def folder_of(row: Mapping[str, Any]) -> str | None:
    """Return the folder that a row shows as its own, as it is compared; `ROOT` if it shows that it lies in none.

    None if it shows nothing of that, or nothing clear.
    """
    shown = {_bare_uuid(uuid) for uuid in _folders_shown(row)}
    if len(shown) == 1:
        return shown.pop()
    told = [row[name] for name in ("parent", "parent_id") if name in row]
    return ROOT if told and not any(told) else None


def _folders_shown(row: Mapping[str, Any]) -> list[str]:
    parent: Any = row.get("parent")
    inside: Any = cast("Mapping[str, Any]", parent).get("uuid") if isinstance(parent, Mapping) else parent
    return [uuid for uuid in (row.get("parent_id"), inside) if isinstance(uuid, str) and uuid]


def _plain_or_none(title: str | None) -> str | None:
    return None if title is None else plain(title)


@frozen(kw_only=True)
class Marks:
    """What tells a video from others. What is None does not matter.

    Attributes:
        title: compared after Unicode composition, and without regard to the number of spaces.
        input: URL that it was downloaded from.
        folder: uuid of the folder that it lies in, or `ROOT`, where the server's own word counts.
        elsewhere: whether what the server lists in that folder counts although it shows another.
    """

    title: str | None = field(default=None, converter=_plain_or_none)
    input: str | None = field(default=None, repr=_redact.url_repr)
    folder: str | None = None
    elsewhere: bool = False

    def fit(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row with this title may be that video. Only what the row does show can speak against it."""
        kind = row.get("type")
        if isinstance(kind, str) and folded(kind) != "video":
            return False
        return self._in_folder(row) and (self.input is None or _may_be_from(row, self.input))

    def _in_folder(self, row: Mapping[str, Any]) -> bool:
        shown = _folders_shown(row)
        return (
            self.elsewhere
            or not self.folder
            or not shown
            or any(_bare_uuid(uuid) == _bare_uuid(self.folder) for uuid in shown)
        )


def _bare_uuid(uuid: str) -> str:
    return uuid.replace("-", "").lower()


def files_shown(row: Mapping[str, Any]) -> set[File] | None:
    """Return the files that a row shows its video to come from; None if it can come from any.

    Once the server has the file it shows a path of its own in place of the URL. That says nothing.
    """
    video: Any = row.get("video")
    inputs: Any = cast("Mapping[str, Any]", video).get("inputs") if isinstance(video, Mapping) else None
    shown = cast("list[object]", inputs) if isinstance(inputs, list) else []
    urls = [cast("Mapping[str, Any]", item).get("url") for item in shown if isinstance(item, Mapping)]
    files: set[File] = set()
    for url in urls:
        parts = _parts(url) if isinstance(url, str) else None
        if not isinstance(url, str) or (parts is not None and parts.scheme not in ("http", "https")):
            return None
        if parts is not None:
            files.add(_file(parts))
    return files if urls else None


def file_of(url: str) -> File | None:
    """Return the file that a URL leads to; None if it leads nowhere."""
    parts = _parts(url)
    return None if parts is None else _file(parts)


def _parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _file(parts: SplitResult) -> File:
    # A query may hold a signature that the server does not show.
    return parts.hostname, unquote(parts.path)


def _may_be_from(row: Mapping[str, Any], url: str) -> bool:
    files = files_shown(row)
    return files is None or file_of(url) in files


@define(eq=False)
class _Batch:
    """Those who look in the same part of the list. They share one walk, which begins after all of them had joined."""

    wanted: set[Marks] = field(factory=set[Marks])
    members: int = 0
    found: dict[Marks, list[Any]] | None = None
    failure: TPStreamsError | None = None


class Turns:
    """One at a time for each key, first come first served."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, list[None]]] = {}

    @contextlib.asynccontextmanager
    async def of(self, key: Hashable) -> AsyncGenerator[None, None]:
        """Wait for the turn of this key, and hold it."""
        lock, users = self._locks.setdefault(key, (asyncio.Lock(), []))
        users.append(None)
        try:
            async with lock:
                yield
        finally:
            users.pop()
            if not users:
                self._locks.pop(key, None)


class Finder:
    """Looks through the list of assets. However many look at the same time, they share its pages.

    Args:
        transport: reads a page.
        enduring: whether a page that cannot be read is tried for minutes; else for some seconds.
    """

    def __init__(self, transport: Transport, *, enduring: bool = False) -> None:
        self._transport = transport
        self._longest_breath = _LONGEST_BREATH if enduring else _BREATH
        self._rows = Rows(transport)
        self._forming: dict[str | None, _Batch] = {}
        self._turns = Turns()

    async def find(self, marks: Marks) -> list[Asset]:
        """Return the videos that fit, of all that are there from now to the end of the walk.

        Raises:
            TPStreamsError: a page could not be read, or what fits could not be understood.
        """
        return [structure(Asset, row) for row in await self.rows(marks)]

    async def rows(self, marks: Marks) -> list[Mapping[str, Any]]:
        """Return the videos that fit as the list shows them.

        Raises:
            TPStreamsError: a page could not be read.
        """
        self._transport.require_usable()
        batch = self._forming.setdefault(marks.folder, _Batch())
        batch.wanted.add(marks)
        batch.members += 1
        try:
            async with self._turns.of(marks.folder):
                self._close(batch, marks.folder)  # nobody joins a walk that has begun
                if batch.failure is not None:
                    # One for each: an error that is raised in several tasks would collect the frames of all.
                    raise copy.copy(batch.failure)
                # If the one who walked for all was cancelled, the next in line does.
                if batch.found is None:
                    batch.found = await self._found(batch, marks.folder)
        finally:
            batch.members -= 1
            if not batch.members:
                self._close(batch, marks.folder)
        return list(batch.found[marks])

    async def everything(self) -> AsyncGenerator[Mapping[str, Any], None]:
        """Go through all that is there from now to the end, as the list shows it.

        Raises:
            TPStreamsError: a page could not be read.
        """
        async with contextlib.aclosing(walk(functools.partial(self._fetch, None))) as rows:
            async for row in rows:
                yield row

    def _close(self, batch: _Batch, folder: str | None) -> None:
        if self._forming.get(folder) is batch:
            del self._forming[folder]

    async def _found(self, batch: _Batch, folder: str | None) -> dict[Marks, list[Any]]:
        found: dict[Marks, list[Any]] = {marks: [] for marks in batch.wanted}
        by_title: dict[str | None, list[Marks]] = {}
        for marks in found:
            by_title.setdefault(marks.title, []).append(marks)
        untitled = by_title.pop(None, [])
        try:
            async with contextlib.aclosing(walk(functools.partial(self._fetch, folder))) as rows:
                async for row in rows:
                    for marks in [*by_title.get(plain(row.get("title")), ()), *untitled]:
                        if marks.fit(row):
                            found[marks].append(row)
        except TPStreamsError as error:
            batch.failure = error
            raise
        return found

    async def _fetch(self, folder: str | None, offset: int) -> Page[Any]:
        """Read a page. A walk is long, so it goes on after a failure that ends a single call."""
        failures = 0
        while True:
            try:
                return await self._rows.page(folder, offset)
            except TPStreamsError as error:
                # What this client held back itself was not tried.
                failures += not (isinstance(error, RequestTimeoutError) and error.held_back)
                wait = breath_after(error)
                if wait is None or failures > _PATIENCE:
                    raise
            await self._transport.pause(max(wait, min(self._longest_breath, _BREATH * 2.0 ** (failures - 1))))


def breath_after(error: TPStreamsError) -> float | None:
    """Return the seconds after which the list may be read in spite of this error; None if it will not pass."""
    if not isinstance(error, (TransportError, ServerError, RateLimitedError, DecodeError)):
        return None
    asked = (error.retry_after or 0.0) if isinstance(error, APIError) else 0.0
    return None if asked > _LONGEST_BREATH else max(_BREATH, asked)
