"""What a licence is asked for with, checked, and what comes back."""

import base64
import binascii
import re
from typing import Any, Final

from .. import _validate
from ..codec import loads
from ..errors import DecodeError, InvalidInputError
from ..models import ContentKeySpec, FairPlay, Widevine
from . import _given

TRACK_TYPES: Final = ("SD", "HD", "UHD1", "UHD2", "AUDIO")
HIGHEST_SECURITY_LEVEL: Final = 5
_TEXT_BEGINS: Final = (b"<", b"{", b"[", b'"')


def payload_text(name: str, value: Any) -> str:
    """Return what the player's DRM module made, in base64."""
    if isinstance(value, (bytes, bytearray)):
        text = base64.b64encode(value).decode()
    elif isinstance(value, str):
        text = value
        try:
            base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidInputError(name, "must be bytes, or text that is standard base64 with its padding") from None
    else:
        raise InvalidInputError(name, f"must be bytes, or text that is base64, not {type(value).__name__}")
    if not text:
        raise InvalidInputError(name, "must not be empty")
    return text


def durations(**given: Any) -> dict[str, int]:
    """Return those durations that were given, each a whole number of seconds."""
    return {name: _validate.whole_number(name, value, 0) for name, value in given.items() if value is not None}


def widevine_body(given: Any) -> dict[str, Any]:
    """Return the settings of a Widevine licence as JSON data."""
    widevine = _given.model(Widevine, "widevine", given, needs=())
    with _validate.inside("widevine"):
        body: dict[str, Any] = dict(
            durations(
                license_duration_seconds=widevine.license_duration_seconds,
                rental_duration_seconds=widevine.rental_duration_seconds,
            )
        )
        specs = _specs(widevine.content_key_specs)
    if specs:
        body["content_key_specs"] = specs
    return body


def fairplay_body(given: Any) -> dict[str, Any]:
    """Return the settings of a FairPlay licence as JSON data."""
    fairplay = _given.model(FairPlay, "fairplay", given, needs=())
    with _validate.inside("fairplay"):
        return durations(
            lease_duration_seconds=fairplay.lease_duration_seconds,
            rental_duration_seconds=fairplay.rental_duration_seconds,
        )


def _specs(given: Any) -> list[dict[str, Any]]:
    name = "content_key_specs"
    items = _given.rows(name, given, "ContentKeySpec(...), or of dicts")
    made = [_spec(f"{name}[{number}]", item) for number, item in enumerate(items)]
    for number, spec in enumerate(made):
        if spec["track_type"] in [earlier["track_type"] for earlier in made[:number]]:
            raise InvalidInputError(f"{name}[{number}]", f"is a second one for {spec['track_type']}")
    return made


def _spec(name: str, given: object) -> dict[str, Any]:
    spec = _given.model(ContentKeySpec, name, given, needs=("track_type",))
    with _validate.inside(name):
        body: dict[str, Any] = {"track_type": _validate.choice("track_type", spec.track_type, TRACK_TYPES)}
        if spec.security_level is not None:
            level = _validate.whole_number("security_level", spec.security_level, 1)
            if level > HIGHEST_SECURITY_LEVEL:
                raise InvalidInputError("security_level", f"must be from 1 to {HIGHEST_SECURITY_LEVEL}, not {level}")
            body["security_level"] = level
        if spec.hdcp is not None:
            body["required_output_protection"] = {"hdcp": _validate.line("hdcp", spec.hdcp)}
    return body


def decode_license(body: bytes) -> bytes:
    """Return a licence as it came. Something that a player cannot take for one is none."""
    if not body:
        raise DecodeError("expected a licence, got nothing")
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start or (start.startswith(_TEXT_BEGINS) and _is_text(body)) or _is_json(body):
        raise DecodeError("expected a licence, which is binary, got text")
    return body


def _is_text(body: bytes) -> bool:
    # In whatever encoding: binary data of any length has such a control character in it.
    return not re.search(rb"[\x00-\x08\x0e-\x1f]", body)


def _is_json(body: bytes) -> bool:
    try:
        loads(body)
    except DecodeError:
        return False
    return True
