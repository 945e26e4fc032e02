"""What all controls work on."""

from __future__ import annotations

from .lifecycle import Asset, Video
from .service import Service


class ControlBase:
    """Finds what a control is about; a KeyError says that it is not there. To be used under the service's lock."""

    _service: Service

    def _asset(self, asset_id: str) -> Asset:
        self._service.changes.look()
        asset = self._service.store.get(asset_id)
        if asset is None:
            raise KeyError(asset_id)
        self._service.touched(asset)
        return asset

    def _video(self, asset_id: str) -> Video:
        asset = self._asset(asset_id)
        if asset.video is None:
            raise KeyError(f"{asset_id} is a folder" if asset.is_folder else f"{asset_id} has no recording yet")
        return asset.video

    def _need_folder(self, parent: str | None) -> None:
        if parent is not None and self._service.store.folder(parent) is None:
            raise KeyError(parent)
