"""Who may use the API: users, the tokens they got, and the organization that they belong to."""

from __future__ import annotations

import attrs

from .answers import field_errors
from .ids import IdSource
from .settings import Settings

MAX_TOKENS = 20
"""How many tokens of an organization can come from logins."""


@attrs.frozen
class Organization:
    """The one organization; `iv` and `key` are in hex, for signing requests for licences."""

    name: str
    uuid: str
    iv: str = attrs.field(repr=False)
    key: str = attrs.field(repr=False)


class Accounts:
    """The organization, its users, and the tokens that are accepted, oldest first."""

    def __init__(self, settings: Settings, ids: IdSource) -> None:
        self._settings = settings
        self._ids = ids
        iv, key = ids.token()[:32], ids.token()
        self.organization: Organization = Organization("Simulated organization", settings.organization_id, iv, key)
        self.tokens: dict[str, None] = {settings.token: None}

    def login(self, username: str, password: str, organization_id: str) -> str:
        """Return a new token.

        Raises:
            RefusalError: 400, the credentials are wrong, or there are too many tokens.
        """
        known = organization_id == self.organization.uuid and username in self._settings.users
        if not known or self._settings.users[username] != password:
            raise field_errors({"non_field_errors": ["Unable to log in with provided credentials."]})
        if len(self.tokens.keys() - {self._settings.token}) >= MAX_TOKENS:
            message = f"An organization can have at most {MAX_TOKENS} tokens. Log out of one first."
            raise field_errors({"non_field_errors": [message]})
        token = self._ids.token()
        self.tokens[token] = None
        return token

    def revoke(self, token: str) -> None:
        """Let a token not be accepted any more; a KeyError says that it is not."""
        del self.tokens[token]
