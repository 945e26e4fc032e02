"""Which addresses there are. A route is the part after `/api/v1/<organization>/`."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

API_ROOT = "/api/v1/"
STORAGE_ROOT = "/storage/"

VIDEOS = "assets/videos/"
ASSETS = "assets/"
FOLDERS = "assets/folders/"
LIVE_STREAMS = "assets/live_streams/"
UPLOAD_SESSIONS = "assets/upload-sessions/"
ASSET = "assets/<id>/"
MOVE = "assets/<id>/move/"
GENERATE_SUBTITLE = "assets/<id>/generate_subtitle/"
UPLOAD_SUBTITLE = "assets/<id>/upload_subtitle/"
UPLOAD_THUMBNAIL = "assets/<id>/upload_thumbnail/"
TRIM = "assets/<id>/trim/"
TRIM_STATUS = "assets/<id>/trim/status/"
REVERT = "assets/<id>/trim/revert/"
SUBTITLES = "assets/<id>/subtitles/"
DELETE_RESOLUTIONS = "assets/<id>/delete_resolutions/"
START_SERVER = "assets/<id>/start_server/"
STOP_LIVE_STREAM = "assets/<id>/stop_live_stream/"

ROUTES = frozenset(
    {
        VIDEOS,
        ASSETS,
        FOLDERS,
        LIVE_STREAMS,
        UPLOAD_SESSIONS,
        ASSET,
        MOVE,
        GENERATE_SUBTITLE,
        UPLOAD_SUBTITLE,
        UPLOAD_THUMBNAIL,
        TRIM,
        TRIM_STATUS,
        REVERT,
        SUBTITLES,
        DELETE_RESOLUTIONS,
        START_SERVER,
        STOP_LIVE_STREAM,
    }
)

STORAGE = "storage/<bucket>"
"""Where files are uploaded to: the one route that is no part of the API, so no organization is in front of it."""


class Place(NamedTuple):
    """Where a path leads: the organization, the path after it, the route and the asset id (or bucket) in it.

    `route` is None when the path leads nowhere.
    """

    organization: str
    suffix: str
    route: str | None
    asset_id: str


@lru_cache(maxsize=4096)
def locate(path: str) -> Place:
    """Return where `path` (percent-decoded, no query) leads."""
    if path.startswith(STORAGE_ROOT):
        return Place("", path[1:], STORAGE, path.removeprefix(STORAGE_ROOT))
    if not path.startswith(API_ROOT):
        return Place("", path.lstrip("/"), None, "")
    organization, _, suffix = path[len(API_ROOT) :].partition("/")
    if suffix in ROUTES:
        return Place(organization, suffix, suffix, "")
    parts = suffix.split("/")
    if len(parts) < 3 or not parts[1]:
        return Place(organization, suffix, None, "")
    route = "/".join([parts[0], "<id>", *parts[2:]])
    return Place(organization, suffix, route if route in ROUTES else None, parts[1])


def leads_somewhere(route: str) -> bool:
    """Tell whether requests can have `route`, which may also be a path after the organization, or `*` for any."""
    if route == "*" or route.startswith(STORAGE_ROOT[1:]):
        return True
    return locate(f"{API_ROOT}any/{route}").route is not None


def matches(wanted: str, place: Place) -> bool:
    """Tell whether `place` is meant by `wanted`: a route, a path after the organization, or `*` for any."""
    return wanted in ("*", place.route, place.suffix)
