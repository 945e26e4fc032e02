"""A local TPStreams on a loopback port, for tests and for trying things without an account.

It speaks the JSON API, checks what it is sent, lets states follow a clock, and goes wrong on request. It knows
nothing of the client in this package, on purpose.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clock import Clock, ManualClock, SimClock
    from .deliveries import WebhookDelivery
    from .faults import Fault, Faults, Rule
    from .journal import Journal, Recorded
    from .server import Simulator
    from .thread import SimulatorThread
    from .upload_sessions import Upload
    from .webhook_script import Mishap, WebhookRule, WebhookScript
    from .webhooks import Registration

__all__ = [
    "Clock",
    "Fault",
    "Faults",
    "Journal",
    "ManualClock",
    "Mishap",
    "Recorded",
    "Registration",
    "Rule",
    "SimClock",
    "Simulator",
    "SimulatorThread",
    "Upload",
    "WebhookDelivery",
    "WebhookRule",
    "WebhookScript",
]

_HOMES = {
    "Clock": "clock",
    "Fault": "faults",
    "Faults": "faults",
    "Journal": "journal",
    "ManualClock": "clock",
    "Mishap": "webhook_script",
    "Recorded": "journal",
    "Registration": "webhooks",
    "Rule": "faults",
    "SimClock": "clock",
    "Simulator": "server",
    "SimulatorThread": "thread",
    "Upload": "upload_sessions",
    "WebhookDelivery": "deliveries",
    "WebhookRule": "webhook_script",
    "WebhookScript": "webhook_script",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> object:
    # On demand: the pytest plugin lies in this package, so every pytest run of a user passes through here.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value
