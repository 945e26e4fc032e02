"""What the API does with registrations for webhooks."""

from __future__ import annotations

from .answers import Answer, json_answer, no_content, not_found
from .call import Call
from .webhooks import Registration


def create_webhook(call: Call) -> Answer:
    """Register a URL."""
    url, secret_token = _fields(call)
    return json_answer(call.service.webhooks.register(url, secret_token).row(), 201)


def list_webhooks(call: Call) -> Answer:
    """List the registrations, newest first."""
    return call.page(list(call.service.webhooks)[::-1], Registration.row)


def get_webhook(call: Call) -> Answer:
    """Show one registration."""
    return json_answer(_registration(call).row())


def put_webhook(call: Call) -> Answer:
    """Give a registration another URL and secret."""
    registration = _registration(call)
    url, secret_token = _fields(call)
    return json_answer(call.service.webhooks.replace(registration.id, url, secret_token).row())


def delete_webhook(call: Call) -> Answer:
    """Delete a registration."""
    call.service.webhooks.remove(_registration(call).id)
    return no_content()


def _registration(call: Call) -> Registration:
    registration = call.service.webhooks.get(call.ids[0])
    if registration is None:
        raise not_found()
    return registration


def _fields(call: Call) -> tuple[str, str]:
    fields = call.fields()
    url, secret_token = fields.url("url"), fields.text("secret_token", required=True)
    fields.finish()
    return url, secret_token or ""
