"""What tests of runs share."""

from typing import Any


def manifest(count: int) -> list[dict[str, Any]]:
    return [
        {
            "url": f"https://origin.example/{number}.mp4",
            "title": f"Lesson {number}",
            "resolutions": "240p",
            "number": number,
        }
        for number in range(count)
    ]


async def run(client: Any, source: Any, ledger: Any, **options: Any) -> list[Any]:
    return [result async for result in client.ingest(source, ledger=ledger, **options)]
