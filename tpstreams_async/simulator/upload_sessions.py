"""The uploads that were announced, and what arrived of them."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

KEY_PREFIX = "private/server-uploads/"


@attrs.frozen
class Upload:
    """A file that was uploaded.

    `sha256` is in hex, None unless uploads are hashed; `times_received` counts the files under the same key, of
    which this is the latest.
    """

    size_bytes: int
    sha256: str | None
    filename: str | None
    content_type: str | None
    times_received: int = 1


@attrs.define(eq=False)
class UploadSession:
    """An upload that was announced; `expired` was set by hand, `upload` is what arrived."""

    uuid: str
    asset_id: str
    key: str
    expired: bool = False
    upload: Upload | None = None


class UploadSessions:
    """All upload sessions, oldest first."""

    def __init__(self) -> None:
        self._by_key: dict[str, UploadSession] = {}

    def open(self, uuid: str, asset_id: str) -> UploadSession:
        """Announce the upload of the file of an asset."""
        key = KEY_PREFIX + asset_id
        new = self._by_key[key] = UploadSession(uuid, asset_id, key)
        return new

    def by_key(self, key: str) -> UploadSession | None:
        """Return the session whose file has this name, or None."""
        return self._by_key.get(key)

    def of_asset(self, asset_id: str) -> UploadSession | None:
        """Return the session of an asset, or None."""
        return self._by_key.get(KEY_PREFIX + asset_id)

    def __iter__(self) -> Iterator[UploadSession]:
        return iter(list(self._by_key.values()))
