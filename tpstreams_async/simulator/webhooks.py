"""Who wants to be told of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from .ids import IdSource


@attrs.frozen
class Registration:
    """An address that is told of every change, with the secret that goes along."""

    id: str
    url: str
    secret_token: str = attrs.field(repr=False)

    def row(self) -> dict[str, str]:
        """Return the registration as the API shows it."""
        return {"url": self.url, "secret_token": self.secret_token, "id": self.id}


class WebhookRegistry:
    """The registrations, oldest first. To be used under the service's lock.

    `on_change` is called after each change.
    """

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids
        self._by_id: dict[str, Registration] = {}
        self.on_change: Callable[[], None] | None = None

    def register(self, url: str, secret_token: str) -> Registration:
        """Add an address and return its registration."""
        return self._put(Registration(self._ids.task_id(), url, secret_token))

    def replace(self, webhook_id: str, url: str, secret_token: str) -> Registration:
        """Give a registration another address and secret, also for what is already on its way.

        Raises:
            KeyError: there is none with this id.
        """
        return self._put(attrs.evolve(self._by_id[webhook_id], url=url, secret_token=secret_token))

    def remove(self, webhook_id: str) -> None:
        """Take a registration out; what is on its way to it gets lost.

        Raises:
            KeyError: there is none with this id.
        """
        del self._by_id[webhook_id]
        self._changed()

    def get(self, webhook_id: str) -> Registration | None:
        """Return the registration with this id, or None."""
        return self._by_id.get(webhook_id)

    def __iter__(self) -> Iterator[Registration]:
        return iter(list(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    def _put(self, new: Registration) -> Registration:
        self._by_id[new.id] = new
        self._changed()
        return new

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()
