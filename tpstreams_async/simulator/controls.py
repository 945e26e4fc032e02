"""What a test can do to the simulated service, from any thread."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .account_controls import AccountControls
from .checks import RESOLUTIONS, NewVideo
from .clock import Clock
from .faults import Faults
from .job_controls import JobControls
from .journal import Journal
from .live_controls import LiveControls
from .service import Service
from .token_controls import TokenControls
from .upload_controls import UploadControls
from .usage_controls import UsageControls
from .webhook_controls import WebhookControls


class AssetsView(Mapping[str, Mapping[str, Any]]):
    """All assets and folders by id, oldest first, each as its own page would show it. Not to be changed.

    It shows what the server has, so also what `visible_after` still hides.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def __getitem__(self, key: str) -> Mapping[str, Any]:
        with self._service.lock:
            self._service.changes.look()
            asset = self._service.store.get(key)
            if asset is None:
                raise KeyError(key)
            return self._service.renderer.detail_row(asset, self._service.clock.now())

    def __iter__(self) -> Iterator[str]:
        with self._service.lock:
            return iter([asset.id for asset in self._service.store])

    def __len__(self) -> int:
        return len(self._service.store)


class Controls(
    LiveControls, UploadControls, JobControls, TokenControls, AccountControls, UsageControls, WebhookControls
):
    """The part of a simulator that a test works with."""

    _journal: Journal
    _faults: Faults
    _errors: list[Exception]

    @property
    def organization_id(self) -> str:
        """The organization that the simulator knows."""
        return self._service.settings.organization_id

    @property
    def token(self) -> str:
        """The token that the simulator accepts from the start, until somebody logs out with it."""
        return self._service.settings.token

    @property
    def clock(self) -> Clock:
        """The clock that every state follows."""
        return self._service.clock

    @property
    def journal(self) -> Journal:
        """Every request that came in."""
        return self._journal

    @property
    def faults(self) -> Faults:
        """The script of what goes wrong."""
        return self._faults

    @property
    def errors(self) -> Sequence[Exception]:
        """What was raised inside the simulator; a test may want this to be empty."""
        return tuple(self._errors)

    @property
    def assets(self) -> Mapping[str, Mapping[str, Any]]:
        """All assets and folders by id, oldest first, as JSON values."""
        return AssetsView(self._service)

    def add_asset(
        self,
        title: str = "Video",
        *,
        duration: int = 60,
        size_bytes: int = 7_500_000,
        resolutions: Sequence[str] = ("240p", "480p"),
        content_protection_type: str | None = "disable",
        parent: str | None = None,
        status: str | None = None,
    ) -> str:
        """Add a video that has been processed already, and return its id.

        Args:
            title: any text.
            duration: whole seconds, 1 or more.
            size_bytes: size of its file, 0 or more.
            resolutions: of `240p, 360p, 480p, 540p, 720p, 1080p`.
            content_protection_type: `drm`, `aes`, `disable` or None.
            parent: id of a folder; None is the root.
            status: shown instead of Completed, see `set_status`.
        """
        if not set(resolutions) <= set(RESOLUTIONS):
            raise ValueError(f"resolutions must be of {', '.join(RESOLUTIONS)}")
        with self._service.lock:
            self._need_folder(parent)
            new = NewVideo(
                url=f"https://origin.example/{len(self._service.store)}.mp4",
                title=title,
                resolutions=list(resolutions),
                protection=content_protection_type,
                folder=parent,
                generate_subtitle=False,
            )
            asset = self._service.add_video(new, size_bytes, duration)
            if asset.video is not None:
                asset.video.forced = status
            return asset.id

    def add_folder(self, title: str, *, parent: str | None = None) -> str:
        """Add a folder, inside `parent` or in the root, and return its uuid."""
        with self._service.lock:
            self._need_folder(parent)
            return self._service.create_folder(title, parent).id

    def delete_asset(self, asset_id: str) -> None:
        """Delete an asset, or a folder with everything in it, as if somebody else had done so.

        Raises:
            KeyError: there is none with this id.
        """
        with self._service.lock:
            self._service.store.delete(self._asset(asset_id))

    def set_status(self, asset_id: str, status: str | None) -> None:
        """Let a video show any status whatever and stay there; None gives it back to the state machine.

        The video of a live stream is its recording, which is there from the end of the broadcast.
        `Error` makes a video fail and `Completed` ends its work; a client waits on at any other word.
        """
        with self._service.lock:
            self._video(asset_id).forced = status

    def set_trim_status(self, asset_id: str, status: str | None) -> None:
        """Let a video's latest trim show any status and stay there; None gives it back to the state machine.

        A trim that is `Failed`, `Error` or `Cancelled` leaves the video as it was.

        Raises:
            KeyError: there is no such video, or it has no trim.
        """
        with self._service.lock:
            trim = self._video(asset_id).trim
            if trim is None:
                raise KeyError(f"{asset_id} has no trim")
            trim.forced = status

    def stale_trim_status(self, asset_id: str, seconds: float | None = None) -> None:
        """Let the trim status of a video go on showing the earlier job after each new trim.

        Args:
            asset_id: a video. If it has no earlier trim one is made up: completed, with a smaller id.
            seconds: simulated seconds for which the earlier job is shown; None means for ever, 0 ends it.
        """
        with self._service.lock:
            video = self._video(asset_id)
            self._service.stale_trim_status(video, math.inf if seconds is None else seconds)

    def delivery(self, asset_id: str) -> dict[str, Any]:
        """Return the body that a webhook would deliver now for an asset or folder.

        Raises:
            KeyError: there is none with this id.
        """
        with self._service.lock:
            return self._service.renderer.delivery_row(self._asset(asset_id), self._service.clock.now())

    def resolutions_delivery(self, asset_id: str) -> dict[str, Any]:
        """Return the body that a webhook would deliver for the latest deletion of resolutions that has ended.

        Raises:
            KeyError: there is no such video, or no deletion of its resolutions has ended.
        """
        with self._service.lock:
            asset, video = self._asset(asset_id), self._video(asset_id)
            video.settle(self._service.clock.now())
            if video.last_deletion is None:
                raise KeyError(f"{asset_id} has lost no resolutions")
            return self._service.renderer.deletion_row(asset, video.last_deletion)
