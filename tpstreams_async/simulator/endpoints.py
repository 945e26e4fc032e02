"""One function per call that is about a video: what it checks, does and answers."""

from __future__ import annotations

from .answers import Answer, detail, encoded_answer, field_errors, json_answer, no_content, not_found
from .call import Call
from .checks import new_video, resolution_numbers
from .lifecycle import AUTO_GENERATED, UPLOADED, Video
from .media import is_image, is_webvtt
from .multipart import parse_form
from .render import trim_row
from .tracks import Row, place_of, subtitle_row

MAX_THUMBNAIL_BYTES = 2 * 2**20


def create_video(call: Call) -> Answer:
    """Create a video from a URL."""
    fields = call.fields()
    new = new_video(fields)
    call.folder(fields, "folder", new.folder)
    fields.finish()
    asset = call.service.create_video(new)
    return json_answer(call.service.renderer.created_row(asset, call.now), 201)


def get_asset(call: Call) -> Answer:
    """Show one asset."""
    asset = call.asset()
    expiry = call.query.get("expiry")
    if expiry is None:
        return encoded_answer(call.service.encoder.detail(asset, call.now))
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
    video.cover_url = f"{place_of(asset)}thumbnails/cover_{call.service.ids.number()}.{suffix}"
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
    return json_answer([subtitle_row(place_of(asset), track) for track in tracks])


def delete_subtitle(call: Call) -> Answer:
    """Delete a subtitle track of a video."""
    _, video = call.video()
    if not _delete_subtitle(call, video):
        raise not_found()
    return no_content()


def delete_any_subtitle(call: Call) -> Answer:
    """Delete a subtitle track of any video."""
    assets = call.service.store.visible(call.service.store.rows(), call.now)
    if not any(_delete_subtitle(call, asset.video) for asset in assets if asset.video is not None):
        raise not_found()
    return no_content()


def _delete_subtitle(call: Call, video: Video) -> bool:
    number = call.number()
    track = next((t for t in video.shown_subtitles(call.now, call.service.settings) if t.id == number), None)
    if track is None:
        return False
    if track.subtitle_type == AUTO_GENERATED:
        raise detail(403, "Auto generated subtitles cannot be deleted.")
    video.subtitles = tuple(t for t in video.subtitles if t.id != number)
    return True


def delete_resolutions(call: Call) -> Answer:
    """Begin to delete resolutions of a video."""
    asset, video = call.completed_video("Deleting resolutions")
    if video.protection == "aes":
        raise detail(400, "Resolutions of AES encrypted videos cannot be deleted.")
    fields = call.fields()
    numbers = resolution_numbers(fields)
    fields.finish()
    wanted = [f"{n}p" for n in numbers if f"{n}p" in video.resolutions]
    if not video.remaining() - set(wanted):
        raise field_errors({"resolutions": ["At least one resolution must remain."]})
    if wanted:
        call.service.delete_resolutions(video, wanted)
    found = ("queued", "Deletion task queued. The outcome is told by webhook.")
    missing = ("not_found", "There is no such resolution of this video.")
    rows: list[Row] = []
    for number in numbers:
        status, text = found if f"{number}p" in wanted else missing
        rows.append({"resolution": number, "status": status, "detail": text})
    return json_answer({"uuid": asset.id, "resolutions": rows}, 202)
