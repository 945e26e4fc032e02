"""The table of what can be asked of the server, and of what it means to ask twice."""

import enum
from typing import Final, NamedTuple

_FIND: Final = "client.assets.find(input=..., folder=...), with what you asked for, lists the videos that fit"
_SEE_ASSET: Final = "look at the asset with client.assets.get(asset_id)"


class Effect(enum.Enum):
    """What a request does to the server's state, which decides whether it may be sent again."""

    #: Nothing: it may be sent as often as needed.
    READ = "read"
    #: Something: it is sent again only if the first one provably did nothing.
    CHANGE = "change"
    #: The object is gone afterwards, however often it is sent; finding nothing the second time is a success.
    DELETE = "delete"


class Route(NamedTuple):
    """One call of the API.

    Attributes:
        name: the SDK's name of the call, for messages.
        method: the HTTP method.
        template: the path below the organization, with ``{}`` for each id. It ends in a slash, as every path does.
        effect: what it does to the server's state.
        how_to_find_out: where to look when it is not known whether a change was carried out.
    """

    name: str
    method: str
    template: str
    effect: Effect
    how_to_find_out: str = ""


CREATE_VIDEO: Final = Route("assets.create", "POST", "assets/videos/", Effect.CHANGE, _FIND)
LIST_ASSETS: Final = Route("assets.list", "GET", "assets/", Effect.READ)
GET_ASSET: Final = Route("assets.get", "GET", "assets/{}/", Effect.READ)
DELETE_ASSET: Final = Route("assets.delete", "DELETE", "assets/{}/", Effect.DELETE, _SEE_ASSET)
MOVE_ASSET: Final = Route(
    "assets.move", "POST", "assets/{}/move/", Effect.CHANGE, f"{_SEE_ASSET} and compare its parent_id"
)
GENERATE_SUBTITLE: Final = Route(
    "assets.generate_subtitle",
    "POST",
    "assets/{}/generate_subtitle/",
    Effect.CHANGE,
    "wait with client.jobs.subtitle(asset_id) for the generated track to appear",
)
UPLOAD_SUBTITLE: Final = Route(
    "assets.upload_subtitle",
    "POST",
    "assets/{}/upload_subtitle/",
    Effect.CHANGE,
    f"{_SEE_ASSET} and look for the track in asset.video.subtitles",
)
UPLOAD_THUMBNAIL: Final = Route(
    "assets.upload_thumbnail",
    "POST",
    "assets/{}/upload_thumbnail/",
    Effect.CHANGE,
    f"{_SEE_ASSET} and compare asset.video.cover_thumbnail_url; a second upload does no harm",
)
TRIM: Final = Route(
    "assets.trim",
    "POST",
    "assets/{}/trim/",
    Effect.CHANGE,
    "compare client.assets.trim_status(asset_id) with the times that you asked for",
)
TRIM_STATUS: Final = Route("assets.trim_status", "GET", "assets/{}/trim/status/", Effect.READ)
REVERT_TRIM: Final = Route(
    "assets.revert_trim",
    "POST",
    "assets/{}/trim/revert/",
    Effect.CHANGE,
    f"{_SEE_ASSET} and compare its duration",
)
DELETE_RESOLUTIONS: Final = Route(
    "assets.delete_resolutions",
    "POST",
    "assets/{}/delete_resolutions/",
    Effect.CHANGE,
    f"{_SEE_ASSET} and compare asset.video.resolutions; asking a second time does no harm",
)
