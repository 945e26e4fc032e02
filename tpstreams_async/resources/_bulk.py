"""Several videos in one request."""

import functools
import itertools
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from .. import _redact, _routes, _validate
from .._wire import Request, build
from ..codec import loads, structure_page
from ..errors import DecodeError, InvalidInputError
from ..models import Asset, NewVideo
from . import _given
from ._bodies import create_body
from ._decoding import require_id
from ._finding import plain

#: The most videos that the server takes in one request.
MOST_VIDEOS: Final = 50


def bulk_request(videos: Any) -> Request[list[Asset]]:
    """Return the request that creates videos. All that was given is checked.

    Raises:
        InvalidInputError: something is wrong, or was given twice; `argument` names the place.
    """
    bodies = [_body(f"videos[{number}]", item) for number, item in enumerate(_some(videos))]
    if not bodies:
        raise InvalidInputError("videos", "must have at least one video")
    _refuse_doubles(bodies)
    titles = [body.get("title") for body in bodies]
    return build(
        _routes.CREATE_VIDEOS,
        functools.partial(_decode, titles),
        json=bodies,
        items=tuple(f"title {_validate.show(title)}" if title else "without a title" for title in titles),
    )


def _some(videos: Any) -> list[object]:
    if isinstance(videos, (str, bytes, Mapping, NewVideo)) or not isinstance(videos, Iterable):
        raise InvalidInputError("videos", "must be a list of NewVideo(...), or of dicts")
    items = list(itertools.islice(cast("Iterable[object]", videos), MOST_VIDEOS + 1))
    if len(items) > MOST_VIDEOS:
        problem = f"must have at most {MOST_VIDEOS} videos, as the server takes no more in one request"
        raise InvalidInputError("videos", problem)
    return items


def _body(name: str, item: object) -> dict[str, Any]:
    video = _given.model(NewVideo, name, item, needs=("inputs", "resolutions"))
    with _validate.inside(name):
        return create_body(
            video.inputs,
            video.resolutions,
            video.title,
            video.content_protection_type,
            video.folder,
            video.generate_subtitle,
        )


def _refuse_doubles(bodies: list[dict[str, Any]]) -> None:
    """Find what the server would refuse: two videos with the same title and the same first input."""
    seen: dict[tuple[str | None, str], int] = {}
    for number, body in enumerate(bodies):
        title, url = body.get("title"), body["inputs"][0]["url"]
        first = seen.setdefault((title, url), number)
        if first != number:
            what = f"title {_validate.show(title)}" if title else "no title"
            problem = f"is a duplicate of videos[{first}]: both have {what} and the input {_redact.url(url)}"
            raise InvalidInputError(f"videos[{number}]", problem)


def _decode(titles: list[str | None], body: bytes) -> list[Asset]:
    """Decode the assets, one for each video, in the order of the videos: nothing else tells which is which."""
    assets = list(structure_page(Asset, loads(body)).results)
    if len(assets) != len(titles):
        raise DecodeError(f"asked for {len(titles)} videos, got {len(assets)} assets")
    for number, asset in enumerate(assets):
        require_id(asset, path=f"$[{number}]")
    if len({asset.id for asset in assets}) != len(assets):
        raise DecodeError("an asset is there twice")
    shown = [plain(asset.title) for asset in assets]
    for number, title in enumerate(map(plain, titles)):
        if title and shown[number] != title and title in shown:
            raise DecodeError("the assets are in another order than the videos", path=f"$[{number}].title")
    return assets
