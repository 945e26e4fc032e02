"""Snapshots: what the server showed at one moment. They are frozen, and hold no client."""

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

__all__ = [
    "Asset",
    "Extra",
    "FolderRef",
    "Input",
    "InputFile",
    "LiveStream",
    "Message",
    "OutputUrls",
    "Playlist",
    "PreviewThumbnail",
    "ResolutionDeletion",
    "ResolutionsDeletion",
    "Track",
    "TrimRevert",
    "TrimStart",
    "TrimStatus",
    "Video",
]
