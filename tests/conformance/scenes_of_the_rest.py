"""How the simulator is brought to answer as a sample does: jobs without assets, tokens, webhooks, accounts, errors."""

from datetime import date
from typing import Any

from asks import URL
from scenes_of_assets import Scene, video
from stage import Shown, Stage

TRANSCODING = {
    "input_url": URL,
    "output_path": "s3://our-bucket/out/?secret_key=shhh",
    "resolutions": ["240p"],
    "enable_drm": True,
    "client_metadata": {"order": "A-77"},
}
SUBTITLES = {"url": URL, "client_metadata": {"order": "A-77"}}
MARK = {"type": "dynamic", "text": "viewer", "opacity": "0.35"}


async def token_of(stage: Stage, **fields: Any) -> str:
    """Create an access token and return its path."""
    asset = stage.sim.add_asset()
    return f"assets/{asset}/access_tokens/{await stage.made(f'assets/{asset}/access_tokens/', fields)}/"


async def access_token_created(stage: Stage) -> Shown:
    return await stage.post(f"assets/{stage.sim.add_asset()}/access_tokens/")


async def access_token_watermarked(stage: Stage) -> Shown:
    return await stage.get(await token_of(stage, annotations=[MARK]))


async def access_token_updated(stage: Stage) -> Shown:
    return await stage.call("PATCH", await token_of(stage), {"time_to_live": 300})


async def webhook_created(stage: Stage) -> Shown:
    return await stage.post("webhooks/", {"url": URL, "secret_token": "rosebud"})


async def webhook_replaced(stage: Stage) -> Shown:
    made = stage.sim.add_webhook(URL)
    return await stage.call("PUT", f"webhooks/{made}/", {"url": f"{URL}/2", "secret_token": "rosebud"})


async def webhooks_listed(stage: Stage) -> Shown:
    stage.sim.add_webhook(URL)
    return await stage.get("webhooks/")


async def usage_listed(stage: Stage) -> Shown:
    stage.sim.add_usage(date(2026, 1, 1), subtitle_generation_cost=0.5)
    return await stage.get("assets_usage/")


async def organizations_listed(stage: Stage) -> Shown:
    return await stage.get("/api/v1/organizations/")


async def transcoding_job_created(stage: Stage) -> Shown:
    return await stage.post("transcoding_jobs/", TRANSCODING)


async def transcoding_job_shown(stage: Stage) -> Shown:
    job = await stage.made("transcoding_jobs/", TRANSCODING)
    stage.clock.advance(60)
    return await stage.get(f"transcoding_jobs/{job}/")


async def transcoding_jobs_listed(stage: Stage) -> Shown:
    for _ in range(3):
        await stage.made("transcoding_jobs/", TRANSCODING)
    stage.clock.advance(60)
    return await stage.get("transcoding_jobs/")


async def transcoding_job_cancelled(stage: Stage) -> Shown:
    return await stage.call("DELETE", f"transcoding_jobs/{await stage.made('transcoding_jobs/', TRANSCODING)}/")


async def transcoding_job_was_completed(stage: Stage) -> Shown:
    job = await stage.made("transcoding_jobs/", TRANSCODING)
    stage.clock.advance(60)
    return await stage.call("DELETE", f"transcoding_jobs/{job}/")


async def subtitle_job_created(stage: Stage) -> Shown:
    return await stage.post("subtitle_jobs/", SUBTITLES)


async def subtitle_job_shown(stage: Stage) -> Shown:
    job = await stage.made("subtitle_jobs/", SUBTITLES)
    stage.clock.advance(60)
    return await stage.get(f"subtitle_jobs/{job}/")


async def subtitle_jobs_listed(stage: Stage) -> Shown:
    await stage.made("subtitle_jobs/", SUBTITLES)
    stage.clock.advance(60)
    return await stage.get("subtitle_jobs/")


async def login_done(stage: Stage) -> Shown:
    body = {"username": "demo", "password": "demo", "organization_id": stage.sim.organization_id}
    return await stage.post("/api/auth/login/", body)


async def bulk_no_list(stage: Stage) -> Shown:
    return await stage.post("assets/videos/bulk-create/", {})


async def bulk_too_many(stage: Stage) -> Shown:
    return await stage.post("assets/videos/bulk-create/", [video(str(number)) for number in range(51)])


async def bulk_duplicate(stage: Stage) -> Shown:
    return await stage.post("assets/videos/bulk-create/", [video(), video("Photosynthesis"), video()])


async def bulk_item_refused(stage: Stage) -> Shown:
    return await stage.post("assets/videos/bulk-create/", [video(), {"title": "Empty"}])


async def field_refused(stage: Stage) -> Shown:
    return await stage.post("assets/live_streams/", {})


async def request_refused(stage: Stage) -> Shown:
    return await stage.post(f"assets/{stage.sim.add_asset()}/trim/", {})


async def token_refused(stage: Stage) -> Shown:
    return await stage.call("GET", "assets/", token="0123")


async def subtitle_kept(stage: Stage) -> Shown:
    asset = stage.sim.add_asset()
    await stage.post(f"assets/{asset}/generate_subtitle/")
    stage.clock.advance(60)
    _, (track,) = await stage.get(f"assets/{asset}/subtitles/")
    return await stage.call("DELETE", f"assets/{asset}/subtitles/{track['id']}/")


async def asset_missing(stage: Stage) -> Shown:
    return await stage.get("assets/Hk7mQz4RtWy/")


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        access_token_created,
        access_token_watermarked,
        access_token_updated,
        webhook_created,
        webhook_replaced,
        webhooks_listed,
        usage_listed,
        organizations_listed,
        transcoding_job_created,
        transcoding_job_shown,
        transcoding_jobs_listed,
        transcoding_job_cancelled,
        transcoding_job_was_completed,
        subtitle_job_created,
        subtitle_job_shown,
        subtitle_jobs_listed,
        login_done,
        bulk_no_list,
        bulk_too_many,
        bulk_duplicate,
        bulk_item_refused,
        field_refused,
        request_refused,
        token_refused,
        subtitle_kept,
        asset_missing,
    )
}
