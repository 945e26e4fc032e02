"""One function per call of the API: what it checks, does and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs

from . import routes
from .answers import Answer, detail, field_errors, json_answer, no_content
from .checks import Fields, json_object, new_video
from .lifecycle import COMPLETED, UPLOADED, Asset, Video
from .media import is_image, is_webvtt
from .multipart import parse_form
from .paging import page
from .render import MEDIA, Row, subtitle_row, trim_row
from .service import Service

MAX_THUMBNAIL_BYTES = 2 * 2**20


@attrs.frozen
class Call:
    """A request that was found to lead somewhere and to come from a known user."""

    service: Service
    asset_id: str
    query: Mapping[str, str]
    address: str
    content_type: str
    body: bytes

    @property
    def now(self) -> float:
        """The present moment of the clock."""
        return self.service.clock.now()

    def asset(self) -> Asset:
        """Return the asset of the address; 404 if there is none."""
        return self.service.find(self.asset_id)

    def video(self) -> tuple[Asset, Video]:
        """Return the video of the address; 404 if there is none, 400 for a folder."""
        asset = self.asset()
        if asset.video is None:
            raise detail(400, "This asset is not a video.")
        return asset, asset.video

    def completed_video(self, what: str) -> tuple[Asset, Video]:
        """Return the video of the address; 400 unless its processing has ended well."""
        asset, video = self.video()
        status = video.forced or video.ingest_status(self.now, self.service.settings)
        if status != COMPLETED:
            raise detail(400, f"{what} is only possible for videos in Completed status.")
        return asset, video

    def fields(self) -> Fields:
        """Return the fields of the JSON body."""
        return Fields(json_object(self.content_type, self.body))

    def folder(self, fields: Fields, name: str, uuid: str | None) -> None:
        """Note an error unless `uuid` is None or a folder's."""
        if uuid is not None and self.service.store.folder(uuid) is None:
            fields.wrong(name, "Folder not found.")

    def pages(self, rows: Sequence[Asset], show: Callable[[Asset], Row]) -> Answer:
        """Answer with a page of `rows`."""
        return json_answer(page(rows, show, self.address, self.query, self.service.settings))


def create_video(call: Call) -> Answer:
    """Create a video from a URL."""
    fields = call.fields()
    new = new_video(fields)
    call.folder(fields, "folder", new.folder)
    fields.finish()
    asset = call.service.create_video(new)
    return json_answer(call.service.renderer.created_row(asset, call.now), 201)


def list_assets(call: Call) -> Answer:
    """List assets and folders, newest first."""
    now, service = call.now, call.service
    rows: Sequence[Asset] = service.store.rows()
    if parent := call.query.get("parent"):
        rows = service.store.rows_inside(parent)
    elif call.query.get("has_parent", "").lower() == "false":
        rows = service.store.rows_inside(None)
    elif call.query.get("has_parent", "").lower() == "true":
        rows = [a for a in rows if a.parent_id is not None]
    rows = _searched(call, rows)
    if service.settings.visible_after:
        rows = [a for a in rows if a.visible_at <= now]
    return call.pages(rows, lambda asset: service.renderer.list_row(asset, now))


def _searched(call: Call, rows: Sequence[Asset]) -> Sequence[Asset]:
    text = call.query.get("q", "").lower()
    return [a for a in rows if text in a.title.lower()] if text else rows


def get_asset(call: Call) -> Answer:
    """Show one asset."""
    asset = call.asset()
    expiry = call.query.get("expiry")
    if expiry is None:
        return json_answer(call.service.renderer.detail_row(asset, call.now))
    if not (expiry.isascii() and expiry.isdigit() and len(expiry) < 12 and int(expiry) > 0):
        raise field_errors({"expiry": ["A valid integer is required."]})
    return json_answer(call.service.renderer.detail_row(asset, call.now, int(expiry)))


def delete_asset(call: Call) -> Answer:
    """Delete an asset, or a folder with everything in it."""
    call.service.store.delete(call.asset())
    return no_content()


def move_asset(call: Call) -> Answer:
    """Move an asset or folder into a folder, or to the root."""
    asset, store = call.asset(), call.service.store
    fields = call.fields()
    parent = fields.text("parent") or None
    call.folder(fields, "parent", parent)
    fields.finish()
    target = store.get(parent) if parent is not None else None
    if target is not None and asset in (target, *store.path(target)):
        raise field_errors({"parent": ["A folder cannot be moved into itself."]})
    store.move(asset, parent)
    return json_answer({"detail": "Asset moved successfully."})


def generate_subtitle(call: Call) -> Answer:
    """Begin to generate an English subtitle."""
    asset, video = call.completed_video("Subtitle generation")
    if video.wants_auto_subtitle():
        raise detail(400, "An auto generated subtitle already exists for this video.")
    video.asked_subtitle_at = call.now
    return json_answer(call.service.renderer.subtitle_job_row(asset, call.now), 201)


