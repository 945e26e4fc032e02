"""Folders: ``client.folders``."""

from .. import _routes, _validate
from .._transport import Transport
from .._wire import build
from ..models import Folder
from ..pagination import Pager, page_query
from ._decoding import named


class Folders:
    """Folders that assets lie in. ``client.assets.delete`` deletes one, and what lies in it."""

    def __init__(self, transport: Transport, *, origin: str) -> None:
        self._transport = transport
        self._origin = origin

    async def create(self, *, title: str, parent: str | None = None) -> Folder:
        """Create a folder.

        Args:
            title: one line of text.
            parent: uuid of the folder to put it in; the root if not given.

        Returns:
            The folder, with the uuid that names it.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            BadRequestError: the server refused it, as where there is no such parent.
            OutcomeUnknownError: the answer got lost, so the folder may exist.

        API: ``POST assets/folders/``
        """
        body = {"title": _validate.line("title", title)}
        if parent is not None:
            body["parent"] = _validate.identifier("parent", parent)
        look_for = f"await client.folders.list(q={title!r}).collect() shows whether it is there"
        return await self._transport.send(
            build(_routes.CREATE_FOLDER, named(Folder, "uuid"), json=body, look_for=look_for)
        )

    def list(self, *, q: str | None = None, page_size: int | None = None, offset: int | None = None) -> Pager[Folder]:
        """Go through folders, in whatever folder they lie.

        Args:
            q: text that their titles shall have.
            page_size: rows per page, 1 or more; the server's choice if not given, and it may give fewer.
            offset: rows to skip, 0 or more.

        Returns:
            A `Pager`: ``async for``, ``.pages()``, ``.collect(limit=…)``, ``.first()``, ``.count()``.

        Raises:
            InvalidInputError: an argument is wrong.

        API: ``GET assets/folders/``
        """
        query = {"q": None if q is None else _validate.line("q", q), **page_query(page_size, offset)}
        return Pager(self._transport, _routes.LIST_FOLDERS, Folder, query, origin=self._origin)
