"""The table of what can be asked of the server, and of what it means to ask twice."""

from typing import Final

from ._route import Effect, Route

_FIND: Final = "client.assets.find(input=..., folder=...), with what you asked for, lists the videos that fit"
_SEE_ASSET: Final = "look at the asset with client.assets.get(asset_id)"
_SEE_UPDATED: Final = "client.access_tokens.get(asset_id, code) shows it as it is now"
_JOBS: Final = "client.transcoding_jobs.list(created_from=...) shows the jobs of today"

CREATE_VIDEO: Final = Route("assets.create", "POST", "assets/videos/", Effect.CHANGE, _FIND)
CREATE_VIDEOS: Final = Route(
    "assets.bulk_create",
    "POST",
    "assets/videos/bulk-create/",
    Effect.CHANGE,
    "call client.assets.find(title=..., input=...) with the title and the input of each of them; the server is said to "
    "create all or none",
)
CREATE_UPLOAD: Final = Route(
    "assets.upload",
    "POST",
    "assets/upload-sessions/",
    Effect.CHANGE,
    "no byte of the file was sent. Upload it anew; an asset that stays at Not Started may be left behind",
)
# Where the file goes is in the answer of the call before.
UPLOAD_FILE: Final = Route(
    "assets.upload",
    "POST",
    "<upload_link>",
    Effect.REPLACE,
    "sending it again leaves the same behind as sending it once",
)
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

LIST_FOLDERS: Final = Route("folders.list", "GET", "assets/folders/", Effect.READ)
CREATE_FOLDER: Final = Route(
    "folders.create", "POST", "assets/folders/", Effect.CHANGE, "client.folders.list(q=title) shows whether it is there"
)

LIST_LIVE_STREAMS: Final = Route("live_streams.list", "GET", "assets/live_streams/", Effect.READ)
CREATE_LIVE_STREAM: Final = Route(
    "live_streams.create",
    "POST",
    "assets/live_streams/",
    Effect.CHANGE,
    "client.live_streams.list() shows whether it is there",
)
START_SERVER: Final = Route(
    "live_streams.start_server",
    "POST",
    "assets/{}/start_server/",
    Effect.CHANGE,
    "wait with client.jobs.live_server(asset_id) for the server",
)
STOP_LIVE_STREAM: Final = Route(
    "live_streams.stop",
    "POST",
    "assets/{}/stop_live_stream/",
    Effect.CHANGE,
    f"{_SEE_ASSET}: the live_stream of a broadcast that was stopped is Completed",
)

LIST_SUBTITLES: Final = Route("subtitles.list", "GET", "assets/{}/subtitles/", Effect.READ)
DELETE_SUBTITLE: Final = Route(
    "subtitles.delete",
    "DELETE",
    "assets/{}/subtitles/{}/",
    Effect.DELETE,
    "client.subtitles.list(asset_id) shows whether it is gone",
)

LIST_CHAPTERS: Final = Route("chapters.list", "GET", "assets/{}/chapters/", Effect.READ)
ADD_CHAPTERS: Final = Route(
    "chapters.add",
    "POST",
    "assets/{}/chapters/",
    Effect.CHANGE,
    "client.chapters.list(asset_id) shows those that are there",
)
DELETE_CHAPTER: Final = Route(
    "chapters.delete",
    "DELETE",
    "assets/{}/chapters/{}/",
    Effect.DELETE,
    "client.chapters.list(asset_id) shows whether it is gone",
)

CREATE_ACCESS_TOKEN: Final = Route(
    "access_tokens.create",
    "POST",
    "assets/{}/access_tokens/",
    Effect.CHANGE,
    "no call lists the tokens of an asset. Ask for another one: the lost one is known to nobody",
)
GET_ACCESS_TOKEN: Final = Route("access_tokens.get", "GET", "assets/{}/access_tokens/{}/", Effect.READ)
# The method is documented nowhere. A server that refuses one of the two has done nothing.
PATCH_ACCESS_TOKEN: Final = Route(
    "access_tokens.update", "PATCH", "assets/{}/access_tokens/{}/", Effect.REPLACE, _SEE_UPDATED
)
PUT_ACCESS_TOKEN: Final = Route(
    "access_tokens.update", "PUT", "assets/{}/access_tokens/{}/", Effect.REPLACE, _SEE_UPDATED
)

LIST_WEBHOOKS: Final = Route("webhooks.list", "GET", "webhooks/", Effect.READ)
CREATE_WEBHOOK: Final = Route(
    "webhooks.create",
    "POST",
    "webhooks/",
    Effect.CHANGE,
    "client.webhooks.list() shows those that are there; compare their url",
)
UPDATE_WEBHOOK: Final = Route(
    "webhooks.update", "PUT", "webhooks/{}/", Effect.REPLACE, "client.webhooks.list() shows it as it is now"
)
DELETE_WEBHOOK: Final = Route(
    "webhooks.delete",
    "DELETE",
    "webhooks/{}/",
    Effect.DELETE,
    "client.webhooks.list() shows whether it is gone",
)

LIST_ORGANIZATIONS: Final = Route("organizations.list", "GET", "/api/v1/organizations/", Effect.READ)
LIST_USAGES: Final = Route("usages.list", "GET", "assets_usage/", Effect.READ)

LIST_TRANSCODING_JOBS: Final = Route("transcoding_jobs.list", "GET", "transcoding_jobs/", Effect.READ)
CREATE_TRANSCODING_JOB: Final = Route("transcoding_jobs.create", "POST", "transcoding_jobs/", Effect.CHANGE, _JOBS)
GET_TRANSCODING_JOB: Final = Route("transcoding_jobs.get", "GET", "transcoding_jobs/{}/", Effect.READ)
CANCEL_TRANSCODING_JOB: Final = Route(
    "transcoding_jobs.cancel",
    "DELETE",
    "transcoding_jobs/{}/",
    Effect.DELETE,
    "client.transcoding_jobs.get(job_id) shows its status",
)

LIST_SUBTITLE_JOBS: Final = Route("subtitle_jobs.list", "GET", "subtitle_jobs/", Effect.READ)
CREATE_SUBTITLE_JOB: Final = Route(
    "subtitle_jobs.create",
    "POST",
    "subtitle_jobs/",
    Effect.CHANGE,
    "client.subtitle_jobs.list() shows those that are there; compare their url",
)
GET_SUBTITLE_JOB: Final = Route("subtitle_jobs.get", "GET", "subtitle_jobs/{}/", Effect.READ)

# A licence can use up an access token that is good for one use.
ASSET_LICENSE: Final = Route(
    "drm.license",
    "POST",
    "assets/{}/drm_license/",
    Effect.CHANGE,
    "ask for another licence; an access token that is good for one use may be used up",
)
ORGANIZATION_LICENSE: Final = Route(
    "drm.organization_license", "POST", "drm_license/", Effect.CHANGE, "ask for another licence"
)

# An organization has room for twenty tokens, so a login whose answer was lost may have taken one of them.
LOGIN: Final = Route(
    "auth.login",
    "POST",
    "/api/auth/login/",
    Effect.CHANGE,
    "no call lists the tokens. Log in again; the lost token takes one of the organization's 20 places",
    anonymous=True,
)
LOGOUT: Final = Route(
    "auth.logout",
    "POST",
    "/api/auth/logout/",
    Effect.REPLACE,
    "any call with that token is refused once it is logged out",
)
