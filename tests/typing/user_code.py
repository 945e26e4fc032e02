"""Code as a user writes it. Nothing runs it: type checkers check that each result has the type it names."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any, assert_type

import aiohttp

from tpstreams_async import (
    UNSET,
    AccessToken,
    Activity,
    Annotation,
    APIError,
    Asset,
    AuthenticationError,
    Chapter,
    ContentKeySpec,
    DecodeError,
    DynamicWatermark,
    FairPlay,
    Folder,
    Input,
    InvalidInputError,
    Job,
    JobError,
    JobFailedError,
    JobTimeoutError,
    JobWatcher,
    LiveStream,
    LiveStreamStop,
    Message,
    NewChapter,
    NewVideo,
    Organization,
    OutcomeUnknownError,
    Page,
    Pager,
    Polling,
    RateLimit,
    RateLimitedError,
    Reconcile,
    ResolutionsDeletion,
    Retry,
    StaticWatermark,
    SubtitleJob,
    Timeouts,
    TPStreams,
    TPStreamsError,
    Track,
    TranscodingJob,
    TransportError,
    TrimRevert,
    TrimStart,
    TrimStatus,
    Update,
    Usage,
    Video,
    Webhook,
    Widevine,
)


async def clients(session: aiohttp.ClientSession) -> None:
    async with TPStreams() as client:
        assert_type(client, TPStreams)
        assert_type(client.jobs, JobWatcher)
    client = TPStreams(
        organization_id="acme01",
        token="…",
        base_url="http://127.0.0.1:8080",
        timeouts=Timeouts(total=30, connect=5.0),
        retry=Retry(attempts=2),
        polling=Polling(interval=1, interval_max=10),
        reconcile=Reconcile(settle=10, timeout=120),
        rate_limit=RateLimit(per_second=5, burst=10),
        max_connections=50,
        session=session,
    )
    await client.aclose()


async def creating(client: TPStreams) -> None:
    asset = await client.assets.create(
        inputs=["https://media.example.com/lesson.mp4"],
        title="First lesson",
        resolutions=["240p", "480p"],
        content_protection_type="drm",
        folder="HkW4rTz9uJp",
        generate_subtitle=False,
    )
    assert_type(asset, Asset)
    again = await client.assets.create(inputs=[Input(url="https://example.com/a.mp4")], resolutions=("240p",))
    assert_type(again, Asset)
    videos = [
        NewVideo(inputs=["https://example.com/a.mp4"], resolutions="240p,480p", title="A"),
        NewVideo(inputs=(Input(url="https://example.com/b.mp4"), {"url": "https://example.com/c.mp4"}), resolutions=[]),
    ]
    assert_type(await client.assets.bulk_create(videos), list[Asset])
    rows = [{"inputs": ["https://example.com/a.mp4"], "resolutions": ["240p"]}]
    assert_type(await client.assets.bulk_create(rows), list[Asset])


async def reading(client: TPStreams) -> None:
    asset = await client.assets.get("Qm7tKd3wNzB", expiry=300)
    assert_type(asset, Asset)
    assert_type(asset.id, str)
    assert_type(asset.title, str | None)
    assert_type(asset.status, str | None)
    assert_type(asset.extra["new_key"], Any)
    assert_type(asset.video, Video | None)
    assert_type(asset.live_stream, LiveStream | None)
    if asset.video is not None:
        assert_type(asset.video.duration, float | None)
        assert_type(asset.video.resolutions, tuple[str, ...])
        assert_type(asset.video.tracks, tuple[Track, ...])
    await client.assets.move(asset.id, parent="Vb6nXc2gLsD")
    await client.assets.move(asset.id, parent=None)
    await client.assets.delete(asset.id)


async def trimming(client: TPStreams, asset: Asset) -> None:
    start = await client.assets.trim(asset.id, start_time=0, end_time=30.5)
    assert_type(start, TrimStart)
    assert_type(await client.jobs.trim(start), TrimStatus)
    assert_type(await client.jobs.trim(start).result(timeout=900), TrimStatus)
    assert_type(await client.assets.trim_status(asset.id), TrimStatus)
    assert_type(await client.assets.revert_trim(asset.id), TrimRevert)


async def waiting(client: TPStreams, asset: Asset) -> None:
    assert_type(await client.jobs.asset(asset), Asset)
    job = client.jobs.asset("Qm7tKd3wNzB")
    assert_type(job, Job[Asset])
    assert_type(await job, Asset)
    assert_type(await job.result(), Asset)
    assert_type(await job.result(timeout=60), Asset)
    assert_type(job.done, bool)
    assert_type(job.ref, str)
    assert_type(job.kind, str)
    assert_type(job.id, str)
    assert_type(job.latest, Asset | None)
    await client.jobs.resume(job.ref)

    async for update in job.updates():
        assert_type(update, Update[Asset])
        assert_type(update.status, str | None)
        assert_type(update.progress, float | None)
        assert_type(update.elapsed, float)
        assert_type(update.snapshot, Asset)
        assert_type(update.terminal, bool)

    assert_type(await client.jobs.subtitle(asset), Asset)
    assert_type(await client.jobs.asset(asset, detail=True), Asset)
    assert_type(await client.jobs.revert_trim(await client.assets.revert_trim(asset.id)), Asset)
    deletion = await client.assets.delete_resolutions(asset.id, ["240p"])
    assert_type(deletion, ResolutionsDeletion)
    assert_type(await client.jobs.resolutions_deleted(deletion), Asset)
    assert_type(await client.jobs.resolutions_deleted(asset, "240p"), Asset)
    assert_type(await client.jobs.live_server(asset), Asset)
    assert_type(await client.jobs.recording(asset.id), Asset)
    assert_type(client.jobs.hint({"id": asset.id}), bool)
    assert_type(client.jobs.hint(b"{}", trust_payload=True), bool)
    long = client.jobs.until(asset, lambda seen: seen.video is not None and len(seen.video.tracks) > 1)
    assert_type(await long, Asset)


async def waiting_for_many(client: TPStreams, assets: list[Asset]) -> None:
    jobs = [client.jobs.asset(asset) for asset in assets]
    assert_type(await client.jobs.gather(jobs), list[Asset])
    for outcome in await client.jobs.gather(jobs, return_exceptions=True):
        if isinstance(outcome, Exception):
            continue
        assert_type(outcome, Asset)
    async for job in client.jobs.as_completed(jobs):
        assert_type(job, Job[Asset])
        assert_type(await job, Asset)


async def listing(client: TPStreams) -> None:
    pager = client.assets.list(parent="Vb6nXc2gLsD")
    assert_type(pager, Pager[Asset])
    async for asset in pager:
        assert_type(asset, Asset)
    async for page in client.assets.list().pages():
        assert_type(page, Page[Asset])
        assert_type(page.next, str | None)
        for asset in page.results:
            assert_type(asset, Asset)
    assert_type(await client.assets.list().collect(limit=100), list[Asset])
    assert_type(await client.assets.list().first(), Asset | None)
    assert_type(await client.assets.list().count(), int)


async def without_assets(client: TPStreams) -> None:
    job = await client.transcoding_jobs.create(
        input_path="s3://bucket/in.mp4",
        output_path="s3://bucket/out/",
        resolutions=["720p"],
        client_metadata={"order": 7},
    )
    assert_type(job, TranscodingJob)
    assert_type(job.duration, float | None)
    assert_type(job.start_time, dt.datetime | None)
    jobs = client.transcoding_jobs.list(status=["Queued"], created_from=dt.date(2026, 1, 1), created_to="2026-02-01")
    assert_type(jobs, Pager[TranscodingJob])
    assert_type(
        client.transcoding_jobs.list(status="Error", created_from=dt.datetime.now(dt.UTC)), Pager[TranscodingJob]
    )
    assert_type(await client.transcoding_jobs.get(job.id), TranscodingJob)
    assert_type(await client.transcoding_jobs.cancel(job.id), Message)
    assert_type(client.jobs.transcoding(job), Job[TranscodingJob])
    assert_type(await client.jobs.transcoding("Tc7wRq2mXzK").result(timeout=60), TranscodingJob)
    assert_type(client.jobs.hint(job, trust_payload=True), bool)
    subtitles = await client.subtitle_jobs.create(url="https://example.com/a.mp3", client_metadata={"order": 7})
    assert_type(subtitles, SubtitleJob)
    assert_type(client.subtitle_jobs.list(), Pager[SubtitleJob])
    assert_type(await client.subtitle_jobs.get(subtitles.id), SubtitleJob)
    assert_type(await client.jobs.subtitle_job(subtitles), SubtitleJob)
    both = await client.jobs.gather([client.jobs.transcoding(job)], return_exceptions=True)
    assert_type(both, list[TranscodingJob | Exception])


async def licensing(client: TPStreams) -> None:
    specs = [ContentKeySpec(track_type="SD", security_level=1, hdcp="HDCP_V1")]
    got = await client.drm.license(
        "Qm7tKd3wNzB",
        access_token="…",
        drm_type="widevine",
        player_payload=b"\x08\x04",
        widevine=Widevine(content_key_specs=specs),
    )
    assert_type(got, bytes)
    signed = await client.drm.organization_license(
        content_id="…",
        drm_type="fairplay",
        player_payload="…",
        signing_key="…",
        signing_iv="…",
        fairplay=FairPlay(lease_duration_seconds=60),
    )
    assert_type(signed, bytes)


async def folders(client: TPStreams) -> None:
    folder = await client.folders.create(title="Course")
    assert_type(folder, Folder)
    assert_type((await client.folders.create(title="Unit 1", parent=folder.uuid)).title, str | None)
    assert_type(client.folders.list(q="Course", page_size=20, offset=40), Pager[Folder])
    async for inside in client.assets.list(parent=folder.uuid):
        assert_type(inside, Asset)


async def broadcasting(client: TPStreams) -> None:
    asset = await client.live_streams.create(
        title="Lecture",
        start=dt.datetime(2030, 5, 1, 9, 30),
        latency="Low Latency",
        enable_drm_for_recording=True,
    )
    assert_type(asset, Asset)
    await client.live_streams.create(title="Lecture", start="2030-05-01 09:30:00")
    assert_type(await client.live_streams.start_server(asset.id), Asset)
    assert_type(await client.live_streams.stop(asset.id), LiveStreamStop)
    stop = await client.live_streams.stop(asset.id, start_time=60, end_time=3600)
    assert_type(stop.trim_scheduled, bool | None)
    assert_type(client.live_streams.list(page_size=10), Pager[Asset])
    if asset.live_stream is not None:
        assert_type(asset.live_stream.activities, tuple[Activity, ...])
    await client.live_streams.delete(stop.asset_id)


async def viewing(client: TPStreams, asset: Asset) -> None:
    token = await client.access_tokens.create(
        asset.id,
        time_to_live=3600,
        expires_after_first_usage=True,
        annotations=[
            StaticWatermark(text="Academy", x=12, y=8, opacity=0.6, color="#0AF", size=14),
            DynamicWatermark(text="viewer@example.com", opacity="0.3", interval=4000, skip=1500),
            {"type": "static", "text": "Preview"},
        ],
    )
    assert_type(token, AccessToken)
    assert_type(token.valid_until, dt.datetime | None)
    assert_type(token.is_active, bool)
    assert_type(token.annotations, tuple[Annotation, ...])
    assert_type(await client.access_tokens.get(asset.id, token.code), AccessToken)
    assert_type(await client.access_tokens.update(asset.id, token.code, time_to_live=None), AccessToken)
    await client.access_tokens.update(asset.id, token.code, time_to_live=UNSET, annotations=[])
    url = client.access_tokens.embed_url(asset.id, token.code, autoplay=True, play_rates=[0.5, 1, 2])
    assert_type(url, str)


async def describing(client: TPStreams, asset: Asset) -> None:
    chapters = await client.chapters.add(
        asset.id, [NewChapter(title="Opening", start_time=0), {"title": "Summary", "start_time": "00:10:00"}]
    )
    assert_type(chapters, tuple[Chapter, ...])
    assert_type(chapters[0].seconds, float | None)
    async for chapter in client.chapters.list(asset.id):
        await client.chapters.delete(asset.id, chapter.id)
    assert_type(client.subtitles.list(asset.id), Pager[Track])
    await client.subtitles.delete(asset.id, "12")


async def administering(client: TPStreams) -> None:
    webhook = await client.webhooks.create(url="https://example.com/hooks", secret_token="…")
    assert_type(webhook, Webhook)
    assert_type(await client.webhooks.update(webhook.id, url="https://example.com/hooks", secret_token="…"), Webhook)
    assert_type(client.webhooks.list(), Pager[Webhook])
    await client.webhooks.delete(webhook.id)
    assert_type(client.organizations.list(), Pager[Organization])
    usages = client.usages.list(time_frame="daily", start=dt.date(2030, 5, 1), end="2030-05-31", ordering="-date")
    assert_type(usages, Pager[Usage])
    async for usage in usages:
        assert_type(usage.day, dt.date | None)
        assert_type(usage.bandwidth_used, int | None)


async def titles(client: TPStreams) -> AsyncIterator[str]:
    async for asset in client.assets.list():
        yield asset.title or asset.id


async def failing(client: TPStreams) -> None:
    try:
        await client.jobs.asset("Qm7tKd3wNzB").result(timeout=60)
    except InvalidInputError as error:
        as_value_error: ValueError = error
        assert_type(as_value_error.args, tuple[Any, ...])
    except RateLimitedError as error:
        assert_type(error.retry_after, float | None)
    except AuthenticationError as error:
        assert_type(error.status, int)
    except APIError as error:
        assert_type(error.detail, str | None)
        assert_type(error.field_errors, dict[str, tuple[str, ...]])
        assert_type(error.attempts, int)
        assert_type(error.request_id, str | None)
        assert_type(error.item_index, int | None)
    except TransportError as error:
        assert_type(error.url, str)
    except OutcomeUnknownError as error:
        assert_type(error.how_to_find_out, str)
        assert_type(error.request, dict[str, Any])
        assert_type(error.candidates, tuple[str, ...])
    except DecodeError as error:
        assert_type(error.path, str)
    except JobTimeoutError as error:
        as_timeout: TimeoutError = error
        raise as_timeout from None
    except JobFailedError as error:
        assert_type(error.snapshot, Any)
    except JobError as error:
        assert_type(error.ref, str | None)
    except TPStreamsError as error:
        assert_type(str(error), str)
