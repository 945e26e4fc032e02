"""What the API does with registrations for webhooks."""

from __future__ import annotations

from .answers import Answer, json_answer, no_content, not_found
from .call import Call
from .webhooks import Webhook


def create_webhook(call: Call) -> Answer:
    """Register a URL."""
    url, secret_token = _fields(call)
    webhook = Webhook(call.service.ids.task_id(), url, secret_token)
    call.service.webhooks.append(webhook)
    return json_answer(webhook.row(), 201)


def list_webhooks(call: Call) -> Answer:
    """List the registrations, newest first."""
    return call.page(call.service.webhooks[::-1], Webhook.row)


def get_webhook(call: Call) -> Answer:
    """Show one registration."""
    return json_answer(_webhook(call).row())


def put_webhook(call: Call) -> Answer:
    """Give a registration another URL and secret."""
    webhook = _webhook(call)
    webhook.url, webhook.secret_token = _fields(call)
    return json_answer(webhook.row())


def delete_webhook(call: Call) -> Answer:
    """Delete a registration."""
    call.service.webhooks.remove(_webhook(call))
    return no_content()


def _webhook(call: Call) -> Webhook:
    webhook = next((w for w in call.service.webhooks if w.id == call.ids[0]), None)
    if webhook is None:
        raise not_found()
    return webhook


def _fields(call: Call) -> tuple[str, str]:
    fields = call.fields()
    url, secret_token = fields.url("url"), fields.text("secret_token", required=True)
    fields.finish()
    return url, secret_token or ""
