"""Which addresses there are. A route is the part after `/api/v1/<organization>/`, with `<id>` for each id in it."""

from __future__ import annotations

import re
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
BULK_CREATE = "assets/videos/bulk-create/"
ACCESS_TOKENS = "assets/<id>/access_tokens/"
ACCESS_TOKEN = "assets/<id>/access_tokens/<id>/"  # noqa: S105 - an address
CHAPTERS = "assets/<id>/chapters/"
CHAPTER = "assets/<id>/chapters/<id>/"
SUBTITLE = "assets/<id>/subtitles/<id>/"
ANY_SUBTITLE = "subtitles/<id>/"
ASSET_LICENSE = "assets/<id>/drm_license/"
LICENSE = "drm_license/"
WEBHOOKS = "webhooks/"
WEBHOOK = "webhooks/<id>/"
USAGE = "assets_usage/"
TRANSCODING_JOBS = "transcoding_jobs/"
TRANSCODING_JOB = "transcoding_jobs/<id>/"
SUBTITLE_JOBS = "subtitle_jobs/"
SUBTITLE_JOB = "subtitle_jobs/<id>/"

ORGANIZATIONS = "organizations/"
LOGIN = "auth/login/"
LOGOUT = "auth/logout/"
OPENAPI = "openapi.json"

OUTSIDE = {
    "/api/v1/organizations/": ORGANIZATIONS,
    "/api/auth/login/": LOGIN,
    "/api/auth/logout/": LOGOUT,
    "/openapi.json": OPENAPI,
}
"""The addresses without an organization, and their routes."""

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
        BULK_CREATE,
        ACCESS_TOKENS,
        ACCESS_TOKEN,
        CHAPTERS,
        CHAPTER,
        SUBTITLE,
        ANY_SUBTITLE,
        ASSET_LICENSE,
        LICENSE,
        WEBHOOKS,
        WEBHOOK,
        USAGE,
        TRANSCODING_JOBS,
        TRANSCODING_JOB,
        SUBTITLE_JOBS,
        SUBTITLE_JOB,
    }
)

STORAGE = "storage/<id>"
"""Where files are uploaded to: the one route that is no part of the API, so no organization is in front of it."""


_ID_PLACES = (1, 3)
"""Which parts of a path may be ids; a word that a route has there comes first."""

_ANY_ID = re.compile("<[a-z_]+>")


class Place(NamedTuple):
    """Where a path leads: the organization, the path after it, the route and the ids in it.

    `route` is None when the path leads nowhere, `organization` when the path names none.
    """

    path: str
    organization: str | None
    suffix: str
    route: str | None
    ids: tuple[str, ...]


@lru_cache(maxsize=4096)
def locate(path: str) -> Place:
    """Return where `path` (percent-decoded, no query) leads."""
    if path.startswith(STORAGE_ROOT):
        return Place(path, None, path[1:], STORAGE, (path.removeprefix(STORAGE_ROOT),))
    outside = OUTSIDE.get(path)
    if outside is not None:
        return Place(path, None, outside, outside, ())
    if not path.startswith(API_ROOT):
        return Place(path, None, path.lstrip("/"), None, ())
    organization, _, suffix = path[len(API_ROOT) :].partition("/")
    route, parts, ids = suffix, suffix.split("/"), list[str]()
    for at in _ID_PLACES:
        if route in ROUTES or at + 1 >= len(parts) or not parts[at]:
            break
        ids.append(parts[at])
        parts[at] = "<id>"
        route = "/".join(parts)
    if route in ROUTES:
        return Place(path, organization, suffix, route, tuple(ids))
    return Place(path, organization, suffix, None, ())


def canonical(wanted: str) -> str:
    """Return a route as it is written here, whatever the words in angle brackets: `<code>` becomes `<id>`."""
    return _ANY_ID.sub("<id>", wanted)


def leads_somewhere(route: str) -> bool:
    """Tell whether requests can have `route`, which may also be a path after the organization, or `*` for any."""
    if route == "*" or route.startswith(STORAGE_ROOT[1:]) or route in OUTSIDE.values():
        return True
    return locate(f"{API_ROOT}any/{route}").route is not None


def matches(wanted: str, place: Place) -> bool:
    """Tell whether `place` is meant by `wanted`: a route, a path after the organization, or `*` for any."""
    return wanted in ("*", place.route, place.suffix)
