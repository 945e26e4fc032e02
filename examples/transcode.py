"""Transcode a file of yours into a bucket of yours, with no asset on the platform.

Without an account it runs against the simulator that comes with the package, which reads and writes nothing:

    python examples/transcode.py

With TPSTREAMS_ORGANIZATION_ID and TPSTREAMS_TOKEN set it runs against your account. The keys of the bucket are taken
from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION:

    python examples/transcode.py https://example.com/lesson.mp4 s3://bucket/lesson/

Ctrl-C cancels the job at the server too.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from tpstreams_async import JobFailedError, Polling, TPStreams, TPStreamsError, TranscodingJob
from tpstreams_async.simulator import Simulator


async def main(source: str = "https://media.example.com/lesson.mp4", target: str = "s3://my-bucket/lesson/") -> None:
    try:
        async with service() as client:
            job = await client.transcoding_jobs.create(
                input_url=source,
                output_path=with_keys(target),
                resolutions=["240p", "720p"],
                client_metadata={"course": "physics", "lesson": 1},  # comes back with the job, wherever it shows
            )
            print(f"Job {job.id} makes {' and '.join(job.resolutions)} of {source}")
            try:
                await follow(client, job, target)
            except asyncio.CancelledError:
                said = await client.transcoding_jobs.cancel(job.id)
                print(f"  {said.detail or 'It was cancelled.'}")
                raise
    except TPStreamsError as error:
        sys.exit(f"\n{type(error).__name__}: {error}")


def with_keys(target: str) -> str:
    """Return a place in a bucket with what the server needs to write there, which is encoded: keys may have a slash."""
    names = {"access_key": "AWS_ACCESS_KEY_ID", "secret_key": "AWS_SECRET_ACCESS_KEY", "region": "AWS_REGION"}
    missing = [name for name in names.values() if name not in os.environ]
    if missing and "TPSTREAMS_TOKEN" in os.environ:
        sys.exit(f"Set {', '.join(missing)} first")
    keys = {key: os.environ.get(name, "made/up") for key, name in names.items()}
    return f"{target}?{urlencode(keys)}"


async def follow(client: TPStreams, job: TranscodingJob, target: str) -> None:
    # Not job.output_path, which has the keys of the bucket in it: only its repr, errors and logs leave them out.
    waiting = client.jobs.transcoding(job)
    async for update in waiting.updates():
        print(f"  {update.elapsed:5.1f} s  {update.status}", flush=True)
    try:
        done = await waiting
    except JobFailedError as error:
        sys.exit(f"Nothing was made: {error.snapshot.error_message or error.snapshot.status}")
    print(f"Done: {' and '.join(done.resolutions)} are in {target}, for {done.client_metadata}")


@asynccontextmanager
async def service() -> AsyncIterator[TPStreams]:
    """Your account, or a simulator where there is none."""
    if "TPSTREAMS_TOKEN" in os.environ:
        async with TPStreams() as client:
            print(f"Against {client.base_url}, organization {client.organization_id}")
            yield client
        return
    fast = Polling(interval=0.2, interval_max=0.5)
    async with (
        Simulator(speed=4) as sim,
        TPStreams(sim.organization_id, sim.token, base_url=sim.url, polling=fast) as client,
    ):
        print(f"Against the simulator at {sim.url}, whose time goes four times as fast")
        yield client


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
