"""Rows of the list of assets as they came, for those who look through many and keep few."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from .. import _routes
from .._sketches import Sketches
from .._transport import Transport
from .._walk import ROWS
from .._wire import build
from ..codec import Page, loads, plain_page

T = TypeVar("T")

#: In place of a folder: what lies in none.
ROOT: Final = ""


def folder_query(folder: str | None) -> Mapping[str, str]:
    """Return the query that narrows the list to what lies in a folder, or in none (`ROOT`); None is the whole list."""
    if folder is None:
        return {}
    return {"has_parent": "false"} if folder == ROOT else {"parent": folder}


class Rows:
    """Reads pages of the list of assets."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def page(self, folder: str | None, offset: int) -> Page[Any]:
        """Read the page of the list of a folder that begins at an offset, as decoded JSON.

        Raises:
            TPStreamsError: it could not be read.
        """
        return await self._read(folder, offset, _page)

    async def sketches(self, folder: str | None, offset: int) -> Sketches:
        """Read the page of the list of a folder that begins at an offset, and only little of each row.

        Raises:
            TPStreamsError: it could not be read.
        """
        return await self._read(folder, offset, Sketches)

    async def _read(self, folder: str | None, offset: int, decode: Callable[[bytes], T]) -> T:
        query = {**folder_query(folder), "limit": ROWS, "offset": offset or None}
        return await self._transport.send(build(_routes.LIST_ASSETS, decode, query=query))


def _page(body: bytes) -> Page[Any]:
    return plain_page(loads(body))
