"""What the API does with access tokens."""

from __future__ import annotations

from typing import Any

from .access_tokens import AccessToken
from .annotation_checks import annotations_of
from .answers import Answer, detail, json_answer, method_not_allowed, not_found
from .call import Call
from .checks import Fields


def create_access_token(call: Call) -> Answer:
    """Create an access token for an asset."""
    asset = call.asset()
    if asset.is_folder:
        raise detail(400, "Access tokens are only possible for videos and live streams.")
    fields = call.fields()
    given = _given(call, fields)
    fields.finish()
    token = AccessToken(call.service.ids.task_id(), asset.id, **given)
    call.service.access_tokens[token.code] = token
    return json_answer(_row(call, token), 201)


def get_access_token(call: Call) -> Answer:
    """Show an access token."""
    return json_answer(_row(call, _token(call)))


def patch_access_token(call: Call) -> Answer:
    """Change what is sent of an access token; a new time to live begins now."""
    return _update(call, "PATCH")


def put_access_token(call: Call) -> Answer:
    """Do as `patch_access_token`: nothing about an access token has to be sent."""
    return _update(call, "PUT")


def _update(call: Call, method: str) -> Answer:
    methods = call.service.settings.update_methods
    if method not in methods:
        raise method_not_allowed(method, ["GET", *methods])
    token, fields = _token(call), call.fields()
    given = _given(call, fields)
    fields.finish()
    for name, value in given.items():
        setattr(token, name, value)
    return json_answer(_row(call, token))


def _given(call: Call, fields: Fields) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if "time_to_live" in fields:
        seconds = fields.whole("time_to_live", 1)
        given["valid_until"] = None if seconds is None else call.now + seconds
    if "expires_after_first_usage" in fields:
        given["expires_after_first_usage"] = fields.boolean("expires_after_first_usage")
    if "annotations" in fields:
        given["annotations"] = annotations_of(fields)
    return given


def _token(call: Call) -> AccessToken:
    asset = call.asset()
    token = call.service.access_tokens.get(call.ids[1])
    if token is None or token.asset_id != asset.id:
        raise not_found()
    return token


def _row(call: Call, token: AccessToken) -> dict[str, Any]:
    return token.row(call.service.settings.organization_id, call.now, call.service.calendar)
