"""The calls of the routes that are not about one asset of the organization: jobs, licences, many videos at once."""

from faults.calls import Made, Stage, call
from support.canaries import CANARY, SIGNED

#: Credentials as the vendor wants them.
OUTPUT = f"s3://bucket/output?access_key=AKIA{CANARY}&secret_key={CANARY}"
MESSAGE = b"\x00\x01key message"


async def _transcoding(stage: Stage) -> str:
    job = await stage.helper.transcoding_jobs.create(input_url=SIGNED, output_path=OUTPUT, resolutions=["240p"])
    return job.id


async def _subtitle(stage: Stage) -> str:
    return (await stage.helper.subtitle_jobs.create(url=SIGNED)).id


@call("CREATE_VIDEOS", tells="client.assets.find(title=")
async def _(stage: Stage) -> Made:
    video = {"inputs": [SIGNED], "resolutions": ["240p"]}
    return lambda: stage.client.assets.bulk_create([{**video, "title": title} for title in ("One", "Two")])


@call("LIST_TRANSCODING_JOBS")
async def _(stage: Stage) -> Made:
    await _transcoding(stage)
    return lambda: stage.client.transcoding_jobs.list(status="Queued").collect()


@call("CREATE_TRANSCODING_JOB", tells="client.transcoding_jobs.list(created_from=")
async def _(stage: Stage) -> Made:
    return lambda: stage.client.transcoding_jobs.create(
        input_url=SIGNED, output_path=OUTPUT, resolutions=["240p"], client_metadata={"token": CANARY}
    )


@call("GET_TRANSCODING_JOB")
async def _(stage: Stage) -> Made:
    job_id = await _transcoding(stage)
    return lambda: stage.client.transcoding_jobs.get(job_id)


@call("CANCEL_TRANSCODING_JOB", tells="client.transcoding_jobs.get", body=False)
async def _(stage: Stage) -> Made:
    job_id = await _transcoding(stage)
    return lambda: stage.client.transcoding_jobs.cancel(job_id)


@call("LIST_SUBTITLE_JOBS")
async def _(stage: Stage) -> Made:
    await _subtitle(stage)
    return lambda: stage.client.subtitle_jobs.list().collect()


@call("CREATE_SUBTITLE_JOB", tells="client.subtitle_jobs.list()")
async def _(stage: Stage) -> Made:
    return lambda: stage.client.subtitle_jobs.create(url=SIGNED, client_metadata={"token": CANARY})


@call("GET_SUBTITLE_JOB")
async def _(stage: Stage) -> Made:
    job_id = await _subtitle(stage)
    return lambda: stage.client.subtitle_jobs.get(job_id)


@call("ASSET_LICENSE", tells="ask for another licence", binary=True)
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset(content_protection_type="drm")
    code = await stage.code(asset_id)
    return lambda: stage.client.drm.license(
        asset_id, access_token=code, drm_type="widevine", player_payload=MESSAGE, rental_duration_seconds=60
    )


@call("ORGANIZATION_LICENSE", tells="ask for another licence", binary=True)
async def _(stage: Stage) -> Made:
    asset_id = stage.sim.add_asset(content_protection_type="drm")
    organization = await stage.helper.organizations.list().first()
    assert organization is not None
    return lambda: stage.client.drm.organization_license(
        content_id=asset_id,
        drm_type="widevine",
        player_payload=MESSAGE,
        signing_key=organization.drm_aes_signing_key or "",
        signing_iv=organization.drm_aes_signing_iv or "",
    )
