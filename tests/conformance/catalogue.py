"""Which samples there are: the project's own, and those of the API's documentation where they lie beside it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

OWN = Path(__file__).parent / "samples"
DOCUMENTED = Path(__file__).parents[2].parent / "shared" / "api" / "samples"

#: What the server answers: the status, and the file in the documentation; None where that has no sample.
ANSWERS: dict[str, tuple[int, str | None]] = {
    "video_created": (201, "assets-videos__response"),
    "videos_created": (201, "assets-videos-bulk-create__response"),
    "assets_listed": (200, "assets-list__response"),
    "asset_shown": (200, "assets-asset__response"),
    "asset_shown_with_expiry": (200, "assets-asset__response-2"),
    "asset_moved": (200, "assets-asset-move__response"),
    "subtitle_asked_for": (201, "assets-asset-generate-subtitle__response"),
    "subtitle_uploaded": (200, "assets-asset-upload-subtitle__response"),
    "subtitles_listed": (200, "assets-asset-subtitles__response"),
    "thumbnail_uploaded": (200, "assets-asset-upload-thumbnail__response"),
    "trim_started": (200, "assets-asset-trim__response"),
    "trim_shown": (200, "assets-asset-trim-status__response"),
    "trim_reverted": (200, "assets-asset-trim-revert__response"),
    "resolutions_deleted": (202, "assets-asset-delete-resolutions__response"),
    "chapters_added": (201, "assets-asset-chapters__response"),
    "upload_announced": (201, "assets-upload-sessions__response"),
    "folder_created": (201, "assets-folders__response"),
    "folders_listed": (200, "assets-folders-list__response"),
    "live_stream_created": (201, "assets-live-streams__response"),
    "live_stream_scheduled": (201, "assets-live-streams-schedule__response"),
    "live_streams_listed": (200, "assets-live-streams-list__response"),
    "live_server_started": (200, "assets-asset-start-server__response"),
    "live_stream_stopped": (200, "assets-asset-stop-live-stream__response"),
    "live_stream_stopped_and_cut": (200, "assets-asset-stop-live-stream__response-2"),
    "live_stream_activities": (200, "live-stream-event-status__response"),
    "access_token_created": (201, "assets-asset-access-tokens__response"),
    "access_token_watermarked": (200, "assets-asset-access-tokens-id__response"),
    "access_token_updated": (200, "assets-asset-access-tokens-id__response-2"),
    "webhook_created": (201, "webhooks__response"),
    "webhook_replaced": (200, "webhooks-id__response"),
    "webhooks_listed": (200, "webhooks-list__response"),
    "usage_listed": (200, "assets-usage__response"),
    "organizations_listed": (200, "v1-organizations__response"),
    "transcoding_job_created": (201, "transcoding-jobs__response"),
    "transcoding_job_shown": (200, "transcoding-jobs-id__response"),
    "transcoding_jobs_listed": (200, "transcoding-jobs-list__response"),
    "transcoding_job_cancelled": (200, "transcoding-jobs-cancel__response"),
    "transcoding_job_was_completed": (200, "transcoding-jobs-cancel__response-2"),
    "subtitle_job_created": (201, "subtitle-jobs__response"),
    "subtitle_job_shown": (200, "subtitle-jobs-id__response"),
    "subtitle_jobs_listed": (200, "subtitle-jobs-list__response"),
    "login_done": (200, None),
}

#: What webhooks deliver.
DELIVERIES: dict[str, str | None] = {
    "video_delivered": "webhooks__webhook-delivery",
    "live_stream_delivered": "webhooks__webhook-delivery-livestream",
    "recording_delivered": "assets-asset-stop-live-stream__webhook",
    "transcoding_delivered": "transcoding-jobs__webhook",
}

#: How the server says no.
ERRORS: dict[str, tuple[int, str | None]] = {
    "bulk_no_list": (400, "assets-videos-bulk-create__error"),
    "bulk_too_many": (400, "assets-videos-bulk-create__error-2"),
    "bulk_duplicate": (400, "assets-videos-bulk-create__error-3"),
    "bulk_item_refused": (400, "assets-videos-bulk-create__error-4"),
    "bulk_item_failed": (400, "assets-videos-bulk-create__error-5"),
    "field_refused": (400, None),
    "request_refused": (400, None),
    "token_refused": (401, None),
    "subtitle_kept": (403, None),
    "asset_missing": (404, None),
}

#: Answers of a key server, in the documentation about encrypting elsewhere: it does not say at which address.
UNSERVED = {"drm-encryption-keys__response", "fairplay-key__response"}

#: The file in the documentation, by the name of each sample that has one.
FILES: dict[str, str] = {
    name: file
    for name, file in [
        *((name, file) for name, (_, file) in (ANSWERS | ERRORS).items()),
        *DELIVERIES.items(),
    ]
    if file is not None
}

NOT_HERE = f"the samples of the API's documentation are not in {DOCUMENTED}"
needs_documentation = pytest.mark.skipif(not DOCUMENTED.is_dir(), reason=NOT_HERE)


def own(name: str) -> Any:
    """Return a sample of the project."""
    return json.loads((OWN / f"{name}.json").read_bytes())


def documented(name: str) -> Any:
    """Return a sample of the documentation, by the name that the project has for it."""
    return json.loads((DOCUMENTED / f"{FILES[name]}.json").read_bytes())


def of_both(names: Iterable[str]) -> list[Any]:
    """Return the parameters ``name, load``: of the project's own samples, and of those in the documentation."""
    names = list(names)
    found = [pytest.param(name, own, id=name) for name in names]
    marks = [needs_documentation]
    return found + [pytest.param(n, documented, id=f"{n}-documented", marks=marks) for n in names if n in FILES]
