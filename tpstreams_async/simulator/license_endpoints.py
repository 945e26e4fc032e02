"""What the API does when a player wants a licence."""

from __future__ import annotations

import hashlib

from .access_tokens import ACTIVE
from .answers import Answer, detail, field_errors
from .call import Call
from .checks import Fields
from .license_checks import asset_license, drm_type_of, organization_license
from .signing import signed_content

BINARY = "application/octet-stream"


def license_for_asset(call: Call) -> Answer:
    """Make a licence for a player that has an access token."""
    asset, video = call.video()
    query = Fields(dict(call.query))
    drm_type, code = drm_type_of(query), query.text("access_token", required=True)
    query.finish()
    token = call.service.access_tokens.get(code or "")
    if token is None or token.asset_id != asset.id:
        raise detail(403, "Invalid access token.")
    if token.status(call.now) != ACTIVE:
        raise detail(403, f"Access token is {token.status(call.now).lower()}.")
    if video.protection != "drm":
        raise detail(400, "This video is not protected by DRM.")
    fields = call.fields()
    message = asset_license(fields)
    fields.finish()
    return _license(drm_type, asset.id, message)


def license_for_organization(call: Call) -> Answer:
    """Make a licence for whatever the organization has signed for."""
    text = call.query.get("data")
    if not text:
        raise field_errors({"data": ["This field is required."]})
    organization = call.service.accounts.organization
    content = Fields(signed_content(text, organization.key, organization.iv))
    content_id, drm_type = content.text("content_id", required=True), drm_type_of(content)
    content.boolean("download")
    content.finish()
    fields = call.fields()
    message = organization_license(fields, drm_type)
    fields.finish()
    return _license(drm_type, content_id or "", message)


def _license(drm_type: str, content_id: str, message: bytes) -> Answer:
    # The first bytes are not UTF-8, so nobody takes a licence for text.
    digest = hashlib.sha256(b"\0".join((drm_type.encode(), content_id.encode(), message))).digest()
    return Answer(200, b"\x08\x02\xff\xfe" + digest, BINARY)
