"""Snapshots: what the server showed at one moment. They are frozen, and hold no client."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._base import Extra
from .asset import (
    Activity,
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
    from .access_token import AccessToken, Annotation
    from .auth import AuthToken
    from .chapter import Chapter, NewChapter
    from .drm import ContentKeySpec, FairPlay, Widevine
    from .folder import Folder
    from .live_stream import LiveStreamStop
    from .new_video import NewVideo
    from .organization import Organization
    from .subtitle_job import SubtitleJob
    from .transcoding_job import TranscodingJob
    from .usage import Usage
    from .watermark import DynamicWatermark, StaticWatermark
    from .webhook import Webhook

__all__ = [
    "AccessToken",
    "Activity",
    "Annotation",
    "Asset",
    "AuthToken",
    "Chapter",
    "ContentKeySpec",
    "DynamicWatermark",
    "Extra",
    "FairPlay",
    "Folder",
    "FolderRef",
    "Input",
    "InputFile",
    "LiveStream",
    "LiveStreamStop",
    "Message",
    "NewChapter",
    "NewVideo",
    "Organization",
    "OutputUrls",
    "Playlist",
    "PreviewThumbnail",
    "ResolutionDeletion",
    "ResolutionsDeletion",
    "StaticWatermark",
    "SubtitleJob",
    "Track",
    "TranscodingJob",
    "TrimRevert",
    "TrimStart",
    "TrimStatus",
    "Usage",
    "Video",
    "Webhook",
    "Widevine",
]

_HOMES = {
    "AccessToken": "access_token",
    "Annotation": "access_token",
    "AuthToken": "auth",
    "Chapter": "chapter",
    "ContentKeySpec": "drm",
    "DynamicWatermark": "watermark",
    "FairPlay": "drm",
    "Folder": "folder",
    "LiveStreamStop": "live_stream",
    "NewChapter": "chapter",
    "NewVideo": "new_video",
    "Organization": "organization",
    "StaticWatermark": "watermark",
    "SubtitleJob": "subtitle_job",
    "TranscodingJob": "transcoding_job",
    "Usage": "usage",
    "Webhook": "webhook",
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
