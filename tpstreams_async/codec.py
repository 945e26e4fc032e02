"""Between bytes and models. The only user of cattrs and of the JSON library.

A model is made on a fast path, by functions that `_codegen` wrote, without noting where in the answer it is. Only when
that fails is the answer gone through once more, by cattrs with detailed validation, so that the error names the place.
"""

import functools
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast, get_args, get_origin

import attrs
import orjson
from attrs import field, frozen

from ._codegen import Writer, text_field_of
from ._redact import url_repr
from ._scalars import SCALARS
from .errors import DecodeError
from .models._base import NO_EXTRA, Extra, Snapshot

if TYPE_CHECKING:
    import cattrs

T = TypeVar("T")

_BOM: Final = b"\xef\xbb\xbf"
_ENVELOPE: Final = frozenset({"results", "count", "next", "previous"})


@frozen(kw_only=True, repr=False, eq=False)
class Page(Snapshot, Generic[T]):
    """One page of a list, or the whole of a list that the server does not page.

    Attributes:
        count: rows on all pages together, where the server told.
        next: the link to the next page; None on the last.
        previous: the link to the page before; None on the first.
    """

    results: tuple[T, ...]
    count: int | None = None
    next: str | None = field(default=None, repr=url_repr)
    previous: str | None = field(default=None, repr=url_repr)
    extra: Extra = field(default=NO_EXTRA, hash=False)


def loads(body: bytes) -> Any:
    """Decode strict JSON (no NaN, no Infinity, 1024 levels at most; a byte order mark is skipped).

    Raises:
        DecodeError: it is no JSON.
    """
    try:
        return orjson.loads(body.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"the answer is not JSON ({error.msg})") from None


def dumps(data: Any) -> bytes:
    """Encode as JSON."""
    return orjson.dumps(data)


def structure(cls: type[T], data: Any) -> T:
    """Make a model from decoded JSON.

    Raises:
        DecodeError: the data does not fit; `path` names the place.
    """
    make: Callable[[Any], T] = _writer.made.get(cls) or _writer.function_for(cls)
    try:
        return make(data)
    except (TypeError, ValueError, KeyError) as error:
        raise _explain(cls, data, error) from None


def structure_page(cls: type[T], data: Any) -> Page[T]:
    """Make a `Page` of models from a page or from a bare array.

    Raises:
        DecodeError: it is neither, or a row does not fit.
    """
    page = plain_page(data)
    make = _writer.function_for(cls)
    try:
        results = tuple([make(row) for row in page.results])
    except (TypeError, ValueError, KeyError) as error:
        raise _explain_rows(cls, page.results, error, in_envelope=isinstance(data, dict)) from None
    return Page(results=results, count=page.count, next=page.next, previous=page.previous, extra=page.extra)


def plain_page(data: Any) -> Page[Any]:
    """Make a `Page` whose rows are left as they are.

    Raises:
        DecodeError: it is neither a page nor a bare array.
    """
    envelope = cast("dict[str, Any]", data) if isinstance(data, dict) else {"results": data}
    rows: Any = envelope.get("results")
    if rows.__class__ is not list:
        raise DecodeError("expected a list, or a page with a list", path="$.results")
    count, link, back = envelope.get("count"), envelope.get("next"), envelope.get("previous")
    if link is not None and not isinstance(link, str):
        raise DecodeError("expected a link or null", path="$.next")
    more = envelope.keys() - _ENVELOPE
    return Page(
        results=tuple(rows),
        count=count if isinstance(count, int) else None,
        next=link or None,
        previous=back if isinstance(back, str) and back else None,
        extra=Extra({key: envelope[key] for key in envelope if key in more}) if more else NO_EXTRA,
    )


def _explain(cls: type, data: Any, error: Exception, path: str = "$") -> DecodeError:
    from cattrs import transform_error  # noqa: PLC0415 - see `_detailed`

    problem, where = _describe(error), path
    try:
        _detailed().structure(data, cls)
    except Exception as detailed:  # noqa: BLE001 - cattrs groups whatever it met
        first = transform_error(detailed, path=path, format_exception=lambda exc, _: _describe(exc))[0]
        problem, _, where = first.rpartition(" @ ")
    return DecodeError(f"the answer is no {cls.__name__}: {problem}", path=where)


def _explain_rows(cls: type, rows: tuple[Any, ...], error: Exception, *, in_envelope: bool) -> DecodeError:
    root = "$.results" if in_envelope else "$"
    make = _writer.function_for(cls)
    for number, row in enumerate(rows):
        try:
            make(row)
        except (TypeError, ValueError, KeyError) as found:
            return _explain(cls, row, found, f"{root}[{number}]")
    return DecodeError(_describe(error), path=root)


def _describe(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing"
    return str(error)


@functools.cache
def _detailed() -> "cattrs.Converter":
    """Return the converter that knows where it is. It follows the same rules as the fast path.

    It is made for the first answer that does not fit, as few programs meet one, and cattrs takes long to import.
    """
    from cattrs import Converter  # noqa: PLC0415
    from cattrs.gen import make_dict_structure_fn, override  # noqa: PLC0415

    converter = Converter(detailed_validation=True)
    for kind, (_, convert) in SCALARS.items():
        converter.register_structure_hook(kind, _scalar_hook(convert))

    def model_hook(cls: type) -> Callable[[Any, Any], Any]:
        make = cast(
            "Callable[[Mapping[str, Any], Any], Any]",
            make_dict_structure_fn(cls, converter, extra=override(omit=True)),
        )

        text_field = text_field_of(cls)

        def structure_model(data: Any, _: Any) -> Any:
            if isinstance(data, str) and text_field is not None:
                data = {text_field: data}
            if not isinstance(data, dict):
                raise TypeError("expected an object")
            members = cast("dict[str, Any]", data)
            return make({key: value for key, value in members.items() if value is not None}, cls)

        return structure_model

    def list_hook(hint: Any) -> Callable[[Any, Any], Any]:
        items: Any = types.GenericAlias(list, get_args(hint)[:1])
        make = converter.get_structure_hook(items)

        def structure_list(data: Any, _: Any) -> Any:
            if data.__class__ is not list:
                raise TypeError("expected a list")
            return tuple(make(data, items))

        return structure_list

    converter.register_structure_hook_factory(attrs.has, model_hook)
    converter.register_structure_hook_factory(_is_tuple, list_hook)
    return converter


def _is_tuple(hint: Any) -> bool:
    origin: Any = get_origin(hint)
    return origin is tuple


def _scalar_hook(convert: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, _: convert(value)


_writer: Final = Writer()
