"""What the simulator says about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .answers import Answer, json_answer
from .call import Call


def show_document(call: Call) -> Answer:
    """Show the OpenAPI document of the API."""
    # On demand: hardly anybody asks.
    from .openapi import document  # noqa: PLC0415

    return json_answer(document(call.service.settings.organization_id, call.origin))


DOCUMENT: Mapping[str, Callable[[Call], Answer]] = {"GET": show_document}
"""The methods of the one route that is about the API and no part of it."""
