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
    LedgerError,
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
    from .ingest.results import IngestProgress, IngestResult
    from .ingest.run import Ingest
    from .models import (
        AccessToken,
        Annotation,
        AuthToken,
        Chapter,
        ContentKeySpec,
        DynamicWatermark,
        FairPlay,
        Folder,
        LiveStreamStop,
        NewChapter,
        NewVideo,
        Organization,
        StaticWatermark,
        SubtitleJob,
        TranscodingJob,
        Usage,
        Webhook,
        Widevine,
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
    "ContentKeySpec",
    "DecodeError",
    "DynamicWatermark",
    "Extra",
    "FairPlay",
    "FileInput",
    "Folder",
    "FolderRef",
    "Ingest",
    "IngestProgress",
    "IngestResult",
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
    "LedgerError",
    "LiveStream",
    "LiveStreamStop",
    "Message",
    "NewChapter",
    "NewVideo",
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
    "Unset",
    "Update",
    "Updates",
    "UploadFailedError",
    "UploadInput",
    "Usage",
    "Video",
    "Webhook",
    "Widevine",
    "__version__",
]

_HOMES = {
    "AccessToken": "models",
    "Annotation": "models",
    "AuthToken": "models",
    "Chapter": "models",
    "ContentKeySpec": "models",
    "DynamicWatermark": "models",
    "FairPlay": "models",
    "Folder": "models",
    "Ingest": "ingest.run",
    "IngestProgress": "ingest.results",
    "IngestResult": "ingest.results",
    "LiveStreamStop": "models",
    "NewChapter": "models",
    "NewVideo": "models",
    "Organization": "models",
    "StaticWatermark": "models",
    "SubtitleJob": "models",
    "TranscodingJob": "models",
    "UNSET": "_unset",
    "Unset": "_unset",
    "Usage": "models",
    "Webhook": "models",
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


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
