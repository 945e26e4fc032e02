"""The path that files are uploaded to. It is the storage's and no part of the API, so other rules hold there."""

from __future__ import annotations

from typing import Any

from .parts import TEXT, parameter, ref

_XML = "application/xml"
_REFUSALS = {
    "400": "The form is not well-formed, or the file too large or too small.",
    "403": "The fields permit no upload, or no longer.",
    "404": "There is no such bucket.",
    "411": "The request does not say how long it is.",
    "412": "The request is no multipart form.",
}


def storage_path() -> dict[str, Any]:
    """Return what the document says of the storage."""
    content = {_XML: {"schema": TEXT}}
    responses: dict[str, Any] = {
        "200": {"description": "The file is there."},
        "201": {"description": "The file is there.", "content": content},
        "204": {"description": "The file is there."},
        **{status: {"description": about, "content": content} for status, about in _REFUSALS.items()},
    }
    form = {"multipart/form-data": {"schema": ref("UploadForm")}}
    about = (
        "The fields are those of `client_payload` but for `upload_link`, which is the address; the file comes last. "
        "There must be no `Authorization`."
    )
    return {
        "parameters": [parameter("bucket", TEXT, "As in `upload_link`.", required=True, place="path")],
        "post": {
            "operationId": "upload_file",
            "summary": "Upload the file of a video",
            "description": about,
            "tags": ["Storage"],
            "security": [],
            "requestBody": {"required": True, "content": form},
            "responses": responses,
        },
    }
