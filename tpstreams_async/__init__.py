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
    UploadFailedError,
)
from .jobs import Job, JobWatcher, Update, Updates
from .models import (
    Activity,
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
from .resources import FileInput, UploadInput

if TYPE_CHECKING:
    from ._unset import UNSET, Unset
    from .models import (
        AccessToken,
        Annotation,
        AuthToken,
        Chapter,
        DynamicWatermark,
        Folder,
        LiveStreamStop,
        NewChapter,
        Organization,
        StaticWatermark,
        Usage,
        Webhook,
    )

__all__ = [
    "UNSET",
    "APIError",
    "AccessToken",
    "Activity",
    "Annotation",
    "Asset",
    "AuthToken",
    "AuthenticationError",
    "BadRequestError",
    "Chapter",
    "ClientClosedError",
    "ConnectError",
    "DecodeError",
    "DynamicWatermark",
    "Extra",
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
    "LiveStreamStop",
    "Message",
    "NewChapter",
    "NotFoundError",
    "Organization",
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
    "StaticWatermark",
    "TPStreams",
    "TPStreamsError",
    "Timeouts",
    "Track",
    "TransportError",
    "TrimRevert",
    "TrimStart",
    "TrimStatus",
    "Unset",
    "Update",
    "Updates",
    "UploadFailedError",
    "UploadInput",
    "Usage",
    "Video",
    "Webhook",
    "__version__",
]

_HOMES = {
    "UNSET": "_unset",
    "Unset": "_unset",
    "AccessToken": "models",
    "Annotation": "models",
    "AuthToken": "models",
    "Chapter": "models",
    "DynamicWatermark": "models",
    "Folder": "models",
    "LiveStreamStop": "models",
    "NewChapter": "models",
    "Organization": "models",
    "StaticWatermark": "models",
    "Usage": "models",
    "Webhook": "models",
}


def __getattr__(name: str) -> object:
    # On demand; see `tpstreams_async.models`.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
