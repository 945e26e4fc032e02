"""Snapshots: what the server showed at one moment. They are frozen, and hold no client."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._base import Extra
from .asset import (
    Asset,
    FolderRef,
    Input,
    InputFile,
    LiveStream,
    OutputUrls,
    Playlist,
    PreviewThumbnail,
    Track,
    Video,
)
from .message import Message
from .resolutions import ResolutionDeletion, ResolutionsDeletion
from .trim import TrimRevert, TrimStart, TrimStatus

if TYPE_CHECKING:
    from .drm import ContentKeySpec, FairPlay, Widevine
    from .folder import Folder
    from .new_video import NewVideo
    from .subtitle_job import SubtitleJob
    from .transcoding_job import TranscodingJob

__all__ = [
    "Asset",
    "ContentKeySpec",
    "Extra",
    "FairPlay",
    "Folder",
    "FolderRef",
    "Input",
    "InputFile",
    "LiveStream",
    "Message",
    "NewVideo",
    "OutputUrls",
    "Playlist",
    "PreviewThumbnail",
    "ResolutionDeletion",
    "ResolutionsDeletion",
    "SubtitleJob",
    "Track",
    "TranscodingJob",
    "TrimRevert",
    "TrimStart",
    "TrimStatus",
    "Video",
    "Widevine",
]

_HOMES = {
    "ContentKeySpec": "drm",
    "FairPlay": "drm",
    "Folder": "folder",
    "NewVideo": "new_video",
    "SubtitleJob": "subtitle_job",
    "TranscodingJob": "transcoding_job",
    "Widevine": "drm",
}


def __getattr__(name: str) -> object:
    # On demand: making the classes takes a part of the time of the import, and most programs need few of these.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value