def upload_subtitle(call: Call) -> Answer:
    """Add a WebVTT file as a subtitle."""
    _, video = call.video()
    form = parse_form(call.content_type, call.body)
    file = form.get("subtitle")
    if file is None:
        raise field_errors({"subtitle": ["No file was submitted."]})
    if file.filename is None:
        raise field_errors({"subtitle": ["The submitted data was not a file. Check the encoding type on the form."]})
    if not is_webvtt(file.data):
        raise field_errors({"subtitle": ["The submitted file is not a WebVTT file."]})
    values = {n: form[n].data.decode("utf-8", "replace") for n in ("name", "language") if n in form}
    name = values.get("name") or file.filename
    call.service.add_subtitle(video, name, values.get("language", ""), len(file.data), UPLOADED)
    return json_answer({"detail": "Subtitle uploaded successfully"})


def upload_thumbnail(call: Call) -> Answer:
    """Make a picture the cover of a video."""
    asset, video = call.video()
    file = parse_form(call.content_type, call.body).get("thumbnail")
    if file is None:
        raise field_errors({"thumbnail": ["No file was submitted."]})
    if file.filename is None or not is_image(file.data):
        message = "Upload a valid image. The file you uploaded was either not an image or a corrupted image."
        raise field_errors({"thumbnail": [message]})
    if len(file.data) >= MAX_THUMBNAIL_BYTES:
        raise field_errors({"thumbnail": ["The image must be smaller than 2 MB."]})
    suffix = "png" if file.data.startswith(b"\x89PNG") else "jpg"
    video.cover_url = f"{MEDIA}/transcoded/{asset.id}/thumbnails/cover_{call.service.ids.number()}.{suffix}"
    return json_answer({"detail": "Thumbnail uploaded successfully"})


def trim(call: Call) -> Answer:
    """Begin a trim."""
    _, video = call.completed_video("Trimming")
    fields = call.fields()
    start, end = fields.number("start_time"), fields.number("end_time")
    fields.finish()
    if start is None and end is None:
        raise field_errors({"non_field_errors": ["Either start_time or end_time must be provided."]})
    full = video.original_duration
    if end is not None and full is not None and end > full:
        fields.wrong("end_time", "End time must not be after the end of the video.")
    if full is not None and (start or 0) >= full:
        fields.wrong("start_time", "Start time must be before the end of the video.")
    if end is not None and end <= (start or 0):
        fields.wrong("end_time", "End time must be greater than start time.")
    fields.finish()
    job = call.service.trim(video, start, end)
    message = "Video trim job started successfully"
    return json_answer({"message": message, "trim_job_id": job.id, "status": "Pending"})


def trim_status(call: Call) -> Answer:
    """Show the trim job of a video."""
    _, video = call.video()
    job = video.shown_trim(call.now)
    if job is None:
        raise detail(404, "No trim job found for this video.")
    return json_answer(trim_row(job, call.now, call.service.settings, call.service.calendar))


def revert_trim(call: Call) -> Answer:
    """Begin to undo the trims of a video."""
    _, video = call.video()
    if not video.trimmed:
        raise detail(400, "This video has not been trimmed.")
    message = "Video revert job started successfully"
    return json_answer({"message": message, "task_id": call.service.revert(video)})


def list_subtitles(call: Call) -> Answer:
    """List the subtitle tracks of a video: a bare array."""
    asset, video = call.video()
    tracks = video.shown_subtitles(call.now, call.service.settings)
    return json_answer([subtitle_row(asset, track) for track in tracks])


def create_folder(call: Call) -> Answer:
    """Create a folder."""
    fields = call.fields()
    title, parent = fields.text("title", required=True), fields.text("parent") or None
    call.folder(fields, "parent", parent)
    fields.finish()
    folder = call.service.create_folder(title or "", parent)
    return json_answer({"title": folder.title, "uuid": folder.id}, 201)


def list_folders(call: Call) -> Answer:
    """List folders, newest first."""
    rows = [a for a in _searched(call, call.service.store.rows()) if a.video is None]
    return call.pages(rows, lambda folder: {"title": folder.title, "uuid": folder.id})


Endpoint = Callable[[Call], Answer]

ENDPOINTS: Mapping[str, Mapping[str, Endpoint]] = {
    routes.VIDEOS: {"POST": create_video},
    routes.ASSETS: {"GET": list_assets},
    routes.FOLDERS: {"GET": list_folders, "POST": create_folder},
    routes.ASSET: {"GET": get_asset, "DELETE": delete_asset},
    routes.MOVE: {"POST": move_asset},
    routes.GENERATE_SUBTITLE: {"POST": generate_subtitle},
    routes.UPLOAD_SUBTITLE: {"POST": upload_subtitle},
    routes.UPLOAD_THUMBNAIL: {"POST": upload_thumbnail},
    routes.TRIM: {"POST": trim},
    routes.TRIM_STATUS: {"GET": trim_status},
    routes.REVERT: {"POST": revert_trim},
    routes.SUBTITLES: {"GET": list_subtitles},
}
"""Every route and the methods that it knows."""
