"""Reading a multipart form out of a body that is already in memory."""

from __future__ import annotations

from email.message import Message
from email.utils import collapse_rfc2231_value

import attrs

from .answers import detail


@attrs.frozen
class PartHead:
    """What stands above a field of a form; `filename` is None for a plain value."""

    name: str
    filename: str | None
    content_type: str | None


@attrs.frozen
class Part:
    """One field of a form; `filename` is None for a plain value."""

    name: str
    filename: str | None
    data: bytes


def _parameters(header: str) -> Message:
    message = Message()
    message["Content-Type"] = header
    return message


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that a `Content-Type` header names.

    Raises:
        RefusalError: 415 when it is no multipart form, 400 when it names no boundary.
    """
    header = _parameters(content_type)
    if header.get_content_type() != "multipart/form-data":
        raise detail(415, f'Unsupported media type "{content_type}" in request.')
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not 0 < len(boundary) <= 200:
        raise detail(400, "Multipart form parse error - Invalid boundary in multipart: None")
    return boundary.encode("latin-1", "replace")


def parse_form(content_type: str, body: bytes) -> dict[str, Part]:
    """Return the fields of a multipart form by name; the last one wins when a name comes twice.

    Raises:
        RefusalError: 415 when it is no multipart form, 400 when it is broken.
    """
    marker = b"\r\n--" + boundary_of(content_type)
    pieces = (b"\r\n" + body).split(marker)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise detail(400, "Multipart form parse error - the body ends before its last boundary")
    parts = (_part(piece) for piece in pieces[1:-1])
    return {part.name: part for part in parts if part is not None}


def _part(piece: bytes) -> Part | None:
    head, separator, data = piece.partition(b"\r\n\r\n")
    if not separator:
        raise detail(400, "Multipart form parse error - a part has no end of its headers")
    named = part_head(head)
    return None if named is None else Part(named.name, named.filename, data)


def part_head(head: bytes) -> PartHead | None:
    """Return what the header lines of a part say, or None if they name no field."""
    lines = (line.decode("utf-8", "replace").partition(":") for line in head.split(b"\r\n"))
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    # The parameters have the same grammar as those of Content-Type, which wants a media type in front.
    header = _parameters("form/data;" + headers.get("content-disposition", "").partition(";")[2])
    # get_filename() would fall back on the name of the field.
    field, filename = header.get_param("name"), header.get_param("filename")
    if not isinstance(field, str):
        return None
    name = None if filename is None else collapse_rfc2231_value(filename)
    return PartHead(field, name, headers.get("content-type"))
