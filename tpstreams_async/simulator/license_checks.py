"""Checks of what is asked about licences of protected videos."""

from __future__ import annotations

import base64

from .checks import Fields

DRM_TYPES = ("widevine", "fairplay")

TRACK_TYPES = ("SD", "HD", "UHD1", "UHD2", "AUDIO")
_DURATIONS = ("license_duration_seconds", "rental_duration_seconds", "lease_duration_seconds")


def asset_license(fields: Fields) -> bytes:
    """Return the checked message of a player for a licence of one asset."""
    message = _base64(fields, "player_payload")
    _durations(fields)
    fields.boolean("is_persistent")
    widevine = fields.object("widevine")
    if widevine is not None:
        _key_specs(widevine)
    return message


def organization_license(fields: Fields, drm_type: str) -> bytes:
    """Return the checked message of a player for a licence that the organization has signed for."""
    message = _base64(fields, "player_payload" if drm_type == "widevine" else "spc")
    terms = fields.object(drm_type)
    if terms is not None:
        _durations(terms)
        if drm_type == "widevine":
            _key_specs(terms)
    return message


def drm_type_of(fields: Fields) -> str:
    """Return the kind of protection, which must be there."""
    fields.required("drm_type")
    return fields.choice("drm_type", DRM_TYPES) or ""


def _base64(fields: Fields, name: str) -> bytes:
    text = fields.text(name, required=True) or ""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        fields.wrong(name, "Enter a valid base64 text.")
        return b""


def _durations(fields: Fields) -> None:
    for name in _DURATIONS:
        fields.whole(name)


def _key_specs(widevine: Fields) -> None:
    for spec in widevine.objects("content_key_specs"):
        spec.required("track_type")
        spec.choice("track_type", TRACK_TYPES)
        spec.whole("security_level", 1, 5)
        output = spec.object("required_output_protection")
        if output is not None:
            output.text("hdcp", required=True)
