"""Webhooks: ``client.webhooks``."""

from typing import Final

from .. import _routes, _validate
from .._frames import sealed
from .._transport import Transport
from .._wire import build, nothing
from ..models import Webhook
from ..pagination import Pager
from ._decoding import named


class Webhooks:
    """Where the server tells of changes. What it sends is a hint to look, not a state to trust."""

    def __init__(self, transport: Transport, *, origin: str) -> None:
        self._transport = transport
        self._origin = origin

    @sealed
    async def create(self, *, url: str, secret_token: str) -> Webhook:
        """Have the server post each change of a state to a URL.

        Args:
            url: an absolute http or https URL that the server can reach.
            secret_token: what the server shall send along in the header ``x-streams-token``, so that the receiver knows
                it: 1 to 512 visible ASCII characters, as it must fit into a header. It shows in no repr and no error.

        Returns:
            The webhook, with the id that names it.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            BadRequestError: the server refused it; `field_errors` says why.
            OutcomeUnknownError: the answer got lost, so the webhook may exist.

        API: ``POST webhooks/``
        """
        body = _body(url, secret_token)
        return await self._transport.send(build(_routes.CREATE_WEBHOOK, _decode, json=body))

    def list(self) -> Pager[Webhook]:
        """Go through the webhooks of the organization, with their secrets.

        Returns:
            A `Pager`: ``async for``, ``.pages()``, ``.collect(limit=…)``, ``.first()``, ``.count()``.

        API: ``GET webhooks/``
        """
        return Pager(self._transport, _routes.LIST_WEBHOOKS, Webhook, {}, origin=self._origin)

    @sealed
    async def update(self, webhook_id: str, *, url: str, secret_token: str) -> Webhook:
        """Replace the URL and the secret of a webhook. The API wants both, also where only one changes.

        Args:
            webhook_id: of the webhook.
            url: as for `create`.
            secret_token: as for `create`.

        Returns:
            The webhook as it is now.

        Raises:
            InvalidInputError: an argument is wrong; nothing was sent.
            NotFoundError: there is no such webhook.
            BadRequestError: the server refused it; `field_errors` says why.
            OutcomeUnknownError: the answer got lost, and so did those of the next attempts; to call again does no harm.

        API: ``PUT webhooks/<id>/``
        """
        body = _body(url, secret_token)
        return await self._transport.send(
            build(_routes.UPDATE_WEBHOOK, _decode, webhook_id, json=body, id_names=("webhook_id",))
        )

    async def delete(self, webhook_id: str) -> None:
        """Delete a webhook: the server posts to its URL no more.

        It is sent again when its answer got lost; finding the webhook gone then is a success.

        Args:
            webhook_id: of the webhook.

        Raises:
            NotFoundError: there is no such webhook.
            OutcomeUnknownError: the answer got lost, and so did those of the next attempts.

        API: ``DELETE webhooks/<id>/``
        """
        await self._transport.send(build(_routes.DELETE_WEBHOOK, nothing, webhook_id, id_names=("webhook_id",)))


_decode: Final = named(Webhook, "id")


def _body(url: str, secret_token: str) -> dict[str, str]:
    return {
        "url": _validate.web_url("url", url),
        "secret_token": _validate.header_secret("secret_token", secret_token),
    }
