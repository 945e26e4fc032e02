"""What a test can see of uploads, and do to them."""

from __future__ import annotations

from collections.abc import Mapping

from .control_base import ControlBase
from .upload_sessions import Upload


class UploadControls(ControlBase):
    """The part of the controls that is about uploads."""

    @property
    def uploads(self) -> Mapping[str, Upload]:
        """The files that were uploaded, by the id of their asset. Deleting an asset leaves its file here."""
        with self._service.lock:
            return {s.asset_id: s.upload for s in self._service.uploads if s.upload is not None}

    def expire_upload(self, asset_id: str) -> None:
        """Let the permission to upload the file of an asset end now.

        Raises:
            KeyError: no upload was announced for it.
        """
        with self._service.lock:
            session = self._service.uploads.of_asset(asset_id)
            if session is None:
                raise KeyError(asset_id)
            session.expired = True
