"""What a test can do with webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from .checks import is_url
from .control_base import ControlBase
from .deliveries import WebhookDelivery
from .webhook_script import WebhookScript
from .webhooks import Registration


class WebhookControls(ControlBase):
    """The part of the controls that is about webhooks."""

    @property
    def webhooks(self) -> Sequence[Registration]:
        """The addresses that are told of changes, oldest first."""
        with self._service.lock:
            return tuple(self._service.webhooks)

    @property
    def webhook_script(self) -> WebhookScript:
        """The script of what goes wrong with deliveries."""
        return self._service.webhook_script

    @property
    def webhook_deliveries(self) -> Sequence[WebhookDelivery]:
        """What was told to whom, and what was not: the latest 100,000 deliveries, oldest first."""
        return tuple(self._service.deliveries)

    def add_webhook(self, url: str, secret_token: str = "secret") -> str:  # noqa: S107 - it guards nothing
        """Register an address that is told of every change from now on, and return the id of the registration.

        On a `ManualClock` nothing is sent before `deliver_webhooks` is called.

        Args:
            url: http or https.
            secret_token: sent along as `x-streams-token`; of printable ASCII.
        """
        if not is_url(url):
            raise ValueError(f"url must be an http or https URL, not {url!r}")
        if not (secret_token.isascii() and secret_token.isprintable()):
            raise ValueError("secret_token must be of printable ASCII")
        with self._service.lock:
            return self._service.webhooks.register(url, secret_token).id

    def remove_webhook(self, webhook_id: str) -> None:
        """Take a registration out; what is on its way to it gets lost.

        Raises:
            KeyError: there is none with this id.
        """
        with self._service.lock:
            self._service.webhooks.remove(webhook_id)
