"""Where a file goes, and what goes with it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import urlsplit

from attrs import frozen

from .. import _redact
from .._redact import Secret
from .._validate import is_loopback, web_url
from ..errors import DecodeError, InvalidInputError
from ..models.upload import UploadStart

_LINK: Final = "upload_link"
_LINK_PATH: Final = f"$.client_payload.{_LINK}"
#: All that a name can have without ending the header that it stands in.
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")


@frozen(kw_only=True)
class Destination:
    """Where a file goes.

    Attributes:
        url: may be signed.
        fields: a `Secret` of pairs: what the form has in front of the file.
        expires: until when the server takes it by its own clock, where it said so.
    """

    url: Secret
    fields: Secret
    expires: datetime | None


def destination_of(start: UploadStart) -> Destination:
    """Read where the file goes. All that the server wants to go with it does, whatever it is called.

    Raises:
        DecodeError: the server named no place to which a file can be sent safely, or a field that cannot stand in a
            form.
    """
    payload = start.client_payload
    if not isinstance(payload, Mapping):
        raise DecodeError("expected an object", path="$.client_payload")
    members = cast("Mapping[str, Any]", payload)
    link = members.get(_LINK)
    if not isinstance(link, str):
        raise DecodeError("expected the place for the upload", path=_LINK_PATH)
    _require_safe(link)
    fields: list[tuple[str, str]] = []
    for name, value in members.items():
        if name == _LINK or value is None:
            continue
        plain = isinstance(value, (str, int)) and not isinstance(value, bool)
        if not plain or not _NAME.fullmatch(name) or name.lower() == "file":
            raise DecodeError("expected text that can stand in a form", path=f"$.client_payload.{name[:128]}")
        fields.append((name, str(value)))
    expires = start.upload_session.expires_at if start.upload_session is not None else None
    return Destination(url=Secret(link), fields=Secret(tuple(fields)), expires=expires)


def _require_safe(link: str) -> None:
    try:
        parts = urlsplit(web_url(_LINK, link))
    except InvalidInputError:
        raise DecodeError("the place for the upload is no URL", path=_LINK_PATH) from None
    if "@" in parts.netloc or (parts.scheme != "https" and not is_loopback(parts.hostname or "")):
        problem = f"the place for the upload must have an https URL, not {_redact.url(link)}"
        raise DecodeError(problem, path=_LINK_PATH)
