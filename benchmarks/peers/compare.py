"""How many POSTs one create call sends when the server does the work and then the answer is lost.

    python benchmarks/peers/compare.py

Every SDK keeps the retry settings that it comes with; only the timeout is shortened, so that silence ends soon.
"""

import asyncio
import os
import platform
from collections.abc import Awaitable, Callable, Iterable
from importlib.metadata import version
from typing import Any, NamedTuple

from cloudflare import AsyncCloudflare
from gcore import AsyncGcore
from lost_answers import DELIVERED, HOST, WAYS, LosingServer, Post
from openai import AsyncOpenAI

from tpstreams_async import Timeouts, TPStreams

TOKEN = "dummy-token-0123456789"
VIDEO = "https://media.example.com/lesson.mp4"
PATIENCE = 2.0  # seconds for one attempt
LIMIT = 120.0  # seconds for everything


async def tpstreams_create(origin: str) -> Any:
    async with TPStreams("org001", TOKEN, base_url=origin, timeouts=Timeouts(attempt=PATIENCE)) as client:
        return await client.assets.create(inputs=[VIDEO], resolutions=["720p"], title="Lesson")


async def cloudflare_create(origin: str) -> Any:
    async with AsyncCloudflare(api_token=TOKEN, base_url=f"{origin}/client/v4", timeout=PATIENCE) as client:
        return await client.stream.copy.create(account_id="account1", input=VIDEO)


async def gcore_create(origin: str) -> Any:
    async with AsyncGcore(api_key=TOKEN, base_url=origin, timeout=PATIENCE) as client:
        return await client.streaming.videos.create(video={"name": "Lesson", "origin_url": VIDEO})


async def openai_create(origin: str) -> Any:
    async with AsyncOpenAI(api_key=TOKEN, base_url=f"{origin}/v1", timeout=PATIENCE) as client:
        return await client.batches.create(
            completion_window="24h", endpoint="/v1/chat/completions", input_file_id="file-1"
        )


class Subject(NamedTuple):
    """An SDK, a call of it that creates something, and the answer to that."""

    package: str
    call: str
    create: Callable[[str], Awaitable[Any]]
    answer: dict[str, Any]

    @property
    def label(self) -> str:
        return f"{self.package} {version(self.package)}"


SUBJECTS = (
    Subject("tpstreams-async", "assets.create", tpstreams_create, {"id": "asset1", "title": "Lesson", "type": "video"}),
    Subject("cloudflare", "stream.copy.create", cloudflare_create, {"success": True, "result": {"uid": "video1"}}),
    Subject("gcore", "streaming.videos.create", gcore_create, {"id": 1, "name": "Lesson"}),
    Subject("openai", "batches.create", openai_create, {"id": "batch_1", "object": "batch"}),
)


class Row(NamedTuple):
    """What came of one call."""

    subject: Subject
    way: str
    posts: list[Post]
    told: str


async def measure(subject: Subject, way: str) -> Row:
    """Make one call with a client of its own.

    Raises:
        Exception: whatever the SDK raised although nothing was lost: it is not called as it should be, and every other
            row of it would mislead.
    """
    async with LosingServer(WAYS[way], subject.answer) as server:
        try:
            told = f"a result: {type(await subject.create(server.origin)).__name__}"
        except Exception as error:
            if way == DELIVERED:
                raise
            told = type(error).__name__
        return Row(subject, way, server.posts, told)


async def measure_all(subject: Subject) -> list[Row]:
    return [await measure(subject, way) for way in WAYS]


def idempotency_key(posts: list[Post]) -> str:
    """Say whether the POSTs carried such a header, whatever its exact name."""
    keys = [value for post in posts for name, value in post.headers.items() if "idempotency" in name]
    if not keys:
        return "not sent"
    if len(posts) == 1:
        return "sent"
    return "sent, the same" if len(keys) == len(posts) and len(set(keys)) == 1 else "sent, not the same"


def differing(rows: list[Row]) -> str:
    """Name what tells a repeat from the first POST of its call."""
    repeated = [row.posts for row in rows if len(row.posts) > 1]
    if not repeated:
        return "it sent none"
    found = set()
    for first, *repeats in repeated:
        for post in repeats:
            names = first.headers | post.headers
            found |= {name for name in names if first.headers.get(name) != post.headers.get(name)}
            if (post.target, post.body) != (first.target, first.body):
                found.add("target or body")
    return ", ".join(sorted(found)) or "nothing"


def show(rows: list[Row]) -> None:
    """Print the table."""
    lines = [("SDK", "how the answer is lost", "POSTs", "the caller was told", "idempotency key")]
    lines += [(row.subject.label, row.way, str(len(row.posts)), row.told, idempotency_key(row.posts)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    above = ""
    for line in lines:
        if line[0] != above:
            above = line[0]
            print("-" * (sum(widths) + 2 * len(widths)))
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def notes(rows: list[Row]) -> Iterable[str]:
    """Yield what is needed to read the table, and what it comes to."""
    yield f"Python {platform.python_version()}. Each row is one call, with a client and a server of its own."
    yield "A POST counts when the server has read all of it."
    yield f"Retries: every SDK's own default. Timeout of one attempt: {PATIENCE:g} s, so that the run is short."
    sums = []
    for subject in SUBJECTS:
        own = [row for row in rows if row.subject == subject]
        lost = [len(row.posts) for row in own if row.way != DELIVERED]
        yield f"{subject.label}: {subject.call}(…); what was different in repeats: {differing(own)}"
        many = [count for count in lost if count > 1]
        most = f" (up to {max(many)} POSTs)" if many else ""
        sums.append(f"{subject.package} in {len(many)} of {len(lost)}{most}")
    yield ""
    yield f"Sent the creation again after the work was done: {'; '.join(sums)}."


async def compare() -> list[Row]:
    """Measure all SDKs side by side, each in one way after the other."""
    async with asyncio.timeout(LIMIT):
        return [row for rows in await asyncio.gather(*map(measure_all, SUBJECTS)) for row in rows]


def shield() -> None:
    """Let no setting of whoever runs this change what is measured, and no proxy get between."""
    for name in list(os.environ):
        if name.startswith(("CLOUDFLARE_", "GCORE_", "OPENAI_", "TPSTREAMS_")):
            del os.environ[name]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = HOST


def main() -> None:
    shield()
    rows = asyncio.run(compare())
    show(rows)
    print("", *notes(rows), sep="\n")


if __name__ == "__main__":
    main()
