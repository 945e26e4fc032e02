"""What the API does with live streams."""

from __future__ import annotations

from .answers import Answer, json_answer
from .call import Call
from .live_checks import new_live_stream, span


def create_live_stream(call: Call) -> Answer:
    """Create a live stream."""
    fields = call.fields()
    new = new_live_stream(fields)
    fields.finish()
    asset = call.service.create_live_stream(new, call.service.settings.visible_after)
    return json_answer(call.service.renderer.list_row(asset, call.now), 201)


def start_server(call: Call) -> Answer:
    """Ask for the server of a live stream; asking again changes nothing."""
    asset, live = call.live()
    live.ask_for_server(call.now)
    return json_answer(call.service.renderer.list_row(asset, call.now))


def stop_live_stream(call: Call) -> Answer:
    """End a broadcast."""
    asset, live = call.live()
    fields = call.fields()
    kept = span(fields)
    fields.finish()
    trimmed = call.service.stop_live_stream(asset, live, kept)
    return json_answer({"message": "Live stream stopped successfully", "trim_scheduled": trimmed})
