"""Requests before they are sent. No I/O here."""

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode

from attrs import define

from . import _redact, codec
from ._route import Route
from ._validate import identifier

T = TypeVar("T")


class FormFile(NamedTuple):
    """A file in a form.

    Attributes:
        name: of the form's field.
        filename: as the server shall see it.
        content_type: media type.
    """

    name: str
    filename: str
    content_type: str
    content: bytes

    def __repr__(self) -> str:
        return f"FormFile({self.name!r}, {self.filename!r}, {self.content_type!r}, {len(self.content)} bytes)"


class Outlet(Protocol):
    """Gives a file, and is told how it goes out.

    Attributes:
        waiting: returns the bytes that were handed over and still wait here, in the process or in the system.
    """

    waiting: Callable[[], int]

    def begin(self) -> None:
        """Note that it is the request's turn to be sent."""
        ...

    def pieces(self) -> AsyncGenerator[bytes | memoryview, None]:
        """Begin to read the file, from its beginning: exactly as much as was announced, or it raises."""
        ...

    async def passed(self, sent: int) -> None:
        """Note that so many bytes of the file were handed over so far."""
        ...


class StreamedFile(NamedTuple):
    """A file in a form, which is read while it is sent.

    Attributes:
        name: of the form's field.
        filename: as the server shall see it.
        content_type: media type.
        size: bytes.
        outlet: gives it.
    """

    name: str
    filename: str
    content_type: str
    size: int
    outlet: Outlet

    def __repr__(self) -> str:
        return f"StreamedFile({self.name!r}, {self.filename!r}, {self.content_type!r}, {self.size} bytes)"


@define(kw_only=True, eq=False, repr=False)  # a frozen one takes three times as long to make
class Request(Generic[T]):
    """A request that is ready to be sent, any number of times. Its repr shows neither body nor query.

    Attributes:
        target: path and query below the organization, or with a slash in front below the origin; for storage, the whole
            URL.
        decode: from the body of a success to what the caller gets; raises `DecodeError`.
        json: the encoded JSON body, or None.
        file: the file of a multipart body, or None.
        fields: the other fields of a multipart body.
        storage: whether it goes to where the server wants uploads, and so without the token.
        look_for: the call that finds what it created, in place of what its route says.
        items: the things that it asks for, where there are several, as messages may name them.
        hidden: a secret in its path or query, which the answer may echo.
    """

    route: Route
    target: str
    decode: Callable[[bytes], T]
    json: bytes | None = None
    file: FormFile | StreamedFile | None = None
    fields: tuple[tuple[str, str], ...] = ()
    storage: bool = False
    look_for: str = ""
    items: tuple[str, ...] = ()
    hidden: _redact.Secret | None = None

    def __repr__(self) -> str:
        return f"Request({self.route.name}, {_redact.url(self.shown)!r}, file={self.file!r})"

    @property
    def shown(self) -> str:
        """The target without an id that is a secret."""
        if self.hidden is None:
            return self.target
        return self.target.replace(f"/{self.hidden.reveal()}/", f"/{_redact.HIDDEN}/")

    @property
    def how_to_find_out(self) -> str:
        """What to look at when it is not known whether it was carried out."""
        return self.look_for or self.route.how_to_find_out

    @property
    def shown_json(self) -> dict[str, Any]:
        """The JSON body as it may be shown; see `OutcomeUnknownError.request`."""
        body: Any = _redact.data(codec.loads(self.json)) if self.json else {}
        return {"items": body} if isinstance(body, list) else body


def build(
    route: Route,
    decode: Callable[[bytes], T],
    *ids: str,
    query: Mapping[str, Any] | None = None,
    json: Any = None,
    file: FormFile | None = None,
    fields: tuple[tuple[str, str], ...] = (),
    id_names: tuple[str, ...] = ("asset_id",),
    look_for: str = "",
    items: tuple[str, ...] = (),
    hide_last_id: bool = False,
    hidden: _redact.Secret | None = None,
) -> Request[T]:
    """Put a request together.

    Args:
        route: what is asked.
        decode: from the body of a success to the result.
        ids: what fills the route's path; each is checked.
        query: parameters; those that are None are left out, and those that are lists are repeated.
        json: data for a JSON body; None for no body.
        file: for a multipart body.
        fields: for a multipart body.
        id_names: what the caller's arguments are called, for the error.
        look_for: the call that finds what is created.
        items: the things that are asked for, where there are several.
        hide_last_id: whether the last of the ids is a secret.
        hidden: a secret in the query.

    Raises:
        InvalidInputError: an id could lead elsewhere.
    """
    target = route.template
    if ids:
        target = target.format(*map(identifier, id_names, ids))
    if query and (given_query := {key: value for key, value in query.items() if value is not None}):
        target = f"{target}?{urlencode(given_query, doseq=True)}"
    body = None if json is None else codec.dumps(json)
    return Request(
        route=route,
        target=target,
        decode=decode,
        json=body,
        file=file,
        fields=fields,
        look_for=look_for,
        items=items,
        hidden=_redact.Secret(ids[-1]) if hide_last_id else hidden,
    )


def nothing(_: bytes) -> None:
    """Decode an answer whose body does not matter."""
