"""What a call left behind so far, and the proof of what it did not."""

from typing import Any

import aiohttp
from attrs import define


@define(eq=False, repr=False)
class Trail:
    """What one call left behind so far.

    Attributes:
        owner: who made it: on a session that is shared, several traces see every request.
        deadline: loop time at which the call ends.
        attempts: attempts begun.
        started: the current attempt is seen by a trace that is sound.
        connections: connections that the current attempt got, so bytes may have left.
        in_flight: an attempt is under way, or was when the call was interrupted.
        decode_failures: answers that could not be understood.
        in_line: the current attempt waits for its turn.
        admitted: loop time at which the current attempt came to its turn; 0 if it had not to wait.
        maybe_done: an earlier attempt reached the server, and had no answer that tells what became of it.
    """

    owner: object = None
    deadline: float = 0.0
    attempts: int = 0
    started: bool = False
    connections: int = 0
    in_flight: bool = False
    decode_failures: int = 0
    in_line: bool = False
    admitted: float = 0.0
    maybe_done: bool = False

    def begin(self) -> None:
        """Note that another attempt begins."""
        self.attempts += 1
        self.started = False
        self.connections = 0
        self.in_flight = True

    @property
    def may_have_left(self) -> bool:
        """Whether bytes of the attempt that is under way may have left: unless the trace saw that they cannot have."""
        return self.in_flight and (self.connections > 0 or not self.started)

    def connect(self) -> None:
        """Note a connection. A second one means that aiohttp sent the request again by itself."""
        self.connections += 1
        self.maybe_done = self.maybe_done or self.connections > 1


def proof_of_connection(owner: object, *, sound: bool) -> aiohttp.TraceConfig:
    """Make the trace that notes, in its owner's `Trail` of a request, that a connection was there to carry it.

    Args:
        owner: whose requests to look at.
        sound: whether no connection seen means that there was none.
    """

    async def started(_: aiohttp.ClientSession, context: Any, __: object) -> None:
        trail = context.trace_request_ctx
        if isinstance(trail, Trail) and trail.owner is owner:
            trail.started = sound

    async def connected(_: aiohttp.ClientSession, context: Any, __: object) -> None:
        trail = context.trace_request_ctx
        if isinstance(trail, Trail) and trail.owner is owner:
            trail.connect()

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(started)
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    return trace
