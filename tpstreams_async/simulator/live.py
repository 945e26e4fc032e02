"""The life of a live stream: what it is at a moment of the clock. Its recording is a video like any other."""

from __future__ import annotations

import attrs

from .settings import Settings

NOT_STARTED = "Not Started"
STREAMING = "Streaming"
DISCONNECTED = "Disconnected"
COMPLETED = "Completed"

PUBLISHED = "On Publish"
UNPUBLISHED = "On Publish Done"
STOPPED = "Stopped"

LATENCIES = ("Low Latency", "Normal Latency")
RESOLUTIONS = ("240p", "480p", "720p")
"""What a live stream and its recording come in."""


@attrs.frozen(kw_only=True)
class NewLiveStream:
    """A request to create a live stream that passed every check; `start` is None for one that begins at once."""

    title: str
    start: str | None = None
    enable_drm_for_recording: bool = False
    latency: str = "Normal Latency"
    folder: str | None = None


@attrs.define(eq=False)
class Live:
    """A live stream; times are moments of the clock, `events` what its encoder and its owner did, oldest first.

    `server_asked_at` is when somebody asked for its server, `forced` a status set by hand.
    """

    new: NewLiveStream
    start: str
    stream_key: str
    chat_room_id: str
    server_asked_at: float | None = None
    events: tuple[tuple[float, str], ...] = ()
    forced: str | None = None

    @property
    def streaming(self) -> bool:
        """Whether its encoder is connected."""
        return bool(self.events) and self.events[-1][1] == PUBLISHED

    @property
    def stopped_at(self) -> float | None:
        """When the broadcast was ended; None while it was not."""
        return self.events[-1][0] if self.events and self.events[-1][1] == STOPPED else None

    @property
    def first_published_at(self) -> float | None:
        """When the encoder first connected; None if it never did."""
        return next((at for at, event in self.events if event == PUBLISHED), None)

    def has_server(self, now: float, settings: Settings) -> bool:
        """Tell whether there is a server to stream to. One that comes too late never comes."""
        if self.server_asked_at is None:
            return False
        stopped_at = self.stopped_at
        return (now if stopped_at is None else stopped_at) >= self.server_asked_at + settings.server_seconds

    def ask_for_server(self, now: float) -> None:
        """Note that somebody asked for the server; asking again changes nothing."""
        if self.server_asked_at is None:
            self.server_asked_at = now

    def publish(self, now: float) -> None:
        """Let the encoder connect."""
        if not self.streaming:
            self.events = (*self.events, (now, PUBLISHED))

    def unpublish(self, now: float) -> None:
        """Let the encoder go, if it is connected."""
        if self.streaming:
            self.events = (*self.events, (now, UNPUBLISHED))

    def stop(self, now: float) -> None:
        """End the broadcast."""
        self.unpublish(now)
        self.events = (*self.events, (now, STOPPED))

    def status(self) -> str:
        """Return the status that the service shows."""
        if self.forced is not None:
            return self.forced
        if not self.events:
            return NOT_STARTED
        return {PUBLISHED: STREAMING, UNPUBLISHED: DISCONNECTED, STOPPED: COMPLETED}[self.events[-1][1]]
