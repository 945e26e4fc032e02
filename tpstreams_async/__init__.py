"""An asyncio SDK for the TPStreams video platform that makes the server's background work awaitable."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__
from .client import ScopedClient, TPStreams
from .codec import Page
from .config import Polling, RateLimit, Reconcile, Retry, Timeouts
from .errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    ConnectError,
    DecodeError,
    InvalidInputError,
    JobError,
    JobFailedError,
    JobPollError,
    JobSupersededError,
    JobTimeoutError,
    JobVanishedError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    TPStreamsError,
    TransportError,
)
from .jobs import Job, JobWatcher, Update, Updates
from .models import (
    Asset,
    Extra,
    FolderRef,
    Input,
    InputFile,
    LiveStream,
    Message,
    OutputUrls,
    Playlist,
    PreviewThumbnail,
    ResolutionDeletion,
    ResolutionsDeletion,
    Track,
    TrimRevert,
    TrimStart,
    TrimStatus,
    Video,
)
from .pagination import Pager
from .resources import FileInput

if TYPE_CHECKING:
    from .models import (
        ContentKeySpec,
        FairPlay,
        Folder,
        NewVideo,
        SubtitleJob,
        TranscodingJob,
        Widevine,
    )

__all__ = [
    "APIError",
    "Asset",
    "AuthenticationError",
    "BadRequestError",
    "ClientClosedError",
    "ConnectError",
    "ContentKeySpec",
    "DecodeError",
    "Extra",
    "FairPlay",
    "FileInput",
    "Folder",
    "FolderRef",
    "Input",
    "InputFile",
    "InvalidInputError",
    "Job",
    "JobError",
    "JobFailedError",
    "JobPollError",
    "JobSupersededError",
    "JobTimeoutError",
    "JobVanishedError",
    "JobWatcher",
    "LiveStream",
    "Message",
    "NewVideo",
    "NotFoundError",
    "OutcomeUnknownError",
    "OutputUrls",
    "Page",
    "Pager",
    "PermissionDeniedError",
    "Playlist",
    "Polling",
    "PreviewThumbnail",
    "RateLimit",
    "RateLimitedError",
    "Reconcile",
    "RequestTimeoutError",
    "ResolutionDeletion",
    "ResolutionsDeletion",
    "Retry",
    "ScopedClient",
    "ServerError",
    "SubtitleJob",
    "TPStreams",
    "TPStreamsError",
    "Timeouts",
    "Track",
    "TranscodingJob",
    "TransportError",
    "TrimRevert",
    "TrimStart",
    "TrimStatus",
    "Update",
    "Updates",
    "Video",
    "Widevine",
    "__version__",
]

_HOMES = {
    "ContentKeySpec": "models",
    "FairPlay": "models",
    "Folder": "models",
    "NewVideo": "models",
    "SubtitleJob": "models",
    "TranscodingJob": "models",
    "Widevine": "models",
}


def __getattr__(name: str) -> object:
    # On demand; see `tpstreams_async.models`.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value
