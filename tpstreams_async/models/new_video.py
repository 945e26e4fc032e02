"""What a new video shall be, for those who create several at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from .._redact import data_repr
from ._base import Snapshot
from ._given import listed
from .asset import Input


def _inputs(given: Iterable[str | Input | Mapping[str, Any]]) -> tuple[str | Input | Mapping[str, Any], ...]:
    return listed(given)


def _resolutions(given: Iterable[str] | str) -> tuple[str, ...] | str:
    return given if isinstance(given, str) else listed(given)


@frozen(kw_only=True, repr=False, eq=False)
class NewVideo(Snapshot):
    """A video to be created, for ``client.assets.bulk_create``. It is checked when it is sent.

    Attributes:
        inputs: where to download the video from, one at least: a URL, an `Input`, or a dict with ``url``.
        resolutions: out of 240p, 360p, 480p, 540p, 720p and 1080p; a list, or text with commas.
        title: one line of text. The server takes the file's name if there is none.
        content_protection_type: ``"drm"``, ``"aes"`` or ``"disable"``; the organization's default if not given.
        folder: uuid of the folder to put it in; the root if not given.
        generate_subtitle: whether English subtitles shall be generated from the sound (the vendor charges for it).
    """

    inputs: tuple[str | Input | Mapping[str, Any], ...] = field(converter=_inputs, hash=False, repr=data_repr)
    resolutions: tuple[str, ...] | str = field(converter=_resolutions)
    title: str | None = None
    content_protection_type: str | None = None
    folder: str | None = None
    generate_subtitle: bool | None = None
