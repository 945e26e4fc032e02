"""Answers of the storage behind the uploads: S3's XML, in S3's words."""

from __future__ import annotations

import uuid
from xml.sax.saxutils import escape

from .answers import Answer, RefusalError

XML = "application/xml"

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _elements(values: dict[str, object]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


def storage_error(status: int, code: str, message: str, **more: object) -> Answer:
    """Return an error of the storage; `more` are the elements that only this error has."""
    request_id = uuid.uuid4().hex[:16].upper()
    values = {"Code": code, "Message": message, **more, "RequestId": request_id, "HostId": "simulator"}
    body = f"{_HEAD}<Error>{_elements(values)}</Error>"
    return Answer(status, body.encode(), XML, {"x-amz-request-id": request_id})


def storage_refusal(status: int, code: str, message: str, **more: object) -> RefusalError:
    """Return the refusal that answers with `storage_error`."""
    return RefusalError(storage_error(status, code, message, **more))


def denied(reason: str = "") -> RefusalError:
    """Return the 403 for a form that its policy does not allow, or that has none."""
    return storage_refusal(403, "AccessDenied", f"Invalid according to Policy: {reason}" if reason else "Access Denied")


def stored(status: int, address: str, bucket: str, key: str, etag: str) -> Answer:
    """Return the answer to a file that has arrived: with 201 it says where, any other is empty."""
    quoted = f'"{etag}"'
    headers = {"ETag": quoted, "Location": f"{address}/{key}", "x-amz-request-id": uuid.uuid4().hex[:16].upper()}
    if status != 201:
        return Answer(status, b"", None, headers)
    values: dict[str, object] = {"Location": headers["Location"], "Bucket": bucket, "Key": key, "ETag": quoted}
    return Answer(201, f"{_HEAD}<PostResponse>{_elements(values)}</PostResponse>".encode(), XML, headers)
