"""What the API does with users and their organization."""

from __future__ import annotations

from typing import Any

from .accounts import Organization
from .answers import Answer, json_answer, no_content
from .call import Call


def login(call: Call) -> Answer:
    """Make a token for a user."""
    fields = call.fields()
    username, organization_id = (fields.text(name, required=True) for name in ("username", "organization_id"))
    password: Any = fields.required("password")
    if password is not None and not isinstance(password, str):
        fields.wrong("password", "Not a valid string.")
    fields.finish()
    token = call.service.accounts.login(username or "", str(password), organization_id or "")
    return json_answer({"token": token, "expiry": None})


def logout(call: Call) -> Answer:
    """Delete the token that was sent."""
    call.service.accounts.revoke(call.token)
    return no_content()


def list_organizations(call: Call) -> Answer:
    """List the organizations of the user: there is one."""
    return call.page([call.service.accounts.organization], _row)


def _row(organization: Organization) -> dict[str, str]:
    return {
        "name": organization.name,
        "uuid": organization.uuid,
        "drm_aes_signing_iv": organization.iv,
        "drm_aes_signing_key": organization.key,
    }
