"""What a test can do to live streams."""

from __future__ import annotations

from .control_base import ControlBase
from .lifecycle import Asset
from .live import LATENCIES, Live, NewLiveStream
from .live_checks import is_start


class LiveControls(ControlBase):
    """The part of the controls that is about live streams. A KeyError says that there is no such live stream."""

    def add_live_stream(
        self,
        title: str = "Live stream",
        *,
        start: str | None = None,
        latency: str = "Normal Latency",
        enable_drm_for_recording: bool = False,
        parent: str | None = None,
    ) -> str:
        """Add a live stream, visible at once, and return its id.

        Args:
            title: any text.
            start: `YYYY-MM-DD HH:MM:SS`; None is an instant one, whose server is on its way.
            latency: `Low Latency` or `Normal Latency`.
            enable_drm_for_recording: whether its recording is protected by DRM.
            parent: id of a folder; None is the root.
        """
        if latency not in LATENCIES:
            raise ValueError(f"latency must be one of {', '.join(LATENCIES)}, not {latency!r}")
        if start is not None and not is_start(start):
            raise ValueError(f"start must be like 2030-12-31 23:59:59, not {start!r}")
        with self._service.lock:
            self._need_folder(parent)
            new = NewLiveStream(
                title=title,
                start=start,
                latency=latency,
                enable_drm_for_recording=enable_drm_for_recording,
                folder=parent,
            )
            return self._service.create_live_stream(new, 0).id

    def begin_streaming(self, asset_id: str) -> None:
        """Let an encoder connect, for the first time or again. If there is no server yet, it is there from now on.

        Raises:
            ValueError: the broadcast has ended.
        """
        with self._service.lock:
            _, live = self._running(asset_id)
            now, settings = self._service.clock.now(), self._service.settings
            if not live.has_server(now, settings):
                live.server_asked_at = now - settings.server_seconds
            live.publish(now)

    def disconnect(self, asset_id: str) -> None:
        """Let the encoder go.

        Raises:
            ValueError: no encoder is connected.
        """
        with self._service.lock:
            _, live = self._running(asset_id)
            if not live.streaming:
                raise ValueError(f"nobody streams to {asset_id}")
            live.unpublish(self._service.clock.now())

    def end_broadcast(self, asset_id: str) -> None:
        """End a broadcast as if somebody else had stopped it. If it never began, there will be no recording.

        Raises:
            ValueError: it has ended.
        """
        with self._service.lock:
            asset, live = self._running(asset_id)
            self._service.stop_live_stream(asset, live, None)

    def set_live_status(self, asset_id: str, status: str | None) -> None:
        """Let a live stream show any status and stay there; None gives it back to the state machine.

        It is only the word that is shown: to end the broadcast use `end_broadcast`, and for the status of its
        recording `set_status`.
        """
        with self._service.lock:
            self._live(asset_id)[1].forced = status

    def _live(self, asset_id: str) -> tuple[Asset, Live]:
        asset = self._asset(asset_id)
        if asset.live is None:
            raise KeyError(f"{asset_id} is no live stream")
        return asset, asset.live

    def _running(self, asset_id: str) -> tuple[Asset, Live]:
        asset, live = self._live(asset_id)
        if live.stopped_at is not None:
            raise ValueError(f"the broadcast of {asset_id} has ended")
        return asset, live
