"""Uploads."""

from datetime import datetime
from typing import Any

from attrs import field, frozen

from .._redact import hidden_repr
from ._base import NO_EXTRA, Extra, Snapshot
from .asset import Asset


@frozen(kw_only=True, repr=False, eq=False)
class UploadSession(Snapshot):
    """A permission to bring one file to where the server wants it.

    Attributes:
        max_file_size_bytes: the largest file.
        expires_at: until when the file can be sent.
        status: the server's word, "Created" at first.
    """

    uuid: str | None = None
    max_file_size_bytes: int | None = None
    expires_at: datetime | None = None
    status: str | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)


@frozen(kw_only=True, repr=False, eq=False)
class UploadStart(Snapshot):
    """What the server answers to the wish to upload a file.

    Attributes:
        asset: the asset that the file is for.
        client_payload: where the file goes, as `upload_link`, and the fields that go with it. It is a secret.
    """

    asset: Asset
    client_payload: Any = field(repr=hidden_repr)
    upload_session: UploadSession | None = None
    extra: Extra = field(default=NO_EXTRA, hash=False)
