"""Chapters: ``client.chapters``."""

from collections.abc import Iterable, Mapping
from typing import Any

from .. import _routes, _validate
from .._transport import Transport
from .._wire import build, nothing
from ..codec import loads, structure_page
from ..errors import InvalidInputError
from ..models import Chapter, NewChapter
from ..pagination import Pager
from . import _given

_NAMES = ("asset_id", "chapter_id")


class Chapters:
    """The chapters of a video."""

    def __init__(self, transport: Transport, *, origin: str) -> None:
        self._transport = transport
        self._origin = origin

    async def add(self, asset_id: str, chapters: Iterable[NewChapter | Mapping[str, Any]]) -> tuple[Chapter, ...]:
        """Add chapters to a video.

        Args:
            asset_id: of the video.
            chapters: one at least, in any order, no two of which start at the same second: `NewChapter`, or dicts with
                ``title`` and ``start_time``.

        Returns:
            The chapters as the server shows them afterwards: of many, the first page. Whether those that were there
            before are among them is for the server to decide; `list` shows all.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            BadRequestError: the server refused them.
            NotFoundError: there is no such asset.
            OutcomeUnknownError: the answer got lost, so they may exist.

        API: ``POST assets/<id>/chapters/``
        """
        body = {"chapters": _rows(chapters)}
        return await self._transport.send(build(_routes.ADD_CHAPTERS, _shown, asset_id, json=body))

    def list(self, asset_id: str) -> Pager[Chapter]:
        """Go through the chapters of a video.

        Args:
            asset_id: of the video.

        Returns:
            A `Pager`: ``async for``, ``.pages()``, ``.collect(limit=…)``, ``.first()``, ``.count()``.

        Raises:
            InvalidInputError: the id could lead elsewhere.

        API: ``GET assets/<id>/chapters/``
        """
        _validate.identifier("asset_id", asset_id)
        return Pager(self._transport, _routes.LIST_CHAPTERS, Chapter, {}, asset_id, origin=self._origin)

    async def delete(self, asset_id: str, chapter_id: int | str) -> None:
        """Delete a chapter.

        It is sent again when its answer got lost; finding the chapter gone then is a success.

        Args:
            asset_id: of the video.
            chapter_id: its number, 1 or more.

        Raises:
            NotFoundError: there is no such chapter.
            OutcomeUnknownError: the answer got lost, and so did those of the next attempts.

        API: ``DELETE assets/<id>/chapters/<chapter id>/``
        """
        number = _validate.numeric_id("chapter_id", chapter_id)
        await self._transport.send(build(_routes.DELETE_CHAPTER, nothing, asset_id, number, id_names=_NAMES))


def _shown(body: bytes) -> tuple[Chapter, ...]:
    return structure_page(Chapter, loads(body)).results


def _rows(chapters: Any) -> list[dict[str, str]]:
    """Return the chapters as the API takes them."""
    starts: dict[int, int] = {}
    made: list[dict[str, str]] = []
    for number, given in enumerate(_given.rows("chapters", chapters, "chapters")):
        name = f"chapters[{number}]"
        chapter = _given.model(NewChapter, name, given, needs=("title", "start_time"))
        start = chapter.seconds
        if start in starts:
            raise InvalidInputError(f"{name}.start_time", f"is that of chapters[{starts[start]}] too")
        starts[start] = number
        minutes, seconds = divmod(start, 60)
        made.append({"title": chapter.title, "start_time": f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"})
    if not made:
        raise InvalidInputError("chapters", "must have at least one chapter")
    return made
