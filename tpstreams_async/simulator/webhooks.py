"""Registrations for webhooks."""

from __future__ import annotations

import attrs


@attrs.define(eq=False)
class Webhook:
    """A URL that wants to be told of changes, and the secret by which it knows who tells it."""

    id: str
    url: str
    secret_token: str = attrs.field(repr=False)

    def row(self) -> dict[str, str]:
        """Return the registration as the API shows it."""
        return {"url": self.url, "secret_token": self.secret_token, "id": self.id}
