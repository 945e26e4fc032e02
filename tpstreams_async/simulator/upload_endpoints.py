"""What the API does about files that are uploaded: it says where to, and who may."""

from __future__ import annotations

from .answers import Answer, json_answer
from .call import Call
from .checks import new_upload
from .routes import STORAGE_ROOT
from .upload_policy import BUCKET

_ISO = "%Y-%m-%dT%H:%M:%S.%fZ"


def create_upload_session(call: Call) -> Answer:
    """Create a video whose file is to be uploaded, and permit that upload."""
    service, settings = call.service, call.service.settings
    fields = call.fields()
    new = new_upload(fields)
    call.folder(fields, "folder", new.folder)
    fields.finish()
    asset, session = service.create_upload(new)
    seconds, most = settings.upload_expires_seconds, settings.max_upload_bytes
    moment = service.calendar.moment
    payload = service.signer.payload(session.key, moment(call.now), seconds, most)
    row = {
        "asset": service.renderer.upload_row(asset, call.now),
        "upload_session": {
            "uuid": session.uuid,
            "max_file_size_bytes": most,
            "expires_at": moment(call.now + seconds).strftime(_ISO),
            "status": "Created",
        },
        "client_payload": {"upload_link": f"{call.origin}{STORAGE_ROOT}{BUCKET}", **payload},
    }
    return json_answer(row, 201)
