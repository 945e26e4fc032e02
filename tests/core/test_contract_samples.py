"""The samples of the API's documentation, where they lie beside the repository."""

from pathlib import Path

import pytest

from tpstreams_async import (
    AccessToken,
    Asset,
    Chapter,
    Folder,
    LiveStreamStop,
    Message,
    Organization,
    ResolutionsDeletion,
    SubtitleJob,
    Track,
    TranscodingJob,
    TrimRevert,
    TrimStart,
    TrimStatus,
    Usage,
    Webhook,
    codec,
)

FOLDER = Path(__file__).parents[2].parent / "shared" / "api" / "samples"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the samples of the API's documentation are not in {FOLDER}"
)


def body(name: str) -> object:
    return codec.loads((FOLDER / f"{name}.json").read_bytes())


@pytest.mark.parametrize(
    "name",
    [
        "assets-asset__response",
        "assets-videos__response",
        "assets-asset-generate-subtitle__response",
        "assets-asset-start-server__response",
        "assets-live-streams__response",
        "assets-live-streams-schedule__response",
        "assets-asset-stop-live-stream__webhook",
        "live-stream-event-status__response",
    ],
)
def test_an_asset_is_understood(name: str) -> None:
    data = body(name)
    asset = codec.structure(Asset, data)
    assert isinstance(data, dict)
    assert (asset.id, asset.title, asset.type) == (data["id"], data["title"], data["type"])


@pytest.mark.parametrize(
    "name", ["assets-list__response", "assets-live-streams-list__response", "assets-videos-bulk-create__response"]
)
def test_a_list_of_assets_is_understood(name: str) -> None:
    page = codec.structure_page(Asset, body(name))
    assert page.results
    assert all(asset.id for asset in page.results)


@pytest.mark.parametrize(
    ("name", "model"),
    [("transcoding-jobs-list__response", TranscodingJob), ("subtitle-jobs-list__response", SubtitleJob)],
)
def test_a_list_of_jobs_is_understood(name: str, model: type) -> None:
    page = codec.structure_page(model, body(name))
    assert page.results
    assert all(job.id and job.status and not job.extra for job in page.results)


@pytest.mark.parametrize(
    ("name", "model", "field"),
    [
        ("transcoding-jobs__response", TranscodingJob, "drm_content_id"),
        ("transcoding-jobs-id__response", TranscodingJob, "duration"),
        ("transcoding-jobs__webhook", TranscodingJob, "start_time"),
        ("subtitle-jobs__response", SubtitleJob, "created"),
        ("subtitle-jobs-id__response", SubtitleJob, "duration"),
    ],
)
def test_a_job_is_understood(name: str, model: type, field: str) -> None:
    job = codec.structure(model, body(name))
    assert getattr(job, field)
    assert not job.extra


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("assets-folders-list__response", Folder),
        ("assets-asset-chapters__response", Chapter),
        ("assets-asset-subtitles__response", Track),
        ("assets-usage__response", Usage),
        ("v1-organizations__response", Organization),
        ("webhooks-list__response", Webhook),
    ],
)
def test_another_list_is_understood(name: str, model: type) -> None:
    page = codec.structure_page(model, body(name))
    assert page.results
    assert not any(row.extra for row in page.results)


@pytest.mark.parametrize(
    ("name", "model", "field"),
    [
        ("assets-folders__response", Folder, "uuid"),
        ("assets-asset-access-tokens__response", AccessToken, "code"),
        ("assets-asset-access-tokens-id__response", AccessToken, "annotations"),
        ("assets-asset-access-tokens-id__response-2", AccessToken, "valid_until"),
        ("webhooks__response", Webhook, "secret_token"),
        ("webhooks-id__response", Webhook, "url"),
        ("assets-asset-trim-status__response", TrimStatus, "status_display"),
        ("assets-asset-move__response", Message, "detail"),
        ("assets-asset-upload-subtitle__response", Message, "detail"),
        ("assets-asset-upload-thumbnail__response", Message, "detail"),
    ],
)
def test_other_answers_are_understood(name: str, model: type, field: str) -> None:
    assert getattr(codec.structure(model, body(name)), field)


@pytest.mark.parametrize(
    ("name", "model", "field"),
    [
        ("assets-asset-stop-live-stream__response-2", LiveStreamStop, "trim_scheduled"),
        ("assets-asset-trim__response", TrimStart, "trim_job_id"),
        ("assets-asset-trim-revert__response", TrimRevert, "task_id"),
        ("assets-asset-delete-resolutions__response", ResolutionsDeletion, "uuid"),
    ],
)
def test_answers_that_do_not_name_the_asset_are_understood(name: str, model: type, field: str) -> None:
    data = body(name)
    assert isinstance(data, dict)
    assert getattr(codec.structure(model, {**data, "asset_id": "asset1"}), field) == data[field]
