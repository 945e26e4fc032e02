"""The call of the client that gets each answer."""

import io
from collections.abc import Awaitable, Callable
from typing import Any

from tpstreams_async import Pager, TPStreams

Ask = Callable[[TPStreams], Awaitable[Any]]

URL = "https://origin.example/clip.mp4"
VIDEO: dict[str, Any] = {"inputs": [URL], "resolutions": ["240p"]}
SUBTITLE = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(8)


async def first_page(pager: Pager[Any]) -> Any:
    """Return the first page of a list."""
    pages = pager.pages()
    try:
        return await anext(pages)
    finally:
        await pages.aclose()


ASKS: dict[str, Ask] = {
    "video_created": lambda client: client.assets.create(**VIDEO),
    "videos_created": lambda client: client.assets.bulk_create(
        [{"title": "Fractions, lesson 3", **VIDEO}, {"title": "Photosynthesis", **VIDEO}]
    ),
    "assets_listed": lambda client: first_page(client.assets.list()),
    "asset_shown": lambda client: client.assets.get("asset1"),
    "asset_moved": lambda client: client.assets.move("asset1"),
    "subtitle_asked_for": lambda client: client.assets.generate_subtitle("asset1"),
    "subtitle_uploaded": lambda client: client.assets.upload_subtitle(
        "asset1", io.BytesIO(SUBTITLE), name="English", language="en"
    ),
    "subtitles_listed": lambda client: first_page(client.subtitles.list("asset1")),
    "thumbnail_uploaded": lambda client: client.assets.upload_thumbnail("asset1", io.BytesIO(PICTURE)),
    "trim_started": lambda client: client.assets.trim("asset1", end_time=9),
    "trim_shown": lambda client: client.assets.trim_status("asset1"),
    "trim_reverted": lambda client: client.assets.revert_trim("asset1"),
    "resolutions_deleted": lambda client: client.assets.delete_resolutions("asset1", ["240p"]),
    "chapters_added": lambda client: client.chapters.add("asset1", [{"title": "Intro", "start_time": 0}]),
    "folder_created": lambda client: client.folders.create(title="Course"),
    "folders_listed": lambda client: first_page(client.folders.list()),
    "live_stream_created": lambda client: client.live_streams.create(title="On air"),
    "live_stream_scheduled": lambda client: client.live_streams.create(title="On air", start="2030-01-01 10:00:00"),
    "live_streams_listed": lambda client: first_page(client.live_streams.list()),
    "live_server_started": lambda client: client.live_streams.start_server("asset1"),
    "live_stream_stopped": lambda client: client.live_streams.stop("asset1"),
    "live_stream_stopped_and_cut": lambda client: client.live_streams.stop("asset1", start_time=1, end_time=2),
    "live_stream_activities": lambda client: client.assets.get("asset1"),
    "access_token_created": lambda client: client.access_tokens.create("asset1"),
    "access_token_watermarked": lambda client: client.access_tokens.get("asset1", "code1"),
    "access_token_updated": lambda client: client.access_tokens.update("asset1", "code1", time_to_live=60),
    "webhook_created": lambda client: client.webhooks.create(url=URL, secret_token="rosebud"),
    "webhook_replaced": lambda client: client.webhooks.update("hook1", url=URL, secret_token="rosebud"),
    "webhooks_listed": lambda client: first_page(client.webhooks.list()),
    "usage_listed": lambda client: first_page(client.usages.list()),
    "organizations_listed": lambda client: first_page(client.organizations.list()),
    "transcoding_job_created": lambda client: client.transcoding_jobs.create(
        input_url=URL, output_path="s3://bucket/out/", resolutions=["240p"]
    ),
    "transcoding_job_shown": lambda client: client.transcoding_jobs.get("job1"),
    "transcoding_jobs_listed": lambda client: first_page(client.transcoding_jobs.list()),
    "transcoding_job_cancelled": lambda client: client.transcoding_jobs.cancel("job1"),
    "transcoding_job_was_completed": lambda client: client.transcoding_jobs.cancel("job1"),
    "subtitle_job_created": lambda client: client.subtitle_jobs.create(url=URL),
    "subtitle_job_shown": lambda client: client.subtitle_jobs.get("job1"),
    "subtitle_jobs_listed": lambda client: first_page(client.subtitle_jobs.list()),
    "login_done": lambda client: client.auth.login(username="demo", password="demo"),
}
