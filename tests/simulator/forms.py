"""Upload forms, written by hand so that every byte of them can be wrong."""

import io
import re
from typing import Any

BOUNDARY = "----boundaryOf0123456789"
ANNOUNCED = {"title": "Clip", "resolutions": ["240p", "480p"]}


def part(name: str, value: bytes, more: str = "", *, boundary: str = BOUNDARY) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def file_part(data: bytes, *, boundary: str = BOUNDARY) -> bytes:
    return part("file", data, '; filename="clip.mp4"\r\nContent-Type: video/mp4', boundary=boundary)


def end(boundary: str = BOUNDARY) -> bytes:
    return f"--{boundary}--\r\n".encode()


def form(fields: dict[str, str], data: bytes | None, *, boundary: str = BOUNDARY) -> bytes:
    body = b"".join(part(name, value.encode(), boundary=boundary) for name, value in fields.items())
    return body + (b"" if data is None else file_part(data, boundary=boundary)) + end(boundary)


def head(length: int, more: str = "") -> bytes:
    """Return the head of a request whose form has so many bytes."""
    kind = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n"
    return f"POST /storage/simulator-uploads HTTP/1.1\r\nHost: h\r\n{kind}{more}\r\n".encode()


async def announce(api: Any, **fields: Any) -> tuple[str, str, dict[str, str]]:
    """Announce an upload: the id of its asset, where to, and the fields of the form."""
    row = await api.post("assets/upload-sessions/", {**ANNOUNCED, **fields}, status=201)
    payload = row["client_payload"]
    return row["asset"]["id"], payload.pop("upload_link"), payload


async def send(api: Any, link: str, body: Any, **headers: str) -> tuple[int, Any, str]:
    """Send a form: status, headers and text of the answer."""
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **headers}
    data = io.BytesIO(body) if isinstance(body, bytes) else body
    async with api.session.post(link, data=data, headers=headers, allow_redirects=False) as response:
        return response.status, response.headers, await response.text()


async def upload(api: Any, data: bytes, **fields: Any) -> str:
    """Announce an upload and carry it out: the id of the asset."""
    asset_id, link, payload = await announce(api, **fields)
    assert (await send(api, link, form(payload, data)))[0] == 204
    return asset_id


def code_of(text: str) -> str:
    """Return the code in an error of the storage."""
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>')
    found = re.search("<Code>(.*)</Code>", text)
    return "" if found is None else found[1]
